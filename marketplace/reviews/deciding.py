"""The moderator's decisions: publish what waits, or send it back, with notes by field. Never about one's own organisation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.listings.checks.findings import Severity
from marketplace.listings.entering import make_public, numbered
from marketplace.listings.models import MOVES, EntryStatus, FairEntry, Listing, ListingVersion
from marketplace.listings.telling import told
from marketplace.reviews import checks, claiming, mailing
from marketplace.reviews.models import ReviewDecision, ReviewNote, Verdict
from marketplace.reviews.notes import Note, fields_of

UNDO_SECONDS = 60
KEPT = ("status", "submitted_number", "published_number", "returned_number", "reason", "submitted_at", "decided_by", "decided_at", "published_at")
"""What a decision changes of an entry, and taking it back restores."""


class Blocked(DomainError):
    slug, title = "blocked", _l("Something must go first")
    text = _l("The checks found what must not be published. Send it back, or say in the reason why it may stand.")


def publish(entry_id: UUID, *, by: Actor, number: int | None = None, notes: Sequence[Note] = (), reason: str | None = None) -> FairEntry:
    """Show the version that waits to the fair's visitors. ``number`` is the version the moderator read; ``notes`` are minor ones.

    Raises NotFound (also for another fair's), FourEyes, IllegalMove (nothing waits), Stale (another version waits now), Claimed
    (somebody else reads it), Blocked (the checks found a blocker and no ``reason`` says why it may stand), Invalid (notes).
    """
    entry, listing = _waiting(entry_id, by=by, number=number)
    _check_notes(notes, listing, most=Severity.MINOR)
    overridden = _let_pass(entry, listing, reason)
    before = _kept(entry)
    check_move(MOVES, entry.status, EntryStatus.PUBLISHED)
    entry.num = numbered(listing)  # before the other fields: it asks the database, which would be told half the move
    entry.status = EntryStatus.PUBLISHED
    entry.published_number, entry.submitted_number, entry.returned_number, entry.reason = entry.submitted_number, None, None, None
    entry.decided_by, entry.decided_at = by.person_id, now()
    entry.published_at = entry.published_at or entry.decided_at
    db.session.flush()
    make_public(listing)
    audit.record("listings.publish", f"listing:{listing.id}", by=by, fair_id=entry.fair_id, number=entry.published_number)
    told("published", listing, fair_id=entry.fair_id, number=entry.published_number)
    _decided(Verdict.PUBLISHED, entry, before, by=by, notes=notes, reason=reason, overridden=overridden)
    mailing.published(entry, listing, notes)
    return entry


def send_back(entry_id: UUID, *, by: Actor, reason: str | None = None, number: int | None = None, notes: Sequence[Note] = ()) -> FairEntry:
    """Ask the owner for a change, with a reason, or a note that weighs more than a minor one. What was published stays visible.

    Raises NotFound (also for another fair's), FourEyes, IllegalMove (nothing waits), Stale (another version waits now), Claimed
    (somebody else reads it), Invalid (neither reason nor grave note).
    """
    entry, listing = _waiting(entry_id, by=by, number=number)
    _check_notes(notes, listing)
    if not reason and all(note.severity is Severity.MINOR for note in notes):
        raise Invalid.field("reason", "reason_missing", gettext("Give a reason, or at least one note that is a blocker or major."))
    before, told_why = _kept(entry), reason or mailing.short(entry, notes)  # it asks the database, which would be told half the move
    stays = entry.status is EntryStatus.PUBLISHED
    entry.status = check_move(MOVES, entry.status, EntryStatus.PUBLISHED if stays else EntryStatus.SENT_BACK)
    entry.returned_number, entry.submitted_number, entry.reason = entry.submitted_number, None, told_why
    entry.decided_by, entry.decided_at = by.person_id, now()
    db.session.flush()
    audit.record("listings.send_back", f"listing:{listing.id}", by=by, fair_id=entry.fair_id, number=entry.returned_number)
    told("sent_back", listing, fair_id=entry.fair_id, number=entry.returned_number)
    _decided(Verdict.SENT_BACK, entry, before, by=by, notes=notes, reason=reason)
    mailing.sent_back(entry, listing, notes, reason)
    return entry


def undo(decision_id: UUID, *, by: Actor) -> FairEntry:
    """Take one's own last decision back while it is fresh and nothing happened since: the entry waits again, read by oneself.

    Raises NotFound (not one's own), IllegalMove (taken back already, too late, or something happened since).
    """
    decision = db.session.get(ReviewDecision, decision_id)
    if decision is None or decision.by_id != by.person_id or not by.may("listings.moderate", fair_id=decision.fair_id):
        raise NotFound()
    entry, listing = _locked(decision.entry_id)
    if db.session.scalar(select(ReviewDecision.id).where(ReviewDecision.undoes_id == decision_id)):
        raise IllegalMove(_l("This decision was taken back already."))
    if now() > decision.at + timedelta(seconds=UNDO_SECONDS):
        raise IllegalMove(_l("A decision can be taken back for a minute. Now the owner has it."))
    if decision.verdict is Verdict.UNDONE or entry.version != decision.entry_version:
        raise IllegalMove(_l("Something happened since: decide again on what is there now."))
    _restore(entry, decision.before)
    db.session.flush()
    if decision.verdict is Verdict.PUBLISHED:
        make_public(listing)
        if listing.public_number is None:
            told("withdrawn", listing, fair_id=entry.fair_id)
    audit.record("listings.undo", f"listing:{listing.id}", by=by, fair_id=entry.fair_id, number=decision.number)
    _write(Verdict.UNDONE, entry, decision.before, number=decision.number, by=by, undoes_id=decision_id)
    mailing.undone(entry, listing)
    claiming.take(entry.id, by=by, over=True)
    return entry


def _waiting(entry_id: UUID, *, by: Actor, number: int | None) -> tuple[FairEntry, Listing]:
    """The entry and its listing, locked. Raises NotFound, FourEyes, IllegalMove, Stale, Claimed."""
    place = db.session.execute(select(FairEntry.listing_id, FairEntry.fair_id).where(FairEntry.id == entry_id)).one_or_none()
    if place is None or not by.may("listings.moderate", fair_id=place.fair_id):
        raise NotFound()
    entry, listing = _locked(entry_id)
    if listing.organization_id in {membership.id for membership in by.memberships} or entry.submitted_by == by.person_id:
        raise FourEyes(claiming.OWN)
    if not entry.waiting:
        raise IllegalMove(_l("Nothing waits for a decision here."))
    if number is not None and number != entry.submitted_number:
        raise Stale()
    claiming.check_free(entry_id, by=by)
    return entry, listing


def _locked(entry_id: UUID) -> tuple[FairEntry, Listing]:
    """An entry and its listing, parent first."""
    of = select(FairEntry.listing_id).where(FairEntry.id == entry_id).scalar_subquery()
    listing = db.session.scalars(select(Listing).where(Listing.id == of).with_for_update()).one()
    entry = db.session.scalars(select(FairEntry).where(FairEntry.id == entry_id).with_for_update().execution_options(populate_existing=True)).one()
    return entry, listing


def _check_notes(notes: Sequence[Note], listing: Listing, *, most: Severity = Severity.BLOCKER) -> None:
    known = fields_of(listing.kind)
    for place, note in enumerate(notes):
        if note.field not in known:
            raise Invalid.field(f"notes/{place}/field", "field_unknown", gettext("A listing of this kind has no such field."))
        if note.severity.rank < most.rank:
            raise Invalid.field(f"notes/{place}/severity", "note_too_grave", gettext("What is published can have minor notes only: send it back, or make this one minor."))


def _let_pass(entry: FairEntry, listing: Listing, reason: str | None) -> bool:
    """Whether a blocker was let pass for a reason. Raises Blocked without one."""
    if not listing.anonymous:
        return False
    version = db.session.scalars(select(ListingVersion).where(ListingVersion.listing_id == listing.id, ListingVersion.number == entry.submitted_number)).one()
    found = checks.blockers(listing, version)
    if found and not reason:
        raise Blocked()
    return bool(found)


def _decided(verdict: Verdict, entry: FairEntry, before: dict[str, Any], *, by: Actor, notes: Sequence[Note], reason: str | None, overridden: bool = False) -> None:
    number = entry.published_number if verdict is Verdict.PUBLISHED else entry.returned_number
    decision = _write(verdict, entry, before, number=number or 0, by=by, reason=reason, note_count=len(notes), overridden=overridden)
    for place, note in enumerate(notes):
        db.session.add(ReviewNote(
            decision_id=decision.id, entry_id=entry.id, number=decision.number, position=place, field=note.field, severity=note.severity,
            code=note.code, text_en=note.text_en, text_zh=note.text_zh,
        ))  # fmt: skip
    claiming.ended(entry.id)


def _write(verdict: Verdict, entry: FairEntry, before: dict[str, Any], *, number: int, by: Actor, **more: Any) -> ReviewDecision:
    decision = ReviewDecision(
        entry_id=entry.id, fair_id=entry.fair_id, number=number, verdict=verdict, by_id=by.person_id, at=now(),
        waited_since=datetime.fromisoformat(before["submitted_at"]) if before["submitted_at"] else None,
        entry_version=entry.version, before=before, **more,
    )  # fmt: skip
    db.session.add(decision)
    db.session.flush()  # its notes name it
    return decision


def _kept(entry: FairEntry) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in KEPT:
        value = getattr(entry, name)
        found[name] = value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
    return found


def _restore(entry: FairEntry, before: dict[str, Any]) -> None:
    for name, value in before.items():
        if value is not None and name.endswith("_at"):
            value = datetime.fromisoformat(value)
        elif name == "decided_by":
            value = UUID(value) if value else None
        elif name == "status":
            value = EntryStatus(value)
        setattr(entry, name, value)
