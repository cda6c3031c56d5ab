"""Reads docker-compose.yml and the Dockerfile: what each container runs, with which environment. Starts nothing."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Service:
    """One container, as the two files describe it."""

    name: str
    command: tuple[str, ...]
    """With the image's entrypoint; empty for an image that is not ours."""
    environment: Mapping[str, str] = field(repr=False)
    waits_for: Mapping[str, str]
    """service → service_healthy or service_completed_successfully"""
    restarts: bool
    health: tuple[str, ...]
    port: int | None
    """The one that it listens on inside its container."""


def read_services(*, env_file: Path, profiles: frozenset[str] = frozenset()) -> dict[str, Service]:
    """The services of docker-compose.yml that these profiles start, in the file's order.

    Raises ValueError for a variable that the file demands and `env_file` does not have.
    """
    variables = {name: value or "" for name, value in dotenv_values(env_file).items()}
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    document = _interpolate_all(yaml.safe_load(text), variables)
    image = _read_image(ROOT / "Dockerfile")
    return {
        name: _read_service(name, described, image, variables)
        for name, described in document["services"].items()
        if not described.get("profiles") or profiles & set(described["profiles"])
    }


@dataclass(frozen=True)
class _Image:
    entrypoint: tuple[str, ...]
    environment: Mapping[str, str]


def _read_service(name: str, described: Mapping[str, Any], image: _Image, variables: Mapping[str, str]) -> Service:
    ours = "build" in described
    listed = variables if described.get("env_file") else {}
    own = {key: str(value) for key, value in described.get("environment", {}).items()}
    ports = [str(port).rsplit(":", 1)[-1] for port in (*described.get("ports", ()), *described.get("expose", ()))]
    return Service(
        name=name,
        command=(*image.entrypoint, *described["command"]) if ours else (),
        environment={**(image.environment if ours else {}), **listed, **own},
        waits_for={other: how["condition"] for other, how in described.get("depends_on", {}).items()},
        restarts=described["restart"] == "unless-stopped",
        health=_read_health(described.get("healthcheck", {}).get("test", ())),
        port=int(ports[0]) if ports else None,
    )


def _read_health(test: list[str]) -> tuple[str, ...]:
    match test:
        case ["CMD-SHELL", line]:
            return tuple(shlex.split(line))
        case ["CMD", *words]:
            return tuple(words)
        case _:
            return ()


def _read_image(dockerfile: Path) -> _Image:
    """ENTRYPOINT and ENV of the last stage."""
    lines = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    environment: dict[str, str] = {}
    entrypoint: tuple[str, ...] = ()
    for line in lines[last:]:
        instruction, _, rest = line.partition(" ")
        if instruction == "ENV":
            environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        elif instruction == "ENTRYPOINT":
            entrypoint = tuple(yaml.safe_load(rest))
    return _Image(entrypoint=entrypoint, environment=environment)


def _interpolate_all(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            return interpolate(value, variables)
        case list():
            return [_interpolate_all(each, variables) for each in value]
        case dict():
            return {key: _interpolate_all(each, variables) for key, each in value.items()}
        case _:
            return value


_INNERMOST = re.compile(r"\$\{([A-Z_]+)(?:(:-|:\?)([^${}]*))?\}")


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Compose's ${NAME}, ${NAME:-default} and ${NAME:?why}, nested ones too, as far as that file uses them.

    A demand within a default that is not needed is no demand. Raises ValueError with the reason that the file gives.
    """
    missing = "\0"  # stands for an unmet demand until it is known whether anybody needs it

    def replace(found: re.Match[str]) -> str:
        name, kind, rest = found[1], found[2], found[3] or ""
        if variables.get(name):
            return variables[name]
        return f"{missing}{name}: {rest}{missing}" if kind == ":?" else rest

    while (replaced := _INNERMOST.sub(replace, text)) != text:
        text = replaced
    if missing in text:
        raise ValueError(text.split(missing)[1])
    return text
