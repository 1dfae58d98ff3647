"""A running ceremony with contracts on its list, made through the services as the product makes them."""

from marketplace.ceremonies import pressing, service
from marketplace.ceremonies.models import CeremonyState, Press
from marketplace.core.clock import now
from marketplace.core.db import transaction
from tests.contracts.factories_contracts import make_contract
from tests.factories import actor, make_staff


def make_ceremony(desk, *, running=True, title_en="Opening signing show", title_zh="开幕签约仪式"):
    by = actor(desk.clerk)
    with transaction():
        ceremony = service.plan(desk.fair, title_en=title_en, title_zh=title_zh, starts_at=now(), by=by)
    if running:
        with transaction():
            service.move(ceremony.id, CeremonyState.RUNNING, by=by)
    return ceremony


def put_on(desk, ceremony, contract, **lines):
    with transaction():
        return service.add(ceremony.id, contract.id, **({"line_en": None, "line_zh": None} | lines), by=actor(desk.clerk))


def press(ceremony, item, what, by):
    with transaction():
        return pressing.press(ceremony.id, item.id, Press(what), by=by)


def make_item(desk, ceremony, **contract):
    """A verified contract on the list."""
    return put_on(desk, ceremony, make_contract(desk, **contract))


def make_manager(desk):
    return make_staff(desk.fair, "manager")
