"""Writes the index: one writer at a time, changes in one commit with their number, a rebuild beside the old index.

    root/writer.lock     held around every write of the current generation, in any process
    root/rebuild.lock    held while a new generation is built; the kernel releases both when their holder dies
    root/current         link to root/gen-<nanoseconds>/, a whole generation
    root/gen-…/<kind>/   one engine index per kind, so that needs do not move the scores of achievements

The lock files, ours and the engine's, are never deleted: a second writer could then open beside a live one.
"""

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import tantivy
from tantivy import Query

from marketplace.search import forking
from marketplace.search.documents import (
    SCHEMA,
    STATE_ID,
    VERSION,
    Kind,
    ListingDocument,
    listing_document,
    state_document,
)

Changes = tuple[Iterable[ListingDocument], Iterable[UUID], int]
CHANGE_HEAP = 15_000_000  # bytes; the least the engine takes
REBUILD_HEAP = 128_000_000


class IndexUnusable(Exception):
    """The index must be rebuilt: `problem` is `missing`, `old` (written by another version) or `damaged`."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(f"index {problem}: {detail}" if detail else f"index {problem}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class State:
    """What an index says of itself: the number of the last change in it and the version that wrote it."""

    seq: int
    version: str = VERSION


def apply(root: Path, upserts: Sequence[ListingDocument], deletes: Iterable[UUID], *, seq: int) -> bool:
    """Bring the changes up to `seq` into the index; False when it already holds `seq` and nothing was done.

    Waits for other writers. Everything is applied or nothing. Raises IndexUnusable, ValueError for a listing that does
    not fit the index, and UsedBeforeFork.
    """
    with _holding(root, "writer"):
        path = current(root)
        if min(read_state(path / kind).seq for kind in Kind) >= seq:
            return False
        _write(path, upserts, deletes, seq=seq)
        return True


def rebuild(
    root: Path,
    listings: Iterable[ListingDocument],
    *,
    seq: int,
    unless_changed_from: str | None = None,
    late: Callable[[], Changes | None] | None = None,
) -> str:
    """Build a new generation from `listings`, make it current, remove all others; return its name.

    `seq` is read before the listings are, so that a change in between is applied again rather than lost. With
    `unless_changed_from`, the generation that was found unusable, nothing is done when another writer has already
    replaced it. The old index serves, and can be written, until the end, and stays when `listings` raises; what was written
    to it meanwhile is asked of `late`: listings, ids that are gone, and the new seq, or None. Raises UsedBeforeFork.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _holding(root, "rebuild"):
        now = generation(root)
        if unless_changed_from is not None and now not in (None, unless_changed_from):
            return str(now)
        _sweep(root, keep=now)
        path = root / f"gen-{time.time_ns()}"
        path.mkdir()
        try:
            _fill(path, listings, seq)
            with _holding(root, "writer"):
                if late is not None and (missed := late()) is not None:
                    _write(path, missed[0], missed[1], seq=missed[2])
                _link(root, path)
        except BaseException:
            if generation(root) != path.name:
                shutil.rmtree(path)
            raise
        _sweep(root, keep=path.name)
        return path.name


def generation(root: Path) -> str | None:
    """Return the name of the current generation, None when there is no index, or `current` is no link any more."""
    try:
        return os.readlink(root / "current")
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return None  # a file or folder: whatever brought the index here followed the link


def current(root: Path) -> Path:
    """Return the folder of the current generation; raises IndexUnusable when there is none."""
    name = generation(root)
    if name is None or not (root / name).is_dir():
        raise IndexUnusable("missing", str(root))
    return root / name


def read_state(path: Path) -> State:
    """Return the state committed in one kind's index; raises IndexUnusable when it cannot be read or is old."""
    return state_of(_open(path).searcher())


def state_of(searcher: tantivy.Searcher) -> State:
    """Return the state that `searcher` sees; raises IndexUnusable when there is none or it is of another version."""
    try:
        hits = searcher.search(Query.term_query(SCHEMA, "id", STATE_ID, "basic"), 1, count=False).hits
        state = State(**json.loads(searcher.doc(hits[0][1])["state"][0]))
    except (ValueError, LookupError, TypeError) as error:
        raise IndexUnusable("old", "no state document") from error
    if state.version != VERSION:
        raise IndexUnusable("old", f"version {state.version}, not {VERSION}")
    return state


def _open(path: Path) -> tantivy.Index:
    forking.claim()
    try:
        return tantivy.Index.open(str(path))
    except (ValueError, OSError) as error:
        raise IndexUnusable("damaged", str(error)) from error


def _write(path: Path, upserts: Iterable[ListingDocument], deletes: Iterable[UUID], *, seq: int) -> None:
    documents = [(listing.kind, str(listing.id), listing_document(listing)) for listing in upserts]
    gone = [str(id) for id in deletes]
    for kind in Kind:
        mine = [(id, document) for of, id, document in documents if of is kind]
        with _commit(_open(path / kind), CHANGE_HEAP) as writer:
            for id in (*gone, *(id for id, _ in mine), STATE_ID):
                writer.delete_documents_by_term("id", id)
            for _, document in mine:
                writer.add_document(document)
            writer.add_document(state_document(json.dumps(asdict(State(seq)))))


def _fill(path: Path, listings: Iterable[ListingDocument], seq: int) -> None:
    for kind in Kind:
        (path / kind).mkdir()
    indexes = {kind: tantivy.Index(SCHEMA, path=str(path / kind)) for kind in Kind}
    with _commit(indexes[Kind.NEED], REBUILD_HEAP) as needs, _commit(indexes[Kind.ACHIEVEMENT], REBUILD_HEAP) as rest:
        for listing in listings:
            (needs if listing.kind is Kind.NEED else rest).add_document(listing_document(listing))
        for writer in (needs, rest):
            writer.add_document(state_document(json.dumps(asdict(State(seq)))))


def _link(root: Path, path: Path) -> None:
    _sync(path)
    _sync(root)
    new = root / "current.new"
    new.unlink(missing_ok=True)
    new.symlink_to(path.name)
    link = root / "current"
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)  # the link cannot take the place of a folder
    os.replace(new, link)
    _sync(root)


def _sweep(root: Path, *, keep: str | None) -> None:
    """Remove what a killed rebuild left and what is replaced; readers keep the files they have mapped."""
    for path in root.glob("gen-*"):
        if path.name != keep:
            shutil.rmtree(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _holding(root: Path, work: str) -> Iterator[None]:
    """Hold the lock of the `writer` of the current generation, or of the one `rebuild`."""
    if not root.is_dir():
        raise IndexUnusable("missing", str(root))
    forking.claim()  # before the lock: a child that may not write must not keep others waiting
    with open(root / f"{work}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _commit(index: tantivy.Index, heap: int) -> Iterator[tantivy.IndexWriter]:
    """Commit at the end, or roll back: the engine's own context manager commits although its block raised."""
    writer = index.writer(heap, 1)
    try:
        yield writer
        writer.commit()
        writer.garbage_collect_files()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()  # also gives the engine's lock back, which a kept traceback would hold
