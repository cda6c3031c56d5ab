"""Every error the product raises on purpose: a stable code, what was tried, whether another attempt can help.

SteamPulseError
├── ConfigError          CONFIG_ERROR      a setting or file is wrong; nothing was started
├── ValidationError      VALIDATION_ERROR  the caller's input is wrong
│   ├── NotFoundError                      a row or file that was asked for does not exist
│   └── NoReviewsError                     a game without a single usable review cannot be analysed
├── SteamApiError        STEAM_API_ERROR   its `kind` says what went wrong
├── IgdbApiError         IGDB_API_ERROR
├── ObjectStoreError     S3_ERROR          folder and bucket alike
├── QueueError           QUEUE_ERROR       SQS
├── AlertError           ALERT_ERROR       a message to people was not delivered
├── DatabaseError        DATABASE_ERROR
│   └── SlowQueryError                     a reader's statement took longer than it may
├── BusyError            BUSY              too much of one kind is under way; waiting helps
├── AnalystError         ANALYST_ERROR     the model refused, failed, or answered what cannot be used
└── BudgetError          BUDGET_ERROR      a call of a model was not made because a limit of spending forbids it
    └── UnknownOutcomeError                a call whose answer was never seen, and which may have been charged
"""

from datetime import UTC, datetime
from enum import StrEnum


