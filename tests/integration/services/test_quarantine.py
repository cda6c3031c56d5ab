"""What could not be read is kept whole, once, and comes back after a fix."""

import json

import pytest

from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.errors import NotFoundError, SteamErrorKind
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.quarantine import QuarantineSource, ReplayResult, Unparsed
from steampulse_dagster.models.reviews import CrawlState, ReviewRow, UnparsedReview
from steampulse_dagster.repositories import quarantine as repository
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import due_rules
from steampulse_dagster.services.quarantine import QuarantineService
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import fetch_all
from tests.fake_steam import author_key_of, raw_review

pytestmark = pytest.mark.integration

GAME = 10


class Killed(BaseException):
    """Nothing in the product catches it."""


@pytest.fixture
def service(db):
    return QuarantineService(db)


def keep(db, *things):
    with db.transaction() as conn:
        return QuarantineRepository(conn).insert_many(things)


def keep_review(db, raw, *, appid=GAME):
    """Keep a review that a parser of yesterday could not read; as the crawl keeps it, without its author."""
    broken = parse_review({**raw, "voted_up": None}, appid=appid, author_key_of=author_key_of)
    payload = json.loads(broken.payload) | {"voted_up": raw["voted_up"]}
    with db.transaction() as conn:
        bad = UnparsedReview(payload=json.dumps(payload, sort_keys=True), reason="a parser of yesterday")
        return QuarantineRepository(conn).insert_reviews(appid, [bad])


def stored(db):
    with db.connection() as conn:
        return fetch_all(conn, "select recommendationid as id, author_key, review from reviews order by 1")


def kept(service):
    return [(entry.appid, entry.reason) for entry in service.list_entries()]


def test_a_review_that_can_be_read_now_is_stored_as_a_crawl_would_have_and_leaves(db, service):
    keep_review(db, raw_review(1))

    assert service.replay() == ReplayResult(replayed=1, stored=1)

    author = f"key-{raw_review(1)['author']['steamid']}"
    assert stored(db) == [{"id": 1001, "author_key": author, "review": "Review number 1"}]
    assert kept(service) == []
    assert service.replay() == ReplayResult()


def test_a_replay_counts_in_the_games_state_and_keeps_to_its_sample(db, service):
    with db.transaction() as conn:
        CrawlStateRepository(conn).upsert(CrawlState(appid=GAME, stored=5, sample_rate=1.0))
        CrawlStateRepository(conn).upsert(CrawlState(appid=GAME + 1, stored=5, sample_rate=1e-9))
    for number in (1, 2, 3):
        keep_review(db, raw_review(number))
        keep_review(db, raw_review(number), appid=GAME + 1)

    assert service.replay() == ReplayResult(replayed=6, stored=3, outdated=3)

    with db.connection() as conn:
        crawls = CrawlStateRepository(conn)
        assert [crawls.get(appid).stored for appid in (GAME, GAME + 1)] == [8, 5]


def test_a_review_without_an_author_gets_the_key_that_a_crawl_gives_it(db, service):
    keep_review(db, raw_review(1, author={}))
    service.replay()
    assert stored(db)[0]["author_key"] == "unknown-1001"


def test_what_still_cannot_be_read_stays_with_todays_reason(db, service):
    keep_review(db, raw_review(1, votes_up=["odd"]))
    keep_review(db, raw_review(2))
    before = service.list_entries()[1]

    assert service.replay() == ReplayResult(replayed=2, stored=1, still_unreadable=1)

    (left,) = service.list_entries()
    assert left.reason == "votes_up is no whole number but list"
    assert (left.quarantine_id, left.payload, left.created_at) == (
        before.quarantine_id,
        before.payload,
        before.created_at,
    )


def test_an_older_version_never_overwrites_a_newer_stored_review(db, service):
    newer = parse_review(
        raw_review(1, review="edited", timestamp_updated=1_800_000_000), appid=GAME, author_key_of=author_key_of
    )
    with db.transaction() as conn:
        ReviewRepository(conn).upsert_many(GAME, [newer])
    keep_review(db, raw_review(1))

    assert service.replay() == ReplayResult(replayed=1, outdated=1)

    assert [row["review"] for row in stored(db)] == ["edited"]
    assert kept(service) == []


def test_a_newer_version_replaces_the_stored_review_and_keeps_its_earlier_text(db, service):
    older = parse_review(raw_review(1), appid=GAME, author_key_of=author_key_of)
    with db.transaction() as conn:
        ReviewRepository(conn).upsert_many(GAME, [older])
    keep_review(db, raw_review(1, review="edited", timestamp_updated=1_800_000_000))

    assert service.replay().stored == 1

    assert [row["review"] for row in stored(db)] == ["edited"]
    with db.connection() as conn:
        assert [row["review"] for row in fetch_all(conn, "select review from review_revisions")] == ["Review number 1"]


def test_a_replay_that_is_killed_between_storing_and_removing_leaves_everything_as_it_was(db, service, monkeypatch):
    keep_review(db, raw_review(1))

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(QuarantineRepository, "delete_many", killed)
        with pytest.raises(Killed):
            service.replay()
    assert (stored(db), len(kept(service))) == ([], 1)

    assert service.replay().stored == 1


def test_two_replays_at_once_do_not_wait_for_each_other_and_store_once(db, service):
    keep_review(db, raw_review(1))
    with db.transaction() as conn:
        QuarantineRepository(conn).take([entry.quarantine_id for entry in service.list_entries()])
        assert service.replay() == ReplayResult()
    assert service.replay().stored == 1


