"""Takes wishes for work on games into `work_requests`, each once however often it arrives."""

import re
from collections.abc import Iterable

from steampulse_dagster.errors import DatabaseError, NotFoundError, ValidationError
from steampulse_dagster.models.work_requests import NewWorkRequest, SubmittedRequest, WorkRequest
from steampulse_dagster.repositories.work_requests import WorkRequestRepository
from steampulse_dagster.services.tracking import LARGEST_APPID
from steampulse_dagster.utils.db import Database

KEY_PATTERN = re.compile(r"[!-~]{1,200}")


class WorkRequestService:
    """Stores wishes; Dagster's sensor takes them up. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def submit(self, request: NewWorkRequest) -> SubmittedRequest:
        """Store one wish. Raises ValidationError for an appid or key that cannot be, or a key used for another wish."""
        return self.submit_all([request])[0]

    def submit_all(self, requests: Iterable[NewWorkRequest]) -> tuple[SubmittedRequest, ...]:
        """Store wishes, all or none, in one transaction. Raises ValidationError as `submit`."""
        wanted = tuple(requests)
        for request in wanted:
            require_valid(request)
        with self._db.transaction() as conn:
            repository = WorkRequestRepository(conn)
            return tuple(_submit(repository, request) for request in wanted)

    def require(self, request_id: int) -> WorkRequest:
        """One wish. Raises NotFoundError."""
        with self._db.connection() as conn:
            found = WorkRequestRepository(conn).get(request_id)
        if found is None:
            raise NotFoundError(f"There is no request {request_id}.")
        return found


def require_valid(request: NewWorkRequest) -> None:
    """Raises ValidationError for an appid or a key that cannot be."""
    if not 0 < request.appid <= LARGEST_APPID:
        raise ValidationError(f"{request.appid} is not an appid.")
    if request.request_key is not None and not KEY_PATTERN.fullmatch(request.request_key):
        raise ValidationError("A request key is 1 to 200 printable ASCII characters without spaces.")


def _submit(repository: WorkRequestRepository, request: NewWorkRequest) -> SubmittedRequest:
    for _ in range(3):  # the equal wish may be taken up between the two looks
        if (new := repository.insert(request)) is not None:
            return SubmittedRequest(request=new, is_new=True)
        if (old := repository.get_equal(request)) is not None:
            if (old.kind, old.appid) != (request.kind, request.appid):
                raise ValidationError(f"The request key {request.request_key} stands for {old.kind} of {old.appid}.")
            return SubmittedRequest(request=old, is_new=False)
    raise DatabaseError(f"The request for {request.kind} of {request.appid} could not be stored.", retryable=True)
