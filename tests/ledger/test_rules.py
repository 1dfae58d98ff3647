"""The tables of docs/rules/counting.md, row by row."""

import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from marketplace.ledger.hiding import Change, Hidden, batch_is_safe, reveals_nobody, shown_together
from marketplace.ledger.models import ContractClass
from marketplace.ledger.rules import takes

RULES = Path(__file__).parents[2] / "docs" / "rules"
PAGE = (RULES / "counting.md").read_text(encoding="utf8")
RULE = {"kinds": ["licence", "transfer"], "places": ["at_fair"], "from": "2020-09-17", "to": "2020-09-20"}


def table(heading, page=PAGE):
    """The rows of the table under the first header cell, as lists of cells."""
    start = page.index(f"| {heading} |")
    lines = page[start:].split("\n\n")[0].splitlines()[2:]
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


def hidden(name, total=1000):
    return Hidden(
        contract_class=ContractClass.CONTRACT, counted_by=frozenset({UUID(int=1)}), parties=(f"{name}1", f"{name}2"), total=total, technology=None
    )


def batch(text):
    """{deal: what a cell such as "+a −b ~c" does to it}; ~ amends the amount."""
    acts = {"+": lambda name: Change(None, hidden(name)), "−": lambda name: Change(hidden(name), None), "~": lambda name: Change(hidden(name), hidden(name, 7))}
    return {act[1]: acts[act[0]](act[1]) for act in text.split()}


@pytest.mark.parametrize(("earlier", "waiting", "shown", "_why"), table("shown earlier"))
def test_what_two_public_moments_may_differ_in(earlier, waiting, shown, _why):
    batches = [batch(text) for text in earlier.split(",")]
    assert reveals_nobody(batches)
    assert shown_together(batch(waiting), reversed(batches)) == (set(batch(waiting)) if shown == "yes" else set())
    assert reveals_nobody([*batches, batch(waiting)]) is (shown == "yes")


def test_the_tables_are_there():
    assert len(table("shown earlier")) == 9
    assert len(table("class")) == 5
    assert len(table("kind")) == 8
    assert len(table("deals that wait, each with its parties")) == 4
