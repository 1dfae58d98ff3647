"""Listings from a file, through the schema of the form and the service of the form: checked first, then stored in one transaction.

A row is known again by its external id: unchanged rows are skipped, changed ones become an edit (of the columns that the
file has). What is stored is stored in the caller's one transaction, so that a file is there wholly or not at all.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import FieldError, Forbidden, FourEyes, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair, Segment
from marketplace.imports import queries
from marketplace.imports.checking import CHUNK, Alike, Check, Checked, Fault, Heard, fault_of
from marketplace.imports.spooling import Item, Spool, items
from marketplace.imports.translating import Row
from marketplace.listings import drafting, entering, rules
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.organizations.models import Organization

KEEP, SKIP, UPDATE = "keep", "skip", "update"
CHOICES = (KEEP, SKIP, UPDATE)
"""What to do with a row that may be a duplicate: store it beside the other, leave it out, or change the other (a listing) by it."""
MOST_WAITING = 20_000
"""So many audit rows wait in memory. To chain them earlier keeps other writers waiting from then on: only the largest files do."""

__all__ = ["CHOICES", "KEEP", "SKIP", "UPDATE", "Fault", "Import", "Report", "Store", "check_right"]


@dataclass(slots=True)
class Report:
    """rows = accepted + rejected + skipped; accepted = created + updated + entered_only, skipped = unchanged + left_out."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    entered_only: int = 0
    unchanged: int = 0
    left_out: int = 0
    rejected: int = 0
    published: int = 0
    submitted: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.entered_only

    @property
    def skipped(self) -> int:
        return self.unchanged + self.left_out


def check_right(organization_id: UUID, *, fair: Fair | None, publish: bool, by: Actor) -> None:
    """Members import into their own organisation, without publishing; staff for others, into their fair, never for their own.

    Raises Forbidden, FourEyes.
    """
    staff = by.may("listings.import", fair_id=fair.id if fair else None) and (fair is not None or by.admin)
    if organization_id in {membership.id for membership in by.memberships} and (publish and staff):
        raise FourEyes()
    if organization_id == by.organization_id and not publish:
        by.require("listings.write")
        return
    if not staff:
        raise Forbidden()
    if organization_id in {membership.id for membership in by.memberships}:
        raise FourEyes()


