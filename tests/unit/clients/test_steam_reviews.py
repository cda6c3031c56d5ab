import hashlib
import hmac
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from steampulse_dagster.clients import steam_review_shape
from steampulse_dagster.clients.steam_reviews import (
    build_author_key_of,
    build_review_page,
    parse_query_summary,
    parse_review,
    parse_review_page,
)
from steampulse_dagster.models.reviews import ReviewRow, UnparsedReview
from tests.fake_steam import author_key_of, raw_review

pytestmark = pytest.mark.unit


def parse(**changes):
    return parse_review(raw_review(1, **changes), appid=10, author_key_of=author_key_of)


def parse_author(**changes):
    author = {**raw_review(1)["author"], **changes}
    return parse(author={name: value for name, value in author.items() if value is not ...})


def test_an_ordinary_review_is_read_as_sent():
    review = parse()
    assert isinstance(review, ReviewRow)
    assert (review.recommendationid, review.appid, review.language) == (1001, 10, "english")
    assert review.author_key == "key-76561197960265730"
    assert review.timestamp_created == 1_700_003_600
    assert (review.playtime_at_review, review.playtime_forever) == (500, 600)


FLAGS = ("steam_purchase", "received_for_free", "refunded", "written_during_early_access", "primarily_steam_deck")
NUMBERS = {"votes_up": 21, "votes_funny": 22, "comment_count": 23, "timestamp_dev_responded": 1_700_000_024}
TIMES = {"timestamp_created": 1_700_000_025, "timestamp_updated": 1_700_000_026}
TEXTS = {"language": "thai", "review": "Well.", "developer_response": "Thanks."}
OF_THE_AUTHOR = {
    "num_games_owned": 31,
    "num_reviews": 32,
    "playtime_forever": 33,
    "playtime_last_two_weeks": 34,
    "playtime_at_review": 35,
    "deck_playtime_at_review": 36,
    "last_played": 1_700_000_037,
}


@pytest.mark.parametrize("flag", [*FLAGS, "voted_up"])
def test_every_value_is_found_under_its_own_name(flag):
    flags = {**dict.fromkeys([*FLAGS, "voted_up"], False), flag: True}
    sent = {**NUMBERS, **TIMES, **TEXTS, **flags, "weighted_vote_score": "0.27"}
    author = {**OF_THE_AUTHOR, "steamid": "76561197960265730"}
    review = parse(**sent, author=author)
    of_the_author = {"author_" + name if name.startswith("num_") else name: n for name, n in OF_THE_AUTHOR.items()}
    found = msgspec.structs.asdict(review)
    assert found.pop("content_hash") == hashlib.sha256(f"{int(flag == 'voted_up')}\0Well.".encode()).hexdigest()[:32]
    assert found == {
        **sent,
        **of_the_author,
        "appid": 10,
        "recommendationid": 1001,
        "author_key": "key-76561197960265730",
        "weighted_vote_score": 0.27,
    }


def test_missing_optional_fields_take_their_defaults():
    raw = {"recommendationid": "5", "timestamp_created": 1_700_000_000, "voted_up": False}
    review = parse_review(raw, appid=10, author_key_of=author_key_of)
    assert isinstance(review, ReviewRow)
    assert review.review == ""
    assert review.language == "unknown"
    assert review.timestamp_updated == review.timestamp_created
    assert review.playtime_at_review is None
    assert review.author_key == "unknown-5"
    assert (review.refunded, review.primarily_steam_deck, review.developer_response) == (False, False, None)


def test_playtime_at_review_falls_back_to_playtime_forever():
    assert parse_author(playtime_at_review=...).playtime_at_review == 600
    assert parse_author(playtime_at_review=0).playtime_at_review == 0


def test_playtime_at_review_above_playtime_forever_is_kept():
    assert parse_author(playtime_at_review=900).playtime_at_review == 900


@pytest.mark.parametrize(
    ("sent", "stored"), [("0.52", 0.52), (0, 0.0), (0.5, 0.5), ("4.963120", 4.96312), ("0.000000", 0)]
)
def test_a_weighted_vote_score_is_read_as_text_or_number_and_kept_above_one(sent, stored):
    assert parse(weighted_vote_score=sent).weighted_vote_score == stored


@pytest.mark.parametrize("sent", [float("inf"), float("-inf"), float("nan"), "Infinity", "NaN"])
def test_a_weighted_vote_score_that_is_not_finite_is_handed_back(sent):
    assert parse(weighted_vote_score=sent).reason == "weighted_vote_score is not finite"


@pytest.mark.parametrize("sent", [-1, -4, 4294967295, "4294967295", 10_000_001])
def test_garbage_votes_are_stored_as_zero(sent):
    assert parse(votes_funny=sent).votes_funny == 0
    assert parse(votes_up=sent).votes_up == 0


