"""IGDB v4 behind Twitch's client credentials: games by Steam appid, by title and by id. Reads HTTP, writes nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from steampulse_dagster.clients.http import RetryPolicy
from steampulse_dagster.clients.igdb_games import parse_game, parse_link
from steampulse_dagster.clients.igdb_http import IgdbHttp, UnauthorizedError
from steampulse_dagster.clients.limiter import Limiter
from steampulse_dagster.errors import ConfigError, IgdbApiError, IgdbErrorKind
from steampulse_dagster.models.library import IgdbGame
from steampulse_dagster.utils.clock import utc_now

STEAM = 1
"""Steam among IGDB's sources of external games."""
TOKEN = "Twitch's token"
PC = 6
"""PC (Microsoft Windows) among IGDB's platforms."""
MOST_ROWS = 500
"""IGDB's largest `limit`."""
UIDS_PAGE = 400
"""Appids of one call: one of five may have a second row before a second page is needed."""
TITLES_PAGE = 250
"""Titles of one call: each asks for a name and a slug, and several games may share one."""
RENEW_BEFORE = timedelta(hours=24)
"""A token this close to its end is replaced, or one in the last tenth of its life; Twitch's last about 60 days."""
_REFUSALS = (IgdbErrorKind.BAD_QUERY, IgdbErrorKind.KEY_REFUSED)
"""How Twitch's 400 ("invalid client") and 403 ("invalid client secret") arrive."""
_GAME_FIELDS = (
    "id", "name", "slug", "summary", "first_release_date", "cover.image_id", "genres.name", "platforms.name",
    "game_type", "version_parent", "parent_game",
)  # fmt: skip


@dataclass(frozen=True)
class Token:
    """Twitch's app token, and when it should be replaced. The token is never in a repr."""

    value: str = field(repr=False)
    good_until: datetime


FetchToken = Callable[[], Awaitable[Token]]


class TokenStore(Protocol):
    """Where all processes keep their one token."""

    async def load(self) -> Token | None:
        """The token that was fetched last."""
        ...

    async def renew(self, old: Token | None, fetch: FetchToken) -> Token:
        """Another token than `old`: the one that somebody has stored meanwhile, else the one that `fetch` brings."""
        ...


