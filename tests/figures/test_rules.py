"""The tables of docs/rules/publication.md, row by row."""

import re
from pathlib import Path

import orjson
import pytest

from marketplace.figures.rules import DayTotals, Sum, canonical, check_character, comparable, day_totals, difference, read_code, sha256
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import make_contract
from tests.figures.factories_figures import facts_of, figure_desk, freeze

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "publication.md").read_text(encoding="utf8")


def table(*heading):
    """The rows of the table under these header cells, as lists of cells."""
    start = PAGE.index("| " + " | ".join(heading) + " |")
    lines = PAGE[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(text):
    return int(text.replace("−", "-"))


def listed(text):
    """{"a": 10} of "a 10, b 5"."""
    return {} if text == "–" else {name: int(amount) for name, amount in (part.split() for part in text.split(", "))}


RULE = {"kinds": ["licence"], "places": ["at_fair"], "from": None, "to": None}


def line(name, amount):
    return {
        "contract_id": name, "reference": name, "kind": "licence", "place": "before" if name == "x" else "at_fair", "signed_on": "2020-09-17",
        "base_total_minor": amount,
    }  # fmt: skip


def lines(text):
    return [line(name, amount) for name, amount in listed(text).items()]


def statement(text, void="–"):
    found = lines(text)
    return {
        "fair": "f", "scope": {"code": "all", "number": 1, "rule": RULE}, "filter": None, "open": found, "contracts": len(found),
        "total_minor": sum(each["base_total_minor"] for each in found), "confidential": {"contracts": 0, "total_minor": 0},
        "voided": [{"contract_id": name} for name in void.split(", ") if name != "–"],
    }  # fmt: skip


@pytest.mark.parametrize(("typed", "read"), table("typed", "read as"))
def test_how_a_code_is_read(typed, read):
    text = "".join(re.findall("`([^`]+)`", typed))
    assert read_code(text) == (None if read == "–" else read)


def test_the_check_sign_of_the_page():
    assert check_character("2222222") == "2"
    assert check_character("3222222") == "4"


@pytest.mark.parametrize(("verified", "contracts", "named", "hidden", "millions"),
                         table("verified so far", "contracts in the figure", "named", "confidential", "total in millions"))  # fmt: skip
def test_which_deals_a_figure_counts(app, verified, contracts, named, hidden, millions):
    desk = figure_desk(app)
    for each in [] if verified == "–" else verified.split(", "):
        make_contract(desk, Status.VERIFIED, open=each == "open")
    facts = facts_of(freeze(desk))
    found = (facts["contracts"], len(facts["open"]), facts["confidential"]["contracts"], facts["total_minor"])
    assert found == (int(contracts), int(named), int(hidden), int(millions) * 100_000_000)


@pytest.mark.parametrize(("before", "after", "void", "said", "contracts", "amount"),
                         table("before", "after", "void now", "listed as", "contracts", "amount"))  # fmt: skip
def test_what_is_listed_as_changed(before, after, void, said, contracts, amount):
    found = difference(statement(before), statement(after, void))
    parts = [f"added {each['reference']}" for each in found.added]
    parts += [f"amended {each.after['reference']}" for each in found.amended]
    parts += [f"{each.why} {each.line['reference']}" for each in found.gone]
    assert ", ".join(parts) == ("" if said == "nothing" else said)
    assert found.nothing is (said == "nothing")
    assert (found.contracts, found.total_minor) == (number(contracts), number(amount))
    summed = sum(each["base_total_minor"] for each in found.added) + sum(each.base_minor for each in found.amended)
    assert summed - sum(each.line["base_total_minor"] for each in found.gone) == found.total_minor


def test_figures_of_other_scopes_or_cells_are_not_compared():
    one = statement("a 10")
    assert comparable(one, statement("a 11"))
    assert comparable(one, one | {"scope": one["scope"] | {"number": 2}})
    for other in ({"fair": "g"}, {"scope": {"code": "expo", "number": 1}}, {"filter": {"axis": "field", "key": "k"}}):
        assert not comparable(one, one | other)


@pytest.mark.parametrize(("before", "now", "added", "adjusted", "closing"),
                         table("counted the day before", "counted now", "this day", "adjustments", "closing"))  # fmt: skip
def test_how_a_day_adds_up(before, now, added, adjusted, closing):
    found = day_totals(lines(before), lines(now))
    assert (found.added.total_minor, found.adjusted.total_minor, found.closing.total_minor) == (number(added), number(adjusted), number(closing))
    assert found.opening + found.added + found.adjusted == found.closing


def test_an_undisclosed_contract_counts_as_one_and_as_no_amount():
    assert day_totals([], [line("a", None)]) == DayTotals(Sum(), Sum(1, 0), Sum(), Sum(1, 0), {})


def test_the_statement_of_the_page_is_the_statement_of_the_product(app):
    desk = figure_desk(app)
    make_contract(desk)
    figure = freeze(desk)
    facts = facts_of(figure)
    words = {"press"}
    for row in table("in the statement", "what it is"):
        for name in row[0].split(", "):
            assert name in facts or name in words, name
    assert figure.statement.encode() == canonical(orjson.loads(figure.statement))
    assert sha256(figure.statement.encode()) == figure.sha256


def test_canonical_json_does_not_depend_on_the_order_in_which_it_was_made():
    assert canonical({"b": 1, "a": [{"d": 2, "c": "元"}]}) == '{"a":[{"c":"元","d":2}],"b":1}'.encode()


def test_the_tables_are_there():
    assert [len(table("typed", "read as")), len(table("verified so far", "contracts in the figure"))] == [6, 7]
    assert len(table("before", "after", "void now")) == 7
    assert len(table("counted the day before", "counted now")) == 6