def test_large_but_possible_votes_are_kept():
    assert parse(votes_up=10_000_000).votes_up == 10_000_000


def test_a_comment_count_may_be_text():
    assert parse(comment_count="17").comment_count == 17


@pytest.mark.parametrize("sent", [0, 86400, 1_000_000])
def test_last_played_before_steam_existed_is_unknown(sent):
    assert parse_author(last_played=sent).last_played is None


def test_last_played_long_before_the_review_is_kept():
    assert parse_author(last_played=1_400_000_000).last_played == 1_400_000_000


def test_zero_owned_games_means_unknown():
    assert parse_author(num_games_owned=0).author_num_games_owned is None
    assert parse_author(num_games_owned=3).author_num_games_owned == 3


def test_a_count_too_large_for_its_column_is_stored_as_zero():
    assert parse_author(playtime_forever=2**31).playtime_forever == 0


def test_text_loses_nul_lone_surrogates_and_carriage_returns_and_nothing_else():
    assert parse(review="a\0\ud83d\r\n[b]b[/b] &amp; \u200b\u2028").review == "a\n[b]b[/b] &amp; \u200b\u2028"


def test_a_text_above_steams_limit_is_cut():
    assert len(parse(review="x" * 150_000).review) == 8_000


def test_an_empty_text_is_a_review_all_the_same():
    assert parse(review="").review == ""


def test_the_content_hash_changes_with_text_and_vote_and_with_nothing_else():
    same = parse(votes_up=99, timestamp_updated=1_800_000_000).content_hash
    assert parse().content_hash == same
    assert parse(review="other").content_hash != same
    assert parse(voted_up=False).content_hash != same
    assert len(same) == 32


def test_an_id_may_be_a_number_and_is_never_rounded():
    assert parse(recommendationid=9_007_199_254_740_993).recommendationid == 9_007_199_254_740_993
    assert parse(recommendationid="9007199254740993").recommendationid == 9_007_199_254_740_993


@pytest.mark.parametrize(
    "changes",
    [
        {"recommendationid": None},
        {"recommendationid": "abc"},
        {"recommendationid": str(2**64)},
        {"recommendationid": 0},
        {"timestamp_created": None},
        {"timestamp_created": 0},
        {"timestamp_created": 1_700_000_000_000},
        {"voted_up": None},
        {"voted_up": "maybe"},
        {"review": ["a"]},
        {"votes_up": {"n": 1}},
        {"weighted_vote_score": "NaN"},
        {"weighted_vote_score": "many"},
        {"language": 5},
    ],
)
def test_what_cannot_be_read_is_handed_back_with_a_reason(changes):
    outcome = parse(**changes)
    assert isinstance(outcome, UnparsedReview)
    assert outcome.reason
    assert json.loads(outcome.payload)["review"] == changes.get("review", "Review number 1")


def test_a_quarantined_payload_does_not_name_its_author():
    author = {"steamid": "76561197960265999", "personaname": "Somebody", "avatar": "https://x", "num_reviews": 4}
    outcome = parse(voted_up=None, author=author)
    assert isinstance(outcome, UnparsedReview)
    assert json.loads(outcome.payload)["author"] == {"author_key": "key-76561197960265999", "num_reviews": 4}
    assert "Somebody" not in outcome.payload


def test_author_keys_are_salted_hashes_unless_ids_are_wanted():
    key_of = build_author_key_of(SecretStr("salt"), store_ids=False)
    other = build_author_key_of(SecretStr("pepper"), store_ids=False)
    assert key_of("76561197960265729") == key_of("76561197960265729") != other("76561197960265729")
    assert len(key_of("76561197960265729")) == 32
    assert build_author_key_of(SecretStr("salt"), store_ids=True)("76561197960265729") == "76561197960265729"


@pytest.mark.parametrize("salt", ["", "salt", "s" * 64, "s" * 65, "ß" * 100])
def test_an_author_key_is_an_hmac_under_the_salt(salt):
    key_of = build_author_key_of(SecretStr(salt), store_ids=False)
    for steamid in ("76561197960265729", "", "\udcff"):
        sent = steamid.encode("utf-8", "replace")
        assert key_of(steamid) == hmac.new(salt.encode(), sent, "sha256").hexdigest()[:32]


def test_a_bad_review_never_fails_its_page():
    answer = {"reviews": [raw_review(1), "nonsense", raw_review(2, voted_up=None), raw_review(3)], "cursor": "AoJ4+/=="}
    page = parse_review_page(answer, appid=10, author_key_of=author_key_of)
    assert [review.recommendationid for review in page.reviews] == [1001, 1003]
    assert len(page.unparsed) == 2
    assert page.next_cursor == "AoJ4+/=="


