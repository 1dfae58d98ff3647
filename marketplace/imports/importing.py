"""Listings from a file, through the schema of the form and the service of the form: valid rows in, bad rows reported.

A row is known again by its external id: unchanged rows are skipped, changed ones become an edit (of the columns that the
file has). Everything happens in the caller's one transaction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import and_, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import FieldError, FourEyes, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.core.problems import messages_to_errors
from marketplace.fairs.models import Fair, Segment
from marketplace.imports.reading import SEGMENT, Row, fingerprint
from marketplace.listings import drafting, entering, rules
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.schemas import INPUTS
from marketplace.organizations.models import Organization

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was rejected, or (in `Report.notes`) why it was not entered in the fair."""

    row: int
    column: str
    value: str
    code: str
    reason: str


@dataclass(slots=True)
class Report:
    """rows = created + updated + entered_only + unchanged + rejected; accepted are the first three."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    entered_only: int = 0
    unchanged: int = 0
    rejected: int = 0
    published: int = 0
    submitted: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.entered_only


@dataclass(slots=True)
class _Item:
    """A valid row: its content by column, and which columns the file named."""

    row: Row
    content: dict[str, Any]
    named: set[str]
    segment_id: UUID | None
    listing_id: UUID | None = None
    changed: bool = False
    entered: bool = False


class Import:
    """One run: `take` the rows, then `finish`. ``by`` None is the operator of this machine's command line."""

    def __init__(self, kind: Kind, organization: Organization, *, fair: Fair | None, publish: bool, by: Actor | None):
        """Raises Forbidden, FourEyes (staff of the same organisation)."""
        if by is not None:
            by.require("listings.import", fair_id=fair.id if fair else None)
            if organization.id in {membership.id for membership in by.memberships}:
                raise FourEyes()
        self.kind, self.organization, self.fair, self.publish, self.by = kind, organization, fair, publish, by
        self.report = Report()
        self._schema = INPUTS[kind]()
        self._schema.context_is_form = True
        self._seen: dict[str, int] = {}
        self._new: list[_Item] = []
        self._known: list[_Item] = []
        found = select(Segment.code, Segment.id).where(Segment.fair_id == fair.id) if fair else None
        self._segments: dict[str, UUID] = dict(db.session.execute(found).all()) if found is not None else {}  # type: ignore[arg-type]

    def take(self, rows: Iterable[Row], *, step: Callable[[int], None] = lambda _: None) -> None:
        """Check the rows and sort them into new and known ones, in chunks."""
        chunk: list[_Item] = []
        for row in rows:
            self.report.rows += 1
            item = self._checked(row)
            if item is not None:
                chunk.append(item)
            if len(chunk) >= CHUNK:
                self._sort(chunk)
                chunk = []
            step(1)
        self._sort(chunk)

    def finish(self) -> Report:
        """Write what was taken; the report counts it."""
        ids = drafting.create_many(self.kind, [item.content for item in self._new], organization_id=self.organization.id, by=self.by) if self._new else []
        for item, listing_id in zip(self._new, ids, strict=True):
            item.listing_id = listing_id
        self.report.created = len(ids)
        if self.fair is not None and self.publish:
            self._publish(self.fair)
        elif self.fair is not None:
            self._submit(self.fair)
        self._count_and_record()
        return self.report

    def _checked(self, row: Row) -> _Item | None:
        """The valid row, or None after its faults were written down."""
        if row.fault is not None:
            self._reject(row, (FieldError("", "unreadable", row.fault),))
            return None
        values = dict(row.values)
        code = values.pop(SEGMENT, None) or None
        if not values.get("external_id"):
            values["external_id"] = fingerprint(values)
        try:
            content = self._schema.load(values)
        except ValidationError as error:
            self._reject(row, messages_to_errors(error.messages))
            return None
        faults = rules.draft_faults(rules.completed(content))
        if code is not None and self.fair is not None and code not in self._segments:
            faults += (FieldError("/segment", "segment_unknown", gettext("The fair has no such segment.")),)
        external_id = content["external_id"]
        if external_id in self._seen:
            reason = gettext("Row %(row)s has the same id.", row=self._seen[external_id])
            faults += (FieldError("/external_id", "id_twice", reason),)
        if faults:
            self._reject(row, faults)
            return None
        self._seen[external_id] = row.number
        named = {_COLUMNS.get(name, name) for name in values}
        if content["unknowns"]:
            named.add("unknowns")
        return _Item(row, content, named & set(rules.CONTENT), self._segments.get(str(code)))

    def _reject(self, row: Row, faults: Iterable[FieldError]) -> None:
        self.report.rejected += 1
        self.report.faults += [self._fault(row, fault) for fault in faults]

    def _fault(self, row: Row, fault: FieldError) -> Fault:
        name = fault.pointer.strip("/").split("/")[0]
        column = row.columns.get(name) or next((source for of, source in row.columns.items() if of.rsplit("_", 1)[0] == name.rsplit("_", 1)[0]), name)
        value = row.values.get(name)
        return Fault(row.number, column, "" if value is None else str(value)[:80], fault.code, fault.detail)

    def _sort(self, items: list[_Item]) -> None:
        """Known listings are edited at once, new ones kept for `finish`."""
        if not items:
            return
        known = self._listings([item.content["external_id"] for item in items])
        for item in items:
            found = known.get(item.content["external_id"])
            if found is None:
                self._new.append(item)
                continue
            listing_id, version = found
            item.listing_id = listing_id
            self._known.append(item)
            changes = {name: value for name, value in item.content.items() if name in item.named}
            if "unknowns" in changes and "unknown" not in item.row.values:
                changes["unknowns"] = sorted({*changes["unknowns"], *version.unknowns})
            if changes.get("country", "") is None:
                del changes["country"]
            old = rules.content_of(version)
            if rules.differences(old, rules.completed(old | changes)):
                listing = db.session.scalars(select(Listing).where(Listing.id == listing_id).with_for_update()).one()
                item.changed = drafting.revise(listing, changes, by=self.by)

    def _listings(self, external_ids: list[str]) -> dict[str, tuple[UUID, ListingVersion]]:
        query = (
            select(Listing.external_id, Listing.id, ListingVersion)
            .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.draft_number))
            .where(Listing.organization_id == self.organization.id, Listing.kind == self.kind, Listing.external_id.in_(external_ids))
        )
        return {external_id or "": (listing_id, version) for external_id, listing_id, version in db.session.execute(query)}

    def _publish(self, fair: Fair) -> None:
        entered = self._entered(fair)
        fresh = [item for item in (*self._new, *self._known) if item.listing_id not in entered]
        newest = self._newest([item.listing_id for item in self._known if item.listing_id])
        numbers = {item.listing_id: newest.get(item.listing_id, 1) for item in fresh if item.listing_id}
        segments = {item.listing_id: item.segment_id for item in fresh if item.listing_id and item.segment_id}
        db.session.flush()
        entering.publish_many(self.kind, numbers, fair=fair, segments=segments, by=self.by)
        for item in fresh:
            item.entered = True
        for item in self._known:
            if item.listing_id in entered and (item.changed or entered[item.listing_id] != newest[item.listing_id]):
                listing = db.session.scalars(select(Listing).where(Listing.id == item.listing_id).with_for_update()).one()
                item.entered = entering.publish_version(listing, fair=fair, by=self.by)
                if not item.entered:
                    self.report.notes.append(self._fault(item.row, FieldError("", "not_published", gettext("Its owner took it out of the fair, or it was sent back: left as it is."))))
        self.report.published = sum(item.entered for item in (*self._new, *self._known))

    def _submit(self, fair: Fair) -> None:
        """Rows that say all that is asked go to the moderator; the others stay drafts, with a note."""
        segments = {segment.id: segment for segment in db.session.scalars(select(Segment).where(Segment.fair_id == fair.id))}
        db.session.flush()
        for item in (*self._new, *self._known):
            listing = db.session.scalars(select(Listing).where(Listing.id == item.listing_id).with_for_update()).one()
            version = drafting.newest_version(listing)
            faults = rules.submission_faults(self.kind, rules.content_of(version))
            if item.segment_id is None:
                faults += (FieldError("/segment", "asked_at_submission", gettext("Name the segment of the fair.")),)
            if faults:
                self.report.notes += [self._fault(item.row, fault) for fault in faults]
                continue
            try:
                entering.hand_in(listing, version, fair=fair, segment=segments[item.segment_id], by=self.by)  # type: ignore[index]
                item.entered = True
            except IllegalMove:
                continue  # this version is there already
        self.report.submitted = sum(item.entered for item in (*self._new, *self._known))

    def _entered(self, fair: Fair) -> dict[UUID, int | None]:
        """The known listings that have an entry in the fair, with the version it shows."""
        found: dict[UUID, int | None] = {}
        for ids in _chunks([item.listing_id for item in self._known if item.listing_id]):
            query = select(FairEntry.listing_id, FairEntry.published_number).where(FairEntry.fair_id == fair.id, FairEntry.listing_id.in_(ids))
            found |= dict(db.session.execute(query).all())  # type: ignore[arg-type]
        return found

    def _newest(self, listing_ids: list[UUID]) -> dict[UUID, int]:
        db.session.flush()
        found: dict[UUID, int] = {}
        for ids in _chunks(listing_ids):
            found |= dict(db.session.execute(select(Listing.id, Listing.draft_number).where(Listing.id.in_(ids))).all())  # type: ignore[arg-type]
        return found

    def _count_and_record(self) -> None:
        """One audit row for each listing that is new or newly shown; edits wrote their own."""
        fair_id = self.fair.id if self.fair else None
        for item in self._new:
            audit.record("listings.import", f"listing:{item.listing_id}", by=self.by, fair_id=fair_id, published=item.entered and self.publish)
        for item in self._known:
            if item.changed:
                self.report.updated += 1
            elif item.entered:
                self.report.entered_only += 1
            else:
                self.report.unchanged += 1
        db.session.flush()


_COLUMNS = {"amount_min": "amount_min_minor", "amount_max": "amount_max_minor", "unknown": "unknowns"}


def _chunks(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
