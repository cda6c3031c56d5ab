"""Example sentences of each topic and polarity, with their embeddings. Reads data/prototypes.{txt,npy}.

`python -m steampulse_dagster.analyzer.local.prototypes` writes prototypes.npy anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from steampulse_dagster.analyzer.local.embedder import Embedder, load_embedder

if TYPE_CHECKING:
    import numpy as np

TOP = 3
"""Similarity to a topic is the mean cosine of its three nearest prototypes: one odd neighbour decides nothing."""
CLASSES = ("praise", "friction", "neutral", "wish", "dropout")
WIDTH, RIDGE = 1.0, 1.0
"""Of the kernel ridge classifier that tells the classes apart; chosen by leave-one-out over the prototypes themselves
(69 % land in their own class of five), where nearest neighbours did clearly worse."""


@dataclass(frozen=True, slots=True)
class Prototype:
    """`kind` is a topic or neutral, wish, dropout; `polarity` is +1 or -1 for topics, 0 otherwise."""

    kind: str
    polarity: int
    text: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the prototypes say of a sentence: leanings about -1 (no) .. 1 (yes), and cosines to topics."""

    praise: float
    friction: float
    neutral: float
    wish: float
    dropout: float
    topics: dict[str, float]


class Prototypes:
    """The prototypes with their embeddings, ready for comparison."""

    def __init__(self, vectors: "np.ndarray") -> None:
        prototypes = list_prototypes()
        self._vectors = vectors
        self._rows: dict[str, list[int]] = {}
        for row, prototype in enumerate(prototypes):
            self._rows.setdefault(prototype.kind, []).append(row)
        self._weights = _fit(vectors, prototypes)

    def compare(self, vectors: "np.ndarray") -> list[Likeness]:
        """One likeness a row. Rounded, so that a last bit of float arithmetic decides nothing."""
        import numpy as np

        cosines = np.round(vectors @ self._vectors.T, 4)
        leanings = np.round(_kernel(cosines) @ self._weights, 4)
        near = {kind: np.sort(cosines[:, rows], axis=1)[:, -TOP:].mean(axis=1) for kind, rows in self._rows.items()}
        return [
            Likeness(
                **{name: round(float(leanings[row, column]), 4) for column, name in enumerate(CLASSES)},
                topics={topic: round(float(near[topic][row]), 4) for topic in near if topic not in CLASSES},
            )
            for row in range(len(vectors))
        ]


def _fit(vectors: "np.ndarray", prototypes: Sequence[Prototype]) -> "np.ndarray":
    """Kernel ridge weights of praise, friction and neither, a row a prototype (a solve of some 20 ms)."""
    import numpy as np

    classes = [_class_of(prototype) for prototype in prototypes]
    targets = -np.ones((len(prototypes), len(CLASSES)))
    targets[np.arange(len(prototypes)), classes] = 1.0
    gram = _kernel(vectors.astype(np.float64) @ vectors.T.astype(np.float64))
    return np.linalg.solve(gram + RIDGE * np.eye(len(prototypes)), targets)


def _class_of(prototype: Prototype) -> int:
    match prototype.polarity:
        case 1:
            return CLASSES.index("praise")
        case -1:
            return CLASSES.index("friction")
        case _:
            return CLASSES.index(prototype.kind)


def _kernel(cosines: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return np.exp(-WIDTH * (2.0 - 2.0 * cosines))


@cache
def list_prototypes() -> tuple[Prototype, ...]:
    """All prototypes in the order of their embeddings."""
    lines = _data("prototypes.txt").read_text(encoding="utf-8").splitlines()
    polarities = {"+": 1, "-": -1, "0": 0}
    rows = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return tuple(Prototype(kind=kind, polarity=polarities[sign], text=text) for kind, sign, text in rows)


def open_prototypes(embedder: Embedder) -> Prototypes:
    """The packaged embeddings; computed if the file does not fit the list."""
    import numpy as np

    path = _data("prototypes.npy")
    if path.exists():
        vectors = np.load(path, allow_pickle=False).astype(np.float32)
        if len(vectors) == len(list_prototypes()):
            return Prototypes(vectors)
    return Prototypes(embed_prototypes(embedder))


def embed_prototypes(embedder: Embedder) -> "np.ndarray":
    """The embeddings of all prototypes as they are packaged: half precision, read back as single."""
    import numpy as np

    return embedder.embed([prototype.text for prototype in list_prototypes()]).astype(np.float16).astype(np.float32)


def write_prototypes() -> Path:
    """Write prototypes.npy beside the list; returns its path."""
    import numpy as np

    path = _data("prototypes.npy")
    np.save(path, embed_prototypes(load_embedder()).astype(np.float16), allow_pickle=False)
    return path


def _data(name: str) -> Path:
    return Path(str(files(__package__) / "data" / name))


if __name__ == "__main__":
    write_prototypes()
