"""Proof of quotes: forgiving about form, strict about words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.analyzer.quotes import find_quote, normalise, one_line, prove_quote, strip_bbcode

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Great\n\n game\t! ", "great game !"),
        ("[h1]Great[/h1] [b]game[/b] [url=https://x.example]link[/url] [*] item", "great game link item"),
        ("don’t – “stop”…", 'don\'t - "stop"...'),
        ("zero\u200bwidth\u00ad \ufeffhere", "zerowidth here"),
        ("ＦＵＬＬ ﬁ ½", "full fi 1⁄2"),
        ("Straße ÄÖ", "strasse äö"),
        ("e\u0301tude", "étude"),
        ("각", "각"),
        ("[sic] [ok]", "[sic] [ok]"),
        ("bell\x07 \x00nul", "bell nul"),
        ("I ❤\ufe0f it", "i ❤ it"),
        ("", ""),
        ("[b][/b] \u200b", ""),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("quote", "review", "words"),
    [
        ("it crashes", "Sadly it crashes. A lot.", "it crashes"),
        ("IT  CRASHES", "Sadly it\ncrashes. A lot.", "it\ncrashes"),
        ("don't buy", "Please don’t buy this", "don’t buy"),
        ("great combat", "[b]Great[/b] combat!", "Great[/b] combat"),
        ("greatness", "[i]great[/i]ness!", "great[/i]ness"),
        ("Pros combat", "[h1]Pros[/h1]combat", "Pros[/h1]combat"),
        ("étude", "une e\u0301tude", "e\u0301tude"),
        ("好玩", "这游戏很好玩啊", "好玩"),
        ("full width", "ＦＵＬＬ　ＷＩＤＴＨ text", "ＦＵＬＬ　ＷＩＤＴＨ"),
        ('"quoted"', "so “quoted” here", "“quoted”"),
        ("  it crashes\n", "it crashes", "it crashes"),
        ("Straße", "STRASSE 5", "STRASSE"),
    ],
)
def test_a_quote_is_given_back_in_the_reviews_own_words(quote: str, review: str, words: str) -> None:
    assert find_quote(quote, review) == words
    assert words in review


@pytest.mark.parametrize(
    ("quote", "review"),
    [
        ("it never crashes", "it crashes"),
        ("art", "start of the party"),
        ("crash", "crashes"),
        ("10 hours", "110 hours"),
        ("game", ""),
        ("", "game"),
        (".", "a game."),
        ("a", "a game"),
        ("\u200b\u200b", "a game"),
        ("good ... bad", "good and bad"),
    ],
)
def test_other_words_and_parts_of_words_prove_nothing(quote: str, review: str) -> None:
    assert find_quote(quote, review) is None
    assert not prove_quote(quote, review)


words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)


@given(words)
def test_normal_form_is_stable(text: str) -> None:
    normal = normalise(text)
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))
    assert normal == " ".join(normal.split())


@given(words, st.lists(st.sampled_from(["abcdef", "ghijkl", "éß好玩"]), min_size=2, max_size=6), words)
def test_what_is_in_a_review_is_found_verbatim(before: str, middle: list[str], after: str) -> None:
    quote = " ".join(middle)
    review = f"{before} {quote} {after}"
    found = find_quote(quote, review)
    assert found is not None
    assert found in review
    assert normalise(found) == normalise(quote)


def test_a_huge_review_is_searched_in_linear_time_and_memory() -> None:
    assert find_quote("needle IN the stack", "a[" * 4_000 + " needle in the stack") == "needle in the stack"


def test_one_line_is_fit_for_the_database_and_for_a_table() -> None:
    assert one_line("a\x00b\ud800 \n c\u202e", most=20) == "ab c"
    assert one_line("x" * 30, most=10) == "x" * 9 + "…"


def test_tags_are_taken_out_for_display_and_other_brackets_stay() -> None:
    assert strip_bbcode("[b]Great[/b] [3/5] [url=https://x.example]link[/url]") == "Great [3/5] link"
