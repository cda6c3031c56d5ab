"""Checks on what is stored, table by table, and the proof of each report (rows of `report_proofs`)."""

from collections.abc import Mapping
from enum import StrEnum

from steampulse_dagster.models.base import Model


class CheckName(StrEnum):
    """The checks, as Dagster shows them."""

    GROUNDED = "every_quote_is_in_its_review"
    SAID_ONCE = "nothing_is_said_twice"
    COUNTED = "counts_equal_evidence"
    COMPLETE = "reviews_are_complete"
    FRESH = "reviews_are_fresh"
    WITHIN_BUDGET = "spending_is_within_budget"
    NO_ORPHANS = "no_bulk_job_is_orphaned"


class ReportProof(Model):
    """What an examination of one report found."""

    quotes: int
    ungrounded: tuple[str, ...] = ()
    """Quotes that are not in the review that they name, in words that hold no text of a review."""
    repeated: tuple[str, ...] = ()
    miscounted: tuple[str, ...] = ()

    @property
    def offenders(self) -> tuple[str, ...]:
        """Everything that is wrong."""
        return (*self.ungrounded, *self.repeated, *self.miscounted)


class CheckOutcome(Model):
    """What one check found."""

    name: CheckName
    passed: bool
    population: str
    """What was counted, in words."""
    of: int
    """How many there are of it."""
    bad: int
    """How many of them are not as they should be."""
    offenders: tuple[Mapping[str, str | int | float], ...] = ()
    """The worst of them, a row each."""
    details: Mapping[str, str | int | float] = {}
    advice: str = ""
