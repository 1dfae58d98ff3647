"""From the roadshow's door to a thread: a presenter takes up the interest of a visitor who agreed to it, asked in the visitor's name."""

from flask_babel import force_locale
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.access import Actor, Identity, actor_of
from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, ListingVersion
from marketplace.negotiations import interest, queries
from marketplace.negotiations.models import NOT_SAID, Reveal, Stage
from marketplace.payments.till import own_address
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.running import events
from marketplace.roadshow.running.models import DoorInterest


class CannotAsk(DomainError):
    """The visitor may not, or no longer, ask for the organisation they acted for at the door."""

    slug, title = "visitor-cannot-ask", _l("They cannot be asked for")
    text = _l("This person may not open talks for their organisation. Write to them at the address they gave.")


def ask_for_visitor(found: DoorInterest, by: Actor) -> str:
    """Open, or go on with, the thread of a visitor's organisation about the pitched achievement; they are told of a new one.

    Where the two talk about it already, beside whichever need, that thread is gone on with.

    ``by`` presents; what is asked, is asked with the visitor's own rights of now. Returns 'negotiation:<uuid>'. Raises CannotAsk, and as
    `interest.ask`.
    """
    pitch = db.session.get_one(Pitch, found.pitch_id)
    session = db.session.get_one(Session, pitch.session_id)
    fair, person = db.session.get_one(Fair, session.fair_id), db.session.get_one(Person, found.person_id)
    visitor = actor_of(Identity(
        person_id=person.id, name=person.name, email=person.email, admin=False, wants_organization=found.organization_id
    ))  # fmt: skip
    if person.disabled_at is not None or found.organization_id is None or visitor.organization_id != found.organization_id or not visitor.may("negotiations.write"):
        raise CannotAsk()
    running = queries.open_about(pitch.achievement_id, provider_id=pitch.organization_id, recipient_id=found.organization_id)
    if running is not None:
        if running.stage is Stage.INTEREST and running.reveal is Reveal.ON_ACCEPTANCE:
            raise CannotAsk()  # going on there would tell whose unnamed question it is
        return f"negotiation:{running.id}"
    version = _public_version(pitch, fair)
    with force_locale(person.language):
        title, place = localized(version, "title")[0] if version else "–", localized(session, "title")[0]
        question = found.question or gettext("We heard your pitch “%(title)s” at “%(session)s” and would like to talk.", title=title, session=place)
    thread, _ = interest.ask(achievement_id=pitch.achievement_id, fair=fair.slug, cooperation_wanted=NOT_SAID, question=question, by=visitor)
    with force_locale(person.language):
        text = gettext("You were interested in the pitch “%(title)s”. Its presenter opened the talk with you:", title=title)
        mail.send(person.email, gettext("Taken up: “%(title)s”", title=title), f"{text}\n\n{own_address(f'/negotiations/{thread.id}')}\n")
    return f"negotiation:{thread.id}"


def _public_version(pitch: Pitch, fair: Fair) -> ListingVersion | None:
    """The achievement as it is public at the fair."""
    query = select(ListingVersion).join(
        FairEntry, (FairEntry.listing_id == ListingVersion.listing_id) & (FairEntry.published_number == ListingVersion.number)
    )
    return db.session.scalar(query.where(FairEntry.fair_id == fair.id, FairEntry.listing_id == pitch.achievement_id))


def address(became: str) -> str:
    """Where a thread is read by its two organisations."""
    return f"/negotiations/{became.partition(':')[2]}"


def register() -> None:
    events.takes_up(ask_for_visitor, address)
