"""Runs the `steampulse` command as a person would, in a process and a data folder of its own."""

import os
import subprocess
import sys
from pathlib import Path


def steampulse(*arguments, data_dir, cwd, check=None, **settings):
    """The finished process. `settings` are environment variables; nothing of the tester's own settings leaks in."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("STEAMPULSE_", "DAGSTER_"))}
    for name in ("DATABASE_URL", "STEAM_API_KEY", "S3_BUCKET", "LOG_LEVEL"):
        env.pop(name, None)
    env |= {"STEAMPULSE_DATA_DIR": str(data_dir), **settings}
    command = [str(Path(sys.executable).parent / "steampulse"), *map(str, arguments)]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done
