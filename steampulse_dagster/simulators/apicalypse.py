"""Reads APICALYPSE, IGDB's query language, into a Query (apicalypse_query.py); no I/O.

Statements: fields, exclude, where, search, sort, limit, offset, and their one-letter forms.
"""

import re
from collections.abc import Callable
from typing import Any

from steampulse_dagster.simulators.apicalypse_query import (
    LARGEST_LIMIT,
    Both,
    Condition,
    Joint,
    Members,
    NamedQuery,
    Query,
    QuerySyntaxError,
    Text,
    Where,
)

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>\*?"(?:[^"\\]|\\.)*"\*?)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w.]*(?:\.\*)?|\*)
    | (?P<mark>!=|>=|<=|!\(|!\[|[=<>~&|(){}\[\],;/])
    )""",
    re.VERBOSE,
)
_SHORT = {"f": "fields", "x": "exclude", "w": "where", "s": "sort", "l": "limit", "o": "offset"}
_LISTS = {
    "(": ("any", ")"),
    "[": ("all", "]"),
    "{": ("exactly", "}"),
    "!(": ("none", ")"),
    "![": ("not_all", "]"),
}
_CONSTANTS = {"null": None, "true": True, "false": False}


def parse_query(text: str) -> Query:
    """Raises QuerySyntaxError."""
    parser = _Parser(text)
    query = parser.query()
    parser.end()
    return query


def parse_multiquery(text: str) -> list[NamedQuery]:
    """`query endpoint "name" { … };` one after another, names unique. Raises QuerySyntaxError."""
    parser = _Parser(text)
    queries = []
    while not parser.at_end():
        queries.append(parser.named_query())
    if not queries:
        raise QuerySyntaxError("Expecting a query")
    if len({query.name for query in queries}) < len(queries):
        raise QuerySyntaxError("Query names must be unique")
    return queries


class _Parser:
    """Recursive descent over the tokens of one body."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokenise(text)
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def end(self) -> None:
        if not self.at_end():
            raise QuerySyntaxError(f"Unexpected '{self._peek()[1]}'")

    def named_query(self) -> NamedQuery:
        self._expect_word("query")
        endpoint = self._word()
        while self._peek()[1] == "/":
            self._next()
            endpoint += "/" + self._word()
        name = self._text().value
        self._expect("{")
        query = self.query()
        self._expect("}")
        if not self.at_end():
            self._expect(";")
        return NamedQuery(endpoint, name, query)

    def query(self) -> Query:
        parts: dict[str, Any] = {}
        while self._peek()[0] == "word":
            word = self._word()
            statement = _SHORT.get(word, word)
            parts[statement] = self._statement(statement)
            self._close_statement()
        if "search" in parts and "sort" in parts:
            raise QuerySyntaxError("Search and sort cannot be combined")
        return Query(**parts)

    def _statement(self, name: str) -> Any:
        readers: dict[str, Callable[[], Any]] = {
            "fields": self._names,
            "exclude": self._names,
            "where": self._either,
            "search": lambda: self._text().value,
            "sort": self._sort,
            "limit": lambda: min(self._whole(), LARGEST_LIMIT),
            "offset": self._whole,
        }
        if name not in readers:
            raise QuerySyntaxError(f"Unknown statement '{name}'")
        return readers[name]()

    def _close_statement(self) -> None:
        """A statement ends with `;`, the last one of a body or of a multiquery's braces too."""
        if self._peek()[1] != ";":
            raise QuerySyntaxError(f"Missing `;` at '{self._peek()[1] or 'end of input'}'")
        self._next()

    def _names(self) -> tuple[str, ...]:
        names = [self._word()]
        while self._peek()[1] == ",":
            self._next()
            names.append(self._word())
        return tuple(names)

    def _sort(self) -> tuple[str, bool]:
        field = self._word()
        direction = self._word() if self._peek()[0] == "word" else "asc"
        if direction not in ("asc", "desc"):
            raise QuerySyntaxError(f"Expecting asc or desc at '{direction}'")
        return field, direction == "desc"

    def _either(self) -> Where:
        left = self._both()
        while self._peek()[1] == "|":
            self._next()
            left = Both(Joint.OR, left, self._both())
        return left

    def _both(self) -> Where:
        left = self._condition()
        while self._peek()[1] == "&":
            self._next()
            left = Both(Joint.AND, left, self._condition())
        return left

    def _condition(self) -> Where:
        if self._peek()[1] == "(":
            self._next()
            inner = self._either()
            self._expect(")")
            return inner
        path = tuple(self._word().split("."))
        operator = self._next()[1]
        if operator not in ("=", "!=", ">", ">=", "<", "<=", "~"):
            raise QuerySyntaxError(f"Expecting an operator at '{operator}'")
        return Condition(path, operator, self._value())

    def _value(self) -> Any:
        kind, token = self._peek()
        match kind:
            case "text":
                return self._text()
            case "number":
                self._next()
                return float(token) if "." in token else int(token)
            case "word" if token in _CONSTANTS:
                self._next()
                return _CONSTANTS[token]
            case "mark" if token in _LISTS:
                return self._members()
        raise QuerySyntaxError(f"Expecting a STRING as input, surround your input with quotes starting at '{token}'")

    def _members(self) -> Members:
        how, closing = _LISTS[self._next()[1]]
        values = [self._value()]
        while self._peek()[1] == ",":
            self._next()
            values.append(self._value())
        self._expect(closing)
        return Members(how, tuple(values))

    def _word(self) -> str:
        kind, token = self._next()
        if kind != "word":
            raise QuerySyntaxError(f"Expecting a name at '{token or 'end of input'}'")
        return token

    def _text(self) -> Text:
        kind, token = self._next()
        if kind != "text":
            raise QuerySyntaxError(
                f"Expecting a STRING as input, surround your input with quotes starting at '{token or 'end of input'}'"
            )
        inner = token.strip("*")[1:-1]
        return Text(re.sub(r"\\(.)", r"\1", inner), token.startswith("*"), token.endswith("*"))

    def _whole(self) -> int:
        kind, token = self._next()
        if kind != "number" or not token.isdigit():
            raise QuerySyntaxError(f"Expecting a number at '{token or 'end of input'}'")
        return int(token)

    def _expect(self, mark: str) -> None:
        token = self._next()[1]
        if token != mark:
            raise QuerySyntaxError(f"Expecting '{mark}' at '{token or 'end of input'}'")

    def _expect_word(self, word: str) -> None:
        if self._word() != word:
            raise QuerySyntaxError(f"Expecting '{word}'")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token


def _tokenise(text: str) -> list[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise QuerySyntaxError(f"Unexpected character at '{text[at : at + 20].strip()}'")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    return tokens
