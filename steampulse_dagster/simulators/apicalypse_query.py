"""A query of APICALYPSE, IGDB's query language, as values; apicalypse.py reads them, igdb_tables.py runs them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DEFAULT_LIMIT, LARGEST_LIMIT = 10, 500


class QuerySyntaxError(Exception):
    """The query cannot be read; IGDB answers 400 with this as the cause."""


class Joint(StrEnum):
    AND = "&"
    OR = "|"


@dataclass(frozen=True)
class Text:
    """A string value; a star outside the quotes is a wildcard."""

    value: str
    open_start: bool = False
    open_end: bool = False


@dataclass(frozen=True)
class Members:
    """A list value; `how`: any, all, exactly, none, not_all."""

    how: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Condition:
    path: tuple[str, ...]
    operator: str
    value: Any


@dataclass(frozen=True)
class Both:
    """Two conditions and what joins them; `&` binds tighter than `|`."""

    joint: Joint
    left: "Where"
    right: "Where"


Where = Condition | Both


@dataclass(frozen=True)
class Query:
    """One query. Without `fields` only ids are answered."""

    fields: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    where: Where | None = None
    search: str | None = None
    sort: tuple[str, bool] | None = None
    """Field, and whether descending."""
    limit: int = DEFAULT_LIMIT
    offset: int = 0


@dataclass(frozen=True)
class NamedQuery:
    """A part of a multiquery."""

    endpoint: str
    name: str
    query: Query