def test_batches_are_small_and_all_of_them_are_replayed(db, service, monkeypatch):
    monkeypatch.setattr("steampulse_dagster.services.quarantine.REPLAY_BATCH", 2)
    for number in range(5):
        keep_review(db, raw_review(number))
    assert service.replay().stored == 5


def test_single_entries_and_single_games_are_replayed_alone(db, service):
    for number, appid in enumerate((GAME, GAME, 20)):
        keep_review(db, raw_review(number), appid=appid)
    first = service.list_entries()[-1].quarantine_id
    assert service.replay([first]).stored == 1
    assert service.replay(appid=20).stored == 1
    assert len(service.list_entries(appid=GAME)) == 1


def test_a_number_that_is_not_there_is_named_and_nothing_is_replayed(db, service):
    keep_review(db, raw_review(1))
    (entry,) = service.list_entries()
    with pytest.raises(NotFoundError, match=r"Not in quarantine: 424242\. Nothing was replayed"):
        service.replay([entry.quarantine_id, 424242])
    assert len(service.list_entries()) == 1
    with pytest.raises(NotFoundError, match="424242"):
        service.require(424242)


def test_a_later_answer_about_the_same_review_takes_the_place_of_the_earlier_one(db, service):
    assert keep_review(db, raw_review(1, votes_up=["odd"])) == 1
    assert keep_review(db, raw_review(1, votes_up=["odd"])) == 0
    assert keep_review(db, raw_review(1, votes_up=["odd", "odder"])) == 0
    assert keep_review(db, raw_review(1, votes_up=["odd"]), appid=20) == 1
    payloads = [json.loads(entry.payload)["votes_up"] for entry in service.list_entries(appid=GAME)]
    assert payloads == [["odd", "odder"]]


def test_rubbish_without_a_name_is_kept_once_for_each_game(db, service):
    bad = [UnparsedReview(payload='"x"', reason="no object"), UnparsedReview(payload='"x"', reason="no object")]
    with db.transaction() as conn:
        quarantine = QuarantineRepository(conn)
        assert (quarantine.insert_reviews(10, bad), quarantine.insert_reviews(20, bad)) == (1, 1)
        assert quarantine.insert_reviews(10, bad) == 0
    assert service.replay() == ReplayResult(replayed=2, still_unreadable=2)


def test_hostile_payloads_are_kept_as_they_are(db, service):
    payload = "a\0b \ud800 \x1b[2J \u202e " + "x" * 100_000
    keep(db, Unparsed(source=QuarantineSource.APPDETAILS, appid=GAME, payload=payload, reason="hostile \0"))
    (entry,) = service.list_entries()
    assert entry.payload == payload.replace("\0", "\\u0000").replace("\ud800", "\\ud800")


def test_a_payload_past_all_measure_is_cut_and_says_so(db, service, monkeypatch):
    monkeypatch.setattr(repository, "MAX_PAYLOAD_CHARACTERS", 10)
    keep(db, Unparsed(source=QuarantineSource.APPDETAILS, appid=GAME, payload="0123456789abc", reason="long"))
    (entry,) = service.list_entries()
    assert entry.payload == "0123456789\n[cut here: the payload had 13 characters]"
    assert service.replay() == ReplayResult(replayed=1, still_unreadable=1)
    assert kept(service) == [(GAME, "the payload is not JSON")]


def list_entry(appid, *, name, modified):
    payload = json.dumps({"appid": appid, "name": name, "last_modified": modified})
    return Unparsed(source=QuarantineSource.APP_LIST, appid=appid, key=str(appid), payload=payload, reason="odd")


def test_an_app_of_the_list_comes_into_the_catalogue_unless_a_newer_entry_is_there(db, service):
    with db.transaction() as conn:
        CatalogRepository(conn).upsert_many(
            [CatalogApp(appid=20, name="Newer", steam_last_modified=utc_now()), CatalogApp(appid=30, name="Older")]
        )
    keep(db, *(list_entry(appid, name="Replayed", modified=1_700_000_000) for appid in (10, 20, 30)))
    assert service.replay() == ReplayResult(replayed=3, stored=2, outdated=1)
    with db.connection() as conn:
        names = fetch_all(conn, "select name from app_catalog order by appid")
    assert [row["name"] for row in names] == ["Replayed", "Newer", "Replayed"]


def test_store_details_that_can_be_read_now_make_a_game_that_was_given_up_due_again(db, service):
    dead = CrawlState(appid=GAME)
    for _ in range(10):
        dead = due_rules.note_failure(dead, kind=SteamErrorKind.UNEXPECTED_SHAPE, error="odd", now=utc_now())
    with db.transaction() as conn:
        CrawlStateRepository(conn).mark_failed(dead)
    readable = json.dumps({str(GAME): {"success": True, "data": {"name": "Ten"}}})
    details = {"source": QuarantineSource.APPDETAILS, "appid": GAME, "reason": "odd"}
    keep(db, Unparsed(payload=readable, **details), Unparsed(payload='{"20": {}}', **details))

    assert service.replay() == ReplayResult(replayed=2, stored=1, still_unreadable=1)

    with db.connection() as conn:
        assert CrawlStateRepository(conn).get(GAME).dead_since is None


def test_every_source_can_be_replayed(db, service):
    keep(db, *(Unparsed(source=source, appid=GAME, payload="[]", reason="odd") for source in QuarantineSource))
    assert service.replay() == ReplayResult(replayed=len(QuarantineSource), still_unreadable=len(QuarantineSource))
    assert isinstance(parse_review(raw_review(1), appid=GAME, author_key_of=author_key_of), ReviewRow)
