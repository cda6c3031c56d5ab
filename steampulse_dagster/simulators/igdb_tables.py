"""IGDB's tables over a world, and the run of an APICALYPSE query on them; no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from steampulse_dagster.simulators.apicalypse_query import Both, Condition, Joint, Members, Query, Text, Where
from steampulse_dagster.simulators.igdb_names import GAME_TYPES, GENRES, PLATFORMS, SOURCES
from steampulse_dagster.simulators.world import World

Row = Mapping[str, Any]
Table = Mapping[int, Row]

_GAME_REFERENCES = ("game", "parent_game", "version_parent", "similar_games", "dlcs", "expansions", "remakes", "ports")
_REFERENCES = {
    **dict.fromkeys(_GAME_REFERENCES, "games"),
    "external_games": "external_games",
    "external_game_source": "external_game_sources",
    "genres": "genres",
    "platforms": "platforms",
    "game_type": "game_types",
}
"""Which table an id in a field points into."""


class Tables:
    """All tables of one world. Objects inside a world's rows (cover, genres …) count as rows of their own."""

    def __init__(self, world: World) -> None:
        games, externals = world.list_igdb_games(), world.list_igdb_external_games()
        self._tables: dict[str, Table] = {
            "games": _by_id(games),
            "external_games": _by_id(externals),
            "genres": _named(GENRES) | _by_id(_inner_rows(games, "genres")),
            "platforms": _named(PLATFORMS) | _by_id(_inner_rows(games, "platforms")),
            "game_types": _by_id({"id": key, "type": name} for key, name in GAME_TYPES.items()),
            "external_game_sources": _named(SOURCES),
        }
        self.made_of = (games, externals)
        self._indexes: dict[tuple[str, str], Mapping[Any, Sequence[Row]]] = {}

    def __contains__(self, endpoint: str) -> bool:
        return endpoint in self._tables

    def run(self, endpoint: str, query: Query) -> list[dict[str, Any]]:
        """Rows that a query asks for, one page of them."""
        rows = self._found(endpoint, query)
        return [self._shown(row, query) for row in rows[query.offset : query.offset + query.limit]]

    def count(self, endpoint: str, query: Query) -> int:
        """How many rows a query matches; limit and offset do not matter."""
        return len(self._found(endpoint, query))

    def _found(self, endpoint: str, query: Query) -> list[Row]:
        rows = [
            row for row in self._narrow(endpoint, query.where) if query.where is None or self._holds(row, query.where)
        ]
        if query.search is not None:
            words = query.search.lower().split()
            rows = [row for row in rows if all(word in str(row.get("name", "")).lower() for word in words)]
        return rows if query.sort is None else self._sorted(rows, *query.sort)

    def _narrow(self, endpoint: str, where: Where | None) -> Iterable[Row]:
        """Rows among which all that `where` finds are. A list of ids or names is looked up: to compare hundreds of
        values with tens of thousands of rows would take seconds for each query."""
        table = self._tables[endpoint]
        match where:
            case Both(joint=Joint.AND):
                one, other = self._narrow(endpoint, where.left), self._narrow(endpoint, where.right)
                return one if isinstance(one, list) else other
            case Both():
                sides = [self._narrow(endpoint, side) for side in (where.left, where.right)]
                if all(isinstance(side, list) for side in sides):
                    return list({row["id"]: row for side in sides for row in side}.values())
            case Condition(path=(field,), operator="=", value=Members(how="any", values=values)):
                index = self._index(endpoint, field)
                keys = [value.value if isinstance(value, Text) else value for value in values]
                plain = not any(isinstance(value, Text) and (value.open_start or value.open_end) for value in values)
                if plain and field in ("id", "uid", "name", "slug"):
                    return list({row["id"]: row for key in keys for row in index.get(key, ())}.values())
        return table.values()

    def _index(self, endpoint: str, field: str) -> Mapping[Any, Sequence[Row]]:
        key = (endpoint, field)
        if key not in self._indexes and field in ("id", "uid", "name", "slug"):
            index: dict[Any, list[Row]] = {}
            for row in self._tables[endpoint].values():
                index.setdefault(row.get(field), []).append(row)
            self._indexes[key] = index
        return self._indexes.get(key, {})

    def _sorted(self, rows: list[Row], field: str, descending: bool) -> list[Row]:
        """Rows without the field come last in either direction."""
        path = tuple(field.split("."))
        having = [row for row in rows if self._values(row, path)]
        having.sort(key=lambda row: self._values(row, path)[0], reverse=descending)
        return having + [row for row in rows if not self._values(row, path)]

    def _holds(self, row: Row, where: Where) -> bool:
        match where:
            case Both(joint=Joint.AND):
                return self._holds(row, where.left) and self._holds(row, where.right)
            case Both():
                return self._holds(row, where.left) or self._holds(row, where.right)
            case Condition():
                return _compare(self._values(row, where.path), where.operator, where.value)

    def _values(self, row: Row, path: Sequence[str]) -> list[Any]:
        """The plain values at a path; many where it passes through a list, none where a field is unset."""
        values = _as_list(row.get(path[0]))
        if len(path) == 1:
            return [_collapsed(value) for value in values]
        inner = (self._expanded(path[0], value) for value in values)
        return [found for value in inner if isinstance(value, Mapping) for found in self._values(value, path[1:])]

    def _expanded(self, field: str, value: Any) -> Any:
        """The row an id points to; the id itself where the table or the row is not known."""
        if isinstance(value, Mapping):
            return value
        return self._tables.get(_REFERENCES.get(field, ""), {}).get(value, value)

    def _shown(self, row: Row, query: Query) -> dict[str, Any]:
        shown = self._project(row, _field_tree(query.fields))
        return {key: value for key, value in shown.items() if key not in query.exclude}

    def _project(self, row: Row, tree: Mapping[str, Any]) -> dict[str, Any]:
        """`id` and the fields of the tree that are set; unset ones are left out."""
        names = row.keys() if "*" in tree else [name for name in row if name in tree]
        shown = {name: self._field(name, row[name], tree.get(name) or {}) for name in names if row[name] is not None}
        return {"id": row["id"], **shown} if "id" in row else shown

    def _field(self, name: str, value: Any, tree: Mapping[str, Any]) -> Any:
        if isinstance(value, list | tuple):
            return [self._field(name, inner, tree) for inner in value]
        if not tree:
            return _collapsed(value)
        inner = self._expanded(name, value)
        return self._project(inner, tree) if isinstance(inner, Mapping) else inner


