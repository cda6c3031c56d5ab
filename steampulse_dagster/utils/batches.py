"""Cuts any iterable into batches; `itertools.batched` comes with Python 3.12."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size`, the last one shorter; nothing for nothing."""
    left = iter(things)
    while batch := list(islice(left, size)):
        yield batch
