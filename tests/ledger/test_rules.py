"""The tables of docs/rules/counting.md, row by row."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from marketplace.ledger.hiding import Change, Hidden, batch_is_safe, shown_together
from marketplace.ledger.models import ContractClass
from marketplace.ledger.rules import takes

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "counting.md").read_text(encoding="utf8")
RULE = {"kinds": ["licence", "transfer"], "places": ["at_fair"], "from": "2020-09-17", "to": "2020-09-20"}


def table(heading):
    """The rows of the table under the first header cell, as lists of cells."""
    start = PAGE.index(f"| {heading} |")
    lines = PAGE[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(("kind", "place", "signed_on", "taken"), table("kind"))
def test_what_the_scope_of_the_page_takes_in(kind, place, signed_on, taken):
    day = None if signed_on == "–" else date.fromisoformat(signed_on)
    assert takes(RULE, kind=kind, place=place, signed_on=day) is (taken == "yes")


@pytest.mark.parametrize(("waiting", "shown"), table("deals that wait, each with its parties"))
def test_which_deals_may_be_shown_together(waiting, shown):
    deals = [re.findall("[a-z]", deal) for deal in waiting.split(",")]
    assert batch_is_safe(deals) is (shown == "yes")


@pytest.mark.parametrize(("contract_class", "scopes", "amounts", "count", "shown"), table("class"))
def test_which_sums_hide_the_deals_that_move_them(contract_class, scopes, amounts, count, shown):
    named = {"all": UUID(int=1), "expo": UUID(int=2)}
    waiting = {
        n: Change(None, Hidden(
            contract_class=ContractClass(contract_class), counted_by=frozenset(named[code] for code in scopes.split(", ")),
            parties=(f"a{n}", f"b{n}"), total=1000 + n if amounts == "total" else None, technology=None))
        for n in range(int(count))
    }  # fmt: skip
    enough = {
        100 + n: Change(None, Hidden(
            contract_class=ContractClass.FRAMEWORK, counted_by=frozenset(named.values()), parties=(f"c{n}", f"d{n}"), total=None, technology=None))
        for n in range(3)
    }  # fmt: skip
    assert shown_together(waiting | enough) == (set(waiting) if shown == "yes" else set()) | set(enough)


def test_the_tables_are_there():
    assert len(table("class")) == 5
    assert len(table("kind")) == 7
    assert len(table("deals that wait, each with its parties")) == 4
