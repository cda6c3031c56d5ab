"""A simulated Bedrock over HTTP for tests, and clients of it as the product makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from steampulse_dagster.clients.bedrock_client import build_client
from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime, Patience
from steampulse_dagster.simulators.bedrock import BedrockSimulator
from steampulse_dagster.simulators.bedrock_script import parse_script
from steampulse_dagster.simulators.server import running_simulators

QUICK = Patience(first_wait=0.001, longest_wait=0.002, not_ready_wait=0.001)
"""Patience that waits next to nothing."""


class NoWorld:
    """No games at all: for tests that ask Bedrock alone."""

    name = "none"


@contextmanager
def running_bedrock(simulator: BedrockSimulator) -> Iterator[str]:
    """The endpoint URL of a simulated Bedrock, for `bedrock` and `bedrock-runtime` alike; its S3 is below /s3."""
    with running_simulators(NoWorld(), bedrock=simulator) as url:  # type: ignore[arg-type]
        yield url


def build_simulator(script: str = "", *, answer: Any = None, **changes: Any) -> BedrockSimulator:
    """A simulator that answers `{"text": …}` and goes wrong as the script says."""
    return BedrockSimulator(answer, script=parse_script(script), **changes)


@contextmanager
def running_runtime(
    simulator: BedrockSimulator, *, concurrency: int = 8, patience: Patience = QUICK, **changes: Any
) -> Iterator[BedrockRuntime]:
    """The real-time client against a simulator, through unmodified boto3."""
    with running_bedrock(simulator) as url:
        client = build_client(
            "bedrock-runtime", region="us-east-1", endpoint_url=url, simulated=True, connections=concurrency, **changes
        )
        runtime = BedrockRuntime(client, concurrency=concurrency, patience=patience)
        try:
            yield runtime
        finally:
            runtime.close()
