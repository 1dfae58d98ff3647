"""The desk's pages: run list, stage, press sheet, lines, removal, target; every form once as a browser sends it."""

import re

import pytest

from marketplace.ceremonies import service
from marketplace.ceremonies.models import Ceremony, ItemState, RunItem
from marketplace.core.db import db
from marketplace.ledger.models import Status, View
from tests.ceremonies.factories_ceremonies import make_ceremony, make_item, make_manager, press, put_on
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.counting import counted
from tests.factories import actor, form_token, make_staff, sign_in


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


@pytest.fixture
def clerk(client, desk):
    """The clerk at a browser."""
    sign_in(client, desk.clerk)
    return client


def list_page(ceremony):
    return f"/staff/ceremonies/{ceremony.id}"


def post(client, page, action, **fields):
    return client.post(action, data=form_token(client, page) | fields)


def test_a_ceremony_is_planned_filled_and_run(clerk, desk):
    contract = make_contract(desk)
    assert clerk.get("/staff/ceremonies").headers["Location"] == f"/staff/fairs/{desk.fair.slug}/ceremonies"
    new = f"/staff/fairs/{desk.fair.slug}/ceremonies/new"
    answer = post(clerk, new, new, title_en="Grand signing", starts_at="2027-09-01T10:00")
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert "The list is empty" in clerk.get(page).text
    assert post(clerk, f"{page}/items", f"{page}/items", contract_id=str(contract.id)).status_code == 303
    assert desk.headline(View.PUBLIC).count == 0
    assert post(clerk, page, f"{page}/state", state="running").status_code == 303
    item = db.session.query(RunItem).one()
    for what, state in (("call", "called"), ("sign", "signed")):
        assert post(clerk, page, f"{page}/items/{item.id}/press", press=what).status_code == 303
        db.session.expire_all()
        assert item.state == state
    assert desk.headline(View.PUBLIC).count == 1
    text = clerk.get(page).text
    assert 'data-key="u"' in text
    assert post(clerk, page, f"{page}/items/{item.id}/press", press="undo", back="stage").headers["Location"] == f"{page}/stage"
    assert desk.headline(View.PUBLIC).count == 0


