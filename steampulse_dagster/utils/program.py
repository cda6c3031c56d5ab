"""Which program this is: a digest of all its files and of what draws with them. Reads the package's files."""

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
DRAWING_LIBRARIES = ("jinja2", "markupsafe", "pydantic", "svg-py")


@cache
def digest_program() -> str:
    """The same for the same code, templates, style sheets and drawing libraries; other for any other."""
    digest = blake2b(digest_size=16)
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".html", ".css", ".js", ".svg")):
        digest.update(f"{path.relative_to(PACKAGE)} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in DRAWING_LIBRARIES).encode())
    return digest.hexdigest()
