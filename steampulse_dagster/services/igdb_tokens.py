"""Twitch's token, fetched once for all processes on one database; encrypted in `igdb_tokens`.

Who can read the table cannot use the token: the key is made of the client secret, and who has that can have a token
anyway. A changed secret makes the stored token unreadable, which is as if there were none.
"""

import asyncio
import base64
import hashlib
import json
from datetime import datetime, timedelta

from steampulse_dagster.clients.igdb import FetchToken, Token
from steampulse_dagster.repositories.igdb_tokens import IgdbTokenRepository
from steampulse_dagster.utils.db import Database

PATIENCE = timedelta(seconds=30)
"""How long another process may take to fetch a token before somebody else does: a killed one never brings it."""
LOOK_SECONDS = 0.2


class SharedTokens:
    """Implements `clients.igdb.TokenStore`. Raises DatabaseError."""

    def __init__(self, db: Database, *, client_id: str, client_secret: str, auth_url: str) -> None:
        self._db = db
        from cryptography.fernet import Fernet  # loads a native library, which the definitions need not wait for

        # Tokens of a simulated Twitch are no good at the real one.
        self._client_key = hashlib.sha256(f"{auth_url}\0{client_id}".encode()).hexdigest()
        key = hashlib.scrypt(client_secret.encode(), salt=self._client_key.encode(), n=2**12, r=8, p=1, dklen=32)
        self._box = Fernet(base64.urlsafe_b64encode(key))

    async def load(self) -> Token | None:
        """The token that was fetched last, None if there is none or it cannot be decrypted."""
        return await asyncio.to_thread(self._load)

    async def renew(self, old: Token | None, fetch: FetchToken) -> Token:
        """The token that another process has stored in place of `old`, else a new one: one process fetches it, the
        others wait for it."""
        while True:
            if (stored := await self._load_other(old)) is not None:
                return stored
            if await asyncio.to_thread(self._claim):
                return await self._fetch(old, fetch)
            await asyncio.sleep(LOOK_SECONDS)

    async def _fetch(self, old: Token | None, fetch: FetchToken) -> Token:
        fetched = None
        try:
            # Who held the claim before may have stored a token after this process had looked for one.
            if (stored := await self._load_other(old)) is not None:
                return stored
            fetched = await fetch()
        finally:
            await asyncio.shield(asyncio.to_thread(self._store, fetched))
        return fetched

    async def _load_other(self, old: Token | None) -> Token | None:
        stored = await self.load()
        return None if stored is None or (old is not None and stored.value == old.value) else stored

    def _load(self) -> Token | None:
        from cryptography.fernet import InvalidToken

        with self._db.connection() as conn:
            sealed = IgdbTokenRepository(conn).get(self._client_key)
        if sealed is None:
            return None
        try:
            opened = json.loads(self._box.decrypt(sealed.encode()))
        except InvalidToken:
            return None
        return Token(value=opened["token"], good_until=datetime.fromisoformat(opened["good_until"]))

    def _claim(self) -> bool:
        with self._db.transaction() as conn:
            return IgdbTokenRepository(conn).claim(self._client_key, patience=PATIENCE)

    def _store(self, token: Token | None) -> None:
        opened = None if token is None else {"token": token.value, "good_until": token.good_until.isoformat()}
        sealed = None if opened is None else self._box.encrypt(json.dumps(opened).encode()).decode()
        with self._db.transaction() as conn:
            IgdbTokenRepository(conn).set(self._client_key, sealed)
