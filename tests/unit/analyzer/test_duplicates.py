"""What repeats what: paraphrases of one sentence, against different aspects of one cause."""

import pytest

from steampulse_dagster.analyzer.candidates import Candidate, Voice
from steampulse_dagster.analyzer.duplicates import drop_duplicates, says_the_same
from tests.analysis_fakes import build_review

pytestmark = pytest.mark.unit

SAME = [
    ("Players quit because of matchmaking.", "Matchmaking makes players quit."),
    ("Players quit because of matchmaking.", "Bad matchmaking drives players away."),
    ("Fix matchmaking: players quit because of matchmaking.", "Players quit because of the matchmaking."),
    ("The game crashes every time a save is loaded.", "Loading a save crashes the game every time."),
    ("Frame rate collapses in the swamp levels.", "In the swamp levels the frame rate collapses."),
    ("Cheaters ruin ranked matches.", "Ranked matches are ruined by cheaters."),
    ("Players leave after the third boss because it is unfair.", "The unfair third boss makes players leave."),
    ("The grind for reactor cores is too long.", "Reactor cores take too long to grind."),
    (
        "New players refund when they meet bots in their first match.",
        "Bots met in the first match make new players leave.",
    ),
    ("Players ask for cross-play with consoles.", "Crossplay with consoles is requested."),
]
APART = [
    ("The game crashes in boss fights.", "Players refund after the third crash."),
    ("The game crashes in boss fights.", "Fix the crash in boss fights first."),
    ("Matchmaking has no skill separation.", "New players meet bots in their first minutes and refund."),
    ("Matchmaking has no skill separation.", "Deploy bot detection: it drives the loss of new players."),
    ("Cheaters go unpunished in ranked.", "Players quit ranked after meeting a cheater in three matches running."),
    ("Frame rate collapses in the swamp levels.", "Players refund in the first hour when the swamp stutters."),
    ("The combat feels weighty.", "The combat lacks enemy variety."),
    ("Crashes on start on older cards.", "Crashes when saving in the village."),
    ("Players praise the soundtrack.", "Players praise the art style."),
    ("Players compare it with Hades.", "Players compare it with Hades II."),
    ("Players compare it with Diablo 3.", "Players compare it with Diablo 4."),
    ("The first act is too long.", "The third act is too long."),
    ("Players like the servers.", "Players dislike the servers."),
    ("The tutorial explains the controls.", "The tutorial never explains the controls."),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_paraphrase_is_the_same_sentence_either_way_round(one, other):
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(("one", "other"), APART)
def test_another_aspect_of_the_same_cause_is_not_a_repetition(one, other):
    assert not says_the_same(one, other)
    assert not says_the_same(other, one)


def build_candidate(section, statement):
    voices = tuple(Voice(review=build_review(number), quote="It crashes", score=1.0) for number in (1, 9, 17))
    return Candidate(
        section=section, topic="crashes/on-load", label="Crash on load", statement=statement, voices=voices
    )


def test_one_cause_stays_in_two_sections_that_tell_another_aspect_of_it():
    flaw = build_candidate("gameplay_friction", "The game dies when the third region loads.")
    fix = build_candidate("dev_priorities", "Stream the third region in: it wins back those who turn away.")
    assert drop_duplicates([flaw, fix]) == [flaw, fix]


def test_without_statements_the_same_label_reviews_and_quote_are_a_repetition():
    flaw, fix = (build_candidate(section, None) for section in ("gameplay_friction", "dev_priorities"))
    assert drop_duplicates([flaw, fix]) == [flaw]
