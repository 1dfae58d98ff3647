"""A fair with its desk, and a contract at any status, made through the services as the product makes them."""

import io
from dataclasses import dataclass
from datetime import date

from marketplace.contracts import evidence, service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from marketplace.ledger import queries, rates, scopes
from marketplace.ledger.models import Status, View
from tests.factories import actor, make_fair, make_staff, numbers

PDF = b"%PDF-1.4\n% a signed page\n"


@dataclass
class Desk:
    """A fair, its clerk and its verifier."""

    fair: object
    clerk: object
    verifier: object
    folder: object

    def by(self, who):
        return actor(who)

    def total(self, view=View.STAFF):
        return queries.total(self.fair, queries.scope(self.fair.id, None), view=view)

    def headline(self, view=View.STAFF):
        return self.total(view).headline.amounts


def make_desk(app, **fields) -> Desk:
    fair = make_fair(**fields)
    with transaction():
        scopes.on_fair_created(None, fair=fair, by=None)
    folder = app.config["SETTINGS"].upload_dir / "evidence"
    return Desk(fair, make_staff(fair, "clerk"), make_staff(fair, "verifier"), folder)


def facts(**changes):
    """The JSON of a contract as the API takes it."""
    n = next(numbers)
    return {
        "title_en": f"Licence of process {n}", "class": "contract", "kind": "licence", "field": "new_materials", "currency": "CNY",
        "total_amount": "1000000.00", "technology_amount": "600000.00", "signed_on": date.today().isoformat(), "open": True,
        "parties": [
            {"role": "provider", "name": f"Institute {n}", "country": "DE"},
            {"role": "recipient", "name": f"Works {n}", "country": "CN"},
        ],
    } | changes  # fmt: skip


def declare(desk, **changes):
    with transaction():
        return service.declare(desk.fair, ContractIn().load(facts(**changes)), by=desk.by(desk.clerk))


def attach(desk, contract, content=PDF):
    with transaction():
        return evidence.attach(contract.id, io.BytesIO(content), name="signed.pdf", folder=desk.folder, by=desk.by(desk.clerk))


def sign(desk, contract):
    attach(desk, contract)
    with transaction():
        return service.sign(contract.id, contract.content_hash, by=desk.by(desk.clerk))


def verify(desk, contract):
    with transaction():
        return service.verify(contract.id, contract.content_hash, by=desk.by(desk.verifier))


def make_contract(desk, status=Status.VERIFIED, **changes):
    contract = declare(desk, **changes)
    if status in {Status.SIGNED, Status.VERIFIED}:
        sign(desk, contract)
    if status is Status.VERIFIED:
        verify(desk, contract)
    if status is Status.VOID:
        with transaction():
            service.void(contract.id, "logged by mistake", by=desk.by(desk.clerk))
    db.session.refresh(contract)
    return contract


def load_rates(text):
    with transaction():
        return rates.load(text.splitlines(keepends=True))
