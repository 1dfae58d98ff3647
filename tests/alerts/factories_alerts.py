"""A house in which something new is told: two sides, their people, saved searches, and the mails that come of it."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from marketplace.alerts import rules, service
from marketplace.alerts.models import Frequency, Least, Notice, SavedSearch
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing
from marketplace.matching import rematching
from tests.factories import actor
from tests.listings.factories_listings import listing_of, published
from tests.matching.factories_matching import Sides


def tomorrow() -> timedelta:
    """From now to a minute after the next digest."""
    return rules.digest_due(now()) + timedelta(days=1, minutes=1) - now()


def work() -> None:
    """What waits is done: matches follow the index, jobs run, mails leave."""
    rematching.drain()
    while sweep():
        pass


def mails_to(person: Any) -> list[EmailMessage]:
    """The mails of alerts: those that say how their list is left."""
    return [message for message in OUTBOX_SEEN if message["To"] == person.email and message["List-Unsubscribe"]]


def notices_of(person: Any) -> list[Notice]:
    db.session.expire_all()
    return list(db.session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.found_at, Notice.id)))


class House:
    """The agency offers, the company needs. ``buyer`` is the company's owner, ``seller`` the agency's."""

    def __init__(self, sides: Sides) -> None:
        self.sides = sides
        self.buyer, self.seller = sides.company.owner, sides.agency.owner
        self.company, self.agency = sides.company.agency, sides.agency.agency

    def save(self, query: str = "q=laser&fair=any", *, person: Any = None, organization: Any = None, frequency: str = "at_once", kind: str = "achievement") -> SavedSearch:
        """As the buyer, acting for the company, unless somebody else does."""
        by = actor(person or self.buyer, organization or (None if person else self.company))
        with transaction():
            return service.save(Kind(kind), query, name=None, frequency=Frequency(frequency), by=by)

    def hear(self, frequency: str, least: str = "any", *, person: Any = None, organization: Any = None) -> None:
        """What the buyer hears of new matches, unless somebody else."""
        organization = organization or self.company
        by = actor(person or self.buyer, organization)
        with transaction():
            service.set_matches(organization.id, frequency=Frequency(frequency), least=Least(least), by=by)

    def achievements(self, *titles: str) -> list[Listing]:
        """All published at one moment."""
        with transaction():
            entries = [published(self.sides.agency, Kind.ACHIEVEMENT, title_en=title, summary_en=title, description_en=title) for title in titles]
        indexing.drain()
        work()
        return [listing_of(entry) for entry in entries]

    def achievement(self, title: str, **content: Any) -> Listing:
        found = self.sides.achievement(title, **content)
        work()
        return found

    def need(self, title: str, **content: Any) -> Listing:
        found = self.sides.need(title, **content)
        work()
        return found
