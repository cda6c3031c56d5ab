"""Plans a game's append-only chunks: who is in which, and the digest that says when one must be read again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from steampulse_dagster.models.analysis import Chunk
from steampulse_dagster.models.reviews import ReviewRef

CHUNK_SIZE = 50
"""Reviews that seal a chunk for ever."""


def plan_chunks(
    *, appid: int, existing: Sequence[Chunk], member_hashes: Mapping[int, str], unchunked: Iterable[ReviewRef]
) -> tuple[Chunk, ...]:
    """The chunks to write, in order: changed members' chunks, the open one as it fills, then new ones.

    A review that is in a chunk stays there: a new review touches only the open chunk, an edit only its own, and
    chunks that stay as they are do not appear in the result. `member_hashes` are the current content hashes of
    members; one that is missing is a review that no longer exists, which keeps its seat but counts no more.
    """
    hashes = dict(member_hashes)
    stored = {chunk.chunk_no: chunk for chunk in existing}
    members = {chunk.chunk_no: list(chunk.review_ids) for chunk in sorted(existing, key=lambda chunk: chunk.chunk_no)}
    seated = {review_id for ids in members.values() for review_id in ids}
    for ref in sorted(unchunked, key=lambda ref: (ref.timestamp_created, ref.recommendationid)):
        if ref.recommendationid in seated:
            continue
        seated.add(ref.recommendationid)
        hashes[ref.recommendationid] = ref.content_hash
        _open_chunk(members, stored).append(ref.recommendationid)
    planned = (_build_chunk(appid, chunk_no, ids, hashes) for chunk_no, ids in members.items())
    return tuple(chunk for chunk in planned if chunk != stored.get(chunk.chunk_no))


def hash_members(members: Iterable[tuple[int, str]]) -> str:
    """Digest over (recommendationid, content hash) pairs in the order of the chunk: equal digest, equal work."""
    digest = sha256()
    for review_id, content_hash in members:
        digest.update(f"{review_id}:{content_hash}\n".encode())
    return digest.hexdigest()


NO_MEMBERS = hash_members(())
"""The digest of a chunk none of whose reviews exists any more: there is nothing to read in it."""


def _open_chunk(members: dict[int, list[int]], stored: Mapping[int, Chunk]) -> list[int]:
    """The seats of the chunk that takes the next review; begins a new one when all are full or sealed."""
    for chunk_no in reversed(members):
        sealed = chunk_no in stored and stored[chunk_no].sealed
        if not sealed and len(members[chunk_no]) < CHUNK_SIZE:
            return members[chunk_no]
        break
    new_no = max(members, default=-1) + 1
    members[new_no] = []
    return members[new_no]


def _build_chunk(appid: int, chunk_no: int, ids: Sequence[int], hashes: Mapping[int, str]) -> Chunk:
    return Chunk(
        appid=appid,
        chunk_no=chunk_no,
        sealed=len(ids) >= CHUNK_SIZE,
        review_ids=tuple(ids),
        content_hash=hash_members((review_id, hashes[review_id]) for review_id in ids if review_id in hashes),
    )
