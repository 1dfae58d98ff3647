"""Takes back the mail that the sample's steps asked for: invented people get none."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.jobs import OutboxRow
from marketplace.demo import people

_TOLD = ("mail.send", "negotiations.tell", "confirmations.invite", "contracts.tell_reporter", "coverage.tell", "disclosure.tell", "credits.tell")


def keep(owners: Iterable[Person], *, threads: Collection[UUID], asked: Collection[str] = ()) -> None:
    """Delete what waits to be mailed to these people or to the sample's staff, and what would tell the sides of these negotiations.

    ``asked`` are the ids of confirmations that were asked for, of reports of deals, and of proposed partners.
    """
    addresses = {person.email for person in owners} | {each.email for each in people.SIGN_INS.values()}
    negotiations = {str(thread) for thread in threads}
    waiting = select(OutboxRow).where(OutboxRow.task.in_(_TOLD), OutboxRow.done_at.is_(None))
    silent = [
        row.id
        for row in db.session.scalars(waiting)
        if row.task in ("disclosure.tell", "credits.tell")
        or row.payload.get("to") in addresses
        or row.payload.get("negotiation_id") in negotiations
        or {row.payload.get("request_id"), row.payload.get("report_id"), row.payload.get("proposal_id")} & set(asked)
    ]
    db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(silent)))
