"""Intents of a fair with two registered sides, and follow-ups that are due."""

from datetime import timedelta

from marketplace.core import jobs
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.followups.models import FollowUp
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import make_member, make_organization

NO_VALUE = {"total_amount": None, "technology_amount": None}


class Fairground:
    """A fair with a desk, and the organisations of a provider and a recipient, each with an owner."""

    def __init__(self, app, **fields):
        self.app = app
        self.desk = make_desk(app, **fields)
        self.fair = self.desk.fair
        self.provider, self.recipient = make_organization(country="DE"), make_organization()
        self.provider_owner, self.recipient_owner = make_member(self.provider, language="en"), make_member(self.recipient, language="zh")

    def parties(self):
        return [
            {"role": role, "name": each.name, "country": each.country, "organization_id": str(each.id)}
            for role, each in (("provider", self.provider), ("recipient", self.recipient))
        ]

    def intent(self, days_ago=31, **changes):
        """An intent of the two sides, declared, signed so many days ago."""
        day = today(self.fair.time_zone) - timedelta(days=days_ago)
        facts = {"class": "intent", "parties": self.parties(), "signed_on": day.isoformat(), **NO_VALUE} | changes
        return make_contract(self.desk, Status.DECLARED, **facts)

    def contract(self, intent, days_after=10, status=Status.VERIFIED, **changes):
        """A contract that names the intent."""
        day = intent.signed_on + timedelta(days=days_after)
        facts = {"intent_id": str(intent.id), "signed_on": day.isoformat(), "parties": self.parties()} | changes
        return make_contract(self.desk, status, **facts)


def run_job():
    jobs.TASKS["followups.make"]()


def mailed() -> list:
    """What the job sent: the outbox is emptied, then read."""
    jobs.sweep()
    return list(OUTBOX_SEEN)


def followups(contract=None):
    query = db.session.query(FollowUp).order_by(FollowUp.days)
    return (query.filter_by(contract_id=contract.id) if contract else query).all()
