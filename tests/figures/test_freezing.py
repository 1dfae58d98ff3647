"""Publishing: what is shown is what is published, once, for ever, and an auditor gets the same numbers from the ledger."""

import hashlib
from datetime import date

import orjson
import pytest
from sqlalchemy import text

from marketplace.contracts import service
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, Invalid, NotFound, Stale
from marketplace.figures import checking, freezing, queries, stating
from marketplace.figures.rules import difference
from marketplace.ledger import queries as ledger
from marketplace.ledger import scopes
from marketplace.ledger.models import Status, View
from marketplace.taxonomy.vocabularies import DEAL_KINDS
from tests.contracts.factories_contracts import load_rates
from tests.factories import actor, make_fair, make_staff
from tests.figures.factories_figures import confidential, facts_of, figure_desk, freeze, make_contract


@pytest.fixture
def desk(app):
    return figure_desk(app)


def faults(figure):
    return [(fault.code, fault.where) for fault in checking.faults(figure)]


def void(desk, contract, reason="signed by somebody without authority"):
    with transaction():
        service.void(contract.id, reason, by=actor(make_staff(desk.fair, "manager")))


def test_a_figure_states_the_public_total_with_its_contracts(desk):
    one, two = make_contract(desk), make_contract(desk, total_amount="2500000.00", technology_amount=None)
    make_contract(desk, Status.SIGNED)
    figure = freeze(desk)
    facts = facts_of(figure)
    assert (facts["contracts"], facts["total"], facts["technology"]) == (2, "3500000.00", "600000.00")
    assert facts["technology_disclosed"] == 1
    assert [line["reference"] for line in facts["open"]] == sorted([one.reference, two.reference])
    assert facts["public_seq"] == ledger.head(desk.fair.id, View.PUBLIC)[0]
    assert hashlib.sha256(figure.statement.encode()).hexdigest() == figure.sha256
    assert facts["earlier"] is None
    assert faults(figure) == []


def test_the_statement_tells_no_confidential_deal_and_the_lines_do(desk):
    make_contract(desk)
    hidden = confidential(desk)
    figure = freeze(desk)
    facts = facts_of(figure)
    assert facts["confidential"]["contracts"] == 3
    assert facts["contracts"] == 4
    for contract in hidden:
        assert contract.reference not in figure.statement
        assert str(contract.id) not in figure.statement
    assert {line["reference"] for line in figure.lines} >= {contract.reference for contract in hidden}
    assert faults(figure) == []


def test_a_confidential_deal_that_waits_changes_nothing_that_is_published(desk):
    make_contract(desk)
    first = freeze(desk)
    confidential(desk, 2)
    assert freeze(desk).code == first.code


def test_the_same_content_gives_the_same_figure_back(desk):
    make_contract(desk)
    assert freeze(desk).id == freeze(desk, by=actor(make_staff(desk.fair, "manager"))).id
    make_contract(desk)
    assert len({freeze(desk).code, freeze(desk, seq=facts_of(queries.everything()[0])["public_seq"]).code}) == 2


def test_a_figure_of_an_earlier_number_is_what_was_known_then(desk):
    make_contract(desk)
    seq = ledger.head(desk.fair.id, View.PUBLIC)[0]
    make_contract(desk)
    assert facts_of(freeze(desk, seq=seq))["contracts"] == 1
    with pytest.raises(Invalid):
        freeze(desk, seq=10_000)


def test_nothing_is_a_figure_too(desk):
    figure = freeze(desk)
    assert facts_of(figure)["contracts"] == 0
    assert "no contract had been verified" in orjson.loads(figure.statement)["words"]["press"]["en"]
    assert faults(figure) == []


def test_one_cell_holds_its_named_deals_only(desk):
    make_contract(desk, field="new_materials")
    make_contract(desk, field="aerospace", total_amount="5000000.00")
    confidential(desk, field="new_materials")
    figure = freeze(desk, axis="field", key="new_materials")
    facts = facts_of(figure)
    assert (facts["contracts"], facts["total"], facts["confidential"]["contracts"]) == (1, "1000000.00", 0)
    assert "named deals only" in orjson.loads(figure.statement)["words"]["press"]["en"]
    assert faults(figure) == []
    with pytest.raises(Invalid):
        freeze(desk, axis="field", key="confidential_")
    with pytest.raises(Invalid):
        freeze(desk, axis="field", key="agriculture")


def test_the_cell_of_confidential_deals_is_no_cell_to_publish(desk):
    confidential(desk)
    figure = freeze(desk)
    with pytest.raises(Invalid):
        freeze(desk, axis="field", key="confidential")
    assert facts_of(figure)["breakdowns"]["field"][0]["key"] == "confidential"


