"""Whether a request may change state, asked without a server."""

from starlette.datastructures import Headers

from steampulse_dagster.api.access import Access, AccessError


def is_let_in(access: Access, headers: dict[str, str], *, peer: str | None = "127.0.0.1") -> bool:
    try:
        access.require(Headers(headers), peer=peer)
    except AccessError:
        return False
    return True
