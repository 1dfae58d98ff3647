"""A desk with its figures and days, made through the services as the product makes them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

import orjson

from marketplace.core import clock
from marketplace.core.clock import today
from marketplace.core.db import db, transaction
from marketplace.figures import closing, days, freezing
from marketplace.figures.rules import canonical, sha256
from marketplace.ledger import queries
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import Desk, declare, facts, make_contract, make_desk
from tests.factories import actor, make_staff


def figure_desk(app, **fields) -> Desk:
    """A fair that opened today, where the fair is."""
    zone = fields.get("time_zone", "Asia/Shanghai")
    return make_desk(app, **({"opens_on": today(zone), "closes_on": today(zone) + timedelta(days=3)} | fields))


def freeze(desk, **more):
    """The figure that the fair's headline scope, or another one, has now."""
    scope = queries.scope(desk.fair.id, more.pop("scope", None))
    with transaction():
        return freezing.freeze(desk.fair, scope, by=more.pop("by", actor(desk.verifier)), **more)[0]


def facts_of(figure):
    return orjson.loads(figure.statement)["facts"]


def confidential(desk, count=3, **changes):
    """Enough confidential deals of strangers that a batch shows them."""
    return [make_contract(desk, Status.VERIFIED, open=False, **changes) for _ in range(count)]


@dataclass
class Pair:
    """Two people who may close a day."""

    first: object
    second: object


def make_pair(desk) -> Pair:
    return Pair(make_staff(desk.fair, "manager"), make_staff(desk.fair, "verifier"))


def carry_everything(desk, day, by):
    with transaction():
        reasons = {item.key: "waits for the other side" for item in days.open_items(desk.fair, day)}
        if reasons:
            closing.carry_over(desk.fair, day, reasons, by=actor(by))


def hash_now(desk, day):
    return sha256(canonical(closing.preview(desk.fair, day)))


def close_day(desk, pair, day=None):
    """Close the next day, whatever is open carried over."""
    day = day or days.next_day(desk.fair)
    carry_everything(desk, day, pair.first)
    digest = hash_now(desk, day)
    with transaction():
        closing.sign_off(desk.fair, day, digest, by=actor(pair.first))
    with transaction():
        found = closing.sign_off(desk.fair, day, digest, by=actor(pair.second))
    db.session.refresh(found)
    return found


@contextmanager
def moving_clock() -> Iterator:
    """A function that turns all clocks of the product that many days ahead of now."""
    real, ahead = clock.now, timedelta()

    def turned():
        return real() + ahead

    def turn(days_ahead):
        nonlocal ahead
        ahead = timedelta(days=days_ahead)

    with mock.patch.object(clock, "now", turned):
        others = [module for name, module in sorted(sys.modules.items()) if name.startswith("marketplace.") and getattr(module, "now", None) is real]
        for module in others:
            module.now = turned
        try:
            yield turn
        finally:
            for module in others:
                module.now = real


__all__ = ["Desk", "Status", "declare", "facts", "make_contract"]