class IgdbSource:
    """Reads IGDB. One object per event loop. Methods raise IgdbApiError; none takes a failure for an empty list."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_url: str,
        auth_url: str,
        client_id: str,
        client_secret: str,
        limiter: Limiter,
        tokens: TokenStore,
        retry: RetryPolicy | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._http = IgdbHttp(http, limiter, retry)
        self._api_url = api_url.rstrip("/")
        self._auth_url = auth_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._tokens = tokens
        self._clock = clock
        self._token: Token | None = None
        self._renewing = asyncio.Lock()
        self._fetched = 0

    @property
    def queries(self) -> int:
        """Queries asked of IGDB so far, repeated ones included; Twitch's tokens do not count."""
        return self._http.calls.total() - self._http.calls[TOKEN]

    async def fetch_by_appids(self, appids: Sequence[int]) -> dict[int, list[IgdbGame]]:
        """IGDB's games for up to UIDS_PAGE appids of Steam, several where it has several; unknown ones are missing."""
        wanted = ",".join(f'"{appid}"' for appid in appids)
        fields = ",".join(("uid", *(f"game.{field}" for field in _GAME_FIELDS)))
        found: dict[int, list[IgdbGame]] = {}
        last = 0
        while True:
            rows = await self.query(
                "external_games",
                f"fields {fields}; where external_game_source = {STEAM} & uid = ({wanted}) & id > {last}; "
                f"sort id asc; limit {MOST_ROWS};",
            )
            for row in rows:
                if (link := parse_link(row)) is not None:
                    found.setdefault(link[0], []).append(link[1])
            if len(rows) < MOST_ROWS:
                return found
            last = _read_last_id(rows, after=last)

    async def fetch_by_titles(self, titles: Sequence[tuple[str, str]]) -> list[IgdbGame]:
        """PC games with any of these names or slugs (TITLES_PAGE pairs at most)."""
        names, slugs = (
            ",".join(sorted({_quote(text) for text in texts if text})) for texts in zip(*titles, strict=True)
        )
        alike = " | ".join(f"{field} = ({texts})" for field, texts in (("name", names), ("slug", slugs)) if texts)
        found: list[IgdbGame] = []
        last = 0
        while True:
            rows = await self.query(
                "games",
                f"fields {','.join(_GAME_FIELDS)}; where ({alike}) & platforms = ({PC}) & id > {last}; "
                f"sort id asc; limit {MOST_ROWS};",
            )
            found += [game for row in rows if (game := parse_game(row)) is not None]
            if len(rows) < MOST_ROWS:
                return found
            last = _read_last_id(rows, after=last)

    async def fetch_games(self, igdb_ids: Sequence[int]) -> dict[int, IgdbGame]:
        """Games by IGDB's own ids, up to MOST_ROWS; ids that are gone (merged, removed) are missing."""
        wanted = ",".join(map(str, igdb_ids))
        rows = await self.query("games", f"fields {','.join(_GAME_FIELDS)}; where id = ({wanted}); limit {MOST_ROWS};")
        return {game.igdb_id: game for row in rows if (game := parse_game(row)) is not None}

    async def query(self, endpoint: str, body: str) -> list[Mapping[str, Any]]:
        """Rows that answer an APICALYPSE query. A token that IGDB no longer takes is replaced: by the one that another
        process has stored meanwhile, and if that is old too, by a new one."""
        token = await self._get_token()
        fetched = self._fetched
        while True:
            try:
                return await self._query(endpoint, body, token)
            except UnauthorizedError:
                if self._fetched > fetched and token == self._token:
                    raise IgdbApiError(
                        "IGDB refuses a token that Twitch has just given (HTTP 401): the client id and the client "
                        "secret belong to different applications, or the application was suspended.",
                        kind=IgdbErrorKind.KEY_REFUSED,
                    ) from None
                token = await self._renew(token)

    async def _query(self, endpoint: str, body: str, token: Token) -> list[Mapping[str, Any]]:
        headers = {
            "Client-ID": self._client_id,
            "Authorization": f"Bearer {token.value}",
            "Accept": "application/json",
            "Content-Type": "text/plain",
        }
        answer = await self._http.post(
            f"{self._api_url}/{endpoint}", body=body.encode(), headers=headers, what=f"IGDB's {endpoint}"
        )
        if not isinstance(answer, list):
            why = f"IGDB's {endpoint}: the answer is {type(answer).__name__}, not a list."
            raise IgdbApiError(why, kind=IgdbErrorKind.UNEXPECTED_SHAPE)
        return [row for row in answer if isinstance(row, dict)]

    async def _get_token(self) -> Token:
        if self._is_good(self._token):
            return self._token  # type: ignore[return-value]
        async with self._renewing:
            if not self._is_good(self._token):
                self._token = await self._tokens.load()
            if not self._is_good(self._token):
                self._token = await self._tokens.renew(self._token, self._fetch_token)
            return self._token  # type: ignore[return-value]

    def _is_good(self, token: Token | None) -> bool:
        return token is not None and self._clock() < token.good_until

    async def _renew(self, refused: Token) -> Token:
        """One renewal for all requests that were refused with the same token."""
        async with self._renewing:
            if self._token is None or self._token.value == refused.value:
                self._token = await self._tokens.renew(refused, self._fetch_token)
            return self._token

    async def _fetch_token(self) -> Token:
        """A new token. Twitch takes the secret as a form, which no log of addresses shows."""
        if not self._client_id or not self._client_secret:
            raise ConfigError(
                "IGDB needs a client id and secret: set IGDB_CLIENT_ID and IGDB_CLIENT_SECRET (dev.twitch.tv/console)."
            )
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "grant_type": "client_credentials",
        }
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        url = f"{self._auth_url}/oauth2/token"
        try:
            answer = await self._http.post(url, body=urlencode(form).encode(), headers=headers, what=TOKEN)
        except (UnauthorizedError, IgdbApiError) as error:
            if isinstance(error, IgdbApiError) and error.kind not in _REFUSALS:
                raise
            raise IgdbApiError("Twitch refuses the client id or secret.", kind=IgdbErrorKind.KEY_REFUSED) from None
        match answer:
            case {"access_token": str(value), "expires_in": int(seconds)}:
                self._fetched += 1
                life = timedelta(seconds=max(0, min(seconds, 2**31)))
                return Token(value=value, good_until=self._clock() + life - min(RENEW_BEFORE, life / 10))
        why = "Twitch's token: the answer has no access_token and expires_in."
        raise IgdbApiError(why, kind=IgdbErrorKind.UNEXPECTED_SHAPE)


class LocalTokens:
    """A token kept by this process alone; for programs and tests without a database."""

    def __init__(self) -> None:
        self._token: Token | None = None

    async def load(self) -> Token | None:
        return self._token

    async def renew(self, old: Token | None, fetch: FetchToken) -> Token:
        self._token = await fetch()
        return self._token


def _quote(text: str) -> str:
    """A text as APICALYPSE has it: quoted and escaped, without what ends a statement."""
    return json.dumps(" ".join(text.replace(";", " ").split()), ensure_ascii=False)


def _read_last_id(rows: Sequence[Mapping[str, Any]], *, after: int) -> int:
    last = rows[-1].get("id")
    if not isinstance(last, int) or last <= after:
        raise IgdbApiError("IGDB's pages do not come in order of id.", kind=IgdbErrorKind.UNEXPECTED_SHAPE)
    return last
