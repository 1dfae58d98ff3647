"""Mails about a decision, to whoever handed the listing in, in their language."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.models import FairEntry, Listing
from marketplace.reviews.notes import Note
from marketplace.reviews.wording import field_label, severity_label

LONGEST_REASON = 2_000


def published(entry: FairEntry, listing: Listing, notes: Sequence[Note]) -> None:
    _tell(entry, _l("%(reference)s is published", reference=listing.reference), _l("Visitors of the fair can read it now."), notes)


def sent_back(entry: FairEntry, listing: Listing, notes: Sequence[Note], reason: str | None) -> None:
    _tell(entry, _l("%(reference)s was sent back", reference=listing.reference), reason or _l("The reviewer left notes. Change it, and submit it again."), notes)


def undone(entry: FairEntry, listing: Listing) -> None:
    _tell(entry, _l("The decision on %(reference)s was taken back", reference=listing.reference), _l("Please ignore the mail before. It waits for a decision again."))


def short(entry: FairEntry, notes: Sequence[Note]) -> str:
    """Notes in one text, for where a reason stands: in the language of whoever handed it in."""
    person = db.session.get(Person, entry.submitted_by) if entry.submitted_by else None
    with speaking(person.language if person else "en"):
        return _lines(notes, person.language if person else "en")[:LONGEST_REASON]


def _tell(entry: FairEntry, subject: Any, text: Any, notes: Sequence[Note] = ()) -> None:
    person = db.session.scalar(select(Person).where(Person.id == entry.submitted_by, Person.disabled_at.is_(None)))
    if person:
        with speaking(person.language):
            lines = _lines(notes, person.language)
            mail.send(person.email, str(subject), f"{text}\n\n{gettext('Notes:')}\n{lines}" if lines else str(text))


def _lines(notes: Sequence[Note], language: str) -> str:
    return "\n".join(f"- {field_label(note.field)} ({severity_label(note.severity)}): {_in(note, language)}" for note in notes)


def _in(note: Note, language: str) -> str:
    first, second = (note.text_zh, note.text_en) if language == "zh" else (note.text_en, note.text_zh)
    return first or second or ""
