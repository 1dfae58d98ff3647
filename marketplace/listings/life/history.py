"""What a listing said when: its versions, what differs between two of them in words, and an older one taken up again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings import differing, rules
from marketplace.listings.drafting import own, revise
from marketplace.listings.models import EntryStatus, FairEntry, Listing, ListingVersion


def revisions(listing: Listing) -> list[dict[str, Any]]:
    """The versions, newest first: ``number, created_at, entered_at, author``, where it stands (``places``), and ``changed``: what
    differs from the one before, by label. Three queries, whatever their number."""
    query = select(ListingVersion, Person.name).outerjoin(Person, Person.id == ListingVersion.created_by)
    rows = db.session.execute(query.where(ListingVersion.listing_id == listing.id).order_by(ListingVersion.number)).all()
    places = _places(listing)
    found: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for version, author in rows:
        content = rules.content_of(version)
        changed = [rules.label_of(name) for name in rules.differences(before, content)] if before is not None else []
        found.append({
            "number": version.number, "created_at": version.created_at, "entered_at": version.entered_at, "author": author,
            "places": places.get(version.number, []), "changed": changed,
        })  # fmt: skip
        before = content
    return found[::-1]


def _places(listing: Listing) -> dict[int, list[dict[str, Any]]]:
    """What fairs do with which version: ``{number: [{"status", "name_en", "name_zh"}]}``."""
    query = select(FairEntry, Fair.name_en, Fair.name_zh).join(Fair, Fair.id == FairEntry.fair_id)
    found: dict[int, list[dict[str, Any]]] = {}
    for entry, name_en, name_zh in db.session.execute(query.where(FairEntry.listing_id == listing.id).order_by(Fair.opens_on, Fair.slug)):
        numbers = {
            EntryStatus.PUBLISHED: entry.published_number, EntryStatus.SUBMITTED: entry.submitted_number,
            EntryStatus.SENT_BACK: entry.returned_number, EntryStatus.EXPIRED: entry.expired_number if entry.status is EntryStatus.EXPIRED else None,
        }  # fmt: skip
        for status, number in numbers.items():
            if number is not None:
                found.setdefault(number, []).append({"status": status, "name_en": name_en, "name_zh": name_zh})
    return found


def compared(listing: Listing, old: int, new: int) -> list[dict[str, Any]]:
    """What differs from one version to another, in words (`differing.change`). Raises NotFound for a version that is not there."""
    before, after = _content(listing, old), _content(listing, new)
    return [differing.change(name, before, after) for name in rules.differences(before, after)]


def restore(listing_id: UUID, number: int, *, by: Actor) -> bool:
    """Take an earlier version's content up again as the newest one: a draft, if the newest was handed in. False when nothing differs.

    Raises NotFound (also a version that is not there), Forbidden, Invalid (it lacks what is asked today).
    """
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    content = _content(listing, number)
    changed = revise(listing, content, by=by)
    if changed:
        audit.record("listings.restore", f"listing:{listing.id}", by=by, number=number)
    return changed


def _content(listing: Listing, number: int) -> dict[str, Any]:
    query = select(ListingVersion).where(ListingVersion.listing_id == listing.id, ListingVersion.number == number)
    version = db.session.scalar(query)
    if version is None:
        raise NotFound()
    return rules.content_of(version)


def chosen(numbers: Sequence[int], old: str | None, new: str | None) -> tuple[int, int] | None:
    """The two versions that a page asks for, the older one first; the last two without a question; None while there is one only."""
    wanted = [int(text) for text in (old, new) if text is not None and text.isascii() and text.isdigit() and len(text) < 7]
    if len(wanted) != 2:
        wanted = list(numbers[:2])
    return (min(wanted), max(wanted)) if len(wanted) == 2 else None
