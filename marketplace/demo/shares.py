"""Lets the parties of some contracts of the open fair agree how their agencies share the credit; one proposal waits."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.credits import queries, rules, service
from marketplace.credits.models import Split
from marketplace.demo.people import acting
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.organizations.models import Kind, Organization

AGREED = 6
"""How many contracts get an agreed split."""


def agree(fair: Fair, *, organizations: Mapping[int, Organization], owners: Mapping[int, Person], agency: Actor) -> None:
    """The first verified contracts, each between organisations whose people are here; then one that waits for the agency. Raises DomainError."""
    db.session.flush()
    people = {organizations[place].id: owner for place, owner in owners.items() if place in organizations}
    agencies = {one.id: one for one in organizations.values() if one.kind is Kind.AGENCY}
    query = select(Contract).where(Contract.fair_id == fair.id, Contract.contract_class == ContractClass.CONTRACT, Contract.status == Status.VERIFIED)
    found = list(db.session.scalars(query.order_by(Contract.created_at, Contract.id)))
    parties = contracts.parties_of([contract.id for contract in found])
    own = agencies.get(agency.organization_id) if agency.organization_id else None
    done = 0
    for contract in found:
        known = [party.organization_id for party in parties[contract.id] if party.organization_id is not None]
        shared = [agencies[each] for each in dict.fromkeys(known) if each in agencies]
        if done > AGREED or not known or not set(known) <= set(people) or contract.title_en is None:
            continue
        waits = done == AGREED
        named = list(dict.fromkeys([*shared, *([own] if own is not None and (waits or not shared or done % 2) else [])]))
        split = _propose(contract, named, acting(people[known[0]]))
        if not waits:
            _agree(split, people)
        done += 1


def _propose(contract: Contract, agencies: Iterable[Organization], by: Actor) -> Split:
    named = list(agencies)
    lines = list(zip([one.slug for one in named], rules.evenly(len(named)), strict=True))
    return service.propose(contract.id, lines, by=by)


def _agree(split: Split, people: Mapping[UUID, Person]) -> None:
    """Everybody still asked says yes."""
    [shown] = queries.shown([split], by=acting(people[split.proposed_by_id]))
    for organization_id in shown.missing:
        service.agree(split.id, split.content_hash, by=acting(people[organization_id]))
