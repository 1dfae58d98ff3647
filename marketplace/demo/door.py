"""Gives the sample's agency slides for its pitch, and somebody at the pitch's door."""

from sqlalchemy import select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.demo.evidence import sample_page
from marketplace.fairs.models import Fair
from marketplace.listings.attachments import storing
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.running import door, slides


def open_up(fair: Fair, *, agency: Actor, visitor: Actor) -> None:
    """Slides that everybody may read for the agency's first pitch, and one visitor with a question. Raises DomainError."""
    pitches = select(Pitch).join(Session, Session.id == Pitch.session_id).where(Session.fair_id == fair.id, Pitch.organization_id == agency.organization_id)
    pitch = db.session.scalar(pitches.order_by(Pitch.starts_at).limit(1))
    if pitch is None:
        raise LookupError("the sample's agency pitches nothing")
    page = sample_page("slides")  # ours: it needs no judging
    slides.put(pitch.id, slides.Received("slides.pdf", storing.store(page), len(page), 1), public=True, by=agency)
    door.come(pitch.id, shares_contact=True, question="What does a pilot plant cost? · 中试装置需要多少费用？", by=visitor)
