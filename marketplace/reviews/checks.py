"""The checks of one version: what the rules, the leak check and the search for duplicates say, as everybody signed in reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from marketplace.core.clock import today as day_in
from marketplace.core.db import db
from marketplace.listings import levels, rules
from marketplace.listings.attachments import paper_texts
from marketplace.listings.checks import naming
from marketplace.listings.checks.findings import Finding, Severity, gravest_first
from marketplace.listings.checks.leaks import SENTENCES, in_text, leaks
from marketplace.listings.checks.naming import Owner
from marketplace.listings.models import Kind, Listing, ListingVersion
from marketplace.reviews import quality

MOST_REMEMBERED = 3_000
_remembered: dict[tuple[Any, ...], tuple[Finding, ...]] = {}


def read_by_staff(version: ListingVersion) -> dict[str, Any]:
    """What a reviewer reads of a version: what any signed-in visitor does."""
    return levels.seen(rules.public_of(version), version.reserved, levels.Level.REGISTERED)


def of_content(kind: Kind, content: Mapping[str, Any], *, owner: Owner | None, anonymous: bool, today: date | None = None) -> tuple[Finding, ...]:
    """The gravest first. ``owner`` is needed where the listing is ``anonymous``."""
    day = today or day_in(rules.EVERYWHERE_OVER)
    return gravest_first((*leaks(content, owner=owner, anonymous=anonymous), *quality.findings(kind, content, today=day)))


def of_listing(listing: Listing, version: ListingVersion) -> tuple[Finding, ...]:
    """The same of one version of a listing and of the first pages of its papers, with at most three queries."""
    owner = naming.owners_of([listing.organization_id])[listing.organization_id] if listing.anonymous else None
    content = read_by_staff(version)
    papers = of_papers(content, owner=owner, anonymous=listing.anonymous)
    return gravest_first((*of_content(listing.kind, content, owner=owner, anonymous=listing.anonymous), *papers))


def of_papers(content: Mapping[str, Any], *, owner: Owner | None, anonymous: bool) -> tuple[Finding, ...]:
    """What files tell that readers of this content may open. Where the owner is named, papers may have letterheads and contacts."""
    if not anonymous:
        return ()
    found: dict[tuple[str, str], Finding] = {}
    for title, text in paper_texts.texts(content["files"]):
        if text is None:
            found.setdefault(("paper", title), Finding(
                code="paper", field="files", severity=Severity.BLOCKER, sentence=SENTENCES["paper"], text=title, start=len(found)
            ))  # fmt: skip
            continue
        for each in in_text("files", text, owner=owner, anonymous=True):
            found.setdefault((each.code, each.text), replace(each, around=(title, ""), start=len(found), end=0))
    return tuple(found.values())


def blockers(listing: Listing, version: ListingVersion) -> tuple[Finding, ...]:
    """What must not be published without a word: only an anonymous listing has such."""
    if not listing.anonymous:
        return ()
    return tuple(each for each in of_listing(listing, version) if each.severity is Severity.BLOCKER)


def of_many(numbers: Mapping[UUID, int]) -> dict[UUID, tuple[Finding, ...]]:
    """Findings by listing, for one version number of each: at most three queries, and the texts of a version are read once."""
    if not numbers:
        return {}
    pairs = tuple_(ListingVersion.listing_id, ListingVersion.number).in_(list(numbers.items()))
    rows = db.session.execute(select(Listing, ListingVersion).join(ListingVersion, ListingVersion.listing_id == Listing.id).where(pairs)).all()
    owners = _owners(listing for listing, _ in rows)
    day = day_in(rules.EVERYWHERE_OVER)
    return {listing.id: _known(listing, version, owners.get(listing.organization_id), day) for listing, version in rows}


def _owners(listings: Iterable[Listing]) -> dict[UUID, Owner]:
    wanted = {listing.organization_id for listing in listings if listing.anonymous}
    return naming.owners_of(wanted) if wanted else {}


def _known(listing: Listing, version: ListingVersion, owner: Owner | None, day: date) -> tuple[Finding, ...]:
    """A version that was handed in never changes; its owner's names, the switch and the day may."""
    key = (version.id, listing.anonymous, owner, day)
    if key not in _remembered:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = of_content(listing.kind, read_by_staff(version), owner=owner, anonymous=listing.anonymous, today=day)
    return _remembered[key]


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many of each severity."""
    return {severity.value: sum(each.severity is severity for each in findings) for severity in Severity}
