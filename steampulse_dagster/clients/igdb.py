"""IGDB v4 behind Twitch's client credentials."""

from typing import Any

import httpx

from steampulse_dagster.errors import IgdbApiError


class IgdbSource:
    """Reads IGDB. One token is fetched and kept for the life of the object."""

    def __init__(
        self, http: httpx.AsyncClient, *, api_url: str, auth_url: str, client_id: str, client_secret: str
    ) -> None:
        self._http = http
        self._api_url = api_url.rstrip("/")
        self._auth_url = auth_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._token: str | None = None

    async def query(self, endpoint: str, body: str) -> list[dict[str, Any]]:
        """Rows that answer an APICALYPSE query. Raises IgdbApiError."""
        if self._token is None:
            self._token = await self._fetch_token()
        try:
            answer = await self._http.post(
                f"{self._api_url}/{endpoint}",
                content=body,
                headers={
                    "Client-ID": self._client_id,
                    "Authorization": f"Bearer {self._token}",
                    "Accept": "application/json",
                },
            )
        except httpx.HTTPError as error:
            raise IgdbApiError(f"IGDB cannot be reached: {error}", retryable=True) from error
        if answer.status_code != httpx.codes.OK:
            raise IgdbApiError(
                f"IGDB answered {answer.status_code} to a query of {endpoint}.", retryable=answer.status_code >= 429
            )
        rows: list[dict[str, Any]] = answer.json()
        return rows

    async def _fetch_token(self) -> str:
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "grant_type": "client_credentials",
        }
        try:
            answer = await self._http.post(f"{self._auth_url}/oauth2/token", data=form)
        except httpx.HTTPError as error:
            raise IgdbApiError(f"Twitch's token endpoint cannot be reached: {error}", retryable=True) from error
        if answer.status_code != httpx.codes.OK:
            raise IgdbApiError(
                f"Twitch refused the client credentials ({answer.status_code}): check IGDB_CLIENT_ID and "
                "IGDB_CLIENT_SECRET."
            )
        token: str = answer.json()["access_token"]
        return token
