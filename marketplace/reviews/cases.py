"""One case whole: the texts, what the checks say, what was said last time; and the notes that a decision carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.listings import levels, rules
from marketplace.listings.checks import duplicates, naming
from marketplace.listings.checks.duplicates import Near
from marketplace.listings.checks.findings import Finding, Severity, gravest_first
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.reviews import checks, history, notes, queries
from marketplace.reviews.models import GENERAL
from marketplace.reviews.notes import Note


@dataclass(frozen=True, slots=True)
class Case:
    """What a reviewer has before them. ``row`` is the entry as the queue has it, ``reserved`` the groups that they do not read."""

    row: Any
    submitted: dict[str, Any] | None
    published: dict[str, Any] | None
    reserved: tuple[str, ...]
    findings: tuple[Finding, ...]
    near: list[Near]
    last_notes: list[dict[str, Any]]

    @property
    def content(self) -> dict[str, Any] | None:
        return self.submitted or self.published

    @property
    def changed(self) -> list[str]:
        """The columns in which what waits differs from what is public."""
        return rules.differences(self.published, self.submitted) if self.published and self.submitted else []


def case_of(entry_id: UUID, *, by: Actor) -> Case:
    """Raises NotFound."""
    row, submitted, published = queries.case_of(entry_id, by=by)
    content = submitted or published or {}
    kind = Kind(row.kind)
    owner = naming.owners_of([row.owner_id]).get(row.owner_id) if row.anonymous else None
    findings = checks.of_content(kind, submitted, owner=owner, anonymous=row.anonymous) if submitted else ()
    papers = checks.of_papers(submitted, owner=owner, anonymous=row.anonymous) if submitted else ()
    fairs = by.fairs_where("listings.moderate")
    near = duplicates.near(kind, submitted, listing_id=row.listing_id, organization_id=row.owner_id, fair_ids=fairs) if submitted else []
    return Case(row, submitted, published, _reserved(content), gravest_first((*findings, *papers)), near, history.last_round(entry_id, row.listing_id, submitted))


def _reserved(content: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(group for group, level in (content.get("levels") or {}).items() if levels.Level(level).rank > levels.Level.REGISTERED.rank)


def noted(entry_id: UUID, data: Mapping[str, Any], *, most: Severity = Severity.BLOCKER) -> list[Note]:
    """The notes that a form or a body asks for: ``findings`` by their keys, made no graver than ``most``, and ``notes`` as written.

    Raises Invalid for a finding that the waiting version does not have.
    """
    return [*_of_findings(entry_id, data["findings"], most), *(_of_row(row) for row in data["notes"])]


def _of_row(row: Mapping[str, Any]) -> Note:
    severity = Severity(row["severity"]) if row["severity"] else None
    if row["canned"] and not row["text"]:
        return notes.canned(row["canned"], field=row["field"], severity=severity)
    return notes.written(row["field"] or GENERAL, severity or Severity.MAJOR, row["text"])


def _of_findings(entry_id: UUID, keys: Sequence[str], most: Severity) -> list[Note]:
    if not keys:
        return []
    waiting = (ListingVersion.listing_id == Listing.id) & (ListingVersion.number == FairEntry.submitted_number)
    query = select(Listing, ListingVersion).join(FairEntry, FairEntry.listing_id == Listing.id).join(ListingVersion, waiting)
    row = db.session.execute(query.where(FairEntry.id == entry_id)).one_or_none()
    known = {each.key: each for each in checks.of_listing(*row)} if row else {}
    for place, key in enumerate(keys):
        if key not in known:
            raise Invalid.field(f"findings/{place}", "finding_unknown", gettext("The checks do not say this of the version that waits now."))
    return [notes.of_finding(known[key], max(known[key].severity, most, key=lambda each: each.rank)) for key in dict.fromkeys(keys)]


def pieces(text: str, findings: Sequence[Finding]) -> list[tuple[str, Finding | None]]:
    """A text cut where findings stand, so that a page can mark them; of overlapping ones the first."""
    found: list[tuple[str, Finding | None]] = []
    at = 0
    for finding in sorted((each for each in findings if each.end), key=lambda each: (each.start, -each.end)):
        if finding.start >= at:
            found += [(text[at : finding.start], None), (text[finding.start : finding.end], finding)]
            at = finding.end
    return [(piece, finding) for piece, finding in [*found, (text[at:], None)] if piece]


def _newest(listing_id: UUID) -> Any:
    newest = (ListingVersion.listing_id == Listing.id) & (ListingVersion.number == Listing.draft_number)
    return db.session.execute(select(Listing, ListingVersion).join(ListingVersion, newest).where(Listing.id == listing_id)).one()


def own_findings(listing_id: UUID) -> tuple[Finding, ...]:
    """What a reviewer would say of the newest version, for its owner, whose right the caller checked."""
    return checks.of_listing(*_newest(listing_id))


def own_case(listing_id: UUID) -> tuple[tuple[Finding, ...], list[Near]]:
    """The same, and which public listings or others of the organisation say nearly the same."""
    listing, version = _newest(listing_id)
    content = checks.read_by_staff(version)
    return checks.of_listing(listing, version), duplicates.near(listing.kind, content, listing_id=listing.id, organization_id=listing.organization_id)
