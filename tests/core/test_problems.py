"""Every refusal has one shape: problem+json for programs, a page for people, never a 500 and never an inner word."""

import uuid
from pathlib import Path

import pytest

from marketplace.core import problems
from tests.factories import api, form_token, make_person, make_token, sign_in

URL = "/api/v1/tiny/things"


@pytest.fixture
def post(client):
    secret = make_token(make_person())

    def send(data, content_type="application/json", **more):
        return client.post(URL, data=data, content_type=content_type, headers=api(secret, **more))

    return send


def check(answer, status):
    """A problem+json of this status, complete and consistent. Returns its body."""
    body = answer.get_json(force=True)
    assert answer.status_code == status, body
    assert answer.mimetype == "application/problem+json"
    assert body["status"] == status
    assert body["type"].removeprefix("/problems/") in problems.known_types()
    uuid.UUID(body["instance"].removeprefix("urn:uuid:"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Traceback" not in answer.text
    assert str(Path(__file__).parents[2]) not in answer.text
    return body


MALFORMED = {
    "not JSON": b"{",
    "not UTF-8": b'{"title": "\xc3\x28"}',
    "overlong UTF-8": b'{"title": "\xc0\xaf"}',
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
    "a name twice": b'{"title": "a", "title": "b"}',
    "a name twice inside": b'{"title": "a", "lines": [{"name": "a", "name": "b"}]}',
    "NaN": b'{"title": "a", "number": NaN}',
    "Infinity": b'{"title": "a", "number": -Infinity}',
    "a lone surrogate": b'{"title": "\\ud800"}',
    "100,000 deep": b"[" * 100_000,
    "100,000 deep and closed": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a very long number": b'{"title": "a", "number": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_sound_json_is_400(post, made, name):
    body = check(post(MALFORMED[name]), 400)
    assert body["type"] == "/problems/malformed"
    assert made() == 0


WRONG = {  # body → pointer, code
    b'{"title": "a\\u0000b"}': ("/title", "text_control"),
    b'{"title": 7}': ("/title", "text"),
    b'{"title": null}': ("/title", None),
    b"{}": ("/title", None),
    b'{"title": ""}': ("/title", "text_empty"),
    b'{"title": " \\u3000 "}': ("/title", "text_empty"),
    b'{"title": "1234567890123456789012345678901"}': ("/title", "text_too_long"),
    b'{"title": "a", "number": "x"}': ("/number", "whole"),
    b'{"title": "a", "number": true}': ("/number", "whole"),
    b'{"title": "a", "number": 9223372036854775808}': ("/number", "whole_range"),
    b'{"title": "a", "role": "owner"}': ("/role", None),
    b'{"title": "a", "lines": [{"name": "ok"}, {"name": 1}]}': ("/lines/1/name", "text"),
    b'{"title": "a", "lines": {"name": "ok"}}': ("/lines", None),
    b"[]": ("", None),
    b'"x"': ("", None),
    b"1": ("", None),
    b"null": ("", None),
}


@pytest.mark.parametrize("raw", WRONG)
def test_what_is_readable_but_wrong_names_the_field(post, made, raw):
    pointer, code = WRONG[raw]
    body = check(post(raw), 422)
    assert body["type"] == "/problems/invalid"
    found = {error["pointer"]: error["code"] for error in body["errors"]}
    assert pointer in found
    assert code is None or found[pointer] == code
    assert made() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_that_is_not_declared_as_json_is_415(post, made, kind):
    check(post(b'{"title": "a"}', content_type=kind), 415)
    assert made() == 0


@pytest.mark.parametrize("path", ["/api/v1/tiny/things?q=%00", "/api/v1/tiny/things?%00=1", "/api/v1/%00", "/api/v1/tiny/things?q=%ed%a0%80"])
def test_text_that_no_database_stores_is_refused_in_path_and_query(client, path):
    assert client.get(path).status_code in {400, 404}
    assert check(client.get(path), client.get(path).status_code)


@pytest.mark.parametrize("path", ["/tiny/open?q=%00", "/%00", "/tiny/%ff%fe"])
def test_the_same_on_pages_is_a_page(client, path):
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert answer.mimetype == "text/html"


def test_a_nul_in_a_form_is_refused_beside_the_field(client, made):
    sign_in(client, make_person())
    answer = client.post("/tiny/things", data=form_token(client, "/tiny/things") | {"title": "a\x00b"})
    assert answer.status_code == 422
    assert 'data-code="text_control"' in answer.text
    assert made() == 0


def test_a_method_that_is_not_there_is_405_with_allow(client):
    answer = client.delete("/api/v1/tiny/things")
    check(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
    page = client.put("/tiny/open")
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]
    assert page.mimetype == "text/html"


def test_looking_again_at_where_a_form_was_refused_shows_its_page(client):
    form = "/imports/0192f000-0000-7000-8000-000000000000/mapping"
    answer = client.get(form)
    assert (answer.status_code, answer.location) == (303, form.rpartition("/")[0])
    assert client.put(form).status_code == 405
    check(client.get("/api/v1/organizations/0192f000-0000-7000-8000-000000000000/approve"), 405)


def test_an_unknown_route_is_problem_json_under_api_and_a_page_elsewhere(client):
    assert check(client.get("/api/v1/nothing/here"), 404)["type"] == "/problems/not-found"
    page = client.get("/nothing/here")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert 'data-code="not-found"' in page.text


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "1.0", "1e1", "null", "..%2f", "%252e", "a" * 5000])
def test_an_id_that_is_none_is_404(client, number):
    secret = make_token(make_person())
    answer = client.put(f"{URL}/{number}", json={"title": "a"}, headers=api(secret))
    check(answer, 404)


VERSIONS = [(None, 428), ("*", 200), ('"3"', 200), ('W/"3"', 412), ('"2"', 412), ('"old"', 412), ("garbage", 400), ('"2", "3"', 200), ("", 428)]


@pytest.mark.parametrize(("sent", "status"), VERSIONS)
def test_an_update_names_the_version_it_saw(client, sent, status):
    headers = api(make_token(make_person())) | ({} if sent is None else {"If-Match": sent})
    answer = client.put(f"{URL}/{uuid.uuid4()}", json={"title": "a"}, headers=headers)
    assert answer.status_code == status
    if status >= 400:
        check(answer, status)


def test_a_refused_move_is_409(post):
    assert check(post(b'{"title": "move"}'), 409)["type"] == "/problems/illegal-move"


def test_no_token_is_401_with_a_challenge(client):
    answer = client.post(URL, json={"title": "a"}, headers=api())
    check(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_body_over_the_limit_is_413(post, app):
    answer = post(b'{"title": "' + b"a" * (app.config["MAX_CONTENT_LENGTH"] + 1) + b'"}')
    check(answer, 413)


def test_our_own_fault_is_a_number_and_nothing_of_the_inside(client, caplog):
    answer = client.get("/tiny/crash")
    assert answer.status_code == 500
    assert 'data-code="internal"' in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "ZeroDivision" not in answer.text
    assert "ZeroDivision" in caplog.text


def test_every_answer_carries_its_number_and_the_headers_that_protect(client):
    for path in ("/tiny/open", "/nothing", "/api/v1/tiny/things"):
        headers = client.get(path).headers
        uuid.UUID(headers["X-Request-Id"])
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in client.get("/nothing").headers["Content-Security-Policy"]


def test_the_list_of_problem_types_is_closed_and_says_what_each_means(app):
    kinds = problems.known_types()
    assert {"form-expired", "idempotency-key-reused", "illegal-move", "not-found"} <= set(kinds)
    assert all(400 <= status < 600 and str(title) and str(text) for status, title, text in kinds.values())
