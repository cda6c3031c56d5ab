"""Makes the boto3 clients of Bedrock, credentials as boto3 finds them, and says what their errors mean."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from steampulse_dagster.errors import ConfigError

READ_TIMEOUT_SECONDS = 300
"""A long answer takes minutes; boto3's own 60 s give up on an answer that is paid for."""
CONNECT_TIMEOUT_SECONDS = 10
SIMULATED_REGION = "us-east-1"


class Trouble(StrEnum):
    """Kinds of failure by what helps."""

    THROTTLED = "throttled"
    """Fewer calls at once, and time."""
    OVERLOADED = "overloaded"
    """The same, for an error of the service's own."""
    NOT_READY = "not_ready"
    """Tens of seconds: the model is being loaded."""
    BROKEN = "broken"
    """This call went wrong; one or two more may not."""
    UNREACHABLE = "unreachable"
    """Nothing was sent; time."""
    QUOTA = "quota"
    """Hours, or a larger quota: not asked again now."""
    LOST = "lost"
    """Sent, and nothing came back: it may have been made and charged."""
    REFUSED = "refused"
    """Nothing but another request or setting."""


@dataclass(frozen=True)
class Failure:
    """What went wrong, in words for people."""

    trouble: Trouble
    words: str
    wait_seconds: float = 0.0
    """The service's own wish, where it has one."""


_BY_CODE = {
    "ThrottlingException": Trouble.THROTTLED,
    "Throttling": Trouble.THROTTLED,
    "TooManyRequestsException": Trouble.THROTTLED,
    "ModelNotReadyException": Trouble.NOT_READY,
    "ServiceUnavailableException": Trouble.OVERLOADED,
    "InternalServerException": Trouble.OVERLOADED,
    "ModelTimeoutException": Trouble.BROKEN,
    "ModelErrorException": Trouble.BROKEN,
    "ServiceQuotaExceededException": Trouble.QUOTA,
}
_HINTS = (
    (
        ("inference profile", "on-demand throughput"),
        "Set the model to an inference profile, such as us.{model} or global.{model} (STEAMPULSE_SMALL_MODEL, "
        "STEAMPULSE_LARGE_MODEL).",
    ),
    (
        ("AccessDeniedException",),
        "The credentials need bedrock:InvokeModel on the model, and on the inference profile and the models behind "
        "it; and access to the model has to be granted.",
    ),
    (
        ("UnrecognizedClientException", "ExpiredToken", "InvalidSignatureException", "IncompleteSignature"),
        "Check the AWS credentials, or AWS_BEARER_TOKEN_BEDROCK if it is set.",
    ),
    (("ResourceNotFoundException",), "The model id is wrong, not offered in this region, or past its end of life."),
)


def build_client(
    service: Literal["bedrock-runtime", "bedrock"],
    *,
    region: str | None,
    endpoint_url: str | None = None,
    simulated: bool = False,
    connections: int = 10,
    read_timeout: float = READ_TIMEOUT_SECONDS,
    attempts: int = 1,
) -> Any:
    """A boto3 client with `attempts` calls in all. A simulator gets nobody's credentials or bearer token.

    Raises ConfigError where there is no region, or a profile of AWS's configuration is wrong.
    """
    config = Config(
        region_name=region or (SIMULATED_REGION if simulated else None),
        read_timeout=read_timeout,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        max_pool_connections=connections,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": attempts},
        # Without it, a token in AWS_BEARER_TOKEN_BEDROCK is what would be sent.
        signature_version="v4" if simulated else None,
    )
    try:
        return build_session(simulated=simulated).client(service, config=config, endpoint_url=endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise ConfigError(f"The AWS client for {service} cannot be made: {error} Check AWS_REGION, AWS_PROFILE.") from (
            error
        )


def build_session(*, simulated: bool) -> boto3.session.Session:
    """Credentials as boto3 finds them, or invented ones. Raises BotoCoreError for a profile that is not there."""
    if simulated:
        return boto3.session.Session(aws_access_key_id="simulated", aws_secret_access_key="simulated")
    return boto3.session.Session()


def read_failure(error: ClientError | BotoCoreError, *, model: str) -> Failure:
    """What an error of boto3 means."""
    match error:
        case ClientError():
            return _read_refusal(error, model=model)
        case ReadTimeoutError():
            return Failure(Trouble.LOST, "no answer in time; it may have been made and charged")
        case NoCredentialsError():
            return Failure(Trouble.REFUSED, "no AWS credentials were found")
        case ConnectTimeoutError() | EndpointConnectionError() | ProxyConnectionError():
            return Failure(Trouble.UNREACHABLE, "cannot be reached")
        case SSLError():
            return Failure(Trouble.REFUSED, f"no safe connection: {error}")
        case HTTPClientError():
            return Failure(Trouble.LOST, f"the connection failed ({type(error).__name__})")
        case _:
            # Credentials, parameters, endpoints: found wrong before anything was sent.
            return Failure(Trouble.REFUSED, f"{type(error).__name__}: {error}")


def _read_refusal(error: ClientError, *, model: str) -> Failure:
    """An answer with an error status. One with a code that is not known counts by its status."""
    said = error.response.get("Error", {})
    about = error.response.get("ResponseMetadata", {})
    code, text = str(said.get("Code", "unknown")), str(said.get("Message", ""))
    trouble = _BY_CODE.get(code) or _read_status(about.get("HTTPStatusCode", 0))
    words = f"{code}: {text}"
    if trouble is Trouble.REFUSED:
        hints = (hint for signs, hint in _HINTS if any(sign in words for sign in signs))
        words = " ".join([words, *(hint.format(model=model) for hint in hints)])
    return Failure(trouble, words, wait_seconds=_read_wait(about.get("HTTPHeaders", {})))


def _read_status(status: int) -> Trouble:
    match status:
        case 429:
            return Trouble.THROTTLED
        case 408 | 424:
            return Trouble.BROKEN
        case _ if status >= 500:
            return Trouble.OVERLOADED
        case _:
            return Trouble.REFUSED


def _read_wait(headers: dict[str, str]) -> float:
    """AWS's own header, in milliseconds."""
    value = headers.get("x-amz-retry-after", "")
    return min(int(value) / 1000, 60.0) if value.isdecimal() else 0.0
