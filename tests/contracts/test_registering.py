"""The marks after verification: in force, registered, performed; counted beside the status, taken back, checked."""

from datetime import date, timedelta

import pytest

from marketplace.contracts import registering, service
from marketplace.contracts.models import Contract
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.ledger.models import Mark, Status
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import actor, api, form_token, make_staff, make_token, sign_in

NUMBER = "2020110108000123"
TODAY = date.today()


@pytest.fixture
def desk(app):
    return make_desk(app)


def mark(desk, contract, which=Mark.REGISTERED, by=None, **data):
    given = {"on": TODAY} | ({"number": NUMBER, "technology_minor": None} if which is Mark.REGISTERED else {}) | data
    with transaction():
        return registering.mark(contract.id, which, given, by=actor(by or desk.clerk))


def clear(desk, contract, which=Mark.REGISTERED):
    with transaction():
        return registering.clear(contract.id, which, "noted by mistake", by=actor(desk.clerk))


@pytest.mark.parametrize(
    ("number", "right"),
    [
        (NUMBER, True), ("0000000000000000", False), ("202011010800012", False), ("20201101080001234", False), ("2020110108000I23", False),
        ("２０２０１１０１０８０００１２３", False), ("20110108000123", True), ("20990108000123", False), ("", False), ("2020 1101 0800 0123", False),
    ],
)  # fmt: skip
def test_what_is_a_registration_number(number, right):
    assert registering.is_registration_number(number) is right


def test_a_mark_stands_beside_the_total_and_changes_neither_status_nor_headline(desk):
    contract = make_contract(desk, total_amount="1000.00", technology_amount="600.00")
    before, seen = desk.headline(), contract.content_hash
    mark(desk, contract, Mark.IN_FORCE)
    mark(desk, contract, Mark.REGISTERED, technology_minor=50000)
    mark(desk, contract, Mark.PERFORMED)
    assert (contract.in_force_on, contract.registered_on, contract.performed_on) == (TODAY, TODAY, TODAY)
    assert (contract.registration_number, contract.registered_technology_minor) == (NUMBER, 50000)
    assert (contract.status, contract.content_hash) == (Status.VERIFIED, seen)
    assert desk.headline() == before
    marks = desk.total().marks
    assert {which: (marks[which].count, marks[which].base_technology_minor) for which in Mark} == {
        Mark.IN_FORCE: (1, 60000), Mark.REGISTERED: (1, 50000), Mark.PERFORMED: (1, 60000),
    }  # fmt: skip


def test_taking_back_leaves_nothing_beside_and_says_why_in_the_trail(desk):
    contract = make_contract(desk)
    mark(desk, contract)
    clear(desk, contract)
    assert (contract.registered_on, contract.registration_number, contract.registered_technology_minor) == (None, None, None)
    assert not any(amounts.count for amounts in desk.total().marks.values())
    rows = db.session.query(AuditRow).filter_by(subject=f"contract:{contract.id}").order_by(AuditRow.seq)
    assert [row.action for row in rows][-2:] == ["contracts.mark", "contracts.clear_mark"]
    with pytest.raises(IllegalMove):
        clear(desk, contract)
    mark(desk, contract)


@pytest.mark.parametrize("status", [Status.DECLARED, Status.SIGNED, Status.VOID])
def test_only_a_verified_contract_is_marked(desk, status):
    with pytest.raises(IllegalMove):
        mark(desk, make_contract(desk, status), Mark.IN_FORCE)


def test_a_mark_is_checked(desk):
    contract = make_contract(desk, total_amount="1000.00", technology_amount="600.00")
    for error, which, data in (
        (Invalid, Mark.IN_FORCE, {"on": TODAY + timedelta(days=3)}), (Invalid, Mark.PERFORMED, {"on": TODAY - timedelta(days=1)}),
        (Invalid, Mark.REGISTERED, {"number": None}), (Invalid, Mark.REGISTERED, {"number": "12"}),
        (Invalid, Mark.REGISTERED, {"technology_minor": 100001}),
    ):  # fmt: skip
        with pytest.raises(error):
            mark(desk, contract, which, **data)
    mark(desk, contract)
    with pytest.raises(IllegalMove):
        mark(desk, contract)
    with pytest.raises(Duplicate):
        mark(desk, make_contract(desk))
    intent = make_contract(desk, total_amount=None, technology_amount=None, **{"class": "intent"})
    with pytest.raises(IllegalMove):
        mark(desk, intent, number="2020110108000999")


