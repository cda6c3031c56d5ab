"""Checks what is stored, table by table: cheap enough to be done in every run, also at 100,000 games.

Reads what repositories/data_checks.py reads and the ledger; writes `report_proofs` of reports older than that table.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pydantic

from steampulse_dagster.models.data_checks import CheckName, CheckOutcome, ReportProof
from steampulse_dagster.repositories.data_checks import DataCheckRepository
from steampulse_dagster.repositories.report_proofs import ReportProofRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.report_proofs import prove_stored
from steampulse_dagster.utils.db import Database

SHOWN = 20
"""Most offenders that a check names."""
LEAST_COMPLETENESS = 0.95
"""Steam's own count runs ahead of its list by a few percent; below this, reviews are missing."""
LATE = timedelta(days=2)
"""A game that is overdue by more than this was left out of two nights."""
LATE_JOB = timedelta(days=1)
EXAMINED_AT_ONCE = 200
UNREADABLE = "the stored report is none that this version can read"


class DataCheckService:
    """One method for each group of tables. Blocks on the database."""

    def __init__(self, database: Database, *, ledger: Ledger) -> None:
        self._db = database
        self._ledger = ledger

    def check(self, names: Sequence[CheckName] = tuple(CheckName)) -> tuple[CheckOutcome, ...]:
        """The outcomes of these checks, in their order. Raises DatabaseError: a check that could not look says
        nothing."""
        found: dict[CheckName, CheckOutcome] = {}
        if {CheckName.GROUNDED, CheckName.SAID_ONCE, CheckName.COUNTED} & set(names):
            found |= {outcome.name: outcome for outcome in self._check_reports()}
        for name in names:
            match name:
                case CheckName.COMPLETE:
                    found[name] = self._check_completeness()
                case CheckName.FRESH:
                    found[name] = self._check_freshness()
                case CheckName.WITHIN_BUDGET:
                    found[name] = self._check_spending()
                case CheckName.NO_ORPHANS:
                    found[name] = self._check_jobs()
                case _:
                    pass
        return tuple(found[name] for name in names)

    def examine_unproven(self, *, limit: int = EXAMINED_AT_ONCE) -> int:
        """Examine current reports that never were; how many."""
        with self._db.connection() as conn:
            unproven = ReportProofRepository(conn).list_unproven(limit=limit)
        for report_id in unproven:
            with self._db.transaction() as conn:
                try:
                    stored = ReportRepository(conn).get_by_id(report_id)
                except pydantic.ValidationError:
                    ReportProofRepository(conn).insert(report_id, ReportProof(quotes=0, miscounted=(UNREADABLE,)))
                    continue
                if stored is not None:
                    prove_stored(conn, stored)
        return len(unproven)

    def _check_reports(self) -> tuple[CheckOutcome, ...]:
        counts = self._count_reports()
        if counts["unproven"] and self.examine_unproven():
            counts = self._count_reports()
        with self._db.connection() as conn:
            bad = DataCheckRepository(conn).list_bad_reports(limit=1_000)
        of, unproven = counts["reports"] - counts["unproven"], counts["unproven"]
        kinds = (
            (CheckName.GROUNDED, "ungrounded"),
            (CheckName.SAID_ONCE, "repeated"),
            (CheckName.COUNTED, "miscounted"),
        )
        return tuple(_judge_reports(name, kind, bad, of=of, unproven=unproven) for name, kind in kinds)

    def _count_reports(self) -> dict[str, int]:
        with self._db.connection() as conn:
            return DataCheckRepository(conn).count_reports()

    def _check_completeness(self) -> CheckOutcome:
        with self._db.connection() as conn:
            checks = DataCheckRepository(conn)
            counts = checks.count_completeness(least=LEAST_COMPLETENESS)
            worst = checks.list_incomplete(least=LEAST_COMPLETENESS, limit=SHOWN) if counts["bad"] else []
        return CheckOutcome(
            name=CheckName.COMPLETE,
            passed=not counts["bad"],
            population="tracked games whose number of reviews Steam reports",
            of=counts["games"],
            bad=counts["bad"],
            offenders=tuple(_clean(row) for row in worst),
            details={"average completeness": round(counts["average"], 4), "least wanted": LEAST_COMPLETENESS},
            advice="`steampulse run APPID --full` walks all reviews of a game again.",
        )

    def _check_freshness(self) -> CheckOutcome:
        with self._db.connection() as conn:
            checks = DataCheckRepository(conn)
            counts = checks.count_freshness(late=LATE)
            bad = counts["overdue"] + counts["never"]
            worst = checks.list_overdue(late=LATE, limit=SHOWN) if bad else []
        return CheckOutcome(
            name=CheckName.FRESH,
            passed=not bad,
            population="tracked games",
            of=counts["games"],
            bad=bad,
            offenders=tuple(_clean(row) for row in worst),
            details={"never crawled": counts["never"], "given up": counts["given_up"], "late after days": LATE.days},
            advice="Is the nightly schedule on, and its budget large enough? `steampulse due` lists what waits.",
        )

    def _check_spending(self) -> CheckOutcome:
        spent, budgets = self._ledger.get_spent(), self._ledger.budgets
        limits = (("day", spent.day, budgets.per_day), ("month", spent.month, budgets.per_month))
        over: list[Mapping[str, str | int | float]] = [
            {"limit": name, "spent (USD)": float(amount), "allowed (USD)": float(most)}
            for name, amount, most in limits
            if amount > most
        ]
        return CheckOutcome(
            name=CheckName.WITHIN_BUDGET,
            passed=not over,
            population="limits of spending, of this day and this month (UTC)",
            of=len(limits),
            bad=len(over),
            offenders=tuple(over),
            details={f"{name} (USD)": float(round(amount, 6)) for name, amount, _ in limits},
            advice="`steampulse costs` shows what was spent, reserved or is of unknown outcome.",
        )

    def _check_jobs(self) -> CheckOutcome:
        with self._db.connection() as conn:
            checks = DataCheckRepository(conn)
            jobs, orphans = checks.count_jobs(), checks.list_orphaned_jobs(late=LATE_JOB, limit=SHOWN)
            forgotten = checks.count_forgotten_records()
        return CheckOutcome(
            name=CheckName.NO_ORPHANS,
            passed=not orphans and not forgotten,
            population="bulk jobs that are not collected",
            of=jobs,
            bad=len(orphans),
            offenders=tuple(_clean(row) for row in orphans),
            details={"records of collected jobs with money set aside": forgotten},
            advice="Is batch_jobs_sensor on? `steampulse batch status` shows them, `steampulse batch collect` reads.",
        )


def _judge_reports(
    name: CheckName, kind: str, bad: Sequence[Mapping[str, Any]], *, of: int, unproven: int
) -> CheckOutcome:
    rows = [row for row in bad if row[kind]]
    return CheckOutcome(
        name=name,
        passed=not rows,
        population="current reports that were examined",
        of=of,
        bad=len(rows),
        offenders=tuple(
            {
                "appid": row["appid"],
                "report": row["report_id"],
                "problems": row[kind],
                "first": "; ".join(row["offenders"][:3]),
            }
            for row in rows[:SHOWN]
        ),
        details={"not examined yet": unproven},
        advice="A report that is wrong is not published; this one was altered, or its reviews were. `steampulse run "
        "APPID --force` makes it anew.",
    )


def _clean(row: Mapping[str, Any]) -> dict[str, str | int | float]:
    """A row for people: texts of others in one line, and short."""
    return {
        name: " ".join(value.split())[:200] if isinstance(value, str) else value if value is not None else ""
        for name, value in row.items()
    }
