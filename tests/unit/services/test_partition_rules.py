"""Partitions and followed games, brought together in slices."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.catalog import UntrackedGame
from steampulse_dagster.services import partition_rules
from steampulse_dagster.services.partition_rules import PartitionCursor, explain_partitions, plan_partitions

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def gone(appid, *, at=NOW):
    return UntrackedGame(appid=appid, untracked_at=at)


def plan(present=(), *, appids=(), untracked=(), cursor=None):
    return plan_partitions(
        [str(key) for key in present], appids=frozenset(appids), untracked=untracked, cursor=cursor or PartitionCursor()
    )


def test_a_followed_game_gets_a_partition_and_one_that_was_deleted_in_the_ui_comes_back():
    assert plan([20], appids=[3, 10, 20]).add == ("3", "10")


def test_the_partition_of_an_untracked_game_goes_and_is_then_taken_for_a_wish_when_somebody_adds_it_again():
    first = plan([10, 20], appids=[20], untracked=[gone(10)])
    assert (first.remove, first.adopt) == (("10",), ())
    again = plan([10, 20], appids=[20], untracked=[gone(10)], cursor=first.cursor)
    assert (again.remove, again.adopt) == ((), ("10",))


def test_a_partition_of_a_game_that_nobody_follows_is_looked_up_whatever_its_key():
    assert plan([10, "007", "half life", 5], appids=[7, 10]).adopt == ("007", "5", "half life")


def test_a_tick_takes_slices_and_games_untracked_by_one_command_are_not_taken_for_wishes(monkeypatch):
    monkeypatch.setattr(partition_rules, "MOST_REMOVED", 2)
    monkeypatch.setattr(partition_rules, "MOST_ADDED", 3)
    untracked = [gone(appid) for appid in (1, 2, 3, 4, 5)]
    first = plan([1, 2, 3, 4, 5], appids=range(10, 20), untracked=untracked)
    assert (first.add, first.to_add) == (("10", "11", "12"), 10)
    assert (first.remove, first.to_remove) == (("1", "2"), 5)
    second = plan([3, 4, 5], untracked=untracked, cursor=first.cursor)
    assert (second.remove, second.adopt) == (("3", "4"), ())
    third = plan([5], untracked=untracked, cursor=second.cursor)
    assert (third.remove, third.adopt) == (("5",), ())


def test_the_tick_says_what_it_does():
    told = explain_partitions(plan([1, 5], appids=[10, 20], untracked=[gone(1)]), followed=2)
    assert told == (
        "2 games are followed. 2 of 2 followed games get a partition; 1 of 1 partitions of untracked games go; "
        "1 of 1 partitions that were added by hand are looked up on Steam."
    )
    assert explain_partitions(plan([10], appids=[10]), followed=1) == "1 games are followed. Partitions are the same."


@given(
    present=st.sets(st.integers(1, 60)),
    appids=st.sets(st.integers(1, 60)),
    untracked=st.dictionaries(st.integers(1, 60), st.integers(0, 3)),
)
def test_ticks_end_with_a_partition_for_each_followed_game_and_none_for_an_untracked_one(present, appids, untracked):
    games = sorted(
        (gone(appid, at=NOW + timedelta(hours=hours)) for appid, hours in untracked.items() if appid not in appids),
        key=lambda game: (game.untracked_at, game.appid),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partition_rules, "MOST_REMOVED", 4)
        patch.setattr(partition_rules, "MOST_ADDED", 5)
        keys, cursor = {str(key) for key in present}, PartitionCursor()
        for _ in range(40):
            step = plan_partitions(keys, appids=frozenset(appids), untracked=games, cursor=cursor)
            assert len(step.add) <= 5
            assert len(step.remove) <= 4
            assert not set(step.adopt) & {str(game.appid) for game in games}
            keys, cursor = keys.difference(step.remove).union(step.add), step.cursor
            if not step.to_add and not step.to_remove:
                break
    assert keys == {str(appid) for appid in present - untracked.keys() | appids}