class Store:
    """Storing what a check found good, in the caller's transaction. ``by`` None is the operator of this machine's command line.

    ``choices`` say by row what to do with possible duplicates, ``otherwise`` what with those that it does not name.
    """

    def __init__(self, kind: Kind, organization_id: UUID, *, fair: Fair | None, publish: bool, by: Actor | None,
                 choices: Mapping[int, str] | None = None, otherwise: str = KEEP, note: Callable[[Fault], None] | None = None):  # fmt: skip
        self.kind, self.organization_id, self.fair, self.publish, self.by = kind, organization_id, fair, publish, by
        self.choices, self.otherwise = choices or {}, otherwise
        self.report, self._recorded = Report(), 0
        self.note = note or self.report.notes.append
        found = select(Segment.code, Segment).where(Segment.fair_id == fair.id) if fair else None
        self._segments: dict[str, Segment] = dict(db.session.execute(found).all()) if found is not None else {}  # type: ignore[arg-type]

    def store(self, found: Iterable[Item], *, step: Callable[[int], None] = lambda _: None) -> Report:
        """Write the items, `CHUNK` at a time. Raises what drafting and entering raise: then nothing of it may be kept."""
        done = 0
        for part in _parts(found):
            fresh, known = self._decided(part)
            left = self._drafts_of_owners(known) if self.publish else set()
            for item in known:
                if item.listing_id in left:
                    item.changed = False
                    self.note(Fault(item.row, "", "", "draft_not_handed_in", gettext("Its owner has a draft that was not handed in: left as it is.")))
                elif item.changed and item.changes is not None and item.listing_id is not None:
                    item.changed = self._revise(item)
            if fresh:
                ids = drafting.create_many(self.kind, [item.content for item in fresh], organization_id=self.organization_id, by=self.by)
                for item, listing_id in zip(fresh, ids, strict=True):
                    item.listing_id = listing_id
                self.report.created += len(ids)
            if self.fair is not None and self.publish:
                self._publish(self.fair, fresh, [item for item in known if item.listing_id not in left])
            elif self.fair is not None:
                self._submit(self.fair, (*fresh, *known))
            self._count_and_record(fresh, known)
            done += len(part)
            step(done)
        return self.report

    def _decided(self, part: list[Item]) -> tuple[list[Item], list[Item]]:
        """New items, and those of known listings; what somebody chose to leave out is counted."""
        fresh: list[Item] = []
        known: list[Item] = []
        for item in part:
            alike = item.alike_row is not None or item.alike_id is not None
            choice = self.choices.get(item.row, self.otherwise) if alike else KEEP
            if choice == SKIP or (choice == UPDATE and item.alike_id is None):
                self.report.left_out += 1
            elif choice == UPDATE:
                item.listing_id, item.changed = item.alike_id, True
                known.append(item)
            else:
                (fresh if item.listing_id is None else known).append(item)
        return fresh, known

    def _revise(self, item: Item) -> bool:
        """Whether the listing really differed. One that had no id of its own takes the row's."""
        query = select(Listing).where(Listing.id == item.listing_id, Listing.organization_id == self.organization_id)
        listing = db.session.scalars(query.with_for_update()).one()
        external_id = item.content.get("external_id")
        if item.alike_id is not None and external_id and (listing.external_id is None or listing.external_id.startswith("row-")):
            listing.external_id = external_id
        return drafting.revise(listing, item.changes or {}, by=self.by)

    def _publish(self, fair: Fair, fresh: list[Item], known: list[Item]) -> None:
        entered = self._entered(fair, known)
        first = [item for item in (*fresh, *known) if item.listing_id not in entered]
        db.session.flush()
        newest = self._newest([item.listing_id for item in known if item.listing_id])
        numbers = {item.listing_id: newest.get(item.listing_id, 1) for item in first if item.listing_id}
        segments = {item.listing_id: self._segments[item.segment].id for item in first if item.listing_id and item.segment in self._segments}
        entering.publish_many(self.kind, numbers, fair=fair, segments=segments, by=self.by)
        for item in first:
            item.entered = True
        for item in known:
            if item.listing_id in entered and (item.changed or entered[item.listing_id] != newest[item.listing_id]):
                listing = db.session.scalars(select(Listing).where(Listing.id == item.listing_id).with_for_update()).one()
                item.entered = entering.publish_version(listing, fair=fair, by=self.by)
                if not item.entered:
                    self.note(Fault(item.row, "", "", "not_published", gettext("Its owner took it out of the fair, or it was sent back: left as it is.")))
        self.report.published += sum(item.entered for item in (*fresh, *known))

    def _submit(self, fair: Fair, found: Iterable[Item]) -> None:
        """Rows that say all that is asked go to the moderator; the others stay drafts, with a note."""
        db.session.flush()
        for item in found:
            listing = db.session.scalars(select(Listing).where(Listing.id == item.listing_id).with_for_update()).one()
            version = drafting.newest_version(listing)
            faults = rules.submission_faults(self.kind, rules.content_of(version))
            segment = self._segments.get(item.segment or "")
            if segment is None:
                faults += (FieldError("/segment", "asked_at_submission", gettext("Name the segment of the fair.")),)
            if faults:
                for fault in faults:
                    self.note(fault_of(Row(item.row, item.content, item.columns or {}), fault))
                continue
            assert segment is not None  # else there was a fault
            try:
                entering.hand_in(listing, version, fair=fair, segment=segment, by=self.by)
                item.entered = True
                self.report.submitted += 1
            except IllegalMove:
                continue  # this version is there already

    def _drafts_of_owners(self, known: list[Item]) -> set[UUID | None]:
        """Listings whose newest version no fair has had and somebody else wrote: staff neither change nor publish what was not handed in."""
        mine = self.by.person_id if self.by else None
        ids = [item.listing_id for item in known if item.listing_id]
        query = (
            select(Listing.id)
            .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.draft_number))
            .where(Listing.id.in_(ids), ListingVersion.entered_at.is_(None), ListingVersion.created_by.is_not(None), ListingVersion.created_by != mine)
        )
        return set(db.session.scalars(query)) if ids else set()

    def _entered(self, fair: Fair, known: list[Item]) -> dict[UUID, int | None]:
        """The known listings that have an entry in the fair, with the version it shows."""
        ids = [item.listing_id for item in known if item.listing_id]
        query = select(FairEntry.listing_id, FairEntry.published_number).where(FairEntry.fair_id == fair.id, FairEntry.listing_id.in_(ids))
        return dict(db.session.execute(query).all()) if ids else {}  # type: ignore[arg-type]

    def _newest(self, ids: list[UUID]) -> dict[UUID, int]:
        return dict(db.session.execute(select(Listing.id, Listing.draft_number).where(Listing.id.in_(ids))).all()) if ids else {}  # type: ignore[arg-type]

    def _count_and_record(self, fresh: list[Item], known: list[Item]) -> None:
        """One audit row for each listing that is new or newly shown; edits wrote their own."""
        fair_id = self.fair.id if self.fair else None
        for item in fresh:
            audit.record("listings.import", f"listing:{item.listing_id}", by=self.by, fair_id=fair_id, published=item.entered and self.publish)
        for item in known:
            if item.changed:
                self.report.updated += 1
            elif item.entered:
                self.report.entered_only += 1
            else:
                self.report.unchanged += 1
        db.session.flush()
        self._recorded += len(fresh) + len(known)
        if self._recorded >= MOST_WAITING:
            audit.chain_waiting(db.session())
            self._recorded = 0


