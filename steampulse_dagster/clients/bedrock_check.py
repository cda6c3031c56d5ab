"""Asks Bedrock's control side about a model: whether credentials work and the model is there. Costs nothing."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from steampulse_dagster.clients.bedrock_client import Trouble, read_failure
from steampulse_dagster.clients.bedrock_models import strip_profile
from steampulse_dagster.errors import AnalystError

_NOT_ALLOWED = "AccessDeniedException"


def fetch_model_state(client: Any, model: str) -> str:
    """What the service says of a model id, profile id or ARN, in a few words; blocks. `client`: boto3's `bedrock`.

    Raises AnalystError where the model is not there, or the service or credentials are missing.
    """
    try:
        if strip_profile(model) != model.rsplit("/", 1)[-1] or "inference-profile/" in model:
            answer = client.get_inference_profile(inferenceProfileIdentifier=model)
            return f"profile {str(answer.get('status', 'unknown')).lower()}"
        answer = client.get_foundation_model(modelIdentifier=model)
        lifecycle = answer.get("modelDetails", {}).get("modelLifecycle", {})
        return f"model {str(lifecycle.get('status', 'unknown')).lower()}"
    except (ClientError, BotoCoreError) as error:
        failure = read_failure(error, model=model)
        if failure.words.startswith(_NOT_ALLOWED):
            return "credentials work; they may not look models up, so whether they may call it shows at the first call"
        raise AnalystError(
            f"Bedrock, {model}: {failure.words}", retryable=failure.trouble is not Trouble.REFUSED
        ) from error
