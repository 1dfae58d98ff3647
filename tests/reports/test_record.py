"""The record: published figures as they were, and the ledger's own beside them, equal or not."""

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden
from marketplace.ledger import scopes
from marketplace.reports import record
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import actor, make_fair, make_staff

PLAIN = {
    "section": "people", "label_en": "Guests", "label_zh": "嘉宾", "value_en": "2,600", "value_zh": "2600名",
    "scope_en": "The forum", "scope_zh": "论坛", "source_en": "Press", "source_zh": "新闻",
}  # fmt: skip
COUNTED = PLAIN | {"section": "deals", "label_en": "Projects", "value_en": "none", "measure": "count", "ledger_scope": "all"}


def published(*rows):
    """A fair with these figures on record, and its manager."""
    fair = make_fair()
    scopes.on_fair_created(None, fair=fair, by=None)
    manager = actor(make_staff(fair, "manager"))
    record.publish(fair, rows, by=manager)
    db.session.commit()
    return fair, manager


@pytest.mark.parametrize(("number", "matches"), [(0, True), (42, False)])
def test_our_figure_stands_beside_the_published_one_and_says_whether_it_equals(app, client, number, matches):
    fair, _ = published(PLAIN, COUNTED | {"published": number})
    plain, counted = record.lines(fair)
    assert plain.ours is None
    assert counted.ours and (counted.ours.value, counted.ours.matches) == (0, matches)
    text = client.get(f"/fairs/{fair.slug}/record").text
    assert ("equals the published figure" in text) is matches and ("differs from the published figure" in text) is not matches


def test_a_scope_that_the_ledger_does_not_have_compares_with_nothing(app):
    fair, _ = published(COUNTED | {"published": 3, "ledger_scope": "elsewhere"})
    assert [line.ours for line in record.lines(fair)] == [None]


def test_publishing_again_replaces_the_figures_of_this_fair_only(app):
    fair, manager = published(PLAIN, PLAIN | {"label_en": "Experts"})
    other, _ = published(PLAIN)
    record.publish(fair, [PLAIN | {"label_en": "Envoys"}], by=manager)
    assert [line.figure.label_en for line in record.lines(fair)] == ["Envoys"]
    assert [line.figure.label_en for line in record.lines(other)] == ["Guests"]


@pytest.mark.parametrize("role", ["clerk", "verifier", "moderator"])
def test_only_a_manager_publishes(app, role):
    fair = make_fair()
    with pytest.raises(Forbidden):
        record.publish(fair, [PLAIN], by=actor(make_staff(fair, role)))
    assert not record.exists(fair)


def test_a_manager_of_another_fair_does_not_publish(app):
    fair, manager = make_fair(), actor(make_staff(make_fair(), "manager"))
    with pytest.raises(Forbidden):
        record.publish(fair, [PLAIN], by=manager)


def test_the_sections_stand_in_their_order_whatever_the_order_of_the_figures(app):
    fair, _ = published(PLAIN, COUNTED | {"published": 0}, PLAIN | {"section": "offered"})
    assert [section.value for section in record.by_section(record.lines(fair))] == ["offered", "deals", "people"]


def test_a_fair_without_a_record_says_so(app, client):
    fair = make_fair()
    answer = client.get(f"/fairs/{fair.slug}/record")
    assert answer.status_code == 200 and "Nothing published yet" in answer.text
    assert client.get(f"/api/v1/fairs/{fair.slug}/record").json == {"fair": fair.slug, "sample": False, "rows": []}


@pytest.mark.parametrize("path", ["/fairs/nowhere/record", "/api/v1/fairs/nowhere/record"])
def test_an_unknown_fair_is_not_found(app, client, path):
    assert client.get(path).status_code == 404


def test_strangers_may_keep_the_page_and_ask_whether_it_changed(app, client):
    fair, _ = published(PLAIN)
    first = client.get(f"/fairs/{fair.slug}/record")
    assert "public" in first.headers["Cache-Control"]
    again = client.get(f"/fairs/{fair.slug}/record", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


DEALS = {
    "high_tech_count": (2, "2"), "high_tech_total": (9_00, "¥9.00"), "high_tech_count_share": (667, "66.7 %"),
    "high_tech_total_share": (900, "90.0 %"), "first": (4_00, "¥4.00"),
}  # fmt: skip
"""Measure: (our value of three deals of 4, 5 and 1 yuan, of which the last is no high technology; how it reads)."""


def dealt(app, *, open=True, measures=DEALS, published=None):
    """A fair of three verified deals, and a record that asks these measures of it."""
    desk = make_desk(app)
    for amount, high_tech in (("4.00", True), ("5.00", True), ("1.00", False)):
        make_contract(desk, total_amount=amount, technology_amount=None, high_tech=high_tech, open=open)
    rows = [COUNTED | {"measure": measure, "label_en": measure, "published": published or DEALS[measure][0]} for measure in measures]
    with transaction():
        record.publish(desk.fair, rows, by=actor(make_staff(desk.fair, "manager")))
    return desk.fair


def test_high_technology_and_the_first_deal_are_computed_from_the_ledger(app, client):
    fair = dealt(app)
    found = record.lines(fair)
    assert {line.figure.label_en: line.ours and line.ours.value for line in found} == {name: value for name, (value, _said) in DEALS.items()}
    assert all(line.ours.matches for line in found)
    page, rows = client.get(f"/fairs/{fair.slug}/record").text, client.get(f"/api/v1/fairs/{fair.slug}/record").json["rows"]
    assert all(said in page for _value, said in DEALS.values())
    assert [(row["ours"]["unit"], row["ours"]["value"], row["ours"]["currency"]) for row in rows] == [
        ("count", "2", None), ("amount", "9.00", "CNY"), ("share", "66.7", None), ("share", "90.0", None), ("amount", "4.00", "CNY"),
    ]  # fmt: skip


def test_a_share_that_prints_otherwise_differs(app):
    [line] = record.lines(dealt(app, measures=["high_tech_count_share"], published=666))
    assert line.ours and not line.ours.matches


def test_a_part_that_would_tell_of_a_confidential_deal_is_not_computed(app):
    fair = dealt(app, open=False)
    assert [line.ours for line in record.lines(fair)] == [None] * len(DEALS)


def test_a_safe_part_of_a_fair_that_goes_on_is_not_computed_yet_and_of_a_closed_one_is(app):
    desk = make_desk(app)
    for number in range(3):
        make_contract(desk, total_amount=f"{number + 1}.00", technology_amount=None, high_tech=True, open=False)
    make_contract(desk, total_amount="4.00", technology_amount=None, high_tech=False, open=True)
    with transaction():
        record.publish(desk.fair, [COUNTED | {"measure": "high_tech_total", "published": 6_00}], by=actor(make_staff(desk.fair, "manager")))
    assert [line.ours for line in record.lines(desk.fair)] == [None]
    desk.fair.closed_at = now()
    db.session.commit()
    assert [line.ours and line.ours.value for line in record.lines(desk.fair)] == [6_00]
