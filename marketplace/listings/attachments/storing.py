"""Bytes of listings' files: durable under their SHA-256 before a row names them, and cleared away when none does after a day.

A crash at any moment leaves at most bytes that nobody names, never a row without its bytes.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from marketplace.core.clock import now
from marketplace.core.db import db, end_reading
from marketplace.core.jobs import task
from marketplace.listings.models import ListingFile

KEPT_UNNAMED = timedelta(days=1)
SMALL = "-small"
NAMED: list[Callable[[set[str]], Iterable[str]]] = []
"""Rows of higher domains that name bytes too: each finds which of some sums its own rows have."""


def named_by(find: Callable[[set[str]], Iterable[str]]) -> None:
    """Keep bytes that other rows than those of listings name."""
    if find not in NAMED:
        NAMED.append(find)


def root() -> Path:
    """The folder of listings' files."""
    return Path(current_app.config["SETTINGS"].upload_dir) / "listings"


def where(sha256: str) -> Path:
    return root() / sha256[:2] / sha256


def store(content: bytes, *, small: bytes | None = None) -> str:
    """Write the bytes, and those of a small version beside them; their SHA-256. On return they are on the disk."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = where(sha256)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if small is not None:
        _put(small, path.with_name(sha256 + SMALL))
    _put(content, path)
    return sha256


def _put(content: bytes, path: Path) -> None:
    """Written beside its place, made durable, then moved there: also over the same bytes, which makes them young again."""
    handle, incoming = tempfile.mkstemp(dir=path.parent, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        with _alone():
            os.replace(incoming, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(incoming).unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Either bytes are put in place, or old ones are cleared away: else the same file, handed in anew, could vanish."""
    with open(root() / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@task("listings.clear_files", every=timedelta(hours=6))
def keep_clear() -> None:
    clear()


def clear() -> int:
    """Delete bytes older than a day that no file of a listing has; returns how many. Harmless to repeat."""
    if not root().exists():
        return 0
    gone = 0
    for folder in sorted(path for path in root().iterdir() if path.is_dir()):
        old = [path for path in folder.iterdir() if _is_old(path)]
        sums = {path.name.removesuffix(SMALL) for path in old}
        named = set(db.session.scalars(select(ListingFile.sha256).where(ListingFile.sha256.in_(sums)))) if sums else set()
        named |= {sha256 for find in NAMED for sha256 in find(sums)} if sums else set()
        end_reading()
        for path in old:
            if path.name.removesuffix(SMALL) not in named:
                with _alone():
                    if _is_old(path):
                        path.unlink(missing_ok=True)
                        gone += 1
    return gone


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < (now() - KEPT_UNNAMED).timestamp()
    except FileNotFoundError:
        return False
