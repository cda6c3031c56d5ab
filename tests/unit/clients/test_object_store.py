"""Folder and bucket behave alike; keys cannot lead out of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from steampulse_dagster.clients.object_store import DEAD_AFTER_SECONDS, FolderStore, ObjectStore, open_object_store
from steampulse_dagster.clients.object_store_s3 import S3Store
from steampulse_dagster.errors import ConfigError, ObjectStoreError

pytestmark = pytest.mark.unit

KEY = "reports/440/report-7.json"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="pulse")
        yield


@pytest.fixture(params=["folder", "s3", "s3-root"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return open_object_store(str(tmp_path / "new" / "folder"), region="us-east-1")
    request.getfixturevalue("aws")
    return open_object_store("s3://pulse/a/b" if request.param == "s3" else "s3://pulse", region="us-east-1")


def test_what_is_written_is_read_and_replaced_and_deleted(store: ObjectStore) -> None:
    assert store.read(KEY) is None
    store.write(KEY, b"one")
    store.write(KEY, b"two")
    assert store.read(KEY) == b"two"
    store.delete(KEY)
    store.delete(KEY)
    assert store.read(KEY) is None


def test_keys_are_listed_by_prefix_in_order(store: ObjectStore) -> None:
    assert store.list_keys("") == []
    for key in ("b/2", "b/10", "a/1", "b2"):
        store.write(key, b"x")
    assert store.list_keys("b/") == ["b/10", "b/2"]
    assert store.list_keys("") == ["a/1", "b/10", "b/2", "b2"]


@pytest.mark.parametrize(
    "key", ["../x", "a/../../x", "/etc/passwd", "", "a//b", "a/./b", ".hidden", "a\\b", "a b", "a\0", "x" * 600]
)
def test_a_key_that_could_lead_out_is_refused(store: ObjectStore, key: str) -> None:
    for use in (lambda: store.write(key, b"x"), lambda: store.read(key), lambda: store.delete(key)):
        with pytest.raises(ObjectStoreError, match="is not a key"):
            use()


def test_a_place_is_told_for_people(tmp_path: Path, aws: None) -> None:
    folder = open_object_store(f"file://{tmp_path}/with%20blank", region="us-east-1")
    assert (folder.url, folder.locate("a/b")) == (f"{tmp_path}/with blank", f"{tmp_path}/with blank/a/b")
    bucket = open_object_store("s3://pulse/pre/", region="us-east-1")
    assert (bucket.url, bucket.locate("a/b")) == ("s3://pulse/pre/", "s3://pulse/pre/a/b")


@pytest.mark.parametrize(
    "url", ["", "  ", "https://example.com/x", "s3://", "s3:bucket", "file://host/share", "ftp://x/y", "http://["]
)
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="s3://bucket/prefix"):
        open_object_store(url, region="us-east-1")


def test_opening_a_store_creates_nothing(tmp_path: Path) -> None:
    open_object_store(str(tmp_path / "later"), region="us-east-1")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    store.write("a", b"old")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ObjectStoreError, match="No space left on device"):
        store.write("a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert store.read("a") == b"old"


def test_a_folder_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ObjectStoreError, match="STEAMPULSE_OBJECT_STORE_URL") as caught:
        FolderStore(tmp_path / "file").write("a/b", b"x")
    assert str(tmp_path / "file") in str(caught.value)
    assert caught.value.code == "S3_ERROR"


@pytest.mark.skipif(not hasattr(os, "umask"), reason="no umask here")
def test_files_get_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    FolderStore(tmp_path / "store").write("a", b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert (tmp_path / "store" / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_missing_bucket_is_named_with_what_to_do(aws: None) -> None:
    store = open_object_store("s3://not-there", region="us-east-1")
    with pytest.raises(ObjectStoreError, match=r"'not-there' \(NoSuchBucket\): create the bucket") as caught:
        store.write("a", b"x")
    assert not caught.value.retryable
    with pytest.raises(ObjectStoreError, match="not-there"):
        store.list_keys("")


def test_an_unreachable_server_is_named_and_waiting_may_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("steampulse_dagster.clients.object_store_s3.ATTEMPTS", 1)
    store = S3Store(bucket="pulse", prefix="", region="us-east-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(ObjectStoreError, match="STEAMPULSE_S3_ENDPOINT_URL") as caught:
        store.read("a")
    assert caught.value.retryable


def test_files_in_a_bucket_carry_their_type(aws: None) -> None:
    open_object_store("s3://pulse/pre", region="us-east-1").write("a/latest.md", b"x")
    answer = boto3.client("s3", region_name="us-east-1").get_object(Bucket="pulse", Key="pre/a/latest.md")
    assert answer["ContentType"] == "text/markdown; charset=utf-8"


def test_a_long_listing_is_read_to_its_end(aws: None) -> None:
    client = boto3.client("s3", region_name="us-east-1")
    for number in range(1_005):
        client.put_object(Bucket="pulse", Key=f"many/{number:04}", Body=b"")
    assert len(open_object_store("s3://pulse", region="us-east-1").list_keys("many/")) == 1_005


@pytest.mark.parametrize(
    ("code", "status", "advice", "retryable"),
    [
        ("AccessDenied", 403, "s3:PutObject", False),
        ("ExpiredToken", 400, "no longer valid: set others", False),
        ("InvalidAccessKeyId", 403, "credentials are wrong", False),
        ("SignatureDoesNotMatch", 403, "credentials are wrong", False),
        ("PermanentRedirect", 301, "AWS_REGION", False),
        ("SlowDown", 503, "see the S3 error code", True),
    ],
)
def test_a_refusal_of_s3_says_what_to_do(
    aws: None, monkeypatch: pytest.MonkeyPatch, code: str, status: int, advice: str, retryable: bool
) -> None:
    error = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse(self: object, operation: str, arguments: object) -> None:
        raise ClientError(error, operation)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    with pytest.raises(ObjectStoreError, match=advice) as caught:
        open_object_store("s3://pulse", region="us-east-1").write("a", b"x")
    assert caught.value.retryable is retryable
    assert "'pulse'" in str(caught.value)


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from steampulse_dagster.clients.object_store import FolderStore
with FolderStore(Path(sys.argv[1])).open_writer("raw/one.csv") as file:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_is_removed_by_the_next_one_after_a_day_and_nothing_else_is(
    tmp_path: Path,
) -> None:
    store = FolderStore(tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(tmp_path)], check=False, cwd=Path.cwd())
    assert killed.returncode == -signal.SIGKILL
    (left,) = (tmp_path / "raw").iterdir()
    (tmp_path / "raw" / ".hidden").touch()
    store.write("raw/two.csv", b"two")
    assert left.exists(), "it may still be written"
    long_ago = time.time() - DEAD_AFTER_SECONDS - 60
    for path in (tmp_path / "raw").iterdir():
        os.utime(path, (long_ago, long_ago))
    store.write("raw/three.csv", b"three")
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == [".hidden", "three.csv", "two.csv"]
