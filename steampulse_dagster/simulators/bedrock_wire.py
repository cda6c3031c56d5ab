"""How requests to the Bedrock look-alike are read, and refused as AWS does: the error is named in a header."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from steampulse_dagster.simulators.wire import json_bytes

Handler = Callable[[Request], Awaitable[Response]]


class ServiceError(Exception):
    """A refusal by the service: HTTP status and error name."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name


def invalid(message: str) -> ServiceError:
    """The refusal of a request that no repetition makes better."""
    return ServiceError(400, "ValidationException", message)


def refusing(handler: Handler) -> Handler:
    """The handler with a signature asked for first and every ServiceError answered as AWS writes it."""

    async def answer(request: Request) -> Response:
        try:
            if "authorization" not in request.headers:
                raise ServiceError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
            return await handler(request)
        except ServiceError as error:
            return refusal(error)

    return answer


def refusal(error: ServiceError) -> Response:
    """The error as boto3 reads it."""
    return Response(
        json_bytes({"message": str(error)}),
        status_code=error.status,
        headers={"content-type": "application/json", "x-amzn-errortype": error.name},
    )


async def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request. Raises ServiceError."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise ServiceError(400, "SerializationException", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ServiceError(400, "SerializationException", "The request body is not a JSON object")
    return body
