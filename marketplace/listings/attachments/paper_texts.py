"""What files of a listing say beside their titles, for the leak check: their names, and of papers properties and first pages, read by a process of its own."""

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
MOST_PAPERS, MOST_REMEMBERED = 12, 500
_read: dict[str, str] = {}


def texts(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    """(title, what it says) of a version's ``files``, papers first; None for a paper that cannot be read, or comes after `MOST_PAPERS`."""
    titles = {UUID(row["file"]): row["title"] or "" for row in rows}
    if not titles:
        return []
    query = select(ListingFile.id, ListingFile.name, ListingFile.sha256, ListingFile.media_type).where(ListingFile.id.in_(titles))
    rows_found = db.session.execute(query.order_by(ListingFile.media_type, ListingFile.uploaded_at)).all()
    papers = [row for row in rows_found if row.media_type == PDF]
    read = [(titles[row.id], _text(row.sha256) if place < MOST_PAPERS else None) for place, row in enumerate(papers)]
    return read + [(titles[row.id], Path(row.name).stem.replace("_", " ")) for row in rows_found]


def _text(sha256: str) -> str | None:
    if sha256 not in _read:
        if len(_read) >= MOST_REMEMBERED:
            _read.clear()
        said = _asked(storing.where(sha256))
        if said is None:
            return None  # perhaps the machine was busy: looked at again the next time
        _read[sha256] = said
    return _read[sha256]


def _asked(path: Path) -> str | None:
    command = [sys.executable, "-I", str(Path(pdf_text.__file__)), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=True)  # nosec B603: no shell, no word of the sender's
        return str(json.loads(done.stdout)["text"])
    except (subprocess.SubprocessError, ValueError):
        return None
