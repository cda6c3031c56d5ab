"""Rules that follow games by themselves: rows of `tracking_rules`, and what applying them does."""

from datetime import datetime

from pydantic import Field

from steampulse_dagster.models.base import Model


class RuleConditions(Model):
    """What a game must meet, all of it. Words are compared without regard to case."""

    min_reviews: int | None = Field(default=None, ge=1)
    tag: str | None = None
    """Name of a user tag."""
    genre: str | None = None
    """Name of a genre. Of an app that was never crawled only its tags are known: one of the same name counts."""
    developer: str | None = None

    def describe(self) -> str:
        """In words."""
        parts = [
            f"at least {self.min_reviews:,} reviews" if self.min_reviews else "",
            *(f"{what} {word!r}" for what, word in (("tag", self.tag), ("genre", self.genre)) if word),
            f"by {self.developer!r}" if self.developer else "",
        ]
        return ", ".join(part for part in parts if part)


class TrackingRule(RuleConditions):
    """A row: the conditions, and the most games that this rule ever adds."""

    rule_id: int
    up_to: int
    added: int = 0
    """Games that it has added so far; they count even if they were untracked since."""
    created_at: datetime
    applied_at: datetime | None = None
    """The walk of the catalogue that it was last applied to."""


class RuleMatch(Model):
    """A game that meets a rule's conditions and is not followed."""

    appid: int
    name: str
    reviews: int


class RuleOutcome(Model):
    """What applying a rule does, or would do."""

    rule: TrackingRule
    matches: int
    """Games that meet the conditions."""
    followed: int
    """Of them, games that are followed already."""
    refused: int
    """Of them, games that a person stopped following: never added again by a rule."""
    chosen: tuple[RuleMatch, ...]
    """The others, most reviews first, as far as the cap allows."""
    beyond_cap: int
    """What the cap leaves out."""
