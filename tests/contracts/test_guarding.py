"""Entry that cannot slip: the questions of docs/rules/amounts.md, the read-back of every amount, and what is never counted."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.contracts import guarding, queries, rules, service
from marketplace.contracts.models import Contract
from marketplace.contracts.rules import Entered, Known, questions
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from marketplace.ledger import scopes
from marketplace.ledger.models import ContractClass, Status
from marketplace.negotiations import queries as negotiations
from tests.contracts.factories_contracts import declare, facts, load_rates, make_contract, make_desk
from tests.factories import actor, api, form_token, make_staff, make_token, sign_in
from tests.negotiations.factories_negotiations import TERMS, handed, make_world
from tests.roadshow.factories_roadshow import make_achievement

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "amounts.md").read_text(encoding="utf8")
OPENS, CLOSES = date(2020, 9, 17), date(2020, 9, 20)


def table(heading):
    start = PAGE.index(f"| {heading} |")
    lines = PAGE[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def minor(text):
    return None if text == "–" else int(Decimal(text) * 100)


@pytest.mark.parametrize(("kind", "total", "technology", "day", "place", "agreed", "largest", "asked"), table("kind"))
def test_the_table_of_the_questions(kind, total, technology, day, place, agreed, largest, asked):
    figure, _, currency = agreed.partition(" ")
    entered = Entered(
        kind=kind, place=place, currency="CNY", total_minor=minor(total), technology_minor=minor(technology),
        signed_on=None if day == "–" else date.fromisoformat(day),
    )  # fmt: skip
    known = Known(
        opens_on=OPENS, closes_on=CLOSES, agreed_minor=minor(figure), agreed_currency=None if figure == "–" else currency or "CNY",
        compared_minor=None if largest == "–" else minor(total), largest_minor=minor(largest),
    )  # fmt: skip
    assert questions(entered, known) == ([] if asked == "nothing" else asked.split(", "))


@pytest.mark.parametrize(("currency", "typed", "unit", "asked"), table("counted in"))
def test_the_table_of_foreign_units(currency, typed, unit, asked):
    values = {"currency": currency, "total_amount": typed, "total_unit": unit}
    assert guarding.foreign_unit(values) is (asked == "yes")
    other = {"currency": "CNY", "other_amounts": [{"amount": typed, "unit": unit, "currency": currency}]}
    assert guarding.foreign_unit(other) is (asked == "yes")


def test_the_tables_are_there():
    assert len(table("kind")) == 19
    assert len(table("counted in")) == 6


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


def post(client, desk, **changes):
    return client.post("/api/v1/contracts", json=facts(fair=desk.fair.slug, **changes), headers=api(make_token(desk.clerk)))


def codes(answer):
    return [warning["code"] for warning in answer.json["warnings"]]


def test_the_api_answers_questions_as_warnings_and_blocks_nothing(client, desk):
    assert codes(post(client, desk)) == []
    make_contract(desk, total_amount="1000.00", technology_amount="600.00")
    answer = post(client, desk, total_amount="10000.01", technology_amount="1.00", signed_on=(date.today() - timedelta(days=9)).isoformat())
    assert answer.status_code == 201
    assert codes(answer) == ["above_largest", "technology_tiny", "day_off_fair"]
    assert codes(post(client, desk, total_amount="10000.00", technology_amount="6000.00")) == []


def test_what_is_not_verified_is_no_measure(client, desk):
    make_contract(desk, Status.SIGNED, total_amount="1000.00", technology_amount=None)
    assert codes(post(client, desk, total_amount="90000.00", technology_amount=None)) == []


def test_a_foreign_amount_is_measured_at_the_rate_of_its_day(client, desk):
    make_contract(desk, total_amount="100000.00", technology_amount=None)
    day = (date.today() - timedelta(days=1)).isoformat()
    assert codes(post(client, desk, currency="USD", technology_amount=None, total_amount="200000.00", signed_on=day)) == []  # no rate, no question
    load_rates(f"date,EUR_USD,EUR_CNY\n{day},1.0,7.0\n")
    assert codes(post(client, desk, currency="USD", technology_amount=None, total_amount="142857.00", signed_on=day)) == []
    assert codes(post(client, desk, currency="USD", technology_amount=None, total_amount="142858.00", signed_on=day)) == ["above_largest"]


def test_what_was_not_sent_is_taken_as_undisclosed_and_said(client, desk):
    body = facts(fair=desk.fair.slug)
    del body["total_amount"], body["technology_amount"]
    answer = client.post("/api/v1/contracts", json=body, headers=api(make_token(desk.clerk)))
    assert (answer.status_code, answer.json["total_amount"], codes(answer)) == (201, None, ["total_not_said", "technology_not_said"])
    assert codes(post(client, desk, total_amount=None, technology_amount=None)) == []


VARIABLE = {"payment_mode": "upfront_plus_royalty", "royalty_bp": 250, "milestones": "Half on the first plant", "floor_amount": "10.00", "cap_amount": "300.00"}


def test_the_variable_part_and_other_amounts_add_nothing_to_any_total(client, desk):
    others = [
        {"kind": "planned_investment", "amount": "99000000.00"}, {"kind": "fund_size", "amount": "88000000", "currency": "JPY"},
        {"kind": "annualised_intention", "amount": "77000000.00"},
    ]  # fmt: skip
    made = make_contract(desk, total_amount="1000.00", technology_amount="600.00", other_amounts=others, **VARIABLE)
    shown = client.get(f"/api/v1/contracts/{made.id}", headers=api(make_token(desk.clerk))).json
    assert (shown["total_amount"], shown["cap_amount"], shown["up_to_amount"], shown["royalty_bp"]) == ("1000.00", "300.00", "1300.00", 250)
    assert {(o["kind"], o["amount"], o["currency"]) for o in shown["other_amounts"]} == {
        ("planned_investment", "99000000.00", "CNY"), ("fund_size", "88000000", "JPY"), ("annualised_intention", "77000000.00", "CNY"),
    }  # fmt: skip
    total = desk.total()
    assert desk.headline().base_total_minor == 100000
    figures = re.findall(r"\d+", repr(total))
    assert not {"9900000000", "88000000", "7700000000", "30000", "130000"} & set(figures)


def test_an_intent_keeps_its_plans_and_a_framework_its_ceiling_and_neither_has_a_value(client, desk):
    plan = [{"kind": "annualised_intention", "amount": "30000000.00"}]
    nothing = {"total_amount": None, "technology_amount": None}
    assert post(client, desk, **{"class": "intent"}, **nothing, other_amounts=plan).status_code == 201
    assert post(client, desk, **{"class": "framework"}, **nothing, cap_amount="50000000.00").json["up_to_amount"] is None
    for class_, more, pointer in (("intent", {"cap_amount": "5.00"}, "/cap_amount"), ("framework", {"floor_amount": "5.00"}, "/floor_amount"),
                                  ("framework", {"royalty_bp": 5}, "/royalty_bp")):  # fmt: skip
        refused = post(client, desk, **{"class": class_}, **nothing, **more)
        assert [(e["pointer"], e["code"]) for e in refused.json["errors"]] == [(pointer, "no_deal_value")]
    assert {row.contract_class for row in db.session.query(Contract)} == {ContractClass.INTENT, ContractClass.FRAMEWORK}
    assert desk.headline().count == 0


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"floor_amount": "5.00", "cap_amount": "4.99"}, "/floor_amount", "floor_of_cap"),
        ({"royalty_bp": 0}, "/royalty_bp", "whole_range"),
        ({"royalty_bp": 10001}, "/royalty_bp", "whole_range"),
        ({"payment_mode": "barter"}, "/payment_mode", "code_unknown"),
        ({"other_amounts": [{"kind": "fund_size", "amount": "0"}]}, "/other_amounts/0/amount", "amount_bounds"),
        ({"other_amounts": [{"kind": "deal_value", "amount": "1.00"}]}, "/other_amounts/0/kind", "code_unknown"),
        ({"other_amounts": [{"kind": "fund_size", "amount": "1.00"}] * 2}, "/other_amounts", "list_twice"),
        ({"place": "reannounced"}, "/announced_where", "required"),
        ({"announced_where": "Expo"}, "/place", "not_reannounced"),
        ({"valid_from": "2026-02-02", "valid_to": "2026-02-01"}, "/valid_to", "days_order"),
        ({"ip_kinds": ["patent", "patent"]}, "/ip_kinds", "list_twice"),
        ({"plan_category": "secret"}, "/plan_category", "code_unknown"),
        ({"framework_id": "018f0000-0000-7000-8000-000000000000"}, "/framework_id", "reference"),
    ],
)  # fmt: skip
def test_a_wrong_new_field_is_named(client, desk, changes, pointer, code):
    answer = post(client, desk, **changes)
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json["errors"]]


def test_the_content_hash_covers_every_new_fact_and_an_old_contract_keeps_its_own(desk):
    plain = declare(desk, title_en="One and the same")
    seen = {plain.content_hash}
    parties = queries.parties_of([plain.id])[plain.id]
    as_before = {name: getattr(plain, name) for name in rules.FACTS} | {
        "parties": [{name: getattr(party, name) for name in rules.OF_PARTY} for party in parties], "evidence": [],
    }  # fmt: skip
    assert rules.hash_of(as_before) == plain.content_hash
    typed = facts(title_en="One and the same", parties=[{name: getattr(p, name) for name in ("role", "name", "country")} for p in parties])
    for more in ({"royalty_bp": 250}, {"cap_amount": "5.00"}, {"floor_amount": "5.00"}, {"milestones": "Half"}, {"payment_mode": "equity"},
                 {"valid_to": "2026-02-01"}, {"ip_kinds": ["patent"]}, {"plan_category": "national"}, {"purpose": "energy"}, {"related_parties": False},
                 {"place": "reannounced", "announced_where": "Expo"}, {"other_amounts": [{"kind": "fund_size", "amount": "1.00"}]},
                 {"other_amounts": [{"kind": "fund_size", "amount": "2.00"}]}):  # fmt: skip
        with transaction():
            service.edit(plain.id, ContractIn().load(typed | more), by=actor(desk.clerk))
        assert plain.content_hash not in seen, more
        seen.add(plain.content_hash)


def entry(**changes):
    return {
        "title_en": "Licence of a heat pump", "class": "contract", "kind": "development", "field": "new_energy", "place": "at_fair", "currency": "CNY",
        "total_amount": "680", "total_unit": "wan", "technology_amount": "420", "technology_unit": "wan", "signed_on": date.today().isoformat(),
        "parties-0-role": "provider", "parties-0-name": "Institute", "parties-0-country": "DE", "parties-0-organization_id": "",
        "parties-1-role": "recipient", "parties-1-name": "Works", "parties-1-country": "CN", "parties-1-organization_id": "",
        "parties-2-role": "", "parties-2-name": "", "parties-2-country": "", "parties-2-organization_id": "",
        "other_amounts-0-kind": "planned_investment", "other_amounts-0-amount": "", "other_amounts-0-unit": "one", "other_amounts-0-currency": "",
        "other_amounts-1-kind": "fund_size", "other_amounts-1-amount": "", "other_amounts-1-unit": "one", "other_amounts-1-currency": "",
    } | changes  # fmt: skip


def send(client, data, path="/contracts/new"):
    return client.post(path, data=data | form_token(client, path))


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]


def test_every_amount_is_read_back_in_both_languages(client, desk):
    sign_in(client, desk.clerk)
    typed = entry(**{"cap_amount": "1.2", "cap_unit": "million", "floor_amount": "50", "floor_unit": "thousand", "royalty_percent": "2.5",
                     "other_amounts-1-amount": "2", "other_amounts-1-unit": "billion", "other_amounts-1-currency": "JPY"})  # fmt: skip
    page = send(client, typed)
    assert page.status_code == 200
    for words in ("Six million eight hundred thousand yuan", "Four million two hundred thousand yuan", "One million two hundred thousand yuan",
                  "Fifty thousand yuan", "Eight million yuan", "Two billion Japanese yen", "捌佰万元整", "贰拾亿日元整"):  # fmt: skip
        assert words in page.text, words
    saved = send(client, typed | {"confirmed": hidden(page, "confirmed")})
    assert saved.status_code == 303, saved.text
    row = db.session.query(Contract).one()
    assert (row.total_minor, row.cap_minor, row.floor_minor, row.royalty_bp) == (680000000, 120000000, 5000000, 250)
    assert [(o.kind.value, o.amount_minor, o.currency) for o in queries.others_of([row.id])[row.id]] == [("fund_size", 2000000000, "JPY")]
    shown = client.get(saved.location).text
    assert "Never deal value" in shown and "2.5 %" in shown
    edit = client.get(f"{saved.location}/edit").text
    assert 'value="2.5"' in edit and 'value="2000000000"' in edit


def test_a_question_wants_a_tick_on_the_very_figures(client, desk):
    make_contract(desk, total_amount="600000.00", technology_amount=None)
    sign_in(client, desk.clerk)
    page = send(client, entry())
    token = hidden(page, "answers")
    assert "more than ten times the largest contract" in page.text
    unanswered = send(client, entry(confirmed=hidden(page, "confirmed")))
    assert unanswered.status_code == 422
    assert "a question is left" in unanswered.text
    assert 'value="Licence of a heat pump"' in unanswered.text
    elsewhere = send(client, entry(total_amount="690", confirmed="690000000/420000000/CNY", answers=token))
    assert elsewhere.status_code == 422  # the tick was about 6.8 million, not about 6.9
    assert db.session.query(Contract).count() == 1
    saved = send(client, entry(confirmed=hidden(page, "confirmed"), answers=token))
    assert saved.status_code == 303, saved.text


def test_ten_times_what_was_agreed_is_asked_about_on_the_page_and_in_the_answer(client, app):
    world = make_world(current=True)
    thread = handed(world, terms=replace(TERMS, royalty_bp=350, exclusivity="sole"))  # agreed: 6.8 million yuan
    with transaction():
        scopes.on_fair_created(None, fair=world.fair, by=None)
    row = negotiations.handover_of(thread.id)
    clerk = make_staff(world.fair, "clerk")
    sign_in(client, clerk)
    path = f"/contracts/new?handover={row.id}"
    fresh = client.get(path).text
    assert 'value="6800000.00"' in fresh
    assert re.search(r'name="royalty_percent"[^>]* value="3.5"', fresh) and '<option value="upfront_plus_royalty" selected>' in fresh
    assert "Sole" in fresh.partition('id="handed"')[2].partition("</section>")[0], "what the form has no field for is read above it"
    page = send(client, entry(total_amount="6801"), path)
    assert "Agreed was ¥6,800,000.00 (6.8 million yuan); this is more than ten times as much." in page.text
    body = facts(fair=world.fair.slug, handover_id=str(row.id), total_amount="68000000.01", technology_amount=None)
    answer = client.post("/api/v1/contracts", json=body, headers=api(make_token(clerk)))
    assert codes(answer) == ["above_agreed"]
    assert answer.json["achievement_id"] == str(thread.achievement_id)
    logged = f"/contracts/{answer.json['id']}"
    assert 'id="handed"' in client.get(logged).text
    sign_in(client, world.at_company, world.company)
    assert 'id="handed"' not in client.get(logged).text, "the desk's alone"


def test_an_intent_on_the_page_is_asked_for_no_value(client, desk):
    sign_in(client, desk.clerk)
    typed = entry(**{"class": "intent", "other_amounts-0-amount": "3000", "other_amounts-0-unit": "wan"})
    page = send(client, typed)
    assert "Thirty million yuan" in page.text and "Six million eight" not in page.text
    saved = send(client, typed | {"confirmed": hidden(page, "confirmed")})
    assert saved.status_code == 303, saved.text
    row = db.session.query(Contract).one()
    assert (row.contract_class, row.total_minor) == (ContractClass.INTENT, None)


def test_a_wrong_other_amount_is_named_beside_its_own_row(client, desk):
    sign_in(client, desk.clerk)
    answer = send(client, entry(**{"other_amounts-1-amount": "2,5", "royalty_percent": "2,555"}))
    assert answer.status_code == 422
    row = re.search(r'aria-label="Size of a fund".*?</div></div>', answer.text, re.S)[0]
    assert 'data-code="amount_format"' in row and 'value="2,5"' in row
    only_royalty = send(client, entry(royalty_percent="2.555"))
    assert 'data-code="royalty"' in only_royalty.text


def test_the_achievement_is_named_by_its_reference(client, desk):
    listing = make_achievement(desk.fair)
    sign_in(client, desk.clerk)
    assert 'data-code="reference"' in send(client, entry(achievement_reference="A-1999-000001")).text
    typed = entry(achievement_reference=listing.reference.lower())
    page = send(client, typed)
    assert send(client, typed | {"confirmed": hidden(page, "confirmed")}).status_code == 303
    row = db.session.query(Contract).one()
    assert row.achievement_id == listing.id
    assert f'value="{listing.reference}"' in client.get(f"/contracts/{row.id}/edit").text


def test_call_offs_are_listed_on_their_framework_and_its_ceiling_is_added_to_nothing(client, desk):
    parties = [{"role": "provider", "name": "Institute", "country": "DE"}, {"role": "recipient", "name": "Works", "country": "CN"}]
    none = {"total_amount": None, "technology_amount": None}
    framework = make_contract(desk, Status.DECLARED, parties=parties, cap_amount="50000.00", **{"class": "framework"}, **none)
    for number, amount in (("1", "100.00"), ("2", "200.00"), ("3", None)):
        make_contract(desk, parties=parties, framework_id=str(framework.id), number=number, total_amount=amount, technology_amount=None)
    stranger = facts(fair=desk.fair.slug, framework_id=str(framework.id))
    refused = client.post("/api/v1/contracts", json=stranger, headers=api(make_token(desk.clerk)))
    assert [(e["pointer"], e["code"]) for e in refused.json["errors"]] == [("/framework_id", "reference")]
    sign_in(client, desk.clerk)
    page = client.get(f"/contracts/{framework.id}").text
    assert "3 call-offs in CNY" in page and "¥300.00" in page and "¥50,000.00" in page
    assert (desk.headline().count, desk.headline().base_total_minor) == (3, 30000)


def test_lists_filter_by_class_status_place_and_mark(client, desk):
    one = make_contract(desk, title_en="Verified one")
    two = make_contract(desk, Status.DECLARED, title_en="An intent", total_amount=None, technology_amount=None, **{"class": "intent"})
    three = make_contract(desk, Status.DECLARED, title_en="Old deal", place="reannounced", announced_where="Expo")
    token = make_token(desk.clerk)
    for query, rows in (("class=intent", {two}), ("place=reannounced", {three}), ("status=verified", {one}), ("mark=registered", set()),
                        ("class=contract&status=declared", {three})):  # fmt: skip
        found = client.get(f"/api/v1/contracts?{query}", headers=api(token)).json["rows"]
        assert {row["id"] for row in found} == {str(row.id) for row in rows}, query
    assert client.get("/api/v1/contracts?mark=paid", headers=api(token)).status_code == 400
    sign_in(client, desk.clerk)
    page = client.get("/contracts?class=contract&place=reannounced").text
    assert "Old deal" in page and "Verified one" not in page
