"""A contract between two registered parties, both sides asked, and what a side says; through the services as the product does it."""

from dataclasses import dataclass
from typing import Any

from marketplace.confirmations import answering, asking, queries
from marketplace.confirmations.models import Side
from marketplace.confirmations.schemas import ConfirmationIn
from marketplace.contracts import service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from tests.contracts.factories_contracts import Desk, facts, make_contract, make_desk
from tests.factories import actor, make_member, make_organization

FACTS = ("title", "parties", "kind", "total", "technology", "currency", "signed_on")


@dataclass
class Deal:
    """The desk, provider A and recipient B with a member each, and the facts that name them."""

    desk: Desk
    a: Any
    b: Any
    anna: Any
    bo: Any

    def facts(self, **changes):
        return facts(**{"parties": [
            {"role": "provider", "name": self.a.name, "country": "DE", "organization_id": str(self.a.id)},
            {"role": "recipient", "name": self.b.name, "country": "CN", "organization_id": str(self.b.id)},
        ]} | changes)  # fmt: skip

    def contract(self, status, **changes):
        return make_contract(self.desk, status, **self.facts(**changes))

    def by(self, who):
        return actor(who)


def make_deal(app, **fields) -> Deal:
    desk = make_desk(app, **fields)
    a, b = make_organization(name_en="Anode Institute", name_key="anodeinstitute"), make_organization(name_en="Bohai Works", name_key="bohaiworks")
    return Deal(desk, a, b, make_member(a), make_member(b))


def said(content_hash: str, **changes: Any) -> dict[str, Any]:
    """What `schemas.ConfirmationIn` takes: all seven right, unless changed."""
    return {"content_hash": content_hash, **dict.fromkeys(FACTS, "confirm"), "name": "Anna Roth", "position": "Head of licensing"} | changes


def correcting(content_hash: str, fact: str, value: Any, **more: Any) -> dict[str, Any]:
    return said(content_hash, **{fact: "correct", f"{fact}_to": value}, **more)


def loaded(body: dict[str, Any]) -> dict[str, Any]:
    return ConfirmationIn().load(body)


def ask(deal: Deal, contract, *sides: Side, **emails: str):
    """{side: secret}."""
    with transaction():
        found = asking.ask(contract.id, sides or tuple(Side), emails={Side(name): mail for name, mail in emails.items()}, spoken="en",
                           by=actor(deal.desk.clerk))  # fmt: skip
    return {one.request.side: one.secret for one in found}


def reply(secret: str, body: dict[str, Any], by=None):
    with transaction():
        return answering.answer_by_link(secret, loaded(body), by=by)


def both_confirm(deal: Deal, contract, **allow: bool) -> None:
    secrets = ask(deal, contract)
    for secret in secrets.values():
        reply(secret, said(contract.content_hash, **allow))


def changed(deal: Deal, contract, **changes):
    """Facts of this contract with some changed, as the schema loads them."""
    return ContractIn().load(deal.facts(title_en=contract.title_en, **changes))


def stands(contract):
    return {side.value: of.stands for side, of in queries.state(contract.id, contract.content_hash).sides.items()}


def edit(deal, contract, **changes):
    with transaction():
        service.edit(contract.id, changed(deal, contract, **changes), by=actor(deal.desk.clerk))
    db.session.refresh(contract)
