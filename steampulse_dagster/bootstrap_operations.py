"""Puts together what operations need beside the pipeline: renewed secrets, metrics."""

from collections.abc import Callable

from steampulse_dagster.config import Settings, renew_settings


def find_url_renewal(settings: Settings) -> Callable[[], str] | None:
    """How to learn the database's URL of now; None where it cannot change while this process lives."""
    if settings.secrets_prefix is None:
        return None

    def renew() -> str:
        url = renew_settings().database_url
        return "" if url is None else url.get_secret_value()

    return renew
