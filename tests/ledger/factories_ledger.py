"""Confidential deals, amendments and marks, straight through the ledger's services."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from marketplace.core.db import transaction
from marketplace.ledger import service
from marketplace.ledger.models import ContractClass, Status
from marketplace.ledger.rules import Deal
from tests.factories import numbers


def make_deal(**changes) -> Deal:
    """A deal of two organisations that nobody else knows."""
    n = next(numbers)
    plain = {
        "contract_id": uuid4(), "contract_class": ContractClass.CONTRACT, "kind": "licence", "place": "at_fair", "signed_on": date.today(),
        "field": "aerospace", "country": "DE", "open": False, "parties": (f"a{n}", f"b{n}"), "currency": "CNY", "total_minor": 1000 + n,
        "technology_minor": None,
    }  # fmt: skip
    return Deal(**plain | changes)


def book_verified(fair, deal):
    """Declared, signed and verified; each in a transaction of its own."""
    for move, start, end in (("declare", None, Status.DECLARED), ("sign", Status.DECLARED, Status.SIGNED), ("verify", Status.SIGNED, Status.VERIFIED)):
        with transaction():
            service.book(fair, deal, move=move, start=start, end=end, by=None)
    return deal


def void(fair, deal):
    with transaction():
        return service.book(fair, deal, move="void", start=Status.VERIFIED, end=Status.VOID, by=None, reason="never happened")


def amend(fair, deal, **changes):
    new = replace(deal, **changes)
    with transaction():
        service.amend(fair, deal, new, by=None, reason="the parties agreed on other terms")
    return new
