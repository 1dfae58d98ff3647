"""Evidence files: recognised by content, stored once under the hash of their bytes, served only through the check."""

import hashlib
import io
import logging
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from marketplace.contracts import events, service
from marketplace.contracts.models import Act, Evidence
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, IllegalMove, Invalid, NotFound, TooLarge
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.ledger.models import Status

log = logging.getLogger(__name__)
LARGEST = 20 * 1024 * 1024
SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def attach(contract_id: UUID, stream: BinaryIO, *, name: str, folder: Path, by: Actor) -> Evidence:
    """Store a PDF, PNG or JPEG of at most 20 MB with a declared contract; the content hash covers it from then on.

    Raises NotFound, Forbidden, IllegalMove, Invalid, TooLarge, Duplicate.
    """
    shown, fair = service.locked(contract_id, "contracts.log", by)
    contract = shown.contract
    if contract.status is not Status.DECLARED:
        raise IllegalMove(gettext("Evidence is added while a contract is declared. Edit it first; it falls back to declared."))
    sha256, size, media_type = _store(stream, folder)
    if any(file.sha256 == sha256 for file in shown.evidence):
        raise Duplicate(gettext("This very file is attached already."))
    file = Evidence(
        contract_id=contract.id, sha256=sha256, name=safe_name(name, media_type), media_type=media_type, size=size,
        uploaded_by=by.person_id, created_at=now(),
    )  # fmt: skip
    db.session.add(file)
    before = contract.content_hash
    service.rehash(contract, shown.parties, [*shown.evidence, file])
    contract.changed_at = now()
    service.hand(contract, Act.EDITED, by)
    audit.record("contracts.attach", f"contract:{contract.id}", by=by, fair_id=fair.id, before=before, after=contract.content_hash, sha256=sha256)
    db.session.flush()
    events.changed.send(service.Shown(contract, shown.parties, [*shown.evidence, file]), by=by)
    return file


def safe_name(name: str, media_type: str) -> str:
    """A name to show and to offer for saving: no folders, no control characters, the ending of what it really is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = "".join(c for c in last.rsplit(".", 1)[0] if c.isprintable() and c not in '<>:"|?*')[:120].strip(" .")
    return (stem or "evidence") + ENDINGS[media_type]


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(1 << 16):
        yield chunk


def _store(stream: BinaryIO, folder: Path) -> tuple[str, int, str]:
    """(sha256, size, media type). The file is durable under its hash before the row that names it is committed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    handle, path = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in _chunks(stream):
                head = head or chunk[:16]
                size += len(chunk)
                if size > LARGEST:
                    raise TooLarge(gettext("A file has at most 20 MB."))
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        media_type = next((kind for start, kind in SIGNATURES.items() if head.startswith(start)), None)
        if media_type is None:
            raise Invalid.field("file", "file_type", gettext("A PDF, PNG or JPEG file is expected."))
        final = where(folder, digest.hexdigest())
        final.parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(path, final)
        directory = os.open(final.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
        return digest.hexdigest(), size, media_type
    finally:
        Path(path).unlink(missing_ok=True)


class EvidenceDamaged(DomainError):
    slug, title = "evidence-damaged", _l("The stored file is damaged")
    text = _l("The stored file is not the one that was attached: its bytes have another hash. It is not handed out; the fault was recorded.")


def opened(folder: Path, file: Evidence) -> BinaryIO:
    """The stored bytes (20 MB at most), compared with the hash that was signed and verified before any of them is handed out.

    Raises EvidenceDamaged for other bytes, and when they are gone.
    """
    try:
        with where(folder, file.sha256).open("rb") as stored:
            content = stored.read(LARGEST + 1)
    except OSError as error:
        log.error("evidence %s cannot be read: %s", file.sha256, type(error).__name__)
        raise EvidenceDamaged() from error
    if (found := hashlib.sha256(content).hexdigest()) != file.sha256:
        log.error("evidence %s has the bytes of %s", file.sha256, found)
        raise EvidenceDamaged()
    return io.BytesIO(content)


def where(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def find(contract_id: UUID, evidence_id: UUID, *, by: Actor) -> Evidence:
    """A file of a contract that this person may read; a file of another contract is not found. Raises NotFound."""
    service.show(contract_id, by=by)
    file = db.session.scalar(select(Evidence).where(Evidence.id == evidence_id, Evidence.contract_id == contract_id))
    if file is None:
        raise NotFound()
    return file
