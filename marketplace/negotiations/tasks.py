"""After the answer, and by the clock: mail without any terms, rounds whose time ran out, reminders, pauses that are over."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.jobs import task
from marketplace.negotiations import queries, reminding, rules
from marketplace.negotiations.models import Negotiation, Round, RoundStatus
from marketplace.negotiations.steps import close_round, set_move
from marketplace.organizations.models import Membership, Role

SENTENCES = {
    "interest": _l("An organisation asks to talk with yours about a listing."),
    "accepted": _l("Your question was accepted: the talks can begin."),
    "declined": _l("Your question was declined; the reason is in the thread."),
    "round": _l("The other side put terms on the table."),
    "agreed": _l("The other side agreed to your terms."),
    "reopened": _l("The other side opened the agreed terms again, with new ones."),
    "evaluation": _l("An evaluation of the technology has begun."),
    "evaluated": _l("The evaluation is over: the talks go on."),
    "approval": _l("The other side agreed and waits for its own approval."),
    "approved": _l("The other side has its approval."),
    "paused": _l("The other side paused the talks; the day is in the thread."),
    "resumed": _l("The talks go on."),
    "promised": _l("The other side named the day by which it will move."),
    "lost": _l("The other side ended the talks; the reason is in the thread."),
    "handed_over": _l("The other side handed the agreed facts to the contract desk."),
}


def owners(organization_id: UUID) -> list[Person]:
    """The people who are told what happens in an organisation's threads."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization_id, Membership.role == Role.OWNER)
        .where(Membership.ended_at.is_(None), Person.disabled_at.is_(None))
    )
    return list(db.session.scalars(query))


@task("negotiations.tell")
def tell(*, step: str, negotiation_id: str, organization_id: str) -> None:
    """Tell the owners of an organisation, each in their language, that something happened; what, they read after signing in."""
    negotiation = db.session.get(Negotiation, UUID(negotiation_id))
    if negotiation is None:
        return
    address = f"{current_app.config['SETTINGS'].public_url}/negotiations/{negotiation.id}"
    for person in owners(UUID(organization_id)):
        with force_locale(person.language):
            subject = gettext("Negotiation %(reference)s", reference=negotiation.reference)
            after = gettext("Sign in to read it:")
            mail.send(person.email, subject, f"{SENTENCES[step]}\n\n{after}\n{address}\n")


@task("negotiations.expire", every=timedelta(seconds=30))
def expire() -> None:
    """Write down that rounds ran out, so that lists sort by whose move it is; the thread itself shows it at once."""
    late = select(Round.negotiation_id).where(Round.status == RoundStatus.OPEN, Round.valid_until <= now()).limit(200)
    ids = list(db.session.scalars(late))
    end_reading()
    for negotiation_id in ids:
        with transaction():
            expire_one(negotiation_id)


def expire_one(negotiation_id: UUID) -> None:
    query = select(Negotiation).where(Negotiation.id == negotiation_id).with_for_update()
    negotiation = db.session.scalars(query.execution_options(populate_existing=True)).one()
    rounds, at = queries.rounds_of(negotiation_id), now()
    for made in rounds:
        if made.status is RoundStatus.OPEN and rules.standing(made, at) is RoundStatus.EXPIRED:
            close_round(made, RoundStatus.EXPIRED, at=at)
            set_move(negotiation, rounds, at=at)
            audit.record("negotiations.expire", f"negotiation:{negotiation_id}", by=None, fair_id=negotiation.fair_id)


@task("negotiations.remind_all", every=timedelta(minutes=20))
def remind_all() -> None:
    """From eight in the morning at each open fair's place: one mail a day to each organisation with a move that is due."""
    for fair_id, day in reminding.awake():
        waiting = reminding.due_now(fair_id, day)
        end_reading()
        for organization_id, negotiation_ids in waiting.items():
            with transaction():
                reminding.mark(organization_id, negotiation_ids, day)


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
    ids = reminding.over()
    end_reading()
    for negotiation_id in ids:
        with transaction():
            reminding.resume(negotiation_id)