class SteamPulseError(Exception):
    """Base of all deliberate errors. `message` is one clear sentence; `retryable` says whether waiting helps."""

    code = "STEAMPULSE_ERROR"
    retryable = False

    def __init__(self, message: str, *, retryable: bool | None = None, appid: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.appid = appid
        if retryable is not None:
            self.retryable = retryable

    @property
    def advice(self) -> str | None:
        """What the reader can do about it, in one sentence; None where the message says it already."""
        return None

    def __str__(self) -> str:
        return self.message


class ConfigError(SteamPulseError):
    """A setting, file or port is wrong; says which one and what to do."""

    code = "CONFIG_ERROR"


class ValidationError(SteamPulseError):
    """The caller's input is wrong; nothing was changed."""

    code = "VALIDATION_ERROR"


class NotFoundError(ValidationError):
    """Something asked for by its id does not exist."""


class NoReviewsError(ValidationError):
    """The game has no usable review, so there is nothing to analyse; not an outage, waiting for reviews helps."""


class SteamErrorKind(StrEnum):
    """What went wrong at Steam; decides whether and how long to wait."""

    RATE_LIMITED = "rate_limited"
    """Steam asks for fewer requests (429, or `null` for the store's details)."""
    BLOCKED = "blocked"
    """Steam refuses this address (403); asking on makes it worse."""
    KEY_REFUSED = "key_refused"
    """Steam refuses the Web API key (401, or 403 with a page that says so)."""
    UNAVAILABLE = "unavailable"
    """Nobody answered, or with a server's error."""
    UNEXPECTED_SHAPE = "unexpected_shape"
    """An answer that is not what the service answered when this was written."""
    NOT_FOUND = "not_found"
    """Steam knows no such app or profile."""
    PRIVATE = "private"
    """The profile does not show what was asked for."""
    INCOMPLETE = "incomplete"
    """A list ended well before as much was handed out as Steam reports."""


PASSING_KINDS = frozenset({SteamErrorKind.RATE_LIMITED, SteamErrorKind.UNAVAILABLE, SteamErrorKind.INCOMPLETE})
"""Kinds that waiting cures without anybody doing anything."""


class SteamApiError(SteamPulseError):
    """A call to Steam failed; `kind` says how, `message` what was tried and for which appid.

    `retry_at` is the moment from which another attempt makes sense, where Steam (Retry-After) or the circuit of its
    host says so. `payload` is the answer that could not be read, where there was one.
    """

    code = "STEAM_API_ERROR"

    def __init__(
        self,
        message: str,
        *,
        kind: SteamErrorKind,
        appid: int | None = None,
        retry_at: datetime | None = None,
        payload: str | None = None,
    ) -> None:
        super().__init__(message, retryable=kind in PASSING_KINDS, appid=appid)
        self.kind = kind
        self.retry_at = retry_at
        self.payload = payload

    @property
    def advice(self) -> str:
        """Whether waiting helps, and until when."""
        return advise(self.kind, retry_at=self.retry_at)


def advise(kind: SteamErrorKind, *, retry_at: datetime | None = None) -> str:
    """Whether waiting helps against this kind of failure, until when if that is known, and what does if it does not."""
    if retry_at is not None:
        return f"Waiting helps: try again after {retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
    match kind:
        case SteamErrorKind.RATE_LIMITED:
            return "Waiting helps: some minutes, or fewer requests (STEAMPULSE_STEAM_REQUESTS_PER_SECOND)."
        case SteamErrorKind.BLOCKED:
            return "Asking on makes it worse: leave Steam alone for hours."
        case SteamErrorKind.KEY_REFUSED:
            return "Waiting does not help: check STEAM_API_KEY (steamcommunity.com/dev/apikey)."
        case SteamErrorKind.UNAVAILABLE:
            return "Waiting helps: Steam or the network is out of order."
        case SteamErrorKind.UNEXPECTED_SHAPE:
            return "Waiting rarely helps: Steam's answer has changed, and SteamPulse has to learn to read it."
        case SteamErrorKind.NOT_FOUND:
            return "Waiting does not help: check the appid, or the profile's id or name."
        case SteamErrorKind.PRIVATE:
            return "Waiting does not help: the owner has to make the profile's game details public."
        case SteamErrorKind.INCOMPLETE:
            return "Waiting helps: Steam cuts lists short at busy hours, and what came is stored."


class IgdbErrorKind(StrEnum):
    """What went wrong at IGDB or Twitch."""

    RATE_LIMITED = "rate_limited"
    """More requests than 4 a second or 8 open ones (429)."""
    UNAVAILABLE = "unavailable"
    """Nobody answered, or with a server's error."""
    KEY_REFUSED = "key_refused"
    """Twitch refuses the client id or secret, or IGDB every token of it (400, 401, 403)."""
    BAD_QUERY = "bad_query"
    """IGDB cannot read a query that was sent (400, 413)."""
    UNEXPECTED_SHAPE = "unexpected_shape"
    """An answer that is not what IGDB answered when this was written."""


class IgdbApiError(SteamPulseError):
    """A call to IGDB or to Twitch's token endpoint failed; `kind` says how."""

    code = "IGDB_API_ERROR"

    def __init__(self, message: str, *, kind: IgdbErrorKind) -> None:
        super().__init__(message, retryable=kind in (IgdbErrorKind.RATE_LIMITED, IgdbErrorKind.UNAVAILABLE))
        self.kind = kind

    @property
    def advice(self) -> str:
        """Whether waiting helps."""
        match self.kind:
            case IgdbErrorKind.RATE_LIMITED:
                return "Waiting helps: another program uses the same client id, or its requests are too many."
            case IgdbErrorKind.UNAVAILABLE:
                return "Waiting helps: IGDB, Twitch or the network is out of order."
            case IgdbErrorKind.KEY_REFUSED:
                return "Waiting does not help: check IGDB_CLIENT_ID and IGDB_CLIENT_SECRET (dev.twitch.tv/console)."
            case IgdbErrorKind.BAD_QUERY | IgdbErrorKind.UNEXPECTED_SHAPE:
                return "Waiting rarely helps: IGDB has changed, and SteamPulse has to learn to talk to it."


class ObjectStoreError(SteamPulseError):
    """A file could not be read from or written to the object store (folder or S3 bucket)."""

    code = "S3_ERROR"


class QueueError(SteamPulseError):
    """Messages could not be sent to, read from or taken off an SQS queue."""

    code = "QUEUE_ERROR"


class AlertError(SteamPulseError):
    """A message to people was not delivered. Its words hold no address of a webhook and no password."""

    code = "ALERT_ERROR"


class DatabaseError(SteamPulseError):
    """PostgreSQL is unreachable or refused a statement."""

    code = "DATABASE_ERROR"


class SlowQueryError(DatabaseError):
    """A reader's statement took longer than it may, and was broken off; a narrower question may be answered."""


class BusyError(SteamPulseError):
    """Too much of one kind is under way at this moment; nothing was done, and waiting helps."""

    code = "BUSY"
    retryable = True


class AnalystError(SteamPulseError):
    """The analyst (language model or local) failed, refused, or answered what cannot be used."""

    code = "ANALYST_ERROR"


class BudgetError(SteamPulseError):
    """A limit of spending forbids a call; nothing was asked and nothing spent. The message names limit and setting."""

    code = "BUDGET_ERROR"


class UnknownOutcomeError(AnalystError):
    """A call was sent and its answer never seen: it may have been made and charged."""
