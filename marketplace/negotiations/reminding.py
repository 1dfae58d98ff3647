"""What the clock does in negotiations: it reminds who has to move, once a day at most, and goes on with talks whose pause is over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import ColumnElement, or_, select, update

from marketplace.core import audit, jobs, mail
from marketplace.core.clock import now, today
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.jobs import task
from marketplace.fairs.models import Fair
from marketplace.negotiations import due, queries, staging, steps
from marketplace.negotiations.models import Negotiation, Stage
from marketplace.negotiations.tasks import owners

EIGHT = 8
MOST = 50
"""How many threads one mail names; it says how many more there are."""


@task("negotiations.remind_all", every=timedelta(minutes=20))
def remind_all() -> None:
    """From eight in the morning at each open fair's place: one mail a day to each organisation with a move that is due."""
    fairs = [
        (fair.id, today(fair.time_zone))
        for fair in db.session.scalars(select(Fair).where(Fair.closed_at.is_(None)))
        if now().astimezone(ZoneInfo(fair.time_zone)).hour >= EIGHT
    ]
    end_reading()
    for fair_id, day in fairs:
        for organization_id, negotiation_ids in _due(fair_id, day).items():
            with transaction():
                _remind(organization_id, negotiation_ids, day)


def _due(fair_id: UUID, day: date) -> dict[UUID, list[UUID]]:
    """{organisation: its threads at a fair that it is reminded of on a day}; none for who was reminded there on this day already."""
    waiting = select(Negotiation.move_of_id, Negotiation.id).where(
        Negotiation.fair_id == fair_id, Negotiation.due_on.in_(due.reminding_days(day)), Negotiation.ended_at.is_(None)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for organization_id, negotiation_id in db.session.execute(waiting.order_by(Negotiation.due_on, Negotiation.id)):
        if organization_id is not None:
            found[organization_id].append(negotiation_id)
    told = _told(fair_id, found, day)
    end_reading()
    return {organization_id: ids for organization_id, ids in found.items() if organization_id not in told}


def _told(fair_id: UUID, organizations: Iterable[UUID], day: date) -> set[UUID]:
    """Those of these organisations that were reminded of any thread at this fair on this day, also of one that moved on since."""
    ids = list(organizations)
    sides: set[UUID] = set()
    for side, reminded_on in ((Negotiation.provider_id, Negotiation.provider_reminded_on), (Negotiation.recipient_id, Negotiation.recipient_reminded_on)):
        sides.update(db.session.scalars(select(side).where(Negotiation.fair_id == fair_id, side.in_(ids), reminded_on == day)))
    return sides


def _remind(organization_id: UUID, negotiation_ids: Sequence[UUID], day: date) -> None:
    """Mark the threads as reminded of and ask for the mail; a worker that comes second finds none left."""
    marked: list[UUID] = []
    for side, reminded_on in ((Negotiation.provider_id, "provider_reminded_on"), (Negotiation.recipient_id, "recipient_reminded_on")):
        column = getattr(Negotiation, reminded_on)
        mark = update(Negotiation).where(
            Negotiation.id.in_(negotiation_ids), side == organization_id, Negotiation.move_of_id == organization_id, _another_day(column, day)
        )
        changed = db.session.execute(mark.values({reminded_on: day}).returning(Negotiation.id), execution_options={"synchronize_session": False})
        marked.extend(changed.scalars())
    if marked:
        names = [str(found) for found in negotiation_ids if found in marked]
        jobs.enqueue("negotiations.remind", organization_id=str(organization_id), negotiation_ids=names[:MOST], more=max(0, len(names) - MOST))
        audit.record("negotiations.remind", f"organization:{organization_id}", by=None, threads=len(names))


def _another_day(column: ColumnElement[date | None], day: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column < day)


@task("negotiations.remind")
def remind(*, organization_id: str, negotiation_ids: list[str], more: int) -> None:
    """Mail to the owners of an organisation that has to move: references and days, nothing else. What moved on since is left out."""
    side = UUID(organization_id)
    query = select(Negotiation).where(Negotiation.id.in_([UUID(found) for found in negotiation_ids]), Negotiation.move_of_id == side)
    waiting = list(db.session.scalars(query.order_by(Negotiation.due_on, Negotiation.id)))
    if not waiting:
        return
    root = current_app.config["SETTINGS"].public_url
    for person in owners(side):
        with force_locale(person.language):
            lines = [
                gettext("%(reference)s: expected by %(day)s", reference=row.reference, day=row.due_on) + f"\n{root}/negotiations/{row.id}" for row in waiting
            ]
            if more:
                lines.append(ngettext("and %(num)s more", "and %(num)s more", more))
            head = ngettext("The other side waits for you in %(num)s negotiation.", "The other side waits for you in %(num)s negotiations.", len(waiting) + more)
            mail.send(person.email, head, head + "\n\n" + "\n\n".join(lines) + "\n")


@task("negotiations.resume", every=timedelta(minutes=10))
def resume() -> None:
    """Go on with paused talks on the day until which they were paused, at the fair's place."""
    query = select(Negotiation.id, Negotiation.paused_until, Fair.time_zone).join(Fair, Fair.id == Negotiation.fair_id)
    near = query.where(Negotiation.stage == Stage.PAUSED, Negotiation.paused_until <= now().date() + timedelta(days=1)).limit(200)
    ids = [row.id for row in db.session.execute(near) if row.paused_until <= today(row.time_zone)]
    end_reading()
    for negotiation_id in ids:
        with transaction():
            resume_one(negotiation_id)


def resume_one(negotiation_id: UUID) -> None:
    """Unless somebody did in the meantime."""
    negotiation = db.session.scalars(
        select(Negotiation).where(Negotiation.id == negotiation_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if negotiation.stage is not Stage.PAUSED:
        return
    rounds, at = queries.rounds_of(negotiation_id), now()
    staging.go_on(negotiation, at=at)
    steps.finish("resume", negotiation, rounds, by=None, at=at, tell="resumed")
