"""What organisations say before a plan is made: who takes meetings for them, and whom they wish to meet."""

from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.meetings import queries as meetings
from marketplace.organizations.models import Organization, Status
from marketplace.scheduling import queries
from marketplace.scheduling.models import Delegate, MeetingWish, PlannedMeeting, Presence, Wanted
from marketplace.scheduling.rules import MOST_MUSTS, MOST_WISHES

MOST_DELEGATES = 30


class WishesClosed(DomainError):
    """The fair plans with what was said by then."""

    slug, title = "wishes-closed", _l("Wishes are closed")
    text = _l("The fair takes no more wishes. You can still ask for a meeting yourself.")


class NobodyNamed(DomainError):
    """A wish without somebody to go could not be planned."""

    slug, title = "nobody-named", _l("Say first who takes meetings")
    text = _l("Say first who takes meetings for your organisation, in which languages, and where.")


class TooManyWishes(DomainError):
    slug, title = "too-many-wishes", _l("Too many wishes")
    text = _l("Your organisation has as many wishes as the fair takes of one. Take some back first.")


def open_fair(fair_id: UUID) -> Fair:
    """A fair that takes wishes now. Raises NotFound, WishesClosed."""
    fair = fairs.get(fair_id)
    if not queries.takes_wishes(queries.get_call(fair_id), fair):
        raise WishesClosed()
    return fair


def name_delegate(fair_id: UUID, *, person_id: UUID, languages: Sequence[str], presence: str, by: Actor) -> Delegate:
    """Somebody of one's organisation takes meetings, first language first; said again, it replaces what was said.

    Raises Forbidden, NotFound, WishesClosed, Invalid (not of the organisation; of another one at this fair; too many)."""
    by.require("wishes.write")
    fair = open_fair(fair_id)
    if person_id not in {person.id for person in meetings.colleagues(by)} or by.organization_id is None:
        raise Invalid.field("person_id", "people", gettext("Choose somebody of your organisation."))
    delegate = db.session.scalar(select(Delegate).where(Delegate.fair_id == fair.id, Delegate.person_id == person_id).with_for_update())
    if delegate is not None and delegate.organization_id != by.organization_id:
        raise Invalid.field("person_id", "elsewhere", gettext("This person takes meetings for another organisation at this fair."))
    if delegate is None:
        if len(queries.own_delegates(fair.id, by=by)) >= MOST_DELEGATES:
            raise Invalid.field("person_id", "too_many", gettext("At most %(most)s people of one organisation.", most=MOST_DELEGATES))
        delegate = Delegate(fair_id=fair.id, organization_id=by.organization_id, person_id=person_id, created_at=now())
        db.session.add(delegate)
    delegate.languages, delegate.presence = list(dict.fromkeys(languages)), Presence(presence)
    db.session.flush()
    audit.record("wishes.name_delegate", f"delegate:{delegate.id}", by=by, fair_id=fair.id)
    return delegate


def drop_delegate(delegate_id: UUID, *, by: Actor) -> Fair:
    """They take no meetings by the plan any more; meetings that are agreed stay. Raises NotFound, Forbidden, WishesClosed."""
    delegate = db.session.get(Delegate, delegate_id, with_for_update=True)
    if delegate is None or by.organization_id is None or delegate.organization_id != by.organization_id:
        raise NotFound()
    by.require("wishes.write")
    fair = open_fair(delegate.fair_id)
    db.session.delete(delegate)
    audit.record("wishes.drop_delegate", f"delegate:{delegate_id}", by=by, fair_id=fair.id)
    db.session.flush()
    return fair


