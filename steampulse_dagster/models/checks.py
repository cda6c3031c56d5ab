"""Answers of `doctor`."""

from steampulse_dagster.models.base import Model


class HealthCheck(Model):
    """One dependency: whether it works, what was seen, and how to mend it if it does not."""

    name: str
    ok: bool
    seen: str
    mend: str | None = None
