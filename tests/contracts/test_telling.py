"""What the contract, the answers about it and the credit add to the story of the thread that it came from."""

from marketplace.contracts import service
from marketplace.contracts.schemas import ContractIn
from marketplace.credits import service as credits
from marketplace.ledger import scopes
from marketplace.negotiations import queries, shown, timeline
from tests.contracts.factories_contracts import Desk, facts, sign, verify
from tests.factories import make_staff
from tests.negotiations.factories_negotiations import do, handed, make_world


def parties(world, *, without=None):
    both = [("provider", world.agency, "DE"), ("recipient", world.company, "CN")]
    return [
        {"role": role, "name": side.name, "country": country} | ({} if side is without else {"organization_id": str(side.id)})
        for role, side, country in both
    ]  # fmt: skip


def logged(app, world, **more):
    thread = handed(world)
    do(scopes.on_fair_created, None, fair=world.fair, by=None)
    desk = Desk(world.fair, world.clerk, make_staff(world.fair, "verifier"), app.config["SETTINGS"].upload_dir / "evidence")
    handover = queries.waiting_handovers(by=world.staff, fair=world.fair)[0]
    data = ContractIn().load(facts(parties=parties(world, **more)))
    return thread, desk, do(service.declare, world.fair, data, by=desk.by(world.clerk), handover_id=handover.id)


def story(thread, by):
    found = queries.thread(thread.id, by=by)
    events = timeline.events(found, by)
    now = next(step.label for step in shown.steps(found, events) if step.look == "now")
    return [(event.who, event.said.text) for event in events], now


def test_the_story_goes_on_to_the_verified_contract(app):
    world = make_world()
    thread, desk, contract = logged(app, world)
    assert story(thread, world.buyer)[1] == "Contract"
    sign(desk, contract)
    do(credits.propose, contract.id, [(world.agency.slug, 10_000)], by=world.buyer)
    verify(desk, contract)
    told, now = story(thread, world.buyer)
    assert now == "Verification"
    assert ("the contract desk", f"verified contract {contract.reference}: the total counts it") in told
    assert ("the contract desk", f"marked contract {contract.reference} as signed") in told
    assert ("Hengyuan", "proposed how the agencies share the credit") in told
    assert not any(world.clerk.name in str(event) for event in told)


def test_who_may_not_read_the_contract_reads_nothing_of_it_here(app):
    world = make_world()
    thread, _desk, contract = logged(app, world, without=world.company)
    assert any(contract.reference in text for _, text in story(thread, world.seller)[0])
    assert not any(contract.reference in text for _, text in story(thread, world.buyer)[0])
