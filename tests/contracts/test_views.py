"""The contract desk as pages: amounts are read back before anything is saved."""

import io
import re
from datetime import date

import pytest

from marketplace.contracts.models import Contract
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import PDF, attach, declare, make_contract, make_desk
from tests.factories import form_token, make_member, make_organization, make_staff, sign_in


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


def entry(**changes):
    return {
        "title_en": "Licence of a heat pump", "class": "contract", "kind": "licence", "field": "new_energy", "place": "at_fair",
        "currency": "CNY", "total_amount": "6,800", "total_unit": "wan", "technology_amount": "0.42", "technology_unit": "yi",
        "signed_on": date.today().isoformat(), "open": "on",
        "parties-0-role": "provider", "parties-0-name": "Institute", "parties-0-country": "DE",
        "parties-1-role": "recipient", "parties-1-name": "Works", "parties-1-country": "CN",
    } | changes  # fmt: skip


def send(client, path, data):
    return client.post(path, data=data | form_token(client, path))


def test_amounts_are_read_back_before_they_are_saved(client, desk):
    sign_in(client, desk.clerk)
    first = send(client, "/contracts/new", entry())
    assert first.status_code == 200
    assert "¥68,000,000.00" in first.text
    assert "Sixty-eight million yuan" in first.text
    assert "陆仟捌佰万元整" in first.text
    assert db.session.query(Contract).count() == 0
    code = re.search(r'name="confirmed" value="([^"]+)"', first.text)[1]
    saved = send(client, "/contracts/new", entry(confirmed=code))
    assert saved.status_code == 303, saved.text
    contract = db.session.query(Contract).one()
    assert (contract.total_minor, contract.technology_minor) == (6800000000, 4200000000)


def test_another_amount_than_the_confirmed_one_is_read_back_again(client, desk):
    sign_in(client, desk.clerk)
    answer = send(client, "/contracts/new", entry(confirmed="6800000000/4200000000/CNY", total_amount="6,900"))
    assert "Sixty-nine million yuan" in answer.text
    assert db.session.query(Contract).count() == 0


def test_a_wrong_form_keeps_what_was_typed_and_names_the_fields(client, desk):
    sign_in(client, desk.clerk)
    answer = send(client, "/contracts/new", entry(kind="", signed_on="2026-02-30"))
    assert answer.status_code == 422
    assert 'value="Licence of a heat pump"' in answer.text
    assert 'data-code="day"' in answer.text


def test_an_amount_or_undisclosed_but_not_nothing(client, desk):
    sign_in(client, desk.clerk)
    answer = send(client, "/contracts/new", entry(total_amount=""))
    assert 'data-code="amount_missing"' in answer.text


def test_a_second_click_saves_once(client, desk):
    sign_in(client, desk.clerk)
    hidden = form_token(client, "/contracts/new")
    data = entry(confirmed="6800000000/4200000000/CNY") | hidden
    first, second = client.post("/contracts/new", data=data), client.post("/contracts/new", data=data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert db.session.query(Contract).count() == 1


def test_sign_and_verify_by_clicks(client, desk):
    contract = make_contract(desk, status="declared")
    sign_in(client, desk.clerk)
    page = f"/contracts/{contract.id}"
    attached = client.post(f"{page}/evidence", data=form_token(client, page) | {"file": (io.BytesIO(PDF), "页.pdf")})
    assert attached.status_code == 303, attached.text
    seen = re.search(r'name="content_hash" value="([0-9a-f]{64})"', client.get(page).text)[1]
    assert send_form(client, page, "sign", seen).status_code == 303
    refused = send_form(client, page, "sign", seen)
    assert refused.status_code == 409
    sign_in(client, desk.verifier)
    assert send_form(client, page, "verify", seen).status_code == 303
    assert desk.headline().count == 1


def send_form(client, page, verb, seen):
    return client.post(f"{page}/{verb}", data=form_token(client, page) | {"content_hash": seen})


def test_a_form_without_the_token_is_refused(client, desk):
    sign_in(client, desk.clerk)
    assert client.post("/contracts/new", data=entry()).status_code == 403
    assert db.session.query(Contract).count() == 0


def test_a_party_sees_its_contract_and_nothing_of_the_desk(client, desk):
    works = make_organization()
    parties = [
        {"role": "provider", "name": "Institute", "country": "DE"},
        {"role": "recipient", "name": works.name, "country": "CN", "organization_id": str(works.id)},
    ]
    contract = make_contract(desk, parties=parties)
    sign_in(client, make_member(works))
    page = client.get(f"/contracts/{contract.id}")
    assert page.status_code == 200
    assert "Whose hands" not in page.text
    assert "Make it void" not in page.text
    assert contract.reference in client.get("/contracts").text
    sign_in(client, make_member())
    assert client.get(f"/contracts/{contract.id}").status_code == 404
    assert contract.reference not in client.get("/contracts").text


def test_a_refused_signature_shows_the_contract_as_it_still_is(client, desk):
    contract = declare(desk, currency="USD", signed_on="1999-01-04")
    attach(desk, contract)
    sign_in(client, desk.clerk)
    page = f"/contracts/{contract.id}"
    answer = client.post(f"{page}/sign", data=form_token(client, page) | {"content_hash": contract.content_hash})
    assert answer.status_code == 409
    assert "st-declared" in answer.text and "st-signed" not in answer.text


def test_a_refused_pair_of_eyes_is_written_down_on_the_page_too(client, desk):
    person = make_staff(desk.fair, "verifier", person=desk.clerk)
    contract = make_contract(desk, Status.SIGNED)
    sign_in(client, person)
    page = f"/contracts/{contract.id}"
    answer = client.post(f"{page}/verify", data=form_token(client, page) | {"content_hash": contract.content_hash})
    assert answer.status_code == 403
    row = db.session.query(AuditRow).filter_by(action="refused").one()
    assert (row.person_id, row.facts["reason"], row.facts["path"]) == (person.id, "four-eyes", f"{page}/verify")


def test_amounts_that_did_not_change_are_not_read_back_once_more_after_a_refusal(client, desk):
    """Whoever says why it is another deal saves it at once; with another amount the form asks again."""
    first = declare(desk, number="HT-7", total_amount="68000000.00", parties=[
        {"role": "provider", "name": "Institute", "country": "DE"}, {"role": "recipient", "name": "Works", "country": "CN"},
    ])  # fmt: skip
    sign_in(client, desk.clerk)
    typed = entry(number="HT 7")
    code = re.search(r'name="confirmed" value="([^"]+)"', send(client, "/contracts/new", typed).text)[1]
    refused = send(client, "/contracts/new", typed | {"confirmed": code})
    assert refused.status_code == 409
    kept = re.search(r'name="confirmed" value="([^"]+)"', refused.text)[1]
    told = typed | {"confirmed": kept, "distinct_from": str(first.id), "distinct_reason": "The second line of the order."}
    assert send(client, "/contracts/new", told | {"total_amount": "6,900"}).status_code == 200
    assert db.session.query(Contract).count() == 1
    saved = send(client, "/contracts/new", told)
    assert saved.status_code == 303
    assert db.session.query(Contract).count() == 2
