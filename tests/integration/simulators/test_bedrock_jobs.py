"""Bulk jobs of the Bedrock look-alike through the unmodified boto3 client `bedrock`; files in moto or in memory."""

import json
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from steampulse_dagster.clients.bedrock_check import fetch_model_state
from steampulse_dagster.clients.bedrock_client import build_client, build_session
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.simulators.objects import ClientObjects
from tests.bedrock_server import build_simulator, running_bedrock

pytestmark = pytest.mark.integration

MODEL = "us.anthropic.claude-haiku-5-5"
BUCKET = "bulk-files"
BODY = {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}


def build_s3(url):
    return build_session(simulated=True).client("s3", endpoint_url=url, region_name="us-east-1")


@pytest.fixture(params=["memory", "moto"])
def served(request):
    """A simulator that takes three records and more, its client and an S3 client of the same files."""
    moto = ThreadedMotoServer(port=0, verbose=False) if request.param == "moto" else None
    objects = None
    if moto is not None:
        moto.start()
        objects = ClientObjects(build_s3("http://{}:{}".format(*moto.get_host_and_port())))
    simulator = build_simulator(objects=objects)
    simulator.jobs.rules = replace(simulator.jobs.rules, minimum_records=3)
    try:
        with running_bedrock(simulator) as url:
            s3 = build_s3(f"{url}/s3" if moto is None else "http://{}:{}".format(*moto.get_host_and_port()))
            s3.create_bucket(Bucket=BUCKET)
            yield simulator, build_client("bedrock", region=None, endpoint_url=url, simulated=True), s3
    finally:
        if moto is not None:
            moto.stop()


def write_records(s3, count=10, *, key="in/one/records.jsonl", body=None):
    lines = [json.dumps({"recordId": f"R{n:010}", "modelInput": body or BODY}) for n in range(count)]
    s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(lines).encode())


def build_job(**changes):
    job = {
        "jobName": "summaries-1",
        "roleArn": "arn:aws:iam::123456789012:role/bulk",
        "modelId": MODEL,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{BUCKET}/in/one/records.jsonl"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/out/"}},
        "clientRequestToken": "token-1",
    }
    return job | changes


def wait_for(client, arn, *statuses):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = client.get_model_invocation_job(jobIdentifier=arn)
        if job["status"] in statuses:
            return job
    raise AssertionError(f"the job is {job['status']}, not {statuses}")


def read_rows(s3, arn):
    key = f"out/{arn.rsplit('/', 1)[-1]}/records.jsonl.out"
    data = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return [json.loads(line) for line in data.splitlines()]


def refused(client, **changes):
    with pytest.raises(ClientError) as caught:
        client.create_model_invocation_job(**build_job(**changes))
    return caught.value.response["Error"]["Code"]


def test_a_job_answers_every_record_out_of_order_with_a_manifest(served):
    _, client, s3 = served
    write_records(s3)
    arn = client.create_model_invocation_job(**build_job())["jobArn"]
    job = wait_for(client, arn, "Completed")
    rows = read_rows(s3, arn)
    ids = [row["recordId"] for row in rows]
    assert ids != sorted(ids)
    assert sorted(ids) == [f"R{n:010}" for n in range(10)]
    assert all(row["modelOutput"]["stopReason"] == "end_turn" for row in rows)
    assert (job["totalRecordCount"], job["successRecordCount"], job["errorRecordCount"]) == (10, 10, 0)
    assert job["submitTime"] <= job["endTime"]
    manifest = s3.get_object(Bucket=BUCKET, Key=f"out/{arn.rsplit('/', 1)[-1]}/manifest.json.out")["Body"].read()
    assert json.loads(manifest)["outputTokenCount"] > 0


def test_the_same_token_makes_no_second_job_and_other_parameters_conflict(served):
    simulator, client, s3 = served
    write_records(s3)
    first = client.create_model_invocation_job(**build_job())["jobArn"]
    assert client.create_model_invocation_job(**build_job())["jobArn"] == first
    assert len(simulator.jobs.jobs) == 1
    assert refused(client, jobName="another") == "ConflictException"


