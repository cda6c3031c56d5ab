"""The library's assets and sensor against the simulators, a real database and a real Dagster instance."""

import json
from contextlib import asynccontextmanager

import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

from steampulse_dagster.assets import library
from steampulse_dagster.clients.sqs import SqsQueue
from steampulse_dagster.jobs import import_library_job
from steampulse_dagster.partitions import STEAM_IDS
from steampulse_dagster.resources.igdb import IgdbResource
from steampulse_dagster.sensors import library_requests
from steampulse_dagster.services.library_requests import LibraryRequestService
from steampulse_dagster.simulators.seeded.library import COLLECTOR, NEWCOMER, PRIVATE
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from tests.dagster_resources import build_resources
from tests.library_world import open_sources, rows_of

pytestmark = pytest.mark.integration

ASSETS = ("library_raw", "library_enriched", "library_import")


@pytest.fixture(scope="module")
def simulators():
    with running_simulators(SeededWorld()) as url:
        yield url


@pytest.fixture
def definitions(db, simulators, tmp_path):
    @asynccontextmanager
    async def open_steam():
        async with open_sources(simulators) as (steam, _):
            yield steam

    class Igdb(IgdbResource):
        @asynccontextmanager
        async def open(self):
            async with open_sources(simulators) as (_, igdb):
                yield igdb

    return dg.Definitions(
        assets=[library.library_raw, library.library_enriched, library.library_import],
        jobs=[import_library_job],
        resources={**build_resources(db, tmp_path, open_steam=open_steam), "igdb": Igdb()},
    )


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(STEAM_IDS.name, [COLLECTOR, PRIVATE, NEWCOMER])
        yield instance


def run(definitions, instance, steam_id, *, assets=ASSETS, **config):
    ops = {"library_import": {"config": config}} if config else {}
    return definitions.resolve_job_def("import_library_job").execute_in_process(
        instance=instance,
        partition_key=steam_id,
        run_config={"ops": ops},
        asset_selection=[dg.AssetKey(name) for name in assets],
        raise_on_error=False,
    )


def metadata(instance, asset):
    return instance.get_latest_materialization_event(dg.AssetKey(asset)).asset_materialization.metadata


def test_a_library_goes_through_all_three_assets_with_the_outputs_in_their_metadata(definitions, instance, db):
    assert run(definitions, instance, COLLECTOR).success
    raw, enriched, imported = (metadata(instance, name) for name in ASSETS)
    assert raw["s3_key"].value.startswith(f"raw/steam-library-{COLLECTOR}-")
    assert enriched["s3_key"].value == raw["s3_key"].value.replace("raw/", "enriched/").replace(".csv", "-enriched.csv")
    assert (imported["imported_count"].value, imported["skipped_count"].value) == (38, 0)
    assert raw["dagster/partition_row_count"].value == 38
    assert 0 < enriched["match rate (of games that IGDB was asked for)"].value < 1
    assert "█" in enriched["genres"].value
    assert "█" in imported["suggested status"].value
    assert enriched["requests to IGDB"].value <= 3
    assert len(rows_of(db, "select * from imported_games")) == 38


def test_each_step_can_be_run_alone_on_the_newest_file_of_the_one_before(definitions, instance):
    assert run(definitions, instance, COLLECTOR, assets=ASSETS[:1]).success
    first = metadata(instance, "library_raw")["s3_key"].value
    assert run(definitions, instance, COLLECTOR, assets=ASSETS[:1]).success
    newest = metadata(instance, "library_raw")["s3_key"].value
    assert newest > first
    assert run(definitions, instance, COLLECTOR, assets=ASSETS[1:2]).success
    assert metadata(instance, "library_enriched")["source"].value == newest
    assert run(definitions, instance, COLLECTOR, assets=ASSETS[2:]).success
    assert not run(definitions, instance, NEWCOMER, assets=ASSETS[1:2]).success


def test_a_private_profile_fails_with_its_code_and_kind(definitions, instance):
    result = run(definitions, instance, PRIVATE)
    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.metadata["code"].value == "STEAM_API_ERROR"
    assert failure.metadata["kind"].value == "private"
    assert "private" in failure.description


def test_an_empty_library_succeeds(definitions, instance):
    assert run(definitions, instance, NEWCOMER).success
    assert metadata(instance, "library_import")["imported_count"].value == 0


def test_the_games_are_followed_if_that_is_wanted(definitions, instance, db):
    assert run(definitions, instance, COLLECTOR, track_games=True).success
    tracked = rows_of(db, "select appid, reason from tracked_games")
    assert len(tracked) == metadata(instance, "library_import")["games followed from now on"].value > 30
    assert {row["reason"] for row in tracked} == {"library"}


@pytest.fixture
def requests(db, monkeypatch):
    def use(queue=None):
        service = LibraryRequestService(db, queue)
        monkeypatch.setattr(library_requests.bootstrap_library, "build_library_requests", lambda: service)
        return service

    return use


def tick(instance, cursor=None):
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return library_requests.library_requests_sensor(context)


def test_the_sensor_requests_one_run_for_each_wanted_library_and_makes_its_partition(instance, requests):
    service = requests()
    assert isinstance(tick(instance), dg.SkipReason)
    service.submit(COLLECTOR)
    service.submit(COLLECTOR, track_games=True)
    service.submit(NEWCOMER)
    assert service.submit(NEWCOMER, request_key="same")
    assert not service.submit(NEWCOMER, request_key="same")
    result = tick(instance)
    assert {request.partition_key for request in result.run_requests} == {COLLECTOR, NEWCOMER}
    config = {r.partition_key: r.run_config["ops"]["library_import"]["config"] for r in result.run_requests}
    assert config == {COLLECTOR: {"track_games": True}, NEWCOMER: {"track_games": False}}
    assert result.dynamic_partitions_requests[0].partition_keys == [COLLECTOR, NEWCOMER]
    again = tick(instance)
    assert [r.run_key for r in again.run_requests] == [r.run_key for r in result.run_requests], "until it is noted"
    assert isinstance(tick(instance, result.cursor), dg.SkipReason)


def test_a_wish_that_comes_while_the_sensor_works_is_not_lost(instance, requests):
    service = requests()
    service.submit(COLLECTOR)
    first = tick(instance)
    service.submit(NEWCOMER)
    second = tick(instance, first.cursor)
    assert [request.partition_key for request in second.run_requests] == [NEWCOMER]


def test_messages_of_the_queue_become_wishes_once_and_others_stay(instance, requests, db, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        import boto3

        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        client = boto3.client("sqs", region_name="us-east-1", endpoint_url=endpoint)
        url = client.create_queue(QueueName="libraries")["QueueUrl"]
        queue = SqsQueue(url, region="us-east-1", endpoint_url=endpoint)
        bodies = [
            json.dumps({"steam_id": COLLECTOR, "track_games": True}),
            NEWCOMER,
            "{}",
            "no id",
            '{"steam_id": "5"}',
        ]
        queue.send(bodies)
        requests(queue)
        result = tick(instance)
        assert {request.partition_key for request in result.run_requests} == {COLLECTOR, NEWCOMER}
        assert len(rows_of(db, "select * from library_requests where source = 'queue'")) == 2
        counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        left = int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])
        assert left == 3
    finally:
        server.stop()


def test_a_queue_that_is_down_does_not_stop_what_the_table_holds(instance, requests):
    service = requests(SqsQueue("http://127.0.0.1:1/1/none", region="us-east-1", endpoint_url="http://127.0.0.1:1"))
    service.submit(COLLECTOR)
    assert len(tick(instance).run_requests) == 1
