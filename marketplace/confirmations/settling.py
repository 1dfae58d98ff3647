"""Settling mismatches, and what keeps a contract from being verified: an open mismatch, or a missing word where a fair asks for both."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.mailboxes import accounts_of
from marketplace.confirmations import queries
from marketplace.confirmations.models import Answer, FairRule, Mismatch, Settled
from marketplace.contracts import eyes
from marketplace.contracts import service as contracts
from marketplace.contracts.amending import Proposal
from marketplace.contracts.models import Contract
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FourEyes, IllegalMove, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair


class MismatchOpen(DomainError):
    slug, title = "mismatch-open", _l("The answers differ")
    text = _l("A party says that a fact is otherwise. Settle the mismatch first: correct the entry, ask again, or write down why it stands.")


class NotConfirmed(DomainError):
    slug, title = "not-confirmed", _l("Both sides have to confirm")
    text = _l("This fair verifies only what both sides have confirmed. Ask the missing side first.")


def settle(mismatch_id: UUID, note: str, *, by: Actor) -> Mismatch:
    """The entry stands, and the note says why; whoever settles belongs to no party.

    Raises NotFound, Forbidden, FourEyes, IllegalMove when it is settled already.
    """
    found = db.session.get(Mismatch, mismatch_id)
    if found is None or found.fair_id not in by.fairs_where("contracts.read"):
        raise NotFound()
    by.require("confirmations.settle", fair_id=found.fair_id)
    db.session.get_one(Contract, found.contract_id, with_for_update=True, populate_existing=True)
    shown = contracts.show(found.contract_id, by=by)
    mismatch = db.session.get_one(Mismatch, mismatch_id, with_for_update=True, populate_existing=True)
    eyes.no_part_in(shown, by)
    if mismatch.settled_at is not None:
        raise IllegalMove(gettext("This mismatch is settled already."))
    mismatch.settled_at, mismatch.settled_how, mismatch.settled_by, mismatch.note = now(), Settled.NOTE, by.person_id, note
    audit.record(
        "confirmations.settle", f"contract:{mismatch.contract_id}", by=by, fair_id=mismatch.fair_id, after=mismatch.content_hash,
        mismatch=str(mismatch.id),
    )  # fmt: skip
    db.session.flush()  # so that the answer carries the version that it has now
    return mismatch


def before_verifying(shown: contracts.Shown, *, by: Actor, **_: Any) -> None:
    """Raises MismatchOpen, NotConfirmed, FourEyes for whoever answered for a party."""
    _check(shown.contract, shown.contract.content_hash)
    _answered_nothing(shown.contract.id, by)


def before_amending(proposal: Proposal, *, by: Actor, **_: Any) -> None:
    """The same for the content that an amendment proposes."""
    _check(proposal.shown.contract, proposal.amendment.content_hash)
    _answered_nothing(proposal.shown.contract.id, by)


def _check(contract: Contract, content_hash: str) -> None:
    if queries.open_mismatch_on(contract.id, content_hash):
        raise MismatchOpen()
    if queries.both_confirm(contract.fair_id) and not queries.state(contract.id, content_hash).complete:
        raise NotConfirmed()


def _answered_nothing(contract_id: UUID, by: Actor) -> None:
    answered = db.session.scalars(select(Answer.person_id).where(Answer.contract_id == contract_id, Answer.person_id.is_not(None)))
    if set(answered) & accounts_of(by.person_id):
        raise FourEyes()


def set_rule(fair: Fair, *, both_confirm: bool, by: Actor) -> FairRule:
    """Whether this fair verifies only what both sides have confirmed. Raises Forbidden."""
    by.require("confirmations.rule", fair_id=fair.id)
    rule = db.session.get(FairRule, fair.id, with_for_update=True, populate_existing=True)
    if rule is None:
        rule = FairRule(fair_id=fair.id, both_confirm=both_confirm, changed_by=by.person_id, changed_at=now())
        db.session.add(rule)
    else:
        rule.both_confirm, rule.changed_by, rule.changed_at = both_confirm, by.person_id, now()
    audit.record("confirmations.rule", f"fair:{fair.id}", by=by, fair_id=fair.id, both_confirm=both_confirm)
    db.session.flush()  # so that the answer carries the version that the next change must name
    return rule
