"""An S3 bucket, or any server that speaks S3, as object store. boto3 is imported with the first call."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO, Any

from steampulse_dagster.clients.object_store import split_key
from steampulse_dagster.errors import NotFoundError, ObjectStoreError

CONTENT_TYPES = {
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}
CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 4
LINES_BYTES = 1 << 20
"""How much of a file that is read line by line is fetched at a time."""
SPOOL_BYTES = 16 << 20
"""How much of a file that is written or read piece by piece is kept in memory; more goes to a temporary file."""
_PASSING = {409, 429}
"""Statuses below 500 that waiting cures; 409: somebody else creates the same file at this moment."""


class S3Store:
    """Files in an S3 bucket, or in any server that speaks S3, below a prefix."""

    def __init__(
        self, *, bucket: str, prefix: str, region: str, endpoint_url: str | None, simulated: bool = False
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._region = region
        self._endpoint_url = endpoint_url
        self._simulated = simulated
        self._made: Any = None
        self._making = Lock()

    @property
    def url(self) -> str:
        """The bucket and prefix."""
        return f"s3://{self._bucket}/{self._prefix}"

    def write(self, key: str, data: bytes) -> None:
        """Store or replace a file; S3 shows it whole or not at all."""
        self._put(key, data)

    def read(self, key: str) -> bytes | None:
        """The file, None if there is none."""
        answer = self._call("read", key, "get_object", Key=self._full_key(key))
        return None if answer is None else self._read_body(key, answer["Body"])

    @contextmanager
    def open_writer(self, key: str) -> Iterator[IO[bytes]]:
        """A file that is gathered here and sent whole at the end."""
        split_key(key)
        try:
            with SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
                yield file
                file.seek(0)
                self._put(key, file)
        except OSError as error:
            raise self._no_room(key, error) from error

    @contextmanager
    def open_reader(self, key: str) -> Iterator[IO[bytes]]:
        """A copy of the file, fetched whole before it is read, so that no connection waits for whoever reads. Raises
        NotFoundError if there is none."""
        answer = self._call("read", key, "get_object", Key=self._full_key(key))
        if answer is None:
            raise NotFoundError(f"There is no file {key!r} in {self.url}.")
        try:
            with SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
                for part in self._read_parts(key, answer["Body"]):
                    file.write(part)
                file.seek(0)
                yield file
        except OSError as error:
            raise self._no_room(key, error) from error

    def create(self, key: str, file: IO[bytes]) -> bool:
        """Store a file of any size from its beginning, unless there is one of this key already: then False."""
        file.seek(0)
        try:
            self._call("create", key, "put_object", Key=self._full_key(key), Body=file, IfNoneMatch="*")
        except ObjectStoreError as error:
            if "(PreconditionFailed)" not in error.message:
                raise
            return False
        return True

    def read_lines(self, key: str) -> Iterator[bytes]:
        """The lines of a file, as they arrive; nothing if there is none. Breaks off with ObjectStoreError."""
        from botocore.exceptions import BotoCoreError, HTTPClientError

        answer = self._call("read", key, "get_object", Key=self._full_key(key))
        try:
            yield from () if answer is None else answer["Body"].iter_lines(chunk_size=LINES_BYTES)
        except (BotoCoreError, HTTPClientError, OSError) as error:
            raise self._error("read", key, type(error).__name__, retryable=True) from error

    def list_keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        keys: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self._call("list", prefix, "list_objects_v2", Prefix=self._prefix + prefix, **token) or {}
            keys += [entry["Key"].removeprefix(self._prefix) for entry in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                return sorted(keys)
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def locate(self, key: str) -> str:
        """The file's s3:// address."""
        return f"s3://{self._bucket}/{self._full_key(key)}"

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if there is none."""
        self._call("delete", key, "delete_object", Key=self._full_key(key))

    def _full_key(self, key: str) -> str:
        return self._prefix + "/".join(split_key(key))

    def _client(self) -> Any:
        """boto3's client: made once, usable from all threads."""
        with self._making:
            if self._made is None:
                from botocore.config import Config

                from steampulse_dagster.clients.bedrock_client import build_session

                self._made = build_session(simulated=self._simulated).client(
                    "s3",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    ),
                )
            return self._made

    def _call(self, doing: str, key: str, operation: str, **arguments: Any) -> Any:
        """The answer of one S3 operation on the bucket; None if a file that is read does not exist."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client(), operation)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "NoSuchKey":
                return None
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise self._error(doing, key, code or str(status), retryable=status >= 500 or status in _PASSING) from error
        except BotoCoreError as error:
            code = type(error).__name__
            raise self._error(doing, key, code, retryable=not code.startswith("NoCredentials")) from error

    def _put(self, key: str, body: bytes | IO[bytes]) -> None:
        content_type = CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")
        self._call("write", key, "put_object", Key=self._full_key(key), Body=body, ContentType=content_type)

    def _read_body(self, key: str, body: Any) -> bytes:
        return b"".join(self._read_parts(key, body))

    def _read_parts(self, key: str, body: Any) -> Iterator[bytes]:
        from botocore.exceptions import BotoCoreError, HTTPClientError

        try:
            yield from body.iter_chunks(LINES_BYTES)
        except (BotoCoreError, HTTPClientError, OSError) as error:
            raise self._error("read", key, type(error).__name__, retryable=True) from error

    def _no_room(self, key: str, error: OSError) -> ObjectStoreError:
        return ObjectStoreError(
            f"Cannot keep a temporary copy of {key!r}: {error.strerror or error}. Make room in the folder for "
            "temporary files, or name another by TMPDIR."
        )

    def _error(self, doing: str, key: str, code: str, *, retryable: bool) -> ObjectStoreError:
        return ObjectStoreError(
            f"Cannot {doing} {key!r} in the bucket {self._bucket!r} ({code}): {_advise(code)}.",
            retryable=retryable,
        )


def _advise(code: str) -> str:
    match code:
        case "NoSuchBucket" | "404":
            return "create the bucket, or name another in STEAMPULSE_OBJECT_STORE_URL or S3_BUCKET"
        case "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken":
            return "these AWS credentials are wrong or no longer valid: set others (environment, profile or role)"
        case "AccessDenied" | "403":
            return "give these AWS credentials s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket on it"
        case "NoCredentialsError" | "PartialCredentialsError" | "ProfileNotFound" | "CredentialRetrievalError":
            return "set AWS credentials (environment, profile or role)"
        case "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "301":
            return "set AWS_REGION to the bucket's region"
        case "EndpointConnectionError" | "ConnectTimeoutError" | "ReadTimeoutError" | "ConnectionClosedError":
            return "check the network and STEAMPULSE_S3_ENDPOINT_URL"
        case "InvalidBucketName" | "ParamValidationError":
            return "the bucket's name is not a valid one"
        case _:
            return "see the S3 error code"