@pytest.mark.parametrize(
    "changes",
    [
        {"jobName": "with_underscore"},
        {"jobName": "a" * 64},
        {"clientRequestToken": "under_score"},
        {"modelInvocationType": "Anything"},
        {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{BUCKET}/dt=2026-11-22/records.jsonl"}}},
        {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/a b/"}}},
        {"roleArn": "bulk"},
    ],
)
def test_what_boto3_lets_pass_and_the_service_does_not_is_refused(served, changes):
    assert refused(served[1], **changes) == "ValidationException"


def test_too_few_records_fail_the_job_with_a_message(served):
    _, client, s3 = served
    write_records(s3, 2)
    job = wait_for(client, client.create_model_invocation_job(**build_job())["jobArn"], "Failed")
    assert "2 records" in job["message"]


def test_a_file_that_is_not_there_fails_the_job(served):
    client = served[1]
    assert wait_for(client, client.create_model_invocation_job(**build_job())["jobArn"], "Failed")["message"]


@pytest.mark.parametrize("ending", ["PartiallyCompleted", "Expired"])
def test_a_job_whose_time_runs_out_leaves_what_was_done(served, ending):
    simulator, client, s3 = served
    simulator.jobs.rules = replace(simulator.jobs.rules, ends_as=ending, share_done=0.4)
    write_records(s3)
    arn = client.create_model_invocation_job(**build_job())["jobArn"]
    wait_for(client, arn, ending)
    assert len(read_rows(s3, arn)) == 4


def test_a_stopped_job_passes_through_stopping_keeps_its_part_and_cannot_be_stopped_again(served):
    simulator, client, s3 = served
    simulator.jobs.rules = replace(simulator.jobs.rules, hold_at="InProgress", share_done=0.5)
    write_records(s3)
    arn = client.create_model_invocation_job(**build_job())["jobArn"]
    wait_for(client, arn, "InProgress")
    client.stop_model_invocation_job(jobIdentifier=arn)
    wait_for(client, arn, "Stopped")
    assert len(read_rows(s3, arn)) == 5
    with pytest.raises(client.exceptions.ConflictException):
        client.stop_model_invocation_job(jobIdentifier=arn)


def test_jobs_beyond_the_quota_wait_for_a_place(served):
    simulator, client, s3 = served
    simulator.jobs.rules = replace(simulator.jobs.rules, hold_at="Scheduled", open_jobs=1)
    write_records(s3)
    arn = client.create_model_invocation_job(**build_job())["jobArn"]
    other = {"jobName": "second", "clientRequestToken": "token-2"}
    assert refused(client, **other) == "ServiceQuotaExceededException"
    wait_for(client, arn, "Scheduled")
    simulator.jobs.release()
    wait_for(client, arn, "Completed")
    assert client.create_model_invocation_job(**build_job(**other))["jobArn"] != arn


def test_jobs_are_listed_by_name_and_status_in_pages(served):
    _, client, s3 = served
    write_records(s3)
    for n in range(5):
        arn = client.create_model_invocation_job(**build_job(jobName=f"pool-{n}", clientRequestToken=f"t{n}"))["jobArn"]
        wait_for(client, arn, "Completed")
    pages = client.get_paginator("list_model_invocation_jobs").paginate(
        nameContains="pool", statusEquals="Completed", PaginationConfig={"PageSize": 2}
    )
    found = [job for page in pages for job in page["invocationJobSummaries"]]
    assert [job["clientRequestToken"] for job in found] == ["t4", "t3", "t2", "t1", "t0"]
    assert client.list_model_invocation_jobs(statusEquals="Failed")["invocationJobSummaries"] == []


def test_a_record_that_the_model_refuses_has_an_error_of_its_own(served):
    _, client, s3 = served
    write_records(s3, 4, body={**BODY, "inferenceConfig": {"temperature": 0.2}})
    arn = client.create_model_invocation_job(**build_job())["jobArn"]
    job = wait_for(client, arn, "Completed")
    assert job["errorRecordCount"] == 4
    assert all("temperature" in row["error"]["errorMessage"] for row in read_rows(s3, arn))


def test_an_unknown_job_is_not_found(served):
    client = served[1]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_model_invocation_job(
            jobIdentifier="arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/nonenonenone"
        )


def test_a_model_is_looked_up_without_asking_it_anything(served):
    simulator, client, _ = served
    assert fetch_model_state(client, MODEL) == "profile active"
    assert fetch_model_state(client, "anthropic.claude-haiku-5-5") == "model active"
    with pytest.raises(AnalystError, match="end of life"):
        fetch_model_state(client, "anthropic.claude-3-haiku-20240307-v1:0")
    assert simulator.calls == []
