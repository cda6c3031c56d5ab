"""Log lines: one stream, one shape, each line once, with whom and what they are about."""

import json
import logging
import sys
import threading
import warnings

import dagster as dg
import httpx
import pytest
import structlog

from steampulse_dagster.config import Settings, get_settings
from steampulse_dagster.logs import configure_logs
from steampulse_dagster.run_logs import take_over_run_logs

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def unchanged_logging(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    yield
    root.handlers, root.level = before
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    get_settings.cache_clear()


def read_lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_json_lines_carry_the_event_its_fields_and_what_is_bound(capsys):
    configure_logs(Settings(log_format="json", log_level="INFO"))

    with structlog.contextvars.bound_contextvars(run_id="r1", appid=570):
        structlog.get_logger().info("reviews_stored", inserted=3)

    (line,) = read_lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "reviews_stored", "level": "info", "run_id": "r1", "appid": 570, "inserted": 3}


def test_lines_of_libraries_have_the_same_shape_and_setting_up_twice_writes_them_once(capsys):
    for _ in range(2):
        configure_logs(Settings(log_format="json", log_level="INFO"))

    with structlog.contextvars.bound_contextvars(request_id="q1"):
        logging.getLogger("some.library").warning("took %d s", 7)

    (line,) = read_lines(capsys)
    assert (line["event"], line["logger"], line["level"], line["request_id"]) == (
        "took 7 s",
        "some.library",
        "warning",
        "q1",
    )


def test_an_exception_is_one_line(capsys):
    configure_logs(Settings(log_format="json"))

    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger().exception("stage_broke")

    (line,) = read_lines(capsys)
    assert "ValueError: no" in line["exception"]


def test_lines_that_dagster_s_servers_write_themselves_are_written_once_whoever_sets_up_first(capsys, monkeypatch):
    configure_logs(Settings(log_format="json", log_level="INFO"))
    monkeypatch.setattr(logging.getLogger("dagster"), "handlers", [logging.NullHandler()])

    logging.getLogger("dagster.daemon.SensorDaemon").warning("said by Dagster's own handler")
    logging.getLogger("dagster-webserver").warning("said by ours")

    assert [line["event"] for line in read_lines(capsys)] == ["said by ours"]


def test_warnings_and_uncaught_errors_are_lines_too(capsys):
    configure_logs(Settings(log_format="json"))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)  # pytest collects warnings in its own way
        warnings.warn("two\nlines", stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    try:
        raise ValueError("no")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    warned, in_thread, at_the_end = read_lines(capsys)
    assert "two\nlines" in warned["event"]
    assert "ZeroDivisionError" in in_thread["exception"]
    assert (at_the_end["event"], at_the_end["level"]) == ("process_failed", "critical")
    assert "ValueError: no" in at_the_end["exception"]


def test_addresses_of_requests_are_not_logged_even_when_everything_is(capsys):
    configure_logs(Settings(log_format="json", log_level="DEBUG"))

    httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200))).get("http://steam/?key=hush")

    assert "hush" not in capsys.readouterr().err


def test_people_get_plain_lines_where_no_terminal_is(capsys):
    configure_logs(Settings(log_format="console", log_level="INFO"))

    structlog.get_logger().info("reviews_stored", inserted=3)

    line = capsys.readouterr().err
    assert "reviews_stored" in line
    assert "inserted=3" in line
    assert "\x1b[" not in line


def test_each_line_of_a_dagster_run_is_written_once_and_names_run_step_and_game(capsys, monkeypatch):
    monkeypatch.setenv("STEAMPULSE_LOG_FORMAT", "json")
    monkeypatch.setenv("LOG_LEVEL", "INFO")

    @dg.asset
    def games(context: dg.AssetExecutionContext) -> None:
        context.log.info("one of two")
        structlog.get_logger().info("game_stored")
        context.log_event(dg.AssetMaterialization(asset_key="games", partition="570"))

    take_over_run_logs()
    job = dg.Definitions(assets=[games], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process()

    lines = read_lines(capsys)
    assert {line["run_id"] for line in lines} == {result.run_id}
    (said,) = [line for line in lines if line["event"] == "one of two"]
    assert (said["step"], said["level"]) == ("games", "info")
    (own,) = [line for line in lines if line["event"] == "game_stored"]
    assert "step" not in own
    stored = [line for line in lines if line.get("dagster_event") == "ASSET_MATERIALIZATION"]
    assert [line.get("appid") for line in stored] == [570, None]
    assert len([line for line in lines if line.get("dagster_event") == "RUN_SUCCESS"]) == 1
