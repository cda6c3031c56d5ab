"""Who may change state: whoever has the token; without one, programs of this machine, and nobody who pretends to be."""

import pytest
from pydantic import SecretStr

from steampulse_dagster.api.access import Access
from tests.access import is_let_in

pytestmark = pytest.mark.unit

TOKEN = SecretStr("s3cret-s3cret-s3cret")
LOCAL = {"host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("Bearer s3cret-s3cret-s3cret", True),
        ("bearer s3cret-s3cret-s3cret", True),
        ("Bearer s3cret-s3cret-s3cre", False),
        ("Bearer s3cret-s3cret-s3cret ", True),
        ("Basic s3cret-s3cret-s3cret", False),
        ("s3cret-s3cret-s3cret", False),
        ("Bearer", False),
        ("Bearer ünïcode", False),
        ("", False),
    ],
)
def test_the_token_alone_decides_where_one_is_set(authorization: str, expected: bool) -> None:
    access = Access(token=TOKEN, trusts_loopback=True)
    assert is_let_in(access, {**LOCAL, "authorization": authorization}) is expected
    assert is_let_in(access, {"authorization": authorization}, peer="203.0.113.9") is expected


def test_nobody_is_let_in_without_a_token_unless_this_machine_is_trusted() -> None:
    assert not is_let_in(Access(token=None), LOCAL)
    assert is_let_in(Access(token=None, trusts_loopback=True), LOCAL)
    assert is_let_in(Access(token=None, trusts_loopback=True), {"host": "[::1]:8000"}, peer="::1")
    assert is_let_in(Access(token=None, trusts_loopback=True), {"host": "localhost"})


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.1", "::ffff:203.0.113.9", "localhost", "", None])
def test_an_address_that_is_not_this_machine_is_refused(peer: str | None) -> None:
    assert not is_let_in(Access(token=None, trusts_loopback=True), LOCAL, peer=peer)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-for": ""},
        {"x-real-ip": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
        {"x-forwarded-host": "localhost"},
        {"host": "evil.example:8000"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_proxy_or_a_page_of_somebody_else_is_refused(headers: dict[str, str]) -> None:
    assert not is_let_in(Access(token=None, trusts_loopback=True), {**LOCAL, **headers})


def test_our_own_pages_are_let_in() -> None:
    headers = {**LOCAL, "origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert is_let_in(Access(token=None, trusts_loopback=True), headers)
