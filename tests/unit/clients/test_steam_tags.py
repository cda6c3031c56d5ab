import pytest

from steampulse_dagster.clients.steam_tags import FRESH_SECONDS, TagNames, parse_tag_list
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.utils.together import run_all

pytestmark = pytest.mark.unit


class FakeList:
    def __init__(self):
        self.asked, self.answers, self.now = [], [{"version_hash": "a", "tags": [{"tagid": 1, "name": "One"}]}], 0.0

    async def fetch(self, version):
        self.asked.append(version)
        answer = self.answers[-1] if version != self.answers[-1]["version_hash"] else {"version_hash": version}
        if "error" in answer:
            raise SteamApiError("No.", kind=answer["error"])
        return answer

    def open(self):
        return TagNames(self.fetch, monotonic=lambda: self.now)


async def test_the_list_is_asked_for_once_a_day_however_many_games_want_it():
    fake = FakeList()
    tags = fake.open()
    assert await run_all(tags.get() for _ in range(20)) == [{1: "One"}] * 20
    fake.now = FRESH_SECONDS - 1
    await tags.get()
    assert fake.asked == [""]


async def test_an_unchanged_list_is_kept_and_a_changed_one_taken():
    fake = FakeList()
    tags = fake.open()
    await tags.get()
    fake.now += FRESH_SECONDS
    assert await tags.get() == {1: "One"}
    fake.answers.append({"version_hash": "b", "tags": [{"tagid": 2, "name": "Two"}]})
    fake.now += FRESH_SECONDS
    assert await tags.get() == {2: "Two"}
    assert fake.asked == ["", "a", "a"]


async def test_a_refused_list_is_none_and_an_outage_is_an_error_unless_there_is_an_earlier_list():
    fake = FakeList()
    fake.answers.append({"version_hash": "x", "error": SteamErrorKind.BLOCKED})
    assert await fake.open().get() is None
    fake.answers.append({"version_hash": "x", "error": SteamErrorKind.UNAVAILABLE})
    with pytest.raises(SteamApiError):
        await fake.open().get()
    fake.answers = fake.answers[:1]
    tags = fake.open()
    await tags.get()
    fake.answers.append({"version_hash": "x", "error": SteamErrorKind.UNAVAILABLE})
    fake.now += FRESH_SECONDS
    assert await tags.get() == {1: "One"}


def test_entries_that_cannot_be_read_are_left_out():
    tags = [{"tagid": "1", "name": " One "}, {"tagid": 2}, {"name": "x"}, {"tagid": 3, "name": ["y"]}, "z"]
    assert parse_tag_list({"tags": tags}) == {1: "One"}
