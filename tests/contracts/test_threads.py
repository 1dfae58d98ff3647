"""The thread that a contract came from is signed with it, and not signed any more when it is edited or voided."""

import pytest

from marketplace.contracts import service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from marketplace.ledger import scopes
from marketplace.ledger.models import Status
from marketplace.negotiations import queries
from marketplace.negotiations.models import Negotiation, Stage
from tests.contracts.factories_contracts import Desk, attach, facts, sign, verify
from tests.factories import make_staff
from tests.negotiations.factories_negotiations import handed, make_world


@pytest.fixture
def begun(app):
    """The desk of a fair, and a thread of it whose facts were handed over."""
    world = make_world()
    with transaction():
        scopes.on_fair_created(None, fair=world.fair, by=None)
    desk = Desk(world.fair, make_staff(world.fair, "clerk"), make_staff(world.fair, "verifier"), app.config["SETTINGS"].upload_dir / "evidence")
    return desk, handed(world).id


def declared(desk, thread_id, **changes):
    with transaction():
        row = queries.handover_of(thread_id)
        return service.declare(desk.fair, ContractIn().load(facts(**changes)), by=desk.by(desk.clerk), handover_id=row.id)


def stage(thread_id):
    return db.session.get(Negotiation, thread_id, populate_existing=True).stage


def test_a_thread_goes_with_its_contract(begun):
    desk, thread_id = begun
    contract = declared(desk, thread_id)
    assert stage(thread_id) is Stage.READY_TO_SIGN
    sign(desk, contract)
    assert stage(thread_id) is Stage.SIGNED
    with transaction():
        service.edit(contract.id, ContractIn().load(facts()), by=desk.by(desk.clerk))
    assert (contract.status, stage(thread_id)) == (Status.DECLARED, Stage.READY_TO_SIGN)
    attach(desk, contract, b"%PDF-1.4\n% another signed page\n")
    with transaction():
        service.sign(contract.id, contract.content_hash, by=desk.by(desk.clerk))
    verify(desk, contract)
    assert stage(thread_id) is Stage.SIGNED


def test_a_void_contract_leaves_the_thread_ready_to_sign(begun):
    desk, thread_id = begun
    contract = declared(desk, thread_id)
    sign(desk, contract)
    with transaction():
        service.void(contract.id, "The wrong page", by=desk.by(desk.clerk))
    assert stage(thread_id) is Stage.READY_TO_SIGN


def test_an_intent_signs_no_thread(begun):
    desk, thread_id = begun
    sign(desk, declared(desk, thread_id, **{"class": "intent", "total_amount": None, "technology_amount": None}))
    assert stage(thread_id) is Stage.READY_TO_SIGN
