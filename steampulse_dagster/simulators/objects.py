"""The files of simulated bulk jobs: in memory, served by the few S3 calls that boto3 needs, or in another S3."""

import hashlib
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any, Protocol
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

PAGE = 1_000


class Objects(Protocol):
    """Files by bucket and key. May block; called from threads."""

    def list_keys(self, bucket: str, prefix: str) -> Sequence[str]:
        """Keys that begin with `prefix`, sorted. Raises LookupError without such a bucket."""
        ...

    def read(self, bucket: str, key: str) -> bytes:
        """Raises LookupError without such a file."""
        ...

    def write(self, bucket: str, key: str, data: bytes) -> None:
        """Raises LookupError without such a bucket."""
        ...


class MemoryObjects:
    """Files in this process; a bucket is there once something was written to it."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def list_keys(self, bucket: str, prefix: str) -> Sequence[str]:
        with self._lock:
            return sorted(key for held, key in self._files if held == bucket and key.startswith(prefix))

    def read(self, bucket: str, key: str) -> bytes:
        with self._lock:
            return self._files[bucket, key]

    def write(self, bucket: str, key: str, data: bytes) -> None:
        with self._lock:
            self._files[bucket, key] = data

    def delete(self, bucket: str, key: str) -> None:
        """Nothing happens without such a file."""
        with self._lock:
            self._files.pop((bucket, key), None)


class ClientObjects:
    """Files of an S3 that another server plays, by a boto3 client of `s3`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list_keys(self, bucket: str, prefix: str) -> Sequence[str]:
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))
        except self._client.exceptions.ClientError as error:
            raise LookupError(str(error)) from error

    def read(self, bucket: str, key: str) -> bytes:
        try:
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except self._client.exceptions.ClientError as error:
            raise LookupError(str(error)) from error

    def write(self, bucket: str, key: str, data: bytes) -> None:
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=data)
        except self._client.exceptions.ClientError as error:
            raise LookupError(str(error)) from error


def build_s3_routes(objects: Objects) -> list[BaseRoute]:
    """PUT, GET, HEAD and DELETE of files and the list of a bucket, below /s3; for files in memory alone."""
    if not isinstance(objects, MemoryObjects):
        return []

    async def serve_bucket(request: Request) -> Response:
        if request.method == "PUT":
            return Response(status_code=200)
        return _list(objects, request)

    async def serve_file(request: Request) -> Response:
        bucket, key = request.path_params["bucket"], request.path_params["key"]
        match request.method:
            case "PUT":
                return _put(objects, request, bucket, key, await request.body())
            case "DELETE":
                objects.delete(bucket, key)
                return Response(status_code=204)
            case _:
                return _get(objects, bucket, key)

    return [
        Route("/s3/{bucket}", serve_bucket, methods=["GET", "HEAD", "PUT"]),
        Route("/s3/{bucket}/", serve_bucket, methods=["GET", "HEAD", "PUT"]),
        Route("/s3/{bucket}/{key:path}", serve_file, methods=["GET", "HEAD", "PUT", "DELETE"]),
    ]


def _put(objects: MemoryObjects, request: Request, bucket: str, key: str, body: bytes) -> Response:
    if request.headers.get("if-none-match") == "*" and key in objects.list_keys(bucket, key):
        return _error(412, "PreconditionFailed")
    chunked = "aws-chunked" in request.headers.get("content-encoding", "")
    data = b"".join(_unchunk(body)) if chunked else body
    objects.write(bucket, key, data)
    return Response(headers={"etag": _etag(data)})


def _get(objects: MemoryObjects, bucket: str, key: str) -> Response:
    try:
        data = objects.read(bucket, key)
    except LookupError:
        return _error(404, "NoSuchKey")
    return Response(data, media_type="application/octet-stream", headers={"etag": _etag(data)})


def _list(objects: MemoryObjects, request: Request) -> Response:
    bucket, query = request.path_params["bucket"], request.query_params
    prefix, after = query.get("prefix", ""), query.get("continuation-token", query.get("start-after", ""))
    keys = [key for key in objects.list_keys(bucket, prefix) if key > after]
    shown = keys[: min(PAGE, int(query.get("max-keys", PAGE)))]
    more = len(shown) < len(keys)
    token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more and shown else ""
    entries = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects.read(bucket, key))}</Size>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
        for key in shown
    )
    return _xml(
        f"<ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount>"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}</ListBucketResult>"
    )


def _unchunk(body: bytes) -> Iterator[bytes]:
    """The chunks of a body that boto3 sends with a checksum behind it."""
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = int(body[at:end].split(b";")[0] or b"0", 16)
        if size == 0:
            return
        yield body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> Response:
    return _xml(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>", status=status)


def _xml(text: str, *, status: int = 200) -> Response:
    document = f'<?xml version="1.0" encoding="UTF-8"?>{text}'
    return Response(document.encode(), status_code=status, media_type="application/xml")
