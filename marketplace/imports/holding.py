"""Where files on their way in lie: under UPLOAD_DIR, the upload by its SHA-256, what its check left by the job's id."""

import hashlib
import os
import tempfile
import unicodedata
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from flask import current_app

from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.i18n import gettext

LARGEST = 22 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
"""So much may come out of a gzipped file that somebody uploads."""


def root() -> Path:
    return Path(current_app.config["SETTINGS"].upload_dir) / "imports"


def where(sha256: str) -> Path:
    return root() / sha256[:2] / sha256


def left(job_id: UUID, what: str) -> Path:
    """``rows`` that were good, ``errors`` that were not: made by a check, and again by the next."""
    folder = root() / "jobs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{job_id}.{what}"


def keep(stream: BinaryIO) -> tuple[str, int, Path]:
    """SHA-256, size and place of what was uploaded; it is on the disk before a row names it. Raises TooLarge, Invalid (an empty file)."""
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, incoming = tempfile.mkstemp(dir=root(), prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            while chunk := stream.read(1 << 18):
                size += len(chunk)
                if size > LARGEST:
                    raise TooLarge(gettext("A file has at most %(most)s MB.", most=LARGEST >> 20))
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if not size:
            raise Invalid.field("file", "file_empty", gettext("The file is empty."))
        final = where(digest.hexdigest())
        final.parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(incoming, final)
        folder = os.open(final.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return digest.hexdigest(), size, final
    finally:
        Path(incoming).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A name to show: no folders, no control characters, 120 characters at most."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')[-120:].strip(" .") or "file"
