"""What all models share: frozen, strict about unknown fields, ids of reviews as text in JSON."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


class Model(BaseModel):
    """An immutable value that crosses a layer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


ReviewId = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
"""Steam's recommendationid: a 64-bit number, written as text in JSON because many readers of JSON lose digits."""
