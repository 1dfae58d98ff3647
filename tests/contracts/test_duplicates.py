"""One deal once: the tables of docs/rules/duplicates.md, the refusal, telling apart, and two clerks at the same moment."""

import threading
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.contracts import duplicates, queries, service
from marketplace.contracts.duplicates import SameDeal
from marketplace.contracts.models import Contract, Distinction
from marketplace.contracts.rules import Told, likeness
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, is_postgresql, transaction
from marketplace.core.errors import DomainError
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.organizations.rules import fold_name
from tests.at_once import own_app as own_app
from tests.contracts.factories_contracts import declare, facts, make_contract, make_desk
from tests.counting import counted
from tests.factories import actor, api, form_token, make_organization, make_staff, make_token, sign_in
from tests.roadshow.factories_roadshow import make_achievement

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "duplicates.md").read_text(encoding="utf8")
CLERKS = 8


def table():
    """The rows of the worked table, as lists of cells."""
    start = PAGE.index("| first: sides")
    lines = PAGE[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def said(text, *, otherwise, first):
    """One cell of the table, 'A, C → B, x, 7, 09-17, 6.8', as what is compared."""
    providers, _, rest = text.partition(" → ")
    recipient, achievement, number, day, amount = (part.strip() for part in rest.split(","))
    figure, _, currency = amount.partition(" ")
    again = otherwise == "second announced again" and not first
    return Told(
        contract_class=ContractClass.INTENT if otherwise == "first an intent" and first else ContractClass.CONTRACT,
        place="reannounced" if again else "at_fair", providers=frozenset(p.strip() for p in providers.split(",")),
        recipients=frozenset({recipient}), achievement_id=None if achievement == "–" else UUID(int=ord(achievement)),
        number=None if number == "–" else f"HT-{number}", framework_id=UUID(int=1) if otherwise == "of one framework" else None,
        signed_on=None if day == "–" else date.fromisoformat(f"2020-{day}"), currency=currency or "CNY",
        total_minor=None if figure == "–" else int(Decimal(figure) * 10**8),
    )  # fmt: skip


@pytest.mark.parametrize(("first", "second", "otherwise", "verdict"), table())
def test_the_table_of_the_rule(first, second, otherwise, verdict):
    one, other = said(first, otherwise=otherwise, first=True), said(second, otherwise=otherwise, first=False)
    for pair in ((one, other), (other, one)):
        found = likeness(*pair)
        assert (found.value if found else "different") == verdict


def test_the_table_is_there():
    assert len(table()) == 29
    assert {row[3] for row in table()} == {"same", "possible", "different"}


@pytest.fixture
def desk(app):
    return make_desk(app)


def sides(provider="Institute of Heat", recipient="Works", **more):
    return [{"role": "provider", "name": provider, "country": "DE"} | more, {"role": "recipient", "name": recipient, "country": "CN"}]


def test_the_same_deal_is_refused_with_the_other_shown(client, desk):
    first = declare(desk, parties=sides(), number="HT-7")
    body = facts(fair=desk.fair.slug, parties=sides("INSTITUTE of heat"), number="ht 7", total_amount="1000000.00")
    answer = client.post("/api/v1/contracts", json=body, headers=api(make_token(desk.clerk)))
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/same-deal")
    assert answer.json["same"] == [{"id": str(first.id), "reference": first.reference}]
    assert first.reference in answer.json["detail"]
    assert db.session.query(Contract).count() == 1


def test_a_reason_tells_two_deals_apart_for_good(client, desk):
    first = declare(desk, parties=sides(), number="HT-7")
    more = {"distinct_from": [str(first.id)], "distinct_reason": "The second line of the same order book."}
    body = facts(fair=desk.fair.slug, parties=sides(), number="HT 7", **more)
    token = make_token(desk.clerk)
    without = client.post("/api/v1/contracts", json=body | {"distinct_reason": None}, headers=api(token))
    assert (without.status_code, without.json["errors"][0]["pointer"]) == (422, "/distinct_reason")
    made = client.post("/api/v1/contracts", json=body, headers=api(token))
    assert made.status_code == 201, made.text
    row = db.session.query(Distinction).one()
    assert (row.other_id, row.reason) == (first.id, more["distinct_reason"])
    again = ContractIn().load(facts(parties=sides(), number="HT 7", title_en="Corrected"))
    with transaction():
        service.edit(UUID(made.json["id"]), again, by=actor(desk.clerk))
        service.edit(first.id, ContractIn().load(facts(parties=sides(), number="HT-7")), by=actor(desk.clerk))


def test_an_achievement_makes_it_certain_and_a_registered_organisation_is_one_under_each_name(desk):
    works = make_organization(name_en="Brightwater Works", name_zh="亮水厂", name_key=fold_name("Brightwater Works"), other_name_key=fold_name("亮水厂"))
    achievement = make_achievement(desk.fair, make_organization())
    declare(desk, parties=sides(recipient="亮水厂"), achievement_id=str(achievement.id))
    parties = sides()
    parties[1] |= {"name": "Brightwater", "organization_id": str(works.id)}
    with pytest.raises(SameDeal):
        declare(desk, parties=parties, achievement_id=str(achievement.id))
    declare(desk, parties=parties, achievement_id=str(achievement.id), total_amount="9000000.00")  # ten times as much is shown, not refused


def test_without_achievement_and_number_nothing_is_refused_but_the_other_is_named(client, desk):
    token = make_token(desk.clerk)
    first = client.post("/api/v1/contracts", json=facts(fair=desk.fair.slug, parties=sides()), headers=api(token)).json
    assert first["warnings"] == []
    second = client.post("/api/v1/contracts", json=facts(fair=desk.fair.slug, parties=sides()), headers=api(token))
    assert second.status_code == 201
    assert [w["code"] for w in second.json["warnings"]] == ["possible_duplicate"]
    assert first["reference"] in second.json["warnings"][0]["detail"]


def test_a_void_contract_may_be_logged_anew_and_an_intent_does_not_hide_its_contract(desk):
    void = declare(desk, parties=sides(), number="HT-1")
    with transaction():
        service.void(void.id, "logged by mistake", by=actor(desk.clerk))
    intent = declare(desk, parties=sides(), number="HT-2", total_amount=None, technology_amount=None, **{"class": "intent"})
    achievement = make_achievement(desk.fair, make_organization())
    made = declare(desk, parties=sides(), achievement_id=str(achievement.id), intent_id=str(intent.id))
    assert made.intent_id == intent.id


def test_another_fairs_contract_is_recognised_and_not_named(app, client, desk):
    elsewhere = make_desk(app)
    declare(elsewhere, parties=sides(), number="HT-7")
    body = facts(fair=desk.fair.slug, parties=sides(), number="HT-7")
    answer = client.post("/api/v1/contracts", json=body, headers=api(make_token(desk.clerk)))
    assert (answer.status_code, answer.json["same"]) == (409, [])
    reasoned = client.post("/api/v1/contracts", json=body | {"distinct_reason": "Another batch, see page 4."}, headers=api(make_token(desk.clerk)))
    assert reasoned.status_code == 201, reasoned.text
    assert [w for w in reasoned.json["warnings"] if w["code"] == "possible_duplicate"] == []


def test_editing_does_not_make_a_second_one_of_a_deal(desk):
    declare(desk, parties=sides(), number="HT-7")
    other = declare(desk, parties=sides(), number="HT-8")
    with pytest.raises(SameDeal), transaction():
        service.edit(other.id, ContractIn().load(facts(parties=sides(), number="ht7")), by=actor(desk.clerk))


def test_a_deal_announced_again_is_in_no_scope(desk):
    again = {"place": "reannounced", "announced_where": "Expo of last year"}
    contract = make_contract(desk, Status.VERIFIED, total_amount="5.00", technology_amount=None, **again)
    assert contract.status is Status.VERIFIED
    assert (desk.headline().count, desk.headline().base_total_minor) == (0, 0)
    make_contract(desk, Status.VERIFIED, total_amount="7.00", technology_amount=None)
    assert desk.headline().base_total_minor == 700


def test_what_looks_alike_is_found_in_a_constant_number_of_queries(desk):
    for _ in range(4):
        declare(desk, parties=sides())
    loaded = ContractIn().load(facts(parties=sides()))
    by = actor(desk.clerk)
    with counted() as seen:
        found = duplicates.alike(loaded, by=by)
    assert len(found) == 4
    assert len(seen) == 3
    assert all(queries.is_readable(one.contract, one.parties, by=by) for one in found)


def test_the_page_shows_the_other_and_takes_a_reason(client, app):
    desk = make_desk(app, current=True)
    first = declare(desk, parties=sides(), number="HT-7")
    typed = {
        "title_en": "Licence of a heat pump", "class": "contract", "kind": "licence", "field": "new_energy", "place": "at_fair", "currency": "CNY",
        "total_amount": "100", "total_unit": "wan", "technology_amount": "60", "technology_unit": "wan", "signed_on": date.today().isoformat(),
        "parties-0-role": "provider", "parties-0-name": "Institute of Heat", "parties-0-country": "DE", "number": "HT 7",
        "parties-1-role": "recipient", "parties-1-name": "Works", "parties-1-country": "CN", "confirmed": "100000000/60000000/CNY",
    }  # fmt: skip
    sign_in(client, desk.clerk)
    refused = client.post("/contracts/new", data=typed | form_token(client, "/contracts/new"))
    assert refused.status_code == 409
    assert first.reference in refused.text and "another deal" in refused.text
    assert 'value="Licence of a heat pump"' in refused.text
    reasoned = typed | {"distinct_from": str(first.id), "distinct_reason": "Two lines of one order."}
    saved = client.post("/contracts/new", data=reasoned | form_token(client, "/contracts/new"))
    assert saved.status_code == 303, saved.text
    assert "Two lines of one order." in client.get(saved.location).text


def rush(app, check=None) -> tuple[Counter, int]:
    """Eight clerks of two fairs declare one deal at the same moment: the answers, and how many contracts there are.

    With ``check`` each looks for the same deal first and only then begins to write."""
    desks = [make_desk(app), make_desk(app)]
    clerks = [(desk.fair.id, make_staff(desk.fair, "clerk").id) for desk in desks * (CLERKS // 2)]
    bodies = [facts(parties=sides(), number=number) for number in ("HT-7", "ht 7") * (CLERKS // 2)]
    db.session.remove()
    gate, answers, lock = threading.Barrier(CLERKS), Counter(), threading.Lock()

    def run(fair_id, person_id, body):
        with app.app_context():
            by, loaded = actor(db.session.get(Person, person_id)), ContractIn().load(body)
            if check is not None:
                check(loaded, by=by)
            db.session.remove()
            gate.wait()
            try:
                with transaction():
                    service.declare(db.session.get(Fair, fair_id), loaded, by=by)
                answer = "declared"
            except DomainError as error:
                answer = error.slug
            except Exception as error:
                answer = repr(error)
            finally:
                db.session.remove()
            with lock:
                answers[answer] += 1

    threads = [threading.Thread(target=run, args=(*clerk, body)) for clerk, body in zip(clerks, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, db.session.scalar(select(func.count()).select_from(Contract)) or 0


def test_of_many_at_the_same_moment_one_is_logged(own_app):
    assert rush(own_app) == (Counter({"declared": 1, "same-deal": CLERKS - 1}), 1)


def test_without_waiting_for_each_other_more_would_be_logged(own_app, monkeypatch):
    """The negative control. SQLite has one writer at a time, so there the check is made before the writing begins."""
    looked_first = None
    if is_postgresql():
        monkeypatch.setattr(duplicates, "wait_for", lambda _keys: None)
    else:
        looked_first = duplicates.refuse_same
        monkeypatch.setattr(duplicates, "refuse_same", lambda *_args, **_more: set())
    answers, count = rush(own_app, looked_first)
    assert count > 1, answers