def _parts(found: Iterable[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    for item in found:
        part.append(item)
        if len(part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part


class Import:
    """One run without a job: `take` the rows, then `finish` inside a transaction."""

    def __init__(self, kind: Kind, organization: Organization, *, fair: Fair | None, publish: bool, by: Actor | None, otherwise: str = KEEP):
        """Raises Forbidden, FourEyes."""
        if by is not None:
            check_right(organization.id, fair=fair, publish=publish, by=by)
        self.kind, self.organization_id, self.fair, self.publish, self.by, self.otherwise = kind, organization.id, fair, publish, by, otherwise
        self.faults: list[Fault] = []
        self.alike: list[Alike] = []
        self.checked = Checked()

    def take(self, rows: Iterable[Row], *, step: Callable[[int], None] = lambda _: None) -> None:
        """Check the rows. Raises Unreadable."""
        handle, name = tempfile.mkstemp(prefix="import-")
        os.close(handle)
        self._path = Path(name)
        segments = queries.segments_by_name(self.fair.id) if self.fair else None
        spool = Spool(self._path)
        try:
            heard = Heard(rejected=lambda _row, faults: self.faults.extend(faults), alike=self.alike.append, chunk=step)
            self.checked = Check(self.kind, self.organization_id, segments, spool, heard).run(rows)
        except BaseException:
            self._path.unlink()
            raise
        finally:
            spool.close()

    def finish(self) -> Report:
        """Write what was taken; the report counts it."""
        store = Store(self.kind, self.organization_id, fair=self.fair, publish=self.publish, by=self.by, otherwise=self.otherwise)
        store.report.rows, store.report.rejected, store.report.faults = self.checked.rows, self.checked.rejected, self.faults
        try:
            return store.store(items(self._path))
        finally:
            self._path.unlink()
