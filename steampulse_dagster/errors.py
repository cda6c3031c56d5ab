"""Every error the product raises on purpose: a stable code, what was tried, whether another attempt can help.

SteamPulseError
├── ConfigError          CONFIG_ERROR      a setting or file is wrong; nothing was started
├── ValidationError      VALIDATION_ERROR  the caller's input is wrong
│   ├── NotFoundError                      a row or file that was asked for does not exist
│   └── NoReviewsError                     a game without a single usable review cannot be analysed
├── SteamApiError        STEAM_API_ERROR   its `kind` says what went wrong
├── IgdbApiError         IGDB_API_ERROR
├── ObjectStoreError     S3_ERROR          folder and bucket alike
├── DatabaseError        DATABASE_ERROR
└── AnalystError         ANALYST_ERROR     the model refused, failed, or answered what cannot be used
"""

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
    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"
    UNEXPECTED_SHAPE = "unexpected_shape"
    NOT_FOUND = "not_found"
    PRIVATE = "private"


class SteamApiError(SteamPulseError):
    """A call to Steam failed; `kind` says how. Rate limits and outages are retryable, the rest is not."""

    code = "STEAM_API_ERROR"

    def __init__(self, message: str, *, kind: SteamErrorKind, appid: int | None = None) -> None:
        waiting_helps = kind in (SteamErrorKind.RATE_LIMITED, SteamErrorKind.UNAVAILABLE)
        super().__init__(message, retryable=waiting_helps, appid=appid)
        self.kind = kind


class IgdbApiError(SteamPulseError):
    """A call to IGDB or to Twitch's token endpoint failed."""

    code = "IGDB_API_ERROR"


class ObjectStoreError(SteamPulseError):
    """A file could not be read from or written to the object store (folder or S3 bucket)."""

    code = "S3_ERROR"


class DatabaseError(SteamPulseError):
    """PostgreSQL is unreachable or refused a statement."""

    code = "DATABASE_ERROR"


class AnalystError(SteamPulseError):
    """The analyst (language model or local) failed, refused, or answered what cannot be used."""

    code = "ANALYST_ERROR"