def test_rates_of_named_deals_are_stated_and_those_of_confidential_ones_are_not(desk):
    day = date.today().isoformat()
    load_rates(f"date,EUR_CNY,EUR_USD,EUR_JPY\n{day},7.8000,1.1000,130.00\n")
    make_contract(desk, currency="USD", total_amount="100.00", technology_amount=None)
    for currency in ("JPY", "JPY", "JPY"):
        make_contract(desk, currency=currency, open=False, total_amount="1000", technology_amount=None)
    facts = facts_of(freeze(desk))
    assert [rate["currency"] for rate in facts["rates"]] == ["USD"]
    assert facts["rates"][0]["rate_from"] == "1.1000"
    assert [each["currency"] for each in facts["by_currency"]] == ["USD"]
    assert facts["total"] == "889.09"  # 709.09 of the dollars, three times 60.00 of the yen


def test_the_preview_is_what_is_published_or_it_is_stale(desk):
    make_contract(desk)
    scope = ledger.scope(desk.fair.id, None)
    draft = stating.draft(desk.fair, scope)
    make_contract(desk)
    with pytest.raises(Stale):
        freeze(desk, seen_sha256=draft.sha256)
    figure = freeze(desk, seq=draft.public_seq, seen_sha256=draft.sha256)
    assert (figure.sha256, figure.statement) == (draft.sha256, draft.content.decode())


def test_whoever_is_not_of_the_fair_publishes_nothing(desk):
    make_contract(desk)
    for person in (desk.clerk, make_staff(make_fair(), "manager"), make_staff(desk.fair, "moderator")):
        with pytest.raises(Forbidden):
            freeze(desk, by=actor(person))


def test_a_figure_is_never_changed_or_deleted(desk):
    make_contract(desk)
    figure = freeze(desk)
    for statement in ("UPDATE figures SET sha256 = 'x'", "DELETE FROM figures"):
        with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
            db.session.execute(text(statement))
    assert queries.by_code(figure.code).sha256 == figure.sha256


def test_a_withdrawn_figure_stays_and_says_why(desk):
    make_contract(desk)
    figure = freeze(desk)
    before = figure.statement
    with transaction():
        note = freezing.withdraw(figure.code, "one deal was reported twice", by=actor(desk.verifier))
    assert queries.withdrawals([figure.id])[figure.id].reason == note.reason
    assert queries.by_code(figure.code).statement == before
    with pytest.raises(Duplicate), transaction():
        freezing.withdraw(figure.code, "again", by=actor(desk.verifier))
    with pytest.raises(Forbidden), transaction():
        freezing.withdraw(figure.code, "not mine", by=actor(desk.clerk))


def test_only_staff_of_the_fair_see_all_lines(desk):
    figure = freeze(desk)
    assert freezing.lines(figure.code, by=actor(desk.clerk)).id == figure.id
    with pytest.raises(NotFound):
        freezing.lines(figure.code, by=actor(make_staff(make_fair(), "manager")))


def test_a_later_figure_says_what_changed(desk):
    kept, gone = make_contract(desk), make_contract(desk, total_amount="2000000.00")
    first = freeze(desk)
    void(desk, gone)
    added = make_contract(desk, total_amount="3000000.00")
    confidential(desk)
    second = freeze(desk)
    assert facts_of(second)["earlier"] == first.code
    found = difference(facts_of(first), facts_of(second))
    assert [line["reference"] for line in found.added] == [added.reference]
    assert [(each.line["reference"], each.why) for each in found.gone] == [(gone.reference, "voided")]
    assert (found.confidential_contracts, found.confidential_minor) == (3, 300_000_000)
    assert (found.contracts, found.total_minor) == (3, 400_000_000)
    assert kept.reference not in str(found.added)
    assert faults(first) == faults(second) == []


def test_a_changed_rule_shows_in_the_difference(desk):
    make_contract(desk)
    other = make_contract(desk, kind=next(code for code in DEAL_KINDS.codes if code != "licence"))
    first = freeze(desk)
    with transaction():
        scopes.define(desk.fair, "all", name_en="All", name_zh="全部", kinds=["licence"], places=["at_fair"], first=None, last=None,
                      headline=True, by=None)  # fmt: skip
    second = freeze(desk)
    found = difference(facts_of(first), facts_of(second))
    assert found.scope_changed
    assert [(each.line["reference"], each.why) for each in found.gone] == [(other.reference, "out_of_scope")]
    assert faults(first) == faults(second) == []


def test_tampering_with_what_was_published_is_found(desk):
    make_contract(desk)
    figure = freeze(desk)
    db.session.refresh(figure)
    db.session.expunge(figure)
    figure.statement = figure.statement.replace('"total":"1000000.00"', '"total":"9000000.00"')
    assert ("hash", "statement") in faults(figure)
    assert ("differs", "facts.total") in faults(figure)


def test_tampering_with_the_ledger_behind_a_figure_is_found(desk):
    make_contract(desk)
    figure = freeze(desk)
    db.session.flush()
    figure.lines[0]["base_total_minor"] = 1
    assert ("differs", "lines[0].base_total_minor") in faults(figure)
