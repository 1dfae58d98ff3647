"""Making follow-ups when they are due, asking both sides, and writing down what they say."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from marketplace.accounts import passwords
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Gone, NotFound
from marketplace.core.i18n import gettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.followups import queries, rules
from marketplace.followups.models import FollowUp, FollowUpAnswer, FollowUpAnswerer, FollowUpLink, Outcome, Side
from marketplace.ledger.models import ContractClass, Status
from marketplace.organizations import queries as organizations

LINK_LIVES = timedelta(days=30)


class IntentIsOver(DomainError):
    """Nobody is asked about it any more."""

    slug, title = "intent-over", _l("This intent is not followed any more")
    text = _l("The intent was made void; nothing is asked about it any more.")


def make(contract_id: UUID, *, today: date, address: str) -> list[FollowUp]:
    """The follow-ups of an intent that are due and not there yet; both sides are asked about the newest one.

    Harmless to repeat. ``address`` is the link with ``{secret}`` in it. Nobody is asked what a contract that names the intent, or both sides, told already.
    """
    contract = db.session.scalar(select(Contract).where(Contract.id == contract_id).with_for_update())
    if contract is None or contract.contract_class is not ContractClass.INTENT or contract.status is Status.VOID:
        return []
    fair = db.session.get_one(Fair, contract.fair_id)
    begun = rules.begun_on(contract.signed_on, contract.created_at, fair.time_zone)
    due = rules.due(begun, today)
    there = set(db.session.scalars(select(FollowUp.days).where(FollowUp.contract_id == contract.id)))
    known = queries.is_settled(contract)
    moment, made = now(), []
    for days in due:
        if days not in there:
            asked = moment if days == due[-1] and not known else None
            made.append(FollowUp(
                fair_id=fair.id, contract_id=contract.id, days=days, due_on=begun + timedelta(days=days), created_at=moment, asked_at=asked,
            ))  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    for followup in made:
        audit.record("followups.make", f"followup:{followup.id}", by=None, fair_id=fair.id, contract=str(contract.id), days=followup.days)
        if followup.asked_at is not None:
            _mail_both(followup, contract, address)
    return made


def _mail_both(followup: FollowUp, contract: Contract, address: str) -> None:
    """A link for each side, to the owners of the organisations that stand on it, each in their language."""
    parties = contracts.parties_of([contract.id])[contract.id]
    for side in Side:
        owners = [owner for party in _of(side, parties) if party.organization_id for owner in organizations.owners(party.organization_id)]
        if not owners:
            continue  # somebody of the desk hands them a link
        secret = new_link(followup, side, by=None)
        for owner in owners:
            with speaking(owner.language):
                subject = gettext("What became of %(reference)s?", reference=contract.reference)
                question = gettext(
                    "%(days)s days ago your organisation signed or declared the intent %(reference)s. Did it become a contract, are you still"
                    " talking, or was it dropped? One of you answers at this address within 30 days; it works once:",
                    days=followup.days, reference=contract.reference,
                )  # fmt: skip
                after = gettext("You can also answer after signing in, on your day page.")
                mail.send(owner.email, subject, f"{question}\n\n{address.format(secret=secret)}\n\n{after}\n")


def _of(side: Side, parties: list[Party]) -> list[Party]:
    return [party for party in parties if party.role.value == side.value]


def new_link(followup: FollowUp, side: Side, *, by: Actor | None) -> str:
    """The secret of a new link for a side, known this once; older links of the side end."""
    moment, secret = now(), passwords.new_secret()
    older = (FollowUpLink.followup_id == followup.id, FollowUpLink.side == side, FollowUpLink.ended_at.is_(None))
    db.session.execute(update(FollowUpLink).where(*older).values(ended_at=moment))
    db.session.add(FollowUpLink(
        followup_id=followup.id, side=side, secret_hash=passwords.hash_secret(secret), made_by=by.person_id if by else None,
        created_at=moment, expires_at=moment + LINK_LIVES,
    ))  # fmt: skip
    return secret


def ask(followup_id: UUID, side: Side, *, by: Actor) -> str:
    """The secret of a new link for a side, for the desk to hand over. Raises NotFound, Forbidden, IntentIsOver."""
    followup = db.session.scalar(select(FollowUp).where(FollowUp.id == followup_id).with_for_update())
    if followup is None or followup.fair_id not in by.fairs_where("followups.read"):
        raise NotFound()
    by.require("followups.ask", fair_id=followup.fair_id)
    _still_open(followup)
    secret = new_link(followup, side, by=by)
    followup.asked_at = followup.asked_at or now()
    audit.record("followups.ask", f"followup:{followup.id}", by=by, fair_id=followup.fair_id, side=side.value)
    return secret


def opened(secret: str, *, lock: bool = False) -> tuple[FollowUpLink, FollowUp, Contract]:
    """What a link leads to. Raises Gone for one that is unknown, used, ended, expired, or about a void intent."""
    query = select(FollowUpLink).where(FollowUpLink.secret_hash == passwords.hash_secret(secret))
    link = db.session.scalar(query.with_for_update() if lock else query)
    if link is None or link.ended_at is not None or link.expires_at <= now():
        raise Gone()
    followup = db.session.get_one(FollowUp, link.followup_id)
    contract = db.session.get_one(Contract, followup.contract_id)
    if contract.status is Status.VOID:
        raise Gone()
    return link, followup, contract


def answer_by_link(secret: str, data: dict[str, Any]) -> FollowUpAnswer:
    """Write down a side's word and use the link up. ``data`` is what `schemas.FollowUpLinkAnswerIn` loads. Raises Gone."""
    link, followup, _contract = opened(secret, lock=True)
    link.ended_at = now()
    return _write(followup, link.side, data, name=data["name"], by=None)


def answer(followup_id: UUID, data: dict[str, Any], *, by: Actor) -> FollowUpAnswer:
    """Write down the word of one's own side; an earlier one stays. ``data`` is what `schemas.FollowUpAnswerIn` loads.

    Raises NotFound, Forbidden, IntentIsOver."""
    by.require("followups.answer")
    mine = queries.one(followup_id, by=by)
    _still_open(mine.followup)
    return _write(mine.followup, mine.side, data, name=by.name, by=by)


def _still_open(followup: FollowUp) -> None:
    if db.session.scalar(select(Contract.status).where(Contract.id == followup.contract_id)) is Status.VOID:
        raise IntentIsOver()


def _write(followup: FollowUp, side: Side, data: dict[str, Any], *, name: str, by: Actor | None) -> FollowUpAnswer:
    outcome: Outcome = data["outcome"]
    given = {key: data[key] for key in ("amount_minor", "currency", "contract_reference", "reason")}
    row = FollowUpAnswer(
        followup_id=followup.id, side=side, outcome=outcome, answerer=FollowUpAnswerer(name=name), answered_at=now(),
        person_id=by.person_id if by else None, **given,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("followups.answer", f"followup:{followup.id}", by=by, fair_id=followup.fair_id, side=side.value, outcome=outcome.value)
    return row

