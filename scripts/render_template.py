"""Prints deploy/ecs/steampulse.yaml as CloudFormation takes it: JSON, because it refuses YAML's aliases.

uv run python -m scripts.render_template > steampulse.json
"""

import json
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

TEMPLATE = Path(__file__).parents[1] / "deploy" / "ecs" / "steampulse.yaml"


def render_template() -> str:
    """The template with its aliases written out."""
    loaded: Any = cfn_yaml.load(str(TEMPLATE))
    return json.dumps(loaded, indent=1)


if __name__ == "__main__":
    print(render_template())
