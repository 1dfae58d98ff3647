"""On a clock: make the follow-ups that have come due, fair by fair, and ask both sides."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import and_, exists, or_, select

from marketplace.contracts.models import Contract
from marketplace.core.clock import today
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.followups import queries, service
from marketplace.followups.models import HORIZONS, FollowUp

BATCH = 200


@task("followups.make", every=timedelta(minutes=10))
def make_due() -> None:
    """Harmless to repeat: a horizon of an intent is made once. Closed fairs go on; what becomes of intents is known afterwards."""
    due = [(contract_id, today(fair.time_zone)) for fair in fairs.everyone() for contract_id in _due(fair, today(fair.time_zone))]
    end_reading()
    address = f"{current_app.config['SETTINGS'].public_url}/followup/{{secret}}"
    for contract_id, day in due:
        with transaction():
            service.make(contract_id, today=day, address=address)


def _due(fair: Fair, day: date) -> list[UUID]:
    """Intents of a fair for which a horizon has come that has no follow-up yet."""
    waits = []
    for days in HORIZONS:
        begun = day - timedelta(days=days)
        declared_before = datetime.combine(begun + timedelta(days=1), datetime.min.time(), ZoneInfo(fair.time_zone)).astimezone(UTC)
        reached = or_(Contract.signed_on <= begun, and_(Contract.signed_on.is_(None), Contract.created_at < declared_before))
        waits.append(and_(reached, ~exists().where(FollowUp.contract_id == Contract.id, FollowUp.days == days)))
    query = select(Contract.id).where(Contract.fair_id == fair.id, *queries.OPEN_INTENT, or_(*waits))
    return list(db.session.scalars(query.order_by(Contract.created_at).limit(BATCH)))
