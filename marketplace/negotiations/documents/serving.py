"""The answer with a document's bytes: checked at each request; the other side's are written down as read, then marked with their reader."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID

from flask import Response, make_response, send_file

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.attachments import storing
from marketplace.negotiations.documents import service
from marketplace.negotiations.documents.models import DocumentRead

MARKERS: list[Callable[[Path, str, Actor], bytes]] = []
"""Puts the reader's name on the bytes (path, media type, reader); connected by the domain that knows how. May raise Unavailable."""
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class CannotBeMarked(Unavailable):
    """What cannot be marked, is not handed out."""

    text = _l("This document cannot be marked with your name now, so it cannot be opened.")


def marker(mark: Callable[[Path, str, Actor], bytes]) -> None:
    """Let this function mark what the other side opens."""
    if mark not in MARKERS:
        MARKERS.append(mark)


def sent(negotiation_id: UUID, number: int, version: int, *, by: Actor) -> Response:
    """A version for saving. Raises NotFound, Forbidden, Unavailable (it cannot be marked)."""
    opened = service.open_version(negotiation_id, number, version, by=by)
    found, path = opened.version, storing.where(opened.version.sha256)
    media_type, name = found.media_type, found.name
    if opened.marked:
        version_id, side = found.id, opened.mine
        if not MARKERS:
            raise CannotBeMarked()
        with transaction():  # before any byte is handed out: what raises here, lets nothing out
            db.session.add(DocumentRead(version_id=version_id, side=side, person_id=by.person_id, at=now()))
        response = make_response(send_file(BytesIO(MARKERS[0](path, media_type, by)), mimetype=media_type, download_name=name, as_attachment=True))
    else:
        response = make_response(send_file(path, mimetype=media_type, download_name=name, as_attachment=True, conditional=False, etag=False))
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers.pop("Last-Modified", None)
    return response
