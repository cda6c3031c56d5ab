"""Who may change state: whoever has the token, or in the embedded default a person at this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

from pydantic import SecretStr
from starlette.datastructures import Headers

from steampulse_dagster.errors import SteamPulseError

FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Whoever sends one of these is a proxy: behind it may be anybody, whatever address they claim."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class AccessError(SteamPulseError):
    """The caller may not change state."""

    code = "UNAUTHORIZED"


@dataclass(frozen=True)
class Access:
    """`token` is what callers have to show; None: nobody can. `trusts_loopback` lets this machine in without one.
    `renew_token`, which may block, is asked for the token of now where it can change while this process lives."""

    token: SecretStr | None
    trusts_loopback: bool = False
    renew_token: Callable[[], SecretStr | None] | None = None

    def require(self, headers: Headers, *, peer: str | None) -> None:
        """Raises AccessError unless the request, which came from the address `peer`, may change state."""
        token = self.token if self.renew_token is None else self.renew_token()
        if token is not None:
            if not _has_token(headers, token):
                raise AccessError("This needs the header `Authorization: Bearer`, with the token of the settings.")
        elif not (self.trusts_loopback and _is_local(headers, peer)):
            raise AccessError("Nobody can do this over the network until STEAMPULSE_API_TOKEN is set.")


def _has_token(headers: Headers, token: SecretStr) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Both are compared in the time that the given one takes, whatever is right about it.
    is_same = compare_digest(given.strip().encode(), token.get_secret_value().encode())
    return is_same and scheme.lower() == "bearer"


def _is_local(headers: Headers, peer: str | None) -> bool:
    """Whether a program of this machine asks, for itself: no proxy, and no page of somebody else in a browser here."""
    if peer is None or not _is_loopback(peer) or any(name in headers for name in FORWARDING_HEADERS):
        return False
    # A page that was opened in a browser here may send requests here: it cannot hide where it came from, nor, where its
    # name was made to lead here, its own name.
    host = headers.get("host", "")
    if host.rpartition(":")[0] not in LOOPBACK_NAMES and host not in LOOPBACK_NAMES:
        return False
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == host


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