def test_a_void_contract_gives_its_number_free_and_leaves_the_marks(desk):
    contract = make_contract(desk)
    mark(desk, contract)
    with transaction():
        service.void(contract.id, "dissolved", by=actor(make_staff(desk.fair, "manager")))
    assert not any(amounts.count for amounts in desk.total().marks.values())
    mark(desk, make_contract(desk))


def test_the_desk_of_that_fair_marks_and_nobody_else(app, desk):
    contract = make_contract(desk)
    with pytest.raises(Forbidden):
        mark(desk, contract, Mark.IN_FORCE, by=desk.verifier)
    with pytest.raises(NotFound):
        mark(desk, contract, Mark.IN_FORCE, by=make_desk(app).clerk)
    mark(desk, contract, Mark.IN_FORCE, by=make_staff(desk.fair, "manager"))


def test_over_json(client, desk):
    contract = make_contract(desk, total_amount="1000.00", technology_amount="600.00")
    url, headers = f"/api/v1/contracts/{contract.id}", {"Authorization": f"Bearer {make_token(desk.clerk)}"}
    body = {"on": TODAY.isoformat(), "number": NUMBER, "technology_amount": "500.00"}
    assert client.put(f"{url}/marks/registered", json=body, headers=headers).status_code == 428
    etag = client.get(url, headers=headers).headers["ETag"]
    done = client.put(f"{url}/marks/registered", json=body, headers=headers | {"If-Match": etag})
    assert (done.status_code, done.json["registration_number"], done.json["registered_technology_amount"]) == (200, NUMBER, "500.00"), done.text
    assert client.put(f"{url}/marks/registered", json=body, headers=headers | {"If-Match": etag}).status_code == 412
    assert client.put(f"{url}/marks/paid", json=body, headers=headers | {"If-Match": done.headers["ETag"]}).status_code == 404
    assert [row["id"] for row in client.get("/api/v1/contracts?mark=registered", headers=headers).json["rows"]] == [str(contract.id)]
    cleared = client.post(f"{url}/marks/registered/clear", json={"reason": "another number"}, headers=api(make_token(desk.clerk)))
    assert (cleared.status_code, cleared.json["registration_number"]) == (200, None)
    again = client.post(f"{url}/marks/registered/clear", json={"reason": "another number"}, headers=api(make_token(desk.clerk)))
    assert again.status_code == 409


def test_by_clicks(client, desk):
    contract = make_contract(desk, total_amount="1000.00", technology_amount="600.00")
    sign_in(client, desk.clerk)
    path = f"/contracts/{contract.id}/marks"
    wrong = client.post(f"{path}/registered", data=form_token(client, path) | {"on": TODAY.isoformat(), "number": "123", "technology_amount": "0.05", "technology_unit": "wan"})
    assert wrong.status_code == 422
    assert 'data-code="registration_number"' in wrong.text and 'value="123"' in wrong.text and 'value="0.05"' in wrong.text
    right = {"on": TODAY.isoformat(), "number": NUMBER, "technology_amount": "0.05", "technology_unit": "wan"}
    assert client.post(f"{path}/registered", data=form_token(client, path) | right).status_code == 303
    assert db.session.get(Contract, contract.id).registered_technology_minor == 50000
    page = client.get(f"/contracts/{contract.id}").text
    assert NUMBER in page and "¥500.00" in page
    assert contract.reference in client.get("/contracts?mark=registered").text and contract.reference not in client.get("/contracts?mark=performed").text
    taken = client.post(f"{path}/registered/clear", data=form_token(client, path) | {"reason": "another number"})
    assert taken.status_code == 303
    assert NUMBER not in client.get(path).text
