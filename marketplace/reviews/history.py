"""What was decided and noted: for the owner without names, for staff with them; and how much each reviewer has done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Listing
from marketplace.listings.models import ListingVersion as V
from marketplace.reviews import checks
from marketplace.reviews.deciding import UNDO_SECONDS
from marketplace.reviews.models import GENERAL, ReviewClaim, ReviewDecision, ReviewNote, Verdict

D, N = ReviewDecision, ReviewNote
MOST_SHOWN = 50
WEEK = timedelta(days=7)
Undoing = aliased(ReviewDecision)


def _standing() -> Any:
    """That a decision is one and was not taken back."""
    return (D.verdict != Verdict.UNDONE) & ~select(Undoing.id).where(Undoing.undoes_id == D.id).exists()


def of_entry(entry_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """Every decision on an entry of a fair one moderates, the newest first, with who decided and the notes. Raises NotFound."""
    entry = db.session.get(FairEntry, entry_id)
    if entry is None or not by.may("listings.moderate", fair_id=entry.fair_id):
        raise NotFound()
    query = select(D.id, D.number, D.verdict, D.at, D.reason, D.overridden, Person.name.label("by")).join(Person, Person.id == D.by_id)
    rows = [dict(row._mapping) for row in db.session.execute(query.where(D.entry_id == entry_id).order_by(D.at.desc(), D.id.desc()).limit(MOST_SHOWN))]
    notes = _notes(N.entry_id == entry_id)
    return [row | {"notes": [note for note in notes if note["decision_id"] == row["id"]]} for row in rows]


def of_listing(listing_id: UUID) -> list[dict[str, Any]]:
    """Every decision on a listing, the newest first, without who decided: for its owner, whose right the caller checked."""
    query = (
        select(D.id, D.number, D.verdict, D.at, D.reason, Fair.slug.label("fair"), Fair.name_en, Fair.name_zh, Fair.time_zone)
        .join(FairEntry, FairEntry.id == D.entry_id)
        .join(Fair, Fair.id == D.fair_id)
        .where(FairEntry.listing_id == listing_id)
    )
    return [dict(row._mapping) for row in db.session.execute(query.order_by(D.at.desc(), D.id.desc()).limit(MOST_SHOWN))]


def open_notes(listing_id: UUID) -> list[dict[str, Any]]:
    """The notes of the last standing decision of each entry of a listing, the gravest first; ``done_at`` says what its owner ticked."""
    last = _last_decisions(select(FairEntry.id).where(FairEntry.listing_id == listing_id))
    return sorted(_notes(N.decision_id.in_(last)), key=lambda note: note["severity"].rank)


def notes_of(listing_id: UUID) -> list[dict[str, Any]]:
    """Every note on a listing, the oldest first."""
    return _notes(N.entry_id.in_(select(FairEntry.id).where(FairEntry.listing_id == listing_id)))


def _last_decisions(entry_ids: Any) -> list[UUID]:
    query = select(D.entry_id, D.id).where(D.entry_id.in_(entry_ids), _standing()).order_by(D.at, D.id)
    return list({row.entry_id: row.id for row in db.session.execute(query)}.values())


def _notes(condition: Any) -> list[dict[str, Any]]:
    columns = (N.id, N.decision_id, N.entry_id, N.number, N.field, N.severity, N.code, N.text_en, N.text_zh, N.done_at)
    return [dict(row._mapping) for row in db.session.execute(select(*columns).where(condition).order_by(N.decision_id, N.position))]


def last_round(entry_id: UUID, listing_id: UUID, content: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The notes of the last standing decision on an entry, each with whether the field it is about ``changed`` since.

    ``content`` is what staff read of the version that waits. A note about a field that staff cannot read, or about all of the
    listing, says None. Four queries.
    """
    last = _last_decisions([entry_id])
    notes = _notes(N.decision_id.in_(last)) if last else []
    if not notes or content is None:
        return []
    old = db.session.scalars(select(V).where(V.listing_id == listing_id, V.number == notes[0]["number"])).one_or_none()
    before = checks.read_by_staff(old) if old else {}
    return [note | {"changed": _changed(note["field"], before, content)} for note in notes]


