"""Follows games by rules: applies `tracking_rules` to the catalogue and fills `tracked_games`.

Rules only ever add, each up to its own cap, and never a game that a person stopped following.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.tracking_rules import RuleConditions, RuleOutcome, TrackingRule
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.repositories.tracking_rules import TrackingRuleRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.text import clean_line, is_blank

log = structlog.get_logger()

LONGEST_WORD = 200


class TrackingRuleService:
    """Rules, and what they choose by what is stored now. Asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._clock = clock

    def add(self, conditions: RuleConditions, *, up_to: int) -> TrackingRule:
        """A new rule. Raises ValidationError without a condition, for an empty word, and for a cap below one."""
        cleaned = conditions.model_copy(
            update={name: _clean(name, getattr(conditions, name)) for name in ("tag", "genre", "developer")}
        )
        if not cleaned.describe():
            raise ValidationError("A rule needs a condition: a number of reviews, a tag, a genre or a developer.")
        if up_to < 1:
            raise ValidationError("A rule needs a cap of at least one game.")
        with self._db.transaction() as conn:
            return TrackingRuleRepository(conn).insert(cleaned, up_to=up_to)

    def list_all(self) -> tuple[TrackingRule, ...]:
        """All rules."""
        with self._db.connection() as conn:
            return TrackingRuleRepository(conn).list_all()

    def remove(self, rule_ids: Sequence[int]) -> tuple[int, ...]:
        """Forget rules; the games that they added stay followed. Raises NotFoundError, with nothing done, naming ids
        that no rule has."""
        with self._db.transaction() as conn:
            gone = TrackingRuleRepository(conn).delete_many(rule_ids)
            missing = sorted(set(rule_ids) - set(gone))
            if missing:
                raise NotFoundError(f"There is no rule {', '.join(map(str, missing))}: `steampulse rules list`.")
        return gone

    def list_pending(self) -> tuple[tuple[TrackingRule, ...], datetime | None]:
        """Rules that were not applied to the newest walk of the catalogue, and when that walk began."""
        with self._db.connection() as conn:
            walk = CatalogRepository(conn).get_last_finished_at()
            rules = TrackingRuleRepository(conn).list_all()
        late = (rule for rule in rules if rule.applied_at is None or (walk is not None and rule.applied_at < walk))
        return tuple(late), walk

    def preview(self) -> tuple[RuleOutcome, ...]:
        """What each rule would add now, by what is stored, one after the other; nothing is changed."""
        with self._db.connection() as conn:
            return tuple(_choose(conn, rule) for rule in TrackingRuleRepository(conn).list_all())

    def apply(self) -> tuple[RuleOutcome, ...]:
        """Follow what the rules choose by what is stored now; each rule in a transaction of its own."""
        walk = self.list_pending()[1] or self._clock()
        outcomes = (self._apply_one(rule.rule_id, walk) for rule in self.list_all())
        return tuple(outcome for outcome in outcomes if outcome is not None)

    def _apply_one(self, rule_id: int, walk: datetime) -> RuleOutcome | None:
        with self._db.transaction() as conn:
            rules = TrackingRuleRepository(conn)
            rule = rules.lock(rule_id)
            if rule is None:
                return None
            outcome = _choose(conn, rule)
            added = TrackingRepository(conn).insert_many(
                {match.appid: match.name for match in outcome.chosen},
                reason=TrackReason.RULE,
                tracked_at=self._clock(),
                rule_id=rule_id,
            )
            rules.mark_applied(rule_id, added=len(added), applied_at=walk)
        log.info("rule_applied", rule_id=rule_id, matches=outcome.matches, added=len(added))
        return outcome


def explain_outcome(outcome: RuleOutcome) -> str:
    """One rule and what it does, in a sentence."""
    told = [f"{outcome.matches:,} games match", f"{outcome.followed:,} of them are followed"]
    if outcome.refused:
        told.append(f"{outcome.refused:,} were untracked by hand and stay so")
    told.append(f"{len(outcome.chosen):,} are added")
    if outcome.beyond_cap:
        told.append(f"{outcome.beyond_cap:,} are beyond the cap of {outcome.rule.up_to:,}")
    return f"Rule {outcome.rule.rule_id} ({outcome.rule.describe()}): {', '.join(told)}."


def _choose(conn: Connection, rule: TrackingRule) -> RuleOutcome:
    rules = TrackingRuleRepository(conn)
    matches, followed, refused = rules.count_matches(rule)
    chosen = rules.list_new(rule, most=max(0, rule.up_to - rule.added))
    return RuleOutcome(
        rule=rule,
        matches=matches,
        followed=followed,
        refused=refused,
        chosen=chosen,
        beyond_cap=matches - followed - refused - len(chosen),
    )


def _clean(name: str, word: str | None) -> str | None:
    if word is None:
        return None
    cleaned = clean_line(word)
    if is_blank(cleaned) or len(cleaned) > LONGEST_WORD:
        raise ValidationError(f"The {name} of a rule must have 1 to {LONGEST_WORD} visible characters.")
    return cleaned
