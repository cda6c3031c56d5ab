"""The object store for Dagster's steps."""

from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap

if TYPE_CHECKING:
    from steampulse_dagster.clients.object_store import ObjectStore


class ObjectStoreResource(dg.ConfigurableResource):
    """Folder or S3 bucket that report files go to."""

    def get_store(self) -> "ObjectStore":
        """The object store of this process."""
        return bootstrap.get_object_store()
