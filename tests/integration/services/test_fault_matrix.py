"""Every fault that the simulators can inject, alone and in mixes: afterwards every review is stored, once, as it is."""

import os
import random

import pytest

from steampulse_dagster.clients import steam
from steampulse_dagster.simulators.faults import ANSWER_FAULTS, PAGE_FAULTS, QUIRKS, Fault
from tests.fault_world import PAGE, SLOW, Trial, random_mix

pytestmark = pytest.mark.integration

MIXES = int(os.environ.get("STEAMPULSE_FAULT_MIXES", "24"))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(steam, "REVIEWS_PAGE", PAGE)


@pytest.mark.parametrize("name", [*ANSWER_FAULTS, *PAGE_FAULTS, *QUIRKS])
async def test_after_one_kind_of_fault_every_review_is_stored_once_as_it_is(db, name):
    seed = 1 + [*ANSWER_FAULTS, *PAGE_FAULTS, *QUIRKS].index(name)
    trial = Trial(db, [Fault(name, rate=0.2 if name in SLOW else 0.4)], seed=seed, games=2 if name in SLOW else 4)
    await trial.run()
    assert trial.struck > 0 or name in QUIRKS


FOUND = (1852, 70_010)
"""Seeds of mixes that once lost a review."""


@pytest.mark.parametrize("seed", [*range(100, 100 + MIXES), *FOUND])
async def test_after_a_mix_of_faults_every_review_is_stored_once_as_it_is(db, seed):
    trial = Trial(db, random_mix(random.Random(seed)), seed=seed)
    await trial.run()
    assert trial.crawls > trial.failures