def _changed(field: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool | None:
    if field == GENERAL or field not in before or field not in after:
        return None
    if not before[field] and not after[field]:
        return None
    return bool(before[field] != after[field])


def undoable(*, by: Actor) -> dict[str, Any] | None:
    """One's own last decision while it can be taken back: ``id``, ``entry_id``, ``reference``, ``verdict``, ``seconds`` left."""
    query = (
        select(D.id, D.entry_id, D.verdict, D.at, Listing.reference)
        .join(FairEntry, FairEntry.id == D.entry_id)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .where(D.by_id == by.person_id, D.at > now() - timedelta(seconds=UNDO_SECONDS), D.fair_id.in_(by.fairs_where("listings.moderate")))
        .where(_standing(), D.entry_version == FairEntry.version)
        .order_by(D.at.desc())
    )
    row = db.session.execute(query).first()
    return None if row is None else dict(row._mapping) | {"seconds": max(0, int(UNDO_SECONDS - (now() - row.at).total_seconds()))}


MINE_KEYS = (D.at, D.id)


def mine(*, by: Actor) -> Select[Any]:
    """One's own decisions of the last seven days in the fairs one moderates, for `core.pages.paged` by `MINE_KEYS`."""
    return (  # type: ignore[no-any-return]
        _told()
        .where(D.by_id == by.person_id, D.at > now() - WEEK, D.fair_id.in_(by.fairs_where("listings.moderate")))
    )


def _told() -> Any:
    return (
        select(
            D.id, D.entry_id, D.number, D.verdict, D.at, D.reason, D.note_count, D.overridden, Listing.reference, Listing.kind, V.title_en, V.title_zh,
            Fair.time_zone, _standing().label("stands"),
        )
        .join(FairEntry, FairEntry.id == D.entry_id)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .join(V, (V.listing_id == Listing.id) & (V.number == D.number))
        .join(Fair, Fair.id == D.fair_id)
    )  # fmt: skip


@dataclass(slots=True)
class Work:
    """One reviewer's work: decisions that stand, and what is being read now."""

    name: str
    today: int = 0
    week: int = 0
    reading: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A fair's queue: how many wait, how many of them are being read, since when the oldest waits, and the median age in minutes."""

    fair: Any
    waiting: int
    reading: int
    oldest: datetime | None
    median_minutes: int
    decided_today: int
    reviewers: Sequence[Work]


def workload(*, by: Actor) -> list[Load]:
    """Of each fair one moderates. Four queries."""
    places = by.fairs_where("listings.moderate")
    fairs = list(db.session.scalars(select(Fair).where(Fair.id.in_(places)).order_by(Fair.opens_on.desc(), Fair.slug)))
    waiting = _by_fair(select(FairEntry.fair_id, FairEntry.submitted_at).where(FairEntry.fair_id.in_(places), FairEntry.submitted_number.is_not(None)))
    done = _by_fair(select(D.fair_id, D.by_id, Person.name, D.at).join(Person, Person.id == D.by_id).where(D.fair_id.in_(places), D.at > now() - WEEK, _standing()))
    reading = _by_fair(
        select(FairEntry.fair_id, ReviewClaim.person_id, Person.name)
        .join(FairEntry, FairEntry.id == ReviewClaim.entry_id)
        .join(Person, Person.id == ReviewClaim.person_id)
        .where(FairEntry.fair_id.in_(places), ReviewClaim.expires_at > now())
    )
    return [_load(fair, waiting.get(fair.id, []), done.get(fair.id, []), reading.get(fair.id, [])) for fair in fairs]


def _by_fair(query: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.fair_id, []).append(row)
    return found


def _load(fair: Fair, waiting: Collection[Any], done: Collection[Any], reading: Collection[Any]) -> Load:
    moment, day = now(), today(fair.time_zone)
    works: dict[UUID, Work] = {}
    for row in done:
        work = works.setdefault(row.by_id, Work(row.name))
        work.week += 1
        work.today += day_of(row.at, fair.time_zone) == day
    for row in reading:
        works.setdefault(row.person_id, Work(row.name)).reading += 1
    since = [row.submitted_at for row in waiting if row.submitted_at]
    return Load(
        fair=fair, waiting=len(waiting), reading=len(reading), oldest=min(since, default=None),
        median_minutes=int(median((moment - each).total_seconds() for each in since) // 60) if since else 0,
        decided_today=sum(work.today for work in works.values()), reviewers=sorted(works.values(), key=lambda work: (-work.week, work.name)),
    )  # fmt: skip


def day_of(moment: datetime, time_zone: str) -> Any:
    """The day of a moment in a fair's zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def decided_today(*, by: Actor) -> int:
    """How many decisions of one's own stand of the last day (24 hours)."""
    query = select(func.count()).select_from(D).where(D.by_id == by.person_id, D.at > now() - timedelta(days=1), _standing())
    return db.session.scalar(query) or 0


def tick(note_id: UUID, *, listing_id: UUID, done: bool, by: Actor) -> None:
    """The owner says that a note is done with, or that it is not. Raises NotFound, Forbidden."""
    note = db.session.execute(
        select(N).join(FairEntry, FairEntry.id == N.entry_id).join(Listing, Listing.id == FairEntry.listing_id)
        .where(N.id == note_id, Listing.id == listing_id, Listing.organization_id == by.organization_id).with_for_update(of=N)
    ).scalar_one_or_none()  # fmt: skip
    if note is None or not by.may("listings.read_own"):
        raise NotFound()
    by.require("listings.write")
    if done is not (note.done_at is not None):
        note.done_at, note.done_by = (now(), by.person_id) if done else (None, None)
        audit.record("listings.note_done" if done else "listings.note_open", f"listing:{listing_id}", by=by, note_id=note_id)


