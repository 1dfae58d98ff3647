"""The end of a listing's term: notice before it, one extension, leaving the catalogue after it, and the archive."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, or_, select

from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.i18n import gettext, ngettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.listings.drafting import own
from marketplace.listings.entering import make_public, shown_in_open_fair
from marketplace.listings.life import contacts, terms
from marketplace.listings.models import MOVES, EntryStatus, FairEntry, Listing
from marketplace.listings.rules import EVERYWHERE_OVER
from marketplace.listings.telling import told_of

BATCH = 100
NAMED_IN_MAIL = 20


class NotNow(DomainError):
    """An extension that is not possible on this day."""

    slug, title = "not-extended", _l("Not extended")


def extend(listing_id: UUID, until: date | None = None, *, by: Actor) -> Listing:
    """Extend the term, once, to a day of at most 365 after its end (that day without ``until``); what had expired is shown again.

    Raises NotFound, Forbidden, NotNow (too early, too late, extended before, no open fair), Invalid (the day).
    """
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    day = today(EVERYWHERE_OVER)
    if (found := hindrance(listing, day)) is not None:
        raise NotNow(said(found, listing))
    assert listing.ends_on is not None  # else there is a hindrance
    last = listing.ends_on + terms.EXTENSION
    until = last if until is None else until
    if not max(listing.ends_on + timedelta(days=1), day) <= until <= last:
        raise Invalid.field("until", "day_range", gettext("Choose a day after the end and up to %(last)s.", last=last.isoformat()))
    if listing.expired_at is not None:
        _show_again(listing)
    before, listing.ends_on, listing.extended_at = listing.ends_on, until, now()
    make_public(listing)
    audit.record("listings.extend", f"listing:{listing.id}", by=by, before=before.isoformat(), after=until.isoformat())
    return listing


def hindrance(listing: Any, day: date) -> terms.Hindrance | None:
    """What stands against extending a listing (its row or model) on this day."""
    if listing.public_number is None and listing.expired_at is None:
        return terms.Hindrance.NO_TERM
    return terms.hindrance(listing.ends_on, extended=listing.extended_at is not None, today=day)


def said(found: terms.Hindrance, listing: Any) -> str:
    """The hindrance as a sentence."""
    if found is terms.Hindrance.EARLY:
        first = (listing.ends_on - terms.EARLIEST).isoformat()
        return str(gettext("It can be extended from %(day)s on: 30 days before its end at the earliest.", day=first))
    return str({
        terms.Hindrance.NO_TERM: gettext("It has no term: no open fair shows it."),
        terms.Hindrance.EXTENDED: gettext("It was extended once already. Hand it in again: a moderator looks at it, and a new term begins."),
        terms.Hindrance.LATE: gettext("It ended more than a year ago. Hand it in again: a moderator looks at it, and a new term begins."),
    }[found])  # fmt: skip


def _show_again(listing: Listing) -> None:
    entries = _entries(listing, EntryStatus.EXPIRED)
    if not entries:
        raise NotNow(gettext("The fair that showed it is closed. Hand it in to another one."))
    for entry in entries:
        entry.status, entry.published_number = check_move(MOVES, entry.status, EntryStatus.PUBLISHED), entry.expired_number
        entry.expired_number = None
    db.session.flush()


def expire(listing: Listing) -> None:
    """Take a locked listing out of the open fairs that show it; what closed fairs showed stays their record."""
    for entry in _entries(listing, EntryStatus.PUBLISHED):
        entry.status = check_move(MOVES, entry.status, EntryStatus.EXPIRED)
        entry.expired_number, entry.published_number = entry.published_number, None
    db.session.flush()
    listing.expired_at = now()
    make_public(listing)
    audit.record("listings.expire", f"listing:{listing.id}", by=None, ends_on=str(listing.ends_on))


def _entries(listing: Listing, status: EntryStatus) -> Sequence[FairEntry]:
    """The entries of a listing in open fairs, locked."""
    open_ones = select(Fair.id).where(Fair.closed_at.is_(None))
    query = select(FairEntry).where(FairEntry.listing_id == listing.id, FairEntry.status == status, FairEntry.fair_id.in_(open_ones))
    return db.session.scalars(query.order_by(FairEntry.id).with_for_update()).all()


def locked(query: Select[Any]) -> Sequence[Listing]:
    """Some listings of a query as they are under the lock: another process may have been faster."""
    some = query.order_by(Listing.id).limit(BATCH).with_for_update(of=Listing)
    return db.session.scalars(some.execution_options(populate_existing=True)).all()


def without_term() -> Select[Any]:
    """What was published in bulk and has no last day yet."""
    return select(Listing).where(Listing.public_number.is_not(None), Listing.ends_on.is_(None), shown_in_open_fair(Listing.id))


def begin_terms(listings: Sequence[Listing]) -> None:
    for listing in listings:
        make_public(listing)


def over() -> Select[Any]:
    """What open fairs show although its last day is over everywhere."""
    return select(Listing).where(Listing.ends_on < today(EVERYWHERE_OVER), Listing.public_number.is_not(None), shown_in_open_fair(Listing.id))


def expire_all(listings: Sequence[Listing]) -> None:
    for listing in listings:
        expire(listing)
    db.session.flush()
    days = {listing.id: str(listing.ends_on) for listing in listings}
    told_of("expired", days, keys=days)


def long_over() -> Select[Any]:
    """What ended long ago and waits for nobody."""
    day = (now() - terms.ARCHIVED_AFTER).date()
    waiting = select(FairEntry.id).where(FairEntry.listing_id == Listing.id, FairEntry.submitted_number.is_not(None)).exists()
    return select(Listing).where(Listing.ends_on < day, Listing.public_number.is_(None), Listing.archived_at.is_(None), ~waiting)


def archive_all(listings: Sequence[Listing]) -> None:
    for listing in listings:
        listing.archived_at = now()
        audit.record("listings.archive", f"listing:{listing.id}", by=None)


def near() -> Select[Any]:
    """What ends soon and was not told of."""
    day = today(EVERYWHERE_OVER)
    new = or_(Listing.noticed_for.is_(None), Listing.noticed_for != Listing.ends_on)
    return select(Listing).where(
        Listing.ends_on.between(day, day + terms.NOTICE), new, Listing.public_number.is_not(None), shown_in_open_fair(Listing.id)
    )


def notify(listings: Sequence[Listing]) -> None:
    for listing in listings:
        listing.noticed_for = listing.ends_on
    _mail(listings)


STEPS: tuple[tuple[Callable[[], Select[Any]], Callable[[Sequence[Listing]], None]], ...] = (
    (without_term, begin_terms), (near, notify), (over, expire_all), (long_over, archive_all),
)  # fmt: skip
"""What the clock does with terms: which listings, and what with some of them; afterwards the query finds them no more."""


def _mail(listings: Sequence[Listing]) -> None:
    """One mail to each person for all of theirs, in their language."""
    theirs: dict[Any, list[Listing]] = defaultdict(list)
    for listing in listings:
        for person in contacts.asked_about(listing):
            theirs[person].append(listing)
    address = current_app.config["SETTINGS"].public_url
    for person, found in theirs.items():
        with speaking(person.language):
            subject = ngettext("A listing ends soon", "%(num)s listings end soon", len(found))
            lines = [f"{listing.reference}  {listing.ends_on}  {address}/listings/{listing.id}" for listing in found[:NAMED_IN_MAIL]]
            if len(found) > NAMED_IN_MAIL:
                lines.append(ngettext("and one more", "and %(num)s more", len(found) - NAMED_IN_MAIL))
            text = gettext("After its last day a listing leaves the catalogue. You can extend it once, by up to 365 days:")
            mail.send(person.email, str(subject), f"{text}\n\n" + "\n".join(str(line) for line in lines))