def wish(
    fair_id: UUID, *, organization: str | None, listing: str | None, wanted: str, topic: str | None = None, person_id: UUID | None = None, by: Actor
) -> MeetingWish:
    """Say how much one's organisation wishes to meet another, named itself or by a public listing's reference; said again, it
    replaces what was said. ``person_id``: a delegate who shall go.

    Raises Forbidden, NotFound, WishesClosed, NobodyNamed, Invalid, TooManyWishes."""
    by.require("wishes.write")
    fair = open_fair(fair_id)
    named = _listing(listing) if listing else None
    about = named.organization_id if named is not None else _organization(organization)
    if by.organization_id is None or about == by.organization_id:
        raise Invalid.field("organization", "own_organization", gettext("You act for this organisation yourself."))
    db.session.scalar(select(Organization.id).where(Organization.id == by.organization_id).with_for_update(key_share=True))
    delegates = {delegate.person_id for delegate, _ in queries.own_delegates(fair.id, by=by)}
    if not delegates:
        raise NobodyNamed()
    if person_id is not None and person_id not in delegates:
        raise Invalid.field("person_id", "people", gettext("Choose one of those who take meetings for your organisation."))
    row = db.session.scalar(queries.own_wishes(fair.id, by=by).where(MeetingWish.about_organization_id == about).with_for_update())
    _check_number(fair.id, wanted, row, by=by)
    if row is None:
        row = MeetingWish(fair_id=fair.id, organization_id=by.organization_id, about_organization_id=about)
        db.session.add(row)
    if named is not None:
        row.listing_id = named.id
    row.wanted, row.topic = Wanted(wanted), topic or (_title(named) if named else gettext("Getting to know each other"))
    row.person_id, row.said_by, row.said_at = person_id, by.person_id, now()
    db.session.flush()
    audit.record("wishes.say", f"wish:{row.id}", by=by, fair_id=fair.id, wanted=wanted)
    return row


def _title(listing: Listing) -> str:
    """Its public one, in the reader's language where there is one."""
    [row] = listings.rows_by_id([listing.id])
    return localized(SimpleNamespace(**row), "title")[0][:300]


def _organization(named: str | None) -> UUID:
    """Raises Invalid."""
    try:
        return meetings.organization(named or "").id
    except NotFound as error:
        text = gettext("No approved organisation has this name. Write it as it stands in the directory.")
        raise Invalid.field("organization", "organization_unknown", text) from error


def _listing(reference: str) -> Listing:
    """A public listing whose owner is named. Raises Invalid."""
    query = (
        select(Listing)
        .join(Organization, Organization.id == Listing.shown_owner_id)
        .where(Listing.reference == reference.strip().upper(), Listing.public_number.is_not(None), Organization.status == Status.APPROVED)
    )
    found = db.session.scalar(query)
    if found is None or found.anonymous:
        text = gettext("No public listing of a named owner has this reference. Where the owner is not named, express your interest instead.")
        raise Invalid.field("listing", "listing_not_public", text)
    return found


def _check_number(fair_id: UUID, wanted: str, row: MeetingWish | None, *, by: Actor) -> None:
    """Raises TooManyWishes, Invalid."""
    said = select(MeetingWish.wanted, func.count()).where(MeetingWish.fair_id == fair_id, MeetingWish.organization_id == by.organization_id)
    numbers = dict(db.session.execute(said.group_by(MeetingWish.wanted)).all())
    if row is None and sum(numbers.values()) >= MOST_WISHES:
        raise TooManyWishes()
    if wanted == Wanted.MUST and (row is None or row.wanted is not Wanted.MUST) and numbers.get(Wanted.MUST, 0) >= MOST_MUSTS:
        raise Invalid.field("wanted", "too_many_musts", gettext("At most %(most)s wishes of one organisation can be a must.", most=MOST_MUSTS))


def take_back(wish_id: UUID, *, by: Actor) -> Fair:
    """As if nothing had been said. Raises NotFound, Forbidden, WishesClosed."""
    row = db.session.get(MeetingWish, wish_id, with_for_update=True)
    if row is None or by.organization_id is None or row.organization_id != by.organization_id:
        raise NotFound()
    by.require("wishes.write")
    fair = open_fair(row.fair_id)
    planned = update(PlannedMeeting).where(PlannedMeeting.wish_id == row.id).values(wish_id=None)
    db.session.execute(planned, execution_options={"synchronize_session": False})
    db.session.delete(row)
    audit.record("wishes.take_back", f"wish:{wish_id}", by=by, fair_id=fair.id)
    db.session.flush()
    return fair
