"""Options that contradict each other are refused before anything is opened."""

import click
import pytest

from steampulse_dagster.cli.main import cli

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("run --due --all", "Name the games to run"),
        ("run 570 --due", "Name the games to run"),
        ("run --all --limit 3", "--limit goes with --due"),
        ("run --due --recorded .", "nothing of it is due"),
        ("run --due --limit 0", "0 is not in the range"),
        ("retry", "Say which games"),
        ("retry 570 --all", "Say which games"),
        ("retry 570 --kind not_found", "Say which games"),
        ("retry --all --kind bogus", "'bogus' is not one of"),
        ("plan", "Name the games to plan for"),
        ("plan 570 --tonight", "Name the games to plan for"),
        ("rules add --tag Roguelike", "Missing option '--up-to'"),
        ("rules remove x", "'x' is not a valid"),
        ("quarantine show abc", "'abc' is not a valid"),
        ("quarantine list --source bogus", "'bogus' is not one of"),
        ("quarantine replay", "Say which entries"),
        ("quarantine replay 1 --all", "Say which entries"),
        ("quarantine replay --all --appid 570", "Say which entries"),
    ],
)
def test_a_contradiction_is_refused_with_the_way_out(arguments, sentence):
    with pytest.raises(click.UsageError) as refused:
        cli.main(arguments.split(), prog_name="steampulse", standalone_mode=False)
    assert sentence in refused.value.format_message()
