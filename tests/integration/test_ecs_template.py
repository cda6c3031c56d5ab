"""The reference deployment on ECS: lints, deploys under moto, and what then exists is what the text promises.

What moto cannot: it knows no CloudFormation for Secrets Manager and Cloud Map (those resources are parameters here),
nor for alarms, metric filters and subscriptions (it leaves them out), so these are linted only; it ties no database to
its parameter group and no public-access block to a bucket, checks no IAM policy, and runs no container.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml
from moto import mock_aws

from scripts.compose_file import ROOT
from scripts.render_template import render_template

pytestmark = pytest.mark.integration

SERVICES = ("code", "webserver", "daemon", "api")
NOT_IN_MOTO = ("AWS::SecretsManager::", "AWS::ServiceDiscovery::")
SECRET = {"username": "steampulse", "password": "made-by-aws", "dbname": "steampulse"}


@pytest.fixture(scope="module")
def template():
    return json.loads(render_template())


@pytest.fixture(scope="module")
def deployed(template):
    """Clients of an account in which the stack was made."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}.items():
            environment.setenv(name, value)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        ec2 = boto3.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        zones = {"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"}
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for zone, block in zones.items()
        ]
        boto3.client("secretsmanager").create_secret(Name="DatabaseSecret", SecretString=json.dumps(SECRET))
        given = {
            "VpcId": vpc,
            "Subnets": ",".join(subnets),
            "Image": "registry/steampulse:1",
            "AlarmEmail": "a@b.example",
        }
        boto3.client("cloudformation").create_stack(
            StackName="steampulse",
            TemplateBody=json.dumps(adapt(template)),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        yield boto3


def adapt(template):
    """The template without what moto does not know: those resources become parameters that carry their own name."""
    known = json.loads(json.dumps(template))
    for name in [name for name, one in known["Resources"].items() if one["Type"].startswith(NOT_IN_MOTO)]:
        del known["Resources"][name]
        known["Parameters"][name] = {"Type": "String", "Default": name}
    del known["Resources"]["Code"]["Properties"]["ServiceRegistries"]
    del known["Resources"]["Database"]["Properties"]["DBParameterGroupName"]
    return known


def test_the_linter_accepts_what_is_deployed(tmp_path):
    rendered = tmp_path / "steampulse.json"
    rendered.write_text(render_template())
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, str(rendered)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert len(render_template()) < 51_200, "the most that create-stack takes without a bucket"


def test_every_service_is_there_with_the_command_and_health_check_of_the_compose_file(deployed):
    ecs = deployed.client("ecs")
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    services = ecs.describe_services(cluster="steampulse-prod", services=list(SERVICES))["services"]

    assert {one["serviceName"]: one["desiredCount"] for one in services} == dict.fromkeys(SERVICES, 1) | {"api": 2}
    for one in services:
        task = ecs.describe_task_definition(taskDefinition=one["taskDefinition"])["taskDefinition"]
        (container,) = task["containerDefinitions"]
        described = compose[one["serviceName"]]
        assert container["command"] == described["command"]
        assert container["healthCheck"]["command"] == described["healthcheck"]["test"]
        assert container["readonlyRootFilesystem"]
        assert not container.get("secrets"), "a secret in the environment shows in the console"


def test_the_daemon_and_the_code_location_are_never_two(template):
    for name in ("Daemon", "Code"):
        assert template["Resources"][name]["Properties"]["DeploymentConfiguration"]["MaximumPercent"] == 100


def test_the_environment_names_only_settings_and_no_secret_value(deployed, monkeypatch, tmp_path):
    from steampulse_dagster.config import get_settings

    task = deployed.client("ecs").describe_task_definition(taskDefinition="steampulse-prod-run")["taskDefinition"]
    environment = {each["name"]: each["value"] for each in task["containerDefinitions"][0]["environment"]}
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("STEAMPULSE_SECRETS_PREFIX")
    get_settings.cache_clear()
    settings = get_settings()
    get_settings.cache_clear()

    assert environment["STEAMPULSE_SECRETS_PREFIX"] == "steampulse/prod"
    assert settings.small_model == "us.anthropic.claude-haiku-5-5"
    assert settings.compute_logs_url.endswith("/compute-logs")
    assert "made-by-aws" not in json.dumps(task, default=str)


def test_the_database_is_private_encrypted_and_kept(deployed, template):
    (database,) = deployed.client("rds").describe_db_instances()["DBInstances"]
    properties = template["Resources"]["Database"]["Properties"]
    parameters = template["Resources"]["DatabaseParameters"]["Properties"]["Parameters"]

    assert (database["Engine"], database["PubliclyAccessible"], database["StorageEncrypted"]) == (
        "postgres",
        False,
        True,
    )
    assert properties["DBParameterGroupName"] == {"Ref": "DatabaseParameters"}
    assert properties["DeletionProtection"]
    assert template["Resources"]["Database"]["DeletionPolicy"] == "Snapshot"
    assert parameters["log_min_error_statement"] == "panic", "review texts are not to reach the server's log"


def test_bucket_queues_and_alarms_are_there(deployed, template):
    deployed.client("s3").head_bucket(Bucket="steampulse-prod-123456789012")
    block = template["Resources"]["Bucket"]["Properties"]["PublicAccessBlockConfiguration"]
    queues = deployed.client("sqs").list_queues()["QueueUrls"]
    alarms = [one for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]

    assert all(block.values())
    assert {url.rsplit("/", 1)[-1] for url in queues} == {"steampulse-prod-requests", "steampulse-prod-requests-dead"}
    attributes = deployed.client("sqs").get_queue_attributes(
        QueueUrl=min(queues, key=len), AttributeNames=["RedrivePolicy"]
    )
    assert json.loads(attributes["Attributes"]["RedrivePolicy"])["maxReceiveCount"] == 5
    assert len(alarms) == 6
    assert all(alarm["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}] for alarm in alarms)


def policies(deployed, logical_name):
    """Statements of a role's inline policies by Sid."""
    iam = deployed.client("iam")
    resource = deployed.client("cloudformation").describe_stack_resource(
        StackName="steampulse", LogicalResourceId=logical_name
    )
    role = resource["StackResourceDetail"]["PhysicalResourceId"]
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    # moto keeps the documents of a stack as Python's text of them.
    parsed = [ast.literal_eval(each) if isinstance(each, str) else each for each in documents]
    return {one["Sid"]: one for document in parsed for one in document["Statement"]}


def test_models_are_allowed_in_every_region_but_only_through_their_profiles(deployed):
    for role in ("WorkRole", "BatchRole"):
        statements = policies(deployed, role)
        profiles = statements["Profiles"]["Resource"]
        assert [arn.rsplit("/", 1)[-1] for arn in profiles] == [
            "us.anthropic.claude-haiku-5-5",
            "us.anthropic.claude-sonnet-5-5",
        ]
        behind = statements["ModelsBehindProfiles"]
        assert [arn.split(":")[3] for arn in behind["Resource"]] == ["*", "*"]
        assert behind["Condition"]["StringLike"]["bedrock:InferenceProfileArn"] == profiles


def test_nobody_may_more_than_is_named_here(deployed):
    allowed = {role: set() for role in ("WorkRole", "DagsterRole", "ApiRole", "BatchRole")}
    for role, actions in allowed.items():
        for sid, statement in policies(deployed, role).items():
            listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            actions |= set(listed)
            assert not any("*" in action for action in listed)
            if statement["Resource"] == "*":
                assert sid in {"FindBulkJobs", "KnowOwnNetwork"}, "these actions know no resources"
    assert "s3:PutObject" not in allowed["DagsterRole"] | allowed["ApiRole"]
    assert not [action for action in allowed["DagsterRole"] | allowed["ApiRole"] if action.startswith("bedrock:")]
    assert allowed["ApiRole"] == {
        "secretsmanager:GetSecretValue",
        "s3:GetObject",
        "sqs:SendMessage",
        "sqs:GetQueueAttributes",
    }
    assert policies(deployed, "DagsterRole")["DatabaseSecret"]["Resource"] == "DatabaseSecret"
    assert policies(deployed, "WorkRole")["LendBatchRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}
    }


def test_the_instance_file_differs_from_the_one_of_a_single_machine_in_the_launcher_only():
    single = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    many = yaml.safe_load((ROOT / "deploy" / "ecs" / "dagster.yaml").read_text())
    assert many.pop("run_launcher")["class"] == "EcsRunLauncher"
    single.pop("run_launcher")
    assert many == single
