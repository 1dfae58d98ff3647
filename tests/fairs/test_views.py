"""Pages of fairs, in both languages, and each refusal they can show."""

import re

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.fairs import queries
from marketplace.fairs.models import Fair, Staff
from tests.factories import form_token, make_fair, make_member, make_person, make_staff, sign_in

CHINESE = {"Accept-Language": "zh-CN"}
NEW = {
    "slug": "autumn", "name_en": "Autumn Fair", "name_zh": "秋季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
    "opens_on": "2026-09-17", "closes_on": "2026-09-20",
}  # fmt: skip


def post(client, path, page=None, **fields):
    return client.post(path, data=form_token(client, page or path) | fields)


@pytest.fixture
def fair(app):
    return make_fair(name_en="Autumn Fair")


@pytest.fixture
def admin(client):
    person = make_person(admin=True)
    sign_in(client, person)
    return person


def settings_of(fair, **changes):
    names = ("name_en", "name_zh", "base_currency", "time_zone", "opens_on", "closes_on", "version")
    return {name: str(getattr(fair, name)) for name in names} | changes


@pytest.mark.parametrize("headers", [{}, CHINESE])
def test_every_page_opens_in_both_languages(client, admin, fair, headers):
    make_staff(fair)
    for path in ("/fairs", "/staff/fairs", "/staff/fairs/new", f"/staff/fairs/{fair.slug}"):
        page = client.get(path, headers=headers)
        assert (page.status_code, ('lang="zh-Hans"' if headers else 'lang="en"') in page.text[:80]) == (200, True), path


def test_anybody_sees_the_list(client, fair):
    page = client.get("/fairs").text
    assert "Autumn Fair" in page
    assert f'href="/fairs/{fair.slug}"' in page


def test_the_administrator_creates_a_fair_with_segments(client, admin):
    rows = {"segments-0-code": "hall-1", "segments-0-name_en": "Hall 1", "segments-0-name_zh": "一号馆", "segments-1-code": "",
            "segments-1-name_en": "", "segments-1-name_zh": ""}  # fmt: skip
    answer = post(client, "/staff/fairs/new", **NEW, **rows)
    assert (answer.status_code, answer.location) == (303, "/staff/fairs/autumn"), answer.text
    assert [row.code for row in queries.segments(queries.by_slug("autumn"))] == ["hall-1"]
    assert 'value="hall-1"' in client.get("/staff/fairs/autumn").text


def test_a_refused_fair_comes_back_with_its_errors(client, admin, fair):
    answer = post(client, "/staff/fairs/new", **NEW | {"slug": "Not A Slug", "time_zone": "Mars", "closes_on": "soon"}, **{"segments-0-code": "x1"})
    assert answer.status_code == 422
    assert set(re.findall(r'data-code="(\w+)"', answer.text)) == {"slug", "time_zone", "day", "required"}
    assert "Autumn Fair" in answer.text
    answer = post(client, "/staff/fairs/new", **NEW | {"closes_on": "2026-09-01"})
    assert (answer.status_code, 'data-code="day_order"' in answer.text) == (422, True)
    assert post(client, "/staff/fairs/new", **NEW | {"slug": fair.slug}).status_code == 409
    assert db.session.query(Fair).count() == 1


def test_a_manager_changes_their_own_fair(client, fair):
    sign_in(client, make_staff(fair))
    path = f"/staff/fairs/{fair.slug}"
    assert post(client, path, **settings_of(fair, name_en="Winter Fair")).status_code == 303
    assert "Winter Fair</h1>" in client.get(path).text
    stale = post(client, path, **settings_of(fair, name_en="Older text", version="1"))
    assert (stale.status_code, "Older text" in stale.text) == (412, True)
    assert client.get("/staff/fairs/new").status_code == 403
    assert client.get(f"/staff/fairs/{make_fair().slug}").status_code == 403
    assert client.get("/staff/fairs/nowhere").status_code == 404
    managed = client.get("/staff/fairs").text
    assert managed.count("/staff/fairs/fair-") == 1
    assert "Create a fair" not in managed


def test_pages_of_staff_are_closed_to_others(client, fair):
    for path in ("/staff/fairs", f"/staff/fairs/{fair.slug}"):
        assert client.get(path).status_code == 303
    for person in (make_person(), make_member(), make_staff(fair, "clerk", "moderator", "verifier")):
        sign_in(client, person)
        for path in ("/staff/fairs", f"/staff/fairs/{fair.slug}", "/staff/fairs/new"):
            assert client.get(path).status_code == 403, path


def test_staff_is_appointed_and_dismissed(client, app, fair):
    manager, person = make_staff(fair), make_person()
    sign_in(client, manager)
    page = f"/staff/fairs/{fair.slug}"
    assert post(client, f"{page}/staff", page=page, email=person.email, role="manager").status_code == 303
    theirs = app.test_client()
    sign_in(theirs, person)
    assert theirs.get(page).status_code == 200
    row = db.session.scalar(select(Staff).where(Staff.person_id == person.id))
    assert post(client, f"{page}/staff/{row.id}/end", page=page).status_code == 303
    assert theirs.get(page).status_code == 403


@pytest.mark.parametrize(("email", "status", "words"), [("nobody@example.org", 422, "Ask them to register first"), ("no address", 422, "not a mail address")])
def test_a_refused_appointment_says_why(client, fair, email, status, words):
    sign_in(client, make_staff(fair))
    page = f"/staff/fairs/{fair.slug}"
    answer = post(client, f"{page}/staff", page=page, email=email, role="clerk")
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_manager_cannot_appoint_themselves(client, fair):
    manager = make_staff(fair)
    sign_in(client, manager)
    page = f"/staff/fairs/{fair.slug}"
    answer = post(client, f"{page}/staff", page=page, email=manager.email, role="verifier")
    assert (answer.status_code, "Nobody appoints themselves" in answer.text) == (403, True)


def test_the_administrator_shows_one_and_closes_it(client, admin, fair):
    page = "/staff/fairs"
    assert post(client, f"{page}/{fair.slug}/make-current", page=page).status_code == 303
    assert "Autumn Fair</small>" in client.get("/fairs").text
    assert post(client, f"{page}/{fair.slug}/close", page=page).status_code == 303
    assert post(client, f"{page}/{fair.slug}/close", page="/staff/fairs/new").status_code == 409


def test_sample_data_is_marked_on_the_page(client, admin):
    make_fair(slug="sample", sample=True, current=True)
    assert "Sample data" in client.get("/fairs").text


def test_a_manager_who_dismisses_themselves_is_led_away(client, fair):
    manager = make_staff(fair)
    sign_in(client, manager)
    page = f"/staff/fairs/{fair.slug}"
    row = db.session.scalar(select(Staff).where(Staff.person_id == manager.id))
    answer = post(client, f"{page}/staff/{row.id}/end", page=page)
    assert (answer.status_code, answer.location) == (303, "/")
