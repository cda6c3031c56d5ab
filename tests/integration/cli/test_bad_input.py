"""Bad input to the command line: one clear sentence, a non-zero exit, nothing half-written."""

import json
import socket

import pytest

pytestmark = pytest.mark.integration

DLC, DEMO, DELISTED, WITHOUT_REVIEWS = 9000015, 9000035, 9000130, 9000150


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["track", "424242"], "Steam has no such app: 424242"),
        (["track", "abc"], "'abc' is not an appid"),
        (["track", "-7"], "No such option"),
        (["track", "0"], "'0' is not an appid"),
        (["track", "99999999999"], "'99999999999' is not an appid"),
        (["track", DLC], "is a DLC of Emberline Salvage (9000010): track that instead"),
        (["track", DEMO], "is a demo of The Ninth Province (9000030): track that instead"),
        (["track", DELISTED], "Steam has no such app: 9000130"),
        (["track", "9000120", DLC, "424242"], "Nothing was tracked"),
        (["track"], "Say which games"),
        (["track", "--from", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["untrack", "424242"], "Not followed, so nothing to stop: 424242"),
        (["run"], "Name the games to run"),
        (["run", "424242"], "Steam has no such app: 424242"),
        (["run", "--all"], "No game is tracked yet"),
        (["run", "--all", "--recorded", "nowhere"], "nowhere is not a folder of recorded Steam data"),
        (["run", "570", "--stages", "bogus"], "'bogus' is not one of"),
        (["report", "424242"], "There is no report on 424242"),
        (["bogus"], "No such command 'bogus'"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_one_clear_sentence_and_a_non_zero_exit(run_steampulse, arguments, sentence):
    done = run_steampulse(*arguments)

    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(run_steampulse("list", "--json", check=0).stdout) == []


def test_a_file_of_appids_with_a_bad_line_names_the_line_and_tracks_nothing(run_steampulse, tmp_path):
    (tmp_path / "games.txt").write_text("9000120  # small\n\nnot a number\n")

    done = run_steampulse("track", "--from", "games.txt", check=1)

    assert "games.txt, line 3: 'not a number' is not an appid" in done.stderr
    assert json.loads(run_steampulse("list", "--json", check=0).stdout) == []


def test_a_game_without_reviews_says_so_and_has_no_report(run_steampulse):
    done = run_steampulse("run", WITHOUT_REVIEWS, check=0)

    assert "has no reviews yet: nothing to analyse" in done.stdout
    assert "has no reviews" in run_steampulse("report", WITHOUT_REVIEWS, check=1).stderr
    run_steampulse("untrack", WITHOUT_REVIEWS, check=0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://me:hush@127.0.0.1:1/x"}, "PostgreSQL cannot be reached at 127.0.0.1:1"),
        ({"DATABASE_URL": "nonsense:hush"}, "DATABASE_URL cannot be read"),
        ({"STEAMPULSE_DATA_DIR": "/proc/hush/data"}, "cannot be written"),
        ({"STEAMPULSE_GAMES_CONCURRENCY": "hush"}, "STEAMPULSE_GAMES_CONCURRENCY"),
        ({"STEAMPULSE_DATBASE_URL": "hush"}, "Did you mean STEAMPULSE_DATABASE_URL?"),
    ],
)
def test_settings_that_cannot_be_used_are_named_and_never_quoted(run_steampulse, settings, sentence):
    done = run_steampulse("status", check=1, **settings)

    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    if "data" not in sentence and "written" not in sentence:
        assert "hush" not in done.stderr


def test_a_broken_dotenv_file_is_named_with_its_line(run_steampulse, tmp_path):
    (tmp_path / ".env").write_text("STEAMPULSE_UI_PORT=3001\nthis is not a setting\n")

    assert ".env file in this folder, line 2" in run_steampulse("status", check=1).stderr


def test_a_port_in_use_is_named_with_the_way_out(run_steampulse):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        dev = run_steampulse("dev", "--port", port, check=1)
        simulate = run_steampulse("simulate", "--port", port)

    assert f"Port {port} is in use" in dev.stderr
    assert simulate.returncode != 0
    assert str(port) in simulate.stderr
