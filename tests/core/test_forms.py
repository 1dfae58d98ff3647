"""What a page posts: read by the schema of the JSON body, refused beside the field, never lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.forms import Form, from_form
from tests.contracts.factories_contracts import make_desk
from tests.core.conftest import ThingIn
from tests.factories import form_token, make_member, make_organization, make_person, sign_in

PAGE = "/tiny/things"


def test_a_fresh_form_shows_its_first_values(client):
    sign_in(client, make_person())
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert 'name="title" type="text" value="first"' in answer.text
    assert 'name="number" type="text" value="3"' in answer.text


def test_a_wrong_field_is_named_beside_it_and_the_text_is_kept(client, made):
    sign_in(client, make_person())
    answer = client.post(PAGE, data=form_token(client, PAGE) | {"title": "kept <words>", "number": "11"})
    assert answer.status_code == 422
    assert 'value="kept &lt;words&gt;"' in answer.text
    assert 'data-code="whole_range"' in answer.text
    assert 'aria-invalid="true" aria-describedby="b-number"' in answer.text
    assert '<a class="d-inline-block" href="#f-number">Number &lt;n&gt;: ' in answer.text, "the summary above names the field, whatever stands below it"
    assert made() == 0


def test_a_services_refusal_stands_beside_the_field_it_names(client):
    sign_in(client, make_person())
    answer = client.post(PAGE, data=form_token(client, PAGE) | {"title": "taken"})
    assert answer.status_code == 422
    assert 'data-code="taken">This title is taken.' in answer.text


def test_a_refused_move_stands_above_the_form_with_its_status(client):
    sign_in(client, make_person())
    answer = client.post(PAGE, data=form_token(client, PAGE) | {"title": "move"})
    assert answer.status_code == 409
    assert "cannot become “verified”" in answer.text
    assert 'value="move"' in answer.text


def test_an_unknown_field_is_refused(client, made):
    sign_in(client, make_person())
    answer = client.post(PAGE, data=form_token(client, PAGE) | {"title": "a", "role": "owner"})
    assert answer.status_code == 422
    assert made() == 0


@pytest.mark.parametrize("token", [None, "", "forged", "IjEyMyI.Zm9v.YmFy"])
def test_a_form_without_the_sessions_token_is_refused(client, made, token):
    sign_in(client, make_person())
    fields = form_token(client, PAGE) | {"title": "a"}
    del fields["csrf_token"]
    answer = client.post(PAGE, data=fields if token is None else fields | {"csrf_token": token})
    assert answer.status_code == 403
    assert 'data-code="form-expired"' in answer.text
    assert made() == 0


def test_a_token_of_another_session_is_refused(app, client, made):
    other = app.test_client()
    sign_in(other, make_person())
    stolen = form_token(other, PAGE)
    sign_in(client, make_person())
    client.get(PAGE)
    assert client.post(PAGE, data=stolen | {"title": "a"}).status_code == 403
    assert made() == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "evil"])
def test_a_form_from_another_origin_is_refused(client, made, origin):
    sign_in(client, make_person())
    fields = form_token(client, PAGE) | {"title": "a"}
    assert client.post(PAGE, data=fields, headers={"Origin": origin}).status_code == 403
    assert made() == 0
    assert client.post(PAGE, data=fields, headers={"Origin": "http://localhost"}).status_code == 201


def test_a_page_opened_for_another_organisation_is_refused(client, made):
    one, two = make_organization(), make_organization()
    person = make_member(one)
    make_member(two, person=person)
    sign_in(client, person, one)
    fields = form_token(client, PAGE) | {"title": "a", "acting": str(two.id)}
    answer = client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert 'data-code="acting-organization-changed"' in answer.text
    assert made() == 0


def test_lists_and_rows_come_as_the_schema_wants_them():
    posted = MultiDict(
        [("title", "a"), ("tags", "x"), ("tags", "y"), ("tags", ""), ("lines-1-name", "second"), ("lines-0-name", "first"),
         ("lines-2-name", ""), ("csrf_token", "t"), ("once", "o")]
    )  # fmt: skip
    data = from_form(ThingIn(), posted)
    assert data == {"title": "a", "tags": ["x", "y"], "lines": [{"name": "first"}, {"name": "second"}]}


@given(st.lists(st.tuples(st.from_regex(r"lines-[0-9]{0,5}-[a-z]{0,3}", fullmatch=True), st.text(max_size=3))))
def test_any_numbered_names_are_read_without_a_crash(pairs):
    assert set(from_form(ThingIn(), MultiDict(pairs))) <= {"lines"}


def test_values_reach_into_rows():
    form = Form(ThingIn, title="a", lines=[{"name": "first"}])
    assert form.value("lines-0-name") == "first"
    assert form.value("lines-1-name") is None
    assert form.value("nothing") is None


def test_a_refusal_without_a_field_is_shown_above_and_is_no_success(app):
    form = Form(ThingIn)
    form.refused(Invalid("Not like this."))
    assert (form.status, form.refusal) == (422, "Not like this.")
    form = Form(ThingIn)
    form.refused(IllegalMove(start="a", end="b"))
    assert form.status == 409


def test_a_form_of_a_signed_out_person_is_offered_again_after_sign_in(app, client, made):
    person = make_person(password="correct horse battery")
    sign_in(client, person)
    fields = form_token(client, PAGE)
    client.delete_cookie("session")
    refused = client.post(PAGE, data=fields | {"title": "long <text>", "number": "4"})
    assert refused.status_code == 401
    hidden = hidden_fields(refused.text)
    page = client.post("/sign-in", data=hidden)
    assert page.status_code == 200
    answer = client.post("/sign-in", data=hidden_fields(page.text) | {"email": person.email, "password": "correct horse battery"})
    assert answer.status_code == 200
    assert 'action="/tiny/things"' in answer.text
    sent = client.post(PAGE, data=hidden_fields(answer.text.split('action="/tiny/things"')[1]))
    assert sent.status_code == 201
    assert made() == 1


def hidden_fields(text):
    import html
    import re

    return {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', text)}


@pytest.mark.parametrize("odd", [{"parties-\u00b2-name": "x"}, {"parties": "x", "parties-0-name": "y"}, {"parties-0-name": "y", "parties": "x"}])
def test_odd_names_of_rows_are_refused_like_any_wrong_form(app, client, odd):
    desk = make_desk(app)
    sign_in(client, desk.clerk)
    page = f"/contracts/new?fair={desk.fair.slug}"
    assert client.post(page, data=form_token(client, page) | odd).status_code == 422


@pytest.mark.parametrize("query", ["endpoint=x", "_scheme=javascript&_external=1", "_anchor=a&_method=X&values=1"])
def test_the_links_of_a_page_keep_its_parameters_and_obey_none(app, client, query):
    desk = make_desk(app)
    sign_in(client, desk.clerk)
    answer = client.get(f"/contracts?{query}")
    assert answer.status_code == 200
    assert f'href="/contracts?{query}&status=declared"' in answer.text.replace("&amp;", "&")
