"""`steampulse limits`: what Steam may be asked, what stops it, and ending that by hand."""

import asyncio
import json

import pytest

from steampulse_dagster.embedded.postgres import PRODUCT_DATABASE
from steampulse_dagster.embedded.supervisor import acquire
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.utils.db import Database

pytestmark = pytest.mark.integration


def refuse(data_dir, host):
    """What a crawl does when the host answers 403."""
    with acquire(data_dir) as lease:
        ledger = HostBudgetLedger(Database(lease.url(PRODUCT_DATABASE)), {host: HostBudget()}, block_hours=6)

        async def refused():
            await ledger.refuse(host, status=403)
            await ledger.close()

        asyncio.run(refused())


def test_a_refused_host_is_shown_respected_and_reset_by_hand(run_steampulse, data_dir):
    assert "No host was asked yet" in run_steampulse("limits", check=0).stdout
    run_steampulse("track", "9000030", check=0)
    uses = json.loads(run_steampulse("limits", "--json", check=0).stdout)
    host = next(use["host"] for use in uses if use["host"].endswith("/steam"))
    assert {use["circuit"] for use in uses} == {"closed"}

    refuse(data_dir, host)
    shown = run_steampulse("limits", check=0).stdout
    assert "open until" in shown
    assert f"steampulse limits --reset {host}" in shown
    assert f"limits --reset {host}" in run_steampulse("status", check=0).stdout
    failed = run_steampulse("track", "9000031", check=1)
    assert "refused our address" in failed.stderr

    run_steampulse("limits", "--reset", host, check=0)
    assert run_steampulse("limits", check=0).stdout.count("open until") == 0
    assert "Error: No host 'nobody' was ever asked" in run_steampulse("limits", "--reset", "nobody", check=1).stderr
