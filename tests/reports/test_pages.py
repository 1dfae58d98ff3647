"""The public page of the total and the board."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from marketplace.accounts import sessions
from marketplace.accounts.models import SignIn
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.reports import views
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.counting import counted
from tests.factories import form_token, sign_in


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_states_the_sum_its_scope_and_its_moment(client, desk, language):
    make_contract(desk, total_amount="17848000000.00", technology_amount=None)
    page = client.get(f"/fairs/{desk.fair.slug}", headers={"Accept-Language": language})
    assert 'data-total-minor="1784800000000"' in page.text
    assert ("17.848" if language == "en" else "178.48") in page.text


def test_page_and_board_of_the_current_fair(client, desk):
    make_contract(desk)
    for path in ("/total", "/board", f"/fairs/{desk.fair.slug}/board", "/rules"):
        assert client.get(path).status_code == 200, path
    assert client.get("/fairs/no-such-fair").status_code == 404


def test_an_unchanged_board_is_304_and_a_changed_one_is_not(client, desk):
    first = client.get("/board")
    assert "s-maxage" in first.headers["Cache-Control"]
    headers = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/board", headers=headers).status_code == 304
    make_contract(desk)
    assert client.get("/board", headers=headers).status_code == 200


def test_strangers_see_the_public_view_and_staff_every_deal(client, desk):
    make_contract(desk, open=False, total_amount="77.00", technology_amount=None)
    assert 'data-total-minor="0"' in client.get(f"/fairs/{desk.fair.slug}").text
    sign_in(client, desk.clerk)
    assert 'data-total-minor="7700"' in client.get(f"/fairs/{desk.fair.slug}").text
    assert 'data-total-minor="0"' in client.get(f"/fairs/{desk.fair.slug}?view=public").text


def test_an_earlier_total_can_be_shown_again(client, desk):
    make_contract(desk, total_amount="5.00", technology_amount=None)
    make_contract(desk, total_amount="6.00", technology_amount=None)
    assert 'data-total-minor="500"' in client.get(f"/fairs/{desk.fair.slug}?as_of_seq=3").text
    for query, status in (("as_of_seq=-1", 400), ("as_of_seq=99", 422), ("as_of=x", 400), ("as_of=2020-01-01T00:00:00", 422)):
        assert client.get(f"/fairs/{desk.fair.slug}?{query}").status_code == status, query


@pytest.mark.parametrize("size", [1, 4])
def test_the_page_makes_a_constant_number_of_queries(client, desk, size):
    for i in range(size):
        make_contract(desk, kind=("licence", "transfer", "service", "consulting")[i])
    with counted() as seen:
        client.get(f"/fairs/{desk.fair.slug}")
    assert len([sql for sql in seen if sql.startswith("SELECT")]) <= 9, seen


@pytest.mark.parametrize("query", ["as_of_seq=%C2%B2", "as_of=0001-01-01T00:00:00%2B14:00", "as_of=1899-01-01T00:00:00Z", "as_of=yesterday"])
def test_a_moment_or_number_that_is_none_is_400(client, desk, query):
    assert client.get(f"/fairs/{desk.fair.slug}?{query}").status_code == 400


def test_the_ledger_begins_at_its_end_for_a_number_that_is_none(client, desk):
    sign_in(client, desk.clerk)
    assert client.get(f"/staff/fairs/{desk.fair.slug}/ledger?after=%C2%B2").status_code == 200


def test_a_page_that_carries_a_message_is_for_its_reader_alone(client, desk):
    sign_in(client, desk.clerk)
    client.post("/sign-out", data=form_token(client, "/contracts/new"))
    answer = client.get(f"/fairs/{desk.fair.slug}")
    assert "You are signed out." in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    for path in ("", "/board", "/record"):
        assert "s-maxage" in client.get(f"/fairs/{desk.fair.slug}{path}").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["", "/record"])
def test_noting_down_a_sign_ins_last_use_does_not_end_the_snapshot(client, desk, path, monkeypatch):
    sign_in(client, desk.clerk)
    db.session.execute(update(SignIn).values(seen_at=now() - timedelta(minutes=11)))
    db.session.commit()
    order = []
    monkeypatch.setattr(views, "snapshot", lambda: order.append("snapshot"))
    monkeypatch.setattr(sessions, "transaction", lambda: (order.append("noted"), transaction())[1])
    assert client.get(f"/fairs/{desk.fair.slug}{path}").status_code == 200
    assert order == ["noted", "snapshot"]