@pytest.mark.parametrize("cursor", [None, "", "None", 5, "a\0b"])
def test_a_cursor_that_cannot_be_sent_back_is_none(cursor):
    page = parse_review_page({"reviews": [], "cursor": cursor}, appid=10, author_key_of=author_key_of)
    assert page.next_cursor is None


@pytest.mark.parametrize("summary", [None, {}, {"total_reviews": -1}, {"total_reviews": "x"}, []])
def test_totals_that_are_no_totals_are_none(summary):
    assert parse_query_summary({"query_summary": summary}) is None


def test_totals_are_read():
    summary = parse_query_summary({"query_summary": {"total_reviews": 12, "total_positive": 9, "total_negative": 3}})
    assert summary is not None
    assert (summary.total_reviews, summary.total_positive, summary.total_negative) == (12, 9, 3)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from([*raw_review(1), "developer_response", "timestamp_dev_responded"]), value=JSON_VALUES)
def test_any_value_in_any_field_gives_a_review_or_hands_it_back(field, value):
    assert isinstance(parse(**{field: value}), ReviewRow | UnparsedReview)


@given(field=st.sampled_from([*raw_review(1)["author"], "deck_playtime_at_review"]), value=JSON_VALUES)
def test_any_value_in_any_author_field_gives_a_review_or_hands_it_back(field, value):
    assert isinstance(parse_author(**{field: value}), ReviewRow | UnparsedReview)


USUAL_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "review": st.text(),
        "language": st.text(max_size=5) | st.none(),
        "votes_up": st.integers(-5, 2**33),
        "votes_funny": st.integers(10**7 - 1, 10**7 + 1) | st.floats(),
        "weighted_vote_score": st.floats() | st.decimals().map(str) | st.integers() | st.just(""),
        "timestamp_updated": st.integers(-1, 10) | st.integers(32_503_679_999, 32_503_680_001) | st.none(),
        "comment_count": st.integers(2**31 - 2, 2**31) | st.integers(0, 9).map(str),
        "refunded": st.booleans() | st.integers(0, 2) | st.none(),
        "developer_response": st.text(max_size=5) | st.none(),
        "recommendationid": st.integers(-1, 2**64) | st.integers(0, 2**64).map(str) | st.just("007"),
        "author": st.fixed_dictionaries({"steamid": st.text(max_size=3), "last_played": st.integers(0, 2 * 10**9)}),
    },
)


@given(changes=USUAL_FIELDS)
def test_reading_a_review_at_once_gives_what_reading_it_field_by_field_gives(changes):
    raw = raw_review(1, **changes)
    # A vote as 1 is read, but never at once: the rest of the review then comes field by field.
    slowly = parse_review({**raw, "voted_up": 1}, appid=10, author_key_of=author_key_of)
    quickly = parse_review(raw, appid=10, author_key_of=author_key_of)
    assert type(quickly) is type(slowly)
    if isinstance(quickly, ReviewRow):
        assert quickly == slowly


@given(changes=USUAL_FIELDS)
def test_a_page_read_from_its_bytes_is_the_page_read_value_by_value(changes):
    answer = {
        "reviews": [raw_review(1), raw_review(2, **changes)],
        "cursor": "AoJ4",
        "query_summary": {"num_reviews": 2},
    }
    try:
        body = json.dumps({"response": answer}).encode()
    except UnicodeEncodeError:
        return
    slowly = parse_review_page(json.loads(body)["response"], appid=10, author_key_of=author_key_of)
    sent = steam_review_shape.read_usual_page(body)
    if sent is None:
        return
    assert build_review_page(sent, appid=10, author_key_of=author_key_of) == slowly


@pytest.mark.parametrize(
    "answer",
    [
        {"response": {"reviews": [raw_review(1), raw_review(2, voted_up=None)]}},
        {"response": {"reviews": [raw_review(1), "nonsense"]}},
        {"response": {"reviews": None}},
        {"response": {"cursor": "*"}},
        {"response": {}},
        {"response": []},
        {},
        [],
    ],
)
def test_an_answer_that_is_not_the_usual_one_is_left_to_the_slow_reader(answer):
    assert steam_review_shape.read_usual_page(json.dumps(answer).encode()) is None


@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b'{"response":{"reviews":[', b"[" * 100_000])
def test_what_is_no_answer_at_all_is_left_to_the_slow_reader(body):
    assert steam_review_shape.read_usual_page(body) is None


def test_an_ordinary_page_is_read_from_its_bytes():
    body = json.dumps({"response": {"reviews": [raw_review(1), raw_review(2)], "cursor": "AoJ4"}}).encode()
    assert steam_review_shape.read_usual_page(body) is not None


def test_an_ordinary_review_is_read_at_once(monkeypatch):
    monkeypatch.setattr(steam_review_shape, "_read_field_by_field", None)
    assert isinstance(parse(), ReviewRow)
