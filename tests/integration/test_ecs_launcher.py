"""deploy/ecs/dagster.yaml's launcher against moto's ECS: one task a run, with the size that its tags ask for.

moto moves tasks by itself and runs no container, so what becomes of a run afterwards is not tested here.
"""

import boto3
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.test_utils import instance_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from moto import mock_aws

from scripts.compose_file import ROOT
from steampulse_dagster.definitions import defs

pytestmark = pytest.mark.integration


@pytest.fixture
def ecs(monkeypatch):
    """A cluster with the run task of the template."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
        "RUN_TASK_DEFINITION": "steampulse-prod-run",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("ecs")
        client.create_cluster(clusterName="steampulse-prod")
        client.register_task_definition(
            family="steampulse-prod-run",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="1024",
            memory="2048",
            containerDefinitions=[{"name": "run", "image": "registry/steampulse:1", "memory": 2048}],
        )
        yield client


@pytest.fixture
def instance(ecs):
    """An instance with the launcher of the file; only where it runs is told, which a task on ECS knows by itself."""
    launcher = yaml.safe_load((ROOT / "deploy" / "ecs" / "dagster.yaml").read_text())["run_launcher"]
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    door = ec2.create_security_group(GroupName="services", Description="-", VpcId=vpc)["GroupId"]
    launcher["config"] |= {
        "use_current_ecs_task_config": False,
        "run_task_kwargs": {
            "cluster": "steampulse-prod",
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [door]}},
        },
    }
    with instance_for_test(overrides={"run_launcher": launcher}) as instance:
        yield instance


def launch(instance, job_name):
    job = defs.resolve_job_def(job_name)
    target = LoadableTargetOrigin(module_name="steampulse_dagster.definitions")
    location = InProcessCodeLocationOrigin(loadable_target_origin=target, location_name="steampulse")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job_name)

    pointer = ModuleCodePointer("steampulse_dagster.definitions", "defs")
    code = RepositoryPythonOrigin("python", pointer)
    run = instance.create_run_for_job(
        job, tags=dict(job.tags), remote_job_origin=origin, job_code_origin=JobPythonOrigin(job_name, code)
    )
    instance.launch_run(run.run_id, workspace=None)
    return run.run_id


@pytest.mark.parametrize(
    ("job", "cpu", "memory"), [("refresh_catalog_job", "512", "1024"), ("refresh_games_job", "2048", "4096")]
)
def test_a_run_is_one_task_of_the_size_that_its_job_asks_for(ecs, instance, job, cpu, memory):
    run_id = launch(instance, job)

    (arn,) = ecs.list_tasks(cluster="steampulse-prod")["taskArns"]
    (task,) = ecs.describe_tasks(cluster="steampulse-prod", tasks=[arn])["tasks"]
    overrides = task["overrides"]
    (container,) = overrides["containerOverrides"]
    assert container["name"] == "run"
    assert container["command"][-3:-1] == ["api", "execute_run"]
    assert run_id in container["command"][-1]
    assert (overrides["cpu"], overrides["memory"]) == (cpu, memory)
    assert instance.get_run_by_id(run_id).tags["ecs/task_arn"] == arn
