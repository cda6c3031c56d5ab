"""What a scrape of metrics reads."""

from steampulse_dagster.models.base import Model


class Sample(Model):
    """One value of a metric; `labels` in the order in which the metric names them."""

    metric: str
    labels: tuple[str, ...] = ()
    value: float
