"""Writing listings: the one way in for pages, JSON and imports. An owner's text changes in place until a fair gets it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, Invalid, NotFound, Stale
from marketplace.core.references import next_references
from marketplace.listings import anonymity, levels, rules
from marketplace.listings.models import Kind, Listing, ListingChange, ListingVersion
from marketplace.organizations.models import Organization

BATCH = 500
LETTERS = {Kind.ACHIEVEMENT: "A", Kind.NEED: "N"}


def create(kind: Kind, content: Mapping[str, Any], *, by: Actor) -> Listing:
    """A draft of the organisation one acts for. Raises Forbidden, Invalid, Duplicate (external id)."""
    by.require("listings.write")
    if by.organization_id is None:
        raise Forbidden()
    external_id = content.get("external_id")
    taken = select(Listing.id).where(Listing.organization_id == by.organization_id, Listing.kind == kind, Listing.external_id == external_id)
    if external_id is not None and db.session.scalar(taken) is not None:
        raise Duplicate()
    found = create_many(kind, [content], organization_id=by.organization_id, by=by)
    listing = db.session.get(Listing, found[0])
    assert listing is not None  # inserted above
    audit.record("listings.draft", f"listing:{listing.id}", by=by, reference=listing.reference)
    return listing


def create_many(kind: Kind, contents: Sequence[Mapping[str, Any]], *, organization_id: UUID, by: Actor | None) -> list[UUID]:
    """Drafts with their first versions, in bulk; their ids in the same order. Content is by column, with ``external_id`` and ``anonymous``.

    The caller checked the right and that no external id is taken, and writes the audit rows. Raises Invalid for the first
    content that lacks a title or description.
    """
    moment, person_id = now(), by.person_id if by else None
    home = db.session.scalar(select(Organization.country).where(Organization.id == organization_id))
    ids = [uuid7() for _ in contents]
    references = next_references(LETTERS[kind], len(contents))
    for start in range(0, len(contents), BATCH):
        part = slice(start, start + BATCH)
        listings, versions = [], []
        for listing_id, reference, given in zip(ids[part], references[part], contents[part], strict=True):
            content = _checked(_columns(given) | ({} if given.get("country") else {"country": home}))
            listings.append({
                "id": listing_id, "kind": kind, "reference": reference, "external_id": given.get("external_id"),
                "organization_id": organization_id, "anonymous": bool(given.get("anonymous")),
                "shown_owner_id": None if given.get("anonymous") else organization_id, "contact_id": person_id, "draft_number": 1, "created_by": person_id,
                "created_at": moment, "changed_at": moment, "version": 1,
            })  # fmt: skip
            versions.append({"id": uuid7(), "listing_id": listing_id, "number": 1, "created_by": person_id, "created_at": moment, **rules.stored(content)})
        db.session.execute(insert(Listing), listings)
        db.session.execute(insert(ListingVersion), versions)
    return ids


def edit(listing_id: UUID, changes: Mapping[str, Any], *, by: Actor, expected: int | None = None) -> Listing:
    """Change an own listing: the newest version in place while no fair has had it, else a new version.

    What visitors see stays until a moderator approves the new version. Raises NotFound, Forbidden, Stale (``expected`` is
    not the listing's version any more), Invalid, Duplicate.
    """
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    if expected is not None and listing.version != expected:
        raise Stale()
    if "external_id" in changes and changes["external_id"] != listing.external_id:
        _rename(listing, changes["external_id"])
    revise(listing, changes, by=by)
    return listing


def revise(listing: Listing, changes: Mapping[str, Any], *, by: Actor | None) -> bool:
    """Store changed content of a locked listing, and whether it is ``anonymous``, at once; False when nothing differs. Raises Invalid."""
    switched = "anonymous" in changes and anonymity.switch(listing, changes["anonymous"], by=by)
    newest = newest_version(listing)
    old = rules.content_of(newest)
    content = _checked(old | _columns(changes))
    if not rules.differences(old, content):
        return switched
    moment = now()
    if newest.entered_at is None:
        for name, value in rules.stored(content).items():
            setattr(newest, name, value)
        newest.created_by = by.person_id if by else None
    else:
        listing.draft_number += 1
        db.session.add(ListingVersion(
            listing_id=listing.id, number=listing.draft_number, created_by=by.person_id if by else None, created_at=moment, **rules.stored(content)
        ))  # fmt: skip
    if _reserve(listing, content) and listing.public_number is not None:
        db.session.add(ListingChange(listing_id=listing.id, changed_at=moment))
    listing.changed_at = moment
    audit.record(
        "listings.edit", f"listing:{listing.id}", by=by, number=listing.draft_number,
        before=audit.content_hash(old), after=audit.content_hash(content),
    )  # fmt: skip
    return True


def _reserve(listing: Listing, content: Mapping[str, Any]) -> bool:
    """Raise the levels of the older versions to those of the newest: what an owner reserves is reserved at once, in every fair.

    To open a part again takes a new version and its approval. Whether a version changed.
    """
    changed = False
    for version in db.session.scalars(select(ListingVersion).where(ListingVersion.listing_id == listing.id, ListingVersion.number < listing.draft_number)):
        old = rules.content_of(version)
        raised = levels.raised(old, content)
        if raised != old:
            changed = True
            for name, value in rules.stored(raised).items():
                setattr(version, name, value)
    return changed


def own(listing_id: UUID, *, by: Actor, lock: bool = False) -> Listing:
    """A listing of the organisation one acts for. Raises NotFound, also for another organisation's."""
    query = select(Listing).where(Listing.id == listing_id, Listing.organization_id == by.organization_id)
    listing = db.session.scalar(query.with_for_update() if lock else query)
    if listing is None or not by.may("listings.read_own"):
        raise NotFound()
    return listing


def newest_version(listing: Listing) -> ListingVersion:
    query = select(ListingVersion).where(ListingVersion.listing_id == listing.id, ListingVersion.number == listing.draft_number)
    return db.session.scalars(query).one()


def _columns(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in rules.BLANK}


def _checked(content: Mapping[str, Any]) -> dict[str, Any]:
    whole = rules.completed(content)
    if faults := rules.draft_faults(whole):
        raise Invalid(errors=faults)
    return whole


def _rename(listing: Listing, external_id: str | None) -> None:
    """Raises Duplicate when another listing of the organisation has this external id."""
    taken = select(Listing.id).where(
        Listing.organization_id == listing.organization_id, Listing.kind == listing.kind, Listing.external_id == external_id
    )
    if external_id is not None and db.session.scalar(taken) is not None:
        raise Duplicate()
    listing.external_id = external_id
