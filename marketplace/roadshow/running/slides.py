"""Slides of a pitch: one PDF of the presenter's, looked at before it is taken, for themselves and the staff, or for everybody."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound, TooLarge
from marketplace.core.i18n import gettext
from marketplace.listings.attachments import files, papers, storing
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import queries
from marketplace.roadshow.running.models import Slides


@dataclass(frozen=True, slots=True)
class Received:
    """A PDF that was judged and is on the disk; nothing names it yet."""

    name: str
    sha256: str
    size_bytes: int
    pages: int


def receive(stream: BinaryIO, *, name: str) -> Received:
    """Judge a PDF and put it on the disk. Outside any transaction: it takes time. Raises Invalid, TooLarge."""
    content = stream.read(papers.LARGEST_BYTES + 1)
    if not content.startswith(b"%PDF-"):
        raise Invalid.field("file", "file_type", gettext("Slides are a PDF file. Save yours as PDF and try again."))
    if len(content) > papers.LARGEST_BYTES:
        raise TooLarge(gettext("Slides have at most 20 MB."))
    pages = papers.pages_of(content)
    return Received(files.safe_name(name, files.PDF), storing.store(content), len(content), pages)


def may_upload(pitch: Pitch, by: Actor | None) -> bool:
    return by is not None and by.may("roadshow.pitch") and by.organization_id is not None and pitch.organization_id == by.organization_id


def check_upload(pitch_id: UUID, *, by: Actor) -> tuple[Pitch, Session]:
    """Raises NotFound (another's pitch), Forbidden, IllegalMove (given up, or called off)."""
    pitch, session = queries.own_pitch(pitch_id, by=by)
    if not may_upload(pitch, by):
        raise Forbidden(gettext("Slides are put up by those who present."))
    if pitch.status is PitchStatus.CANCELLED or session.status is SessionStatus.CANCELLED:
        raise IllegalMove(gettext("This pitch was given up, or its session was called off."))
    return pitch, session


def put(pitch_id: UUID, received: Received, *, public: bool, by: Actor) -> Slides:
    """Show a pitch with these slides from now on, in place of others; they have to be loaded anew. Raises as `check_upload`."""
    pitch, session = check_upload(pitch_id, by=by)
    db.session.scalar(select(Pitch.id).where(Pitch.id == pitch.id).with_for_update(key_share=True))
    slides = db.session.get(Slides, pitch.id, with_for_update=True, populate_existing=True)
    if slides is None:
        slides = Slides(pitch_id=pitch.id)
        db.session.add(slides)
    slides.name, slides.sha256, slides.size_bytes, slides.pages = received.name, received.sha256, received.size_bytes, received.pages
    slides.public, slides.uploaded_by, slides.uploaded_at, slides.loaded_by, slides.loaded_at = public, by.person_id, now(), None, None
    audit.record("roadshow.put_slides", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id, sha256=received.sha256, public=public)
    db.session.flush()
    return slides


def publish(pitch_id: UUID, public: bool, *, by: Actor) -> Slides:
    """Let everybody read the slides, or the staff only. Raises as `check_upload`, NotFound without slides."""
    pitch, session = check_upload(pitch_id, by=by)
    slides = _locked(pitch.id)
    slides.public = public
    audit.record("roadshow.publish_slides", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id, public=public)
    db.session.flush()
    return slides


def remove(pitch_id: UUID, *, by: Actor) -> None:
    """Take the slides away. Raises as `check_upload`, NotFound without slides."""
    pitch, session = check_upload(pitch_id, by=by)
    db.session.delete(_locked(pitch.id))
    audit.record("roadshow.remove_slides", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id)


def mark_loaded(pitch_id: UUID, *, version: int, by: Actor) -> Slides:
    """The slides as they were seen lie ready in the room. By the fair's manager. Raises NotFound, Forbidden, IllegalMove (others came meanwhile)."""
    pitch, session = queries.own_pitch(pitch_id, by=by)
    by.require("roadshow.manage", fair_id=session.fair_id)
    slides = _locked(pitch.id)
    if slides.version != version:
        raise IllegalMove(gettext("Other slides came meanwhile. Load the new ones."))
    slides.loaded_at, slides.loaded_by = now(), by.person_id
    audit.record("roadshow.load_slides", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id, sha256=slides.sha256)
    db.session.flush()
    return slides


def _locked(pitch_id: UUID) -> Slides:
    slides = db.session.get(Slides, pitch_id, with_for_update=True, populate_existing=True)
    if slides is None:
        raise NotFound()
    return slides


def opened(pitch_id: UUID, *, by: Actor | None) -> tuple[Slides, str, Path]:
    """Slides that this reader may open, a name to save them under, and where they lie.

    A pitch that is not held any more, and slides that are not for the reader, are not found. Raises NotFound.
    """
    pitch, session = queries.pitch_with_session(pitch_id)
    slides = db.session.get(Slides, pitch.id)
    if slides is None or pitch.status is PitchStatus.CANCELLED:
        raise NotFound()
    theirs = by is not None and by.organization_id is not None and pitch.organization_id == by.organization_id and by.may("roadshow.see_pitch")
    staff = by is not None and by.may("roadshow.manage", fair_id=session.fair_id)
    shown = slides.public and pitch.status is PitchStatus.CONFIRMED and session.status is SessionStatus.SCHEDULED
    if not (theirs or staff or shown):
        raise NotFound()
    name = slides.name if theirs or staff else f"slides-{pitch.position}.pdf"  # a file's own name may tell whose it is
    return slides, name, storing.where(slides.sha256)


def named(sums: set[str]) -> list[str]:
    """Which of these bytes are slides of a pitch."""
    return list(db.session.scalars(select(Slides.sha256).where(Slides.sha256.in_(sums))))