@pytest.mark.parametrize("fields", [{"title_en": ""}, {"starts_at": "soon"}, {"starts_at": ""}])
def test_a_ceremony_without_title_or_time_is_not_planned(clerk, desk, fields):
    new = f"/staff/fairs/{desk.fair.slug}/ceremonies/new"
    answer = post(clerk, new, new, **({"title_en": "Signing", "starts_at": "2027-09-01T10:00"} | fields))
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert db.session.query(Ceremony).count() == 0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", ["", "/stage", "/press-sheet", "/items", "/settings"])
def test_pages_of_every_state_in_both_languages(clerk, desk, path, language):
    ceremony, by = make_ceremony(desk), actor(desk.clerk)
    items = [make_item(desk, ceremony) for _ in range(4)]
    items.append(put_on(desk, ceremony, make_contract(desk, Status.DECLARED, total_amount=None, technology_amount=None)))
    for item, presses in zip(items, [["call", "sign"], ["postpone"], ["call"], [], []], strict=True):
        for what in presses:
            press(ceremony, item, what, by)
    answer = clerk.get(list_page(ceremony) + path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    if path == "/press-sheet":
        said = {name: answer.text.count(f'class="{name}"') for name in ("embargo", "embargo postponed", "pressed")}
        assert said == {"embargo": 2 * 3, "embargo postponed": 2 * 1, "pressed": 2 * 1}, "each in both languages"


def test_a_refused_press_shows_what_happened_and_how_things_stand(clerk, desk):
    ceremony, manager = make_ceremony(desk), make_manager(desk)
    item = make_item(desk, ceremony)
    hidden = form_token(clerk, list_page(ceremony))
    for what in ("call", "sign"):
        press(ceremony, item, what, actor(manager))
    answer = clerk.post(f"{list_page(ceremony)}/items/{item.id}/press", data=hidden | {"press": "call"})
    assert answer.status_code == 409
    assert manager.name in answer.text
    assert "st-on-signed" in answer.text


def test_the_press_sheet_names_no_confidential_deal(clerk, desk):
    ceremony = make_ceremony(desk)
    put_on(desk, ceremony, make_contract(desk, open=False, title_en="CANARY-TITLE", total_amount="424242.00", technology_amount=None))
    text = clerk.get(f"{list_page(ceremony)}/press-sheet").text
    assert "CANARY" not in text
    assert not re.search(r"424[,. ]?242", text)
    assert "A deal whose parties do not wish to be named." in text


def test_the_speakers_line_is_made_from_the_contract_until_somebody_writes_one(clerk, desk):
    ceremony = make_ceremony(desk)
    item = make_item(desk, ceremony, title_en="Glass furnace", title_zh="玻璃窑炉", total_amount="68000000.00", technology_amount=None)
    page = f"{list_page(ceremony)}/items/{item.id}"
    text = clerk.get(page).text
    assert "Glass furnace" in text and "68 million yuan" in text
    assert "玻璃窑炉" in text and "6,800 万元" in text
    answer = post(clerk, page, page, line_en="Please welcome both sides.", position="1", version="1")
    assert answer.status_code == 303
    assert "Please welcome both sides." in clerk.get(page).text
    assert post(clerk, page, page, line_en="Too late", position="1", version="1").status_code == 412


def test_items_move_up_and_down_and_off_the_list(clerk, desk):
    ceremony = make_ceremony(desk)
    first, second = make_item(desk, ceremony), make_item(desk, ceremony)
    page = list_page(ceremony)
    assert post(clerk, page, f"{page}/items/{second.id}/move", direction="up").status_code == 303
    db.session.expire_all()
    assert (first.position, second.position) == (2, 1)
    remove = f"{page}/items/{first.id}/remove"
    assert post(clerk, remove, remove).status_code == 422
    assert desk.headline(View.PUBLIC).count == 0
    assert post(clerk, remove, remove, release="on").status_code == 303
    assert desk.headline(View.PUBLIC).count == 1
    assert clerk.get(remove).status_code == 404


def test_a_manager_sets_the_target_and_takes_it_off(client, desk):
    sign_in(client, make_manager(desk))
    page = f"/staff/fairs/{desk.fair.slug}/board-target"
    assert post(client, page, page, amount="200", unit="yi", version="0").status_code == 303
    assert service.target_of(desk.fair.id).amount_minor == 2_000_000_000_000
    assert post(client, page, page, amount="300", unit="yi", version="0").status_code == 412
    assert post(client, page, page, amount="many", unit="yi", version="1").status_code == 422
    assert post(client, page, page, amount="", version="1").status_code == 303
    db.session.expire_all()
    assert service.target_of(desk.fair.id).amount_minor is None


def test_a_verifier_reads_and_presses_nothing(client, desk):
    ceremony = make_ceremony(desk)
    item = make_item(desk, ceremony)
    sign_in(client, desk.verifier)
    page = list_page(ceremony)
    text = client.get(page).text
    assert "data-key" not in text
    hidden = form_token(client, "/contracts")
    assert client.post(f"{page}/items/{item.id}/press", data=hidden | {"press": "call"}).status_code == 403
    db.session.expire_all()
    assert item.state is ItemState.READY


def test_another_fairs_staff_finds_nothing(app, client, desk):
    ceremony, other = make_ceremony(desk), make_desk(app)
    item = make_item(desk, ceremony)
    sign_in(client, make_staff(other.fair, "manager", "clerk"))
    unknown = client.get("/staff/ceremonies/00000000-0000-7000-8000-000000000000")
    for path in ("", "/stage", "/press-sheet", "/items", "/settings", f"/items/{item.id}", f"/items/{item.id}/remove"):
        answer = client.get(list_page(ceremony) + path)
        assert answer.status_code == 404, path
    assert unknown.status_code == 404
    assert client.get(f"/staff/fairs/{desk.fair.slug}/ceremonies").status_code == 404


@pytest.mark.parametrize("path", ["", "/stage", "/press-sheet"])
def test_a_list_makes_a_constant_number_of_queries(clerk, desk, path):
    ceremony = make_ceremony(desk)
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_item(desk, ceremony)
        with counted() as seen:
            clerk.get(list_page(ceremony) + path)
        counts.append(len([sql for sql in seen if sql.startswith("SELECT")]))
    assert counts[0] == counts[1]
