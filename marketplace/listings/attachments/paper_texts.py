"""The words on the first pages of the papers that belong to a listing, for the leak check; read by a process of its own."""

import json
import subprocess  # nosec B404: runs our own script with our own interpreter
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.listings.attachments import pdf_text, storing
from marketplace.listings.models import ListingFile

PDF = "application/pdf"
PATIENCE_SECONDS = 8
MOST_PAPERS, MOST_REMEMBERED = 4, 500
_read: dict[str, str] = {}


def texts(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(title, text) of the first papers among a version's ``files``; a paper that cannot be read has no text."""
    titles = {UUID(row["file"]): row["title"] or "" for row in rows}
    if not titles:
        return []
    query = select(ListingFile.id, ListingFile.sha256).where(ListingFile.id.in_(titles), ListingFile.media_type == PDF).order_by(ListingFile.uploaded_at)
    return [(titles[row.id], _text(row.sha256)) for row in db.session.execute(query.limit(MOST_PAPERS))]


def _text(sha256: str) -> str:
    if sha256 not in _read:
        if len(_read) >= MOST_REMEMBERED:
            _read.clear()
        _read[sha256] = _asked(storing.where(sha256))
    return _read[sha256]


def _asked(path: Path) -> str:
    command = [sys.executable, "-I", str(Path(pdf_text.__file__)), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=True)  # nosec B603: no shell, no word of the sender's
        return str(json.loads(done.stdout)["text"])
    except (subprocess.SubprocessError, ValueError):
        return ""
