import pytest

from steampulse_dagster.analyzer.local.leavings import has_returned, is_leaving

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "Refunded after an hour.",
        "I stopped playing after the second boss.",
        "We called it quits last week.",
        "gave up and uninstalled",
        "I haven't opened it since March.",
        "Asked for my money back.",
        "That was it for me.",
        "I never went back.",
        "You can't rebind anything so I quit.",
        "The developers ignored it so I dropped the game.",
        "I had to get a refund.",
        "I'm done with this game.",
        "Never went back to it.",
    ],
)
def test_a_leaving_is_recognised(text: str) -> None:
    assert is_leaving(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't stop playing.",
        "Couldn't put it down.",
        "I almost quit at the start.",
        "If they don't fix it I will refund it.",
        "I was about to refund it.",
        "I wish I could refund it.",
        "Players quit when they lose.",
        "The developers abandoned it and moved on.",
        "It stopped working after the patch.",
        "I quit my job to play more.",
        "Past the refund window.",
        "It never lost my interest.",
        "I have not quit yet.",
        "You play a few minutes, die and put it down.",
        "There is quite a lot to do.",
        "I uninstalled and reinstalled it.",
        "I started on hard and never felt out of my depth.",
        "Quit to the menu to save.",
    ],
)
def test_a_denial_a_threat_or_somebody_else_is_no_leaving(text: str) -> None:
    assert not is_leaving(text)


def test_who_came_back_has_not_left() -> None:
    assert has_returned("I came back after the big patch.")
    assert not has_returned("I never came back.")
