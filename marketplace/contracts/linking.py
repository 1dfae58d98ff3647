"""Where a contract comes from: the framework it is called off from, the intent that became it; and what was called off so far."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.contracts import duplicates, queries
from marketplace.contracts.models import Contract, Party
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status

MOST = 200


def check(contract: Contract, parties: Sequence[Mapping[str, Any]], fair: Fair) -> None:
    """Raises Invalid unless the framework and the intent are there, from this fair or an earlier one, with a party in common.

    One answer for all of that: who guesses ids learns nothing of other people's contracts.
    """
    wanted = {"framework_id": ContractClass.FRAMEWORK, "intent_id": ContractClass.INTENT}
    if contract.framework_id is not None and contract.contract_class is not ContractClass.CONTRACT:
        raise Invalid.field("framework_id", "class", gettext("Only a contract is called off from a framework."))
    if contract.intent_id is not None and contract.contract_class is ContractClass.INTENT:
        raise Invalid.field("intent_id", "class", gettext("An intent does not come from an intent."))
    for name, contract_class in wanted.items():
        parent_id = getattr(contract, name)
        if parent_id is not None and not _fits(parent_id, contract_class, parties, fair):
            raise Invalid.field(name, "reference", gettext("There is no such record between these parties, of this fair or an earlier one."))


def _fits(parent_id: UUID, contract_class: ContractClass, parties: Sequence[Mapping[str, Any]], fair: Fair) -> bool:
    query = (
        select(Contract.id)
        .join(Fair, Fair.id == Contract.fair_id)
        .join(Party, Party.contract_id == Contract.id)
        .where(Contract.id == parent_id, Contract.contract_class == contract_class, Contract.status != Status.VOID)
        .where(Fair.opens_on <= fair.opens_on, Party.who.in_(set().union(*duplicates.keys_of(parties).values())))
    )
    return db.session.scalar(query.limit(1)) is not None


def parents(contract_class: ContractClass, *, by: Actor, fair: Fair) -> Select[Any]:
    """The frameworks, or intents, that this person may name at this fair: the newest first, at most 200."""
    return (
        select(Contract)
        .join(Fair, Fair.id == Contract.fair_id)
        .where(queries.readable(by), Contract.contract_class == contract_class, Contract.status != Status.VOID, Fair.opens_on <= fair.opens_on)
        .order_by(Contract.id.desc())
        .limit(MOST)
    )


def children(contract: Contract, *, by: Actor) -> list[Contract]:
    """The contracts called off from a framework, or that came of an intent, which this person may read; the oldest first."""
    column = Contract.framework_id if contract.contract_class is ContractClass.FRAMEWORK else Contract.intent_id
    return list(db.session.scalars(select(Contract).where(column == contract.id, queries.readable(by)).order_by(Contract.id).limit(MOST)))


def called_off(framework_id: UUID) -> list[tuple[str, int, int, int]]:
    """(currency, contracts, those with an amount, their sum in minor units) of what was called off and is not void, by currency."""
    query = (
        select(Contract.currency, func.count(), func.count(Contract.total_minor), func.coalesce(func.sum(Contract.total_minor), 0))
        .where(Contract.framework_id == framework_id, Contract.status != Status.VOID)
        .group_by(Contract.currency)
        .order_by(Contract.currency)
    )
    return [(currency, count, disclosed, int(total or 0)) for currency, count, disclosed, total in db.session.execute(query)]


def parent(contract_id: UUID | None, *, by: Actor) -> Contract | None:
    """A framework or intent that is named, where this person may read it."""
    if contract_id is None:
        return None
    return db.session.scalar(select(Contract).where(Contract.id == contract_id, queries.readable(by)))