def tables_of(world: World) -> Tables:
    """The tables of a world, made once and again when its rows are other ones."""
    known = _MADE.get(id(world))
    rows = world.list_igdb_games(), world.list_igdb_external_games()
    if known is None or any(mine is not theirs for mine, theirs in zip(known.made_of, rows, strict=True)):
        known = Tables(world)
        _MADE.clear()
        _MADE[id(world)] = known
    return known


_MADE: dict[int, Tables] = {}


def _by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}


def _named(names: Mapping[int, str]) -> dict[int, Row]:
    return {key: {"id": key, "name": name} for key, name in names.items()}


def _inner_rows(rows: Iterable[Row], field: str) -> Iterable[Row]:
    return (inner for row in rows for inner in _as_list(row.get(field)) if isinstance(inner, Mapping))


def _as_list(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _collapsed(value: Any) -> Any:
    """A reference without an expander is its id."""
    return value.get("id") if isinstance(value, Mapping) else value


def _field_tree(fields: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for field in fields:
        node = tree
        for part in field.split("."):
            node = node.setdefault(part, {})
    return tree


def _compare(values: list[Any], operator: str, expected: Any) -> bool:
    match operator, expected:
        case "=", None:
            return not values
        case "!=", None:
            return bool(values)
        case "=", Members():
            return _matches_list(values, expected)
        case "!=", Members():
            return not _matches_list(values, expected)
        case "=" | "~", _:
            return any(_equal(value, expected, fold=operator == "~") for value in values)
        case "!=", _:
            return not any(_equal(value, expected, fold=False) for value in values)
        case _:
            return any(_ordered(value, operator, expected) for value in values)


def _matches_list(values: list[Any], members: Members) -> bool:
    hits = [any(_equal(value, member, fold=False) for value in values) for member in members.values]
    match members.how:
        case "any":
            return any(hits)
        case "all":
            return all(hits)
        case "none":
            return not any(hits)
        case "not_all":
            return not all(hits)
        case _:
            return all(hits) and len(values) == len(hits)


def _equal(value: Any, expected: Any, *, fold: bool) -> bool:
    if not isinstance(expected, Text):
        return bool(value == expected) and isinstance(value, bool) == isinstance(expected, bool)
    if not isinstance(value, str):
        return False
    found, wanted = (value.lower(), expected.value.lower()) if fold else (value, expected.value)
    match expected.open_start, expected.open_end:
        case True, True:
            return wanted in found
        case True, False:
            return found.endswith(wanted)
        case False, True:
            return found.startswith(wanted)
        case _:
            return found == wanted


def _ordered(value: Any, operator: str, expected: Any) -> bool:
    if not isinstance(value, int | float) or not isinstance(expected, int | float):
        return False
    match operator:
        case ">":
            return value > expected
        case ">=":
            return value >= expected
        case "<":
            return value < expected
        case _:
            return value <= expected
