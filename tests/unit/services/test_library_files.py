import io
from datetime import UTC, date, datetime

import pytest

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.library import IgdbGame, LibraryRow, NamedId, OwnedGame
from steampulse_dagster.services import library_files
from steampulse_dagster.services.library_files import ENRICHED_COLUMNS, RAW_COLUMNS
from steampulse_dagster.simulators.large_library import ODD_NAMES
from steampulse_dagster.utils.csv_rows import encode_header, encode_rows, read_rows

pytestmark = pytest.mark.unit

MOMENT = datetime(2026, 11, 29, 20, 30, 1, 7, tzinfo=UTC)
ID = "76561202255100001"
KEY = f"raw/steam-library-{ID}-20261129T203001.000007Z.csv"


def through_csv(cells, columns):
    data = encode_header(columns) + encode_rows([cells])
    return next(iter(read_rows(io.BytesIO(data), columns=columns, name="x")))


def row(**changes):
    game = IgdbGame(
        igdb_id=1, name="+1", slug="one", summary='"Quoted",\nlines', first_release_date=date(1969, 7, 20),
        cover_image_id="co1", genres=(NamedId(id=12, name="RPG, too"),), platforms=(NamedId(id=6, name="PC"),),
    )  # fmt: skip
    told = {
        "appid": 10, "name": "Ten", "classification": "game", "classified_by": "store", "match_status": "MATCHED",
        "confidence": "strong", "igdb": game, "playtime_forever": 5, "last_played": datetime(2020, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return LibraryRow(**{**told, **changes})


def test_keys_name_the_profile_and_the_moment_and_sort_by_time():
    assert library_files.raw_key(ID, MOMENT) == KEY
    assert library_files.read_raw_key(KEY) == (ID, MOMENT)
    enriched = library_files.enriched_key(KEY)
    assert enriched == f"enriched/steam-library-{ID}-20261129T203001.000007Z-enriched.csv"
    assert library_files.read_enriched_key(enriched) == (ID, MOMENT)
    assert library_files.raw_key(ID, MOMENT.replace(microsecond=0)) < KEY


@pytest.mark.parametrize(
    "key",
    ["", "raw/x.csv", KEY + "x", KEY.replace("raw", "../raw"), KEY.replace(ID, "1" * 17), KEY.replace("1129", "1399")],
)
def test_another_key_is_refused_with_the_form(key):
    with pytest.raises(ValidationError, match="raw/steam-library-"):
        library_files.read_raw_key(key)
    with pytest.raises(ValidationError, match="enriched/steam-library-"):
        library_files.read_enriched_key(key)


@pytest.mark.parametrize("name", [*ODD_NAMES, "", "x" * 1000])
def test_a_game_comes_back_from_the_raw_file_as_it_went_in(name):
    game = OwnedGame(appid=10, name=name, playtime_forever=7, last_played=datetime(2021, 5, 6, tzinfo=UTC), icon="ab")
    assert library_files.parse_raw(through_csv(library_files.to_raw_cells(game), RAW_COLUMNS)) == game


@pytest.mark.parametrize("changes", [{}, {"igdb": None, "match_status": "PENDING", "confidence": None}, {"name": "=1"}])
def test_a_row_comes_back_from_the_enriched_file_as_it_went_in(changes):
    assert library_files.parse_row(through_csv(library_files.to_cells(row(**changes)), ENRICHED_COLUMNS)) == row(
        **changes
    )


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("appid", "ten", "'ten' is no whole number"),
        ("appid", "0", "appid"),
        ("appid", str(2**32), "appid"),
        ("appid", "١٠", "no whole number"),
        ("playtime_forever", "-5", "no whole number"),
        ("playtime_forever", str(2**31), "playtime_forever"),
        ("rtime_last_played", "99999999999999999", "no time"),
        ("classification", "toaster", "classification"),
        ("match_status", "", "match_status"),
        ("match_status", "UNMATCHED", "contradict"),
        ("igdb_id", "", "contradict"),
        ("igdb_id", "9" * 30, "no whole number"),
        ("igdb_name", "", "igdb_name"),
        ("igdb_release_date", "soon", "Invalid isoformat"),
        ("igdb_genres", "[1]", "no JSON object"),
        ("igdb_genres", "{", "Expecting"),
        ("igdb_genres", '{"x": "y"}', "no whole number"),
        ("name", "x" * 2000, "name"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_its_name(column, value, reason):
    cells = dict(zip(ENRICHED_COLUMNS, library_files.to_cells(row()), strict=True))
    told = library_files.parse_row({**cells, column: value})
    assert isinstance(told, str)
    assert reason.removeprefix("igdb_") in told.replace("igdb.", "")
