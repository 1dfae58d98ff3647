"""Bad headers and forms: keys, versions, what is accepted, form tokens of others, ways back that lead away."""

import io
import json
from dataclasses import replace

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.factories import PASSWORD
from tests.fuzz.state import BODIES, FORMS, LISTS, allowed, first_of_parts, share
from tests.rights.asking import FORM_SECRET, address, bearer, client_of, form_fields, keys
from tests.rights.calls import CALLS
from tests.rights.standing import undone

pytestmark = pytest.mark.usefixtures("nothing_stored")
POSTS = [route for route in BODIES if route.startswith("POST ")]
UPDATES = [route for route in CALLS if route.startswith(("PUT /api/v1/", "PATCH /api/v1/", "DELETE /api/v1/"))]
FIRST_POSTS, FIRST_UPDATES, FIRST_FORMS, FIRST_LISTS = (first_of_parts(routes) for routes in (POSTS, UPDATES, FORMS, LISTS))
BAD_KEYS = ["", " ", "   ", "k" * 256, "tab\tkey", "schlüssel", "\x7f", "k\x01"]


def ask(world, route, call=None, **headers):
    """The valid call of a route with these headers instead; None leaves one out."""
    method, rule = route.split(" ", 1)
    call = call or CALLS[route](world)
    sent = {"Idempotency-Key": f"head-{next(keys)}", "If-Match": "*", **bearer(world, allowed(route))} | headers
    more = {"json": call.json} if call.json is not None else {"data": call.form} if call.form else {}
    sent = {name: value for name, value in sent.items() if value is not None}
    return world.app.test_client().open(address(rule, call.path), method=method, query_string=call.query, headers=sent, buffered=True, **more)


def copied(call):
    """The same call once more: a file that was sent has been closed."""
    form = {name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value for name, value in call.form.items()}
    return replace(call, form=form)


@pytest.mark.one_database
@pytest.mark.parametrize("route", POSTS)
def test_a_post_without_a_usable_key_is_refused(world, route):
    tried = [None, *BAD_KEYS] if route in FIRST_POSTS else [None, " "]
    got = {key: ask(world, route, **{"Idempotency-Key": key}) for key in tried}
    assert {key: (answer.status_code, answer.json["type"]) for key, answer in got.items()} == dict.fromkeys(
        got, (400, "/problems/idempotency-key-required")
    )


@pytest.mark.parametrize("route", POSTS)
def test_a_key_answers_again_and_only_to_the_same_request(world, watch, route):
    with undone():
        key, call = f"again-{next(keys)}", CALLS[route](world)
        first = ask(world, route, copied(call), **{"Idempotency-Key": key})
        assert first.status_code < 300, first.text
        between = watch.look()
        again = ask(world, route, copied(call), **{"Idempotency-Key": key})
        assert (again.status_code, again.data, again.headers.get("Idempotent-Replayed")) == (first.status_code, first.data, "true")
        other = world.app.test_client().post(
            "/api/v1/achievements/01a203c1-1696-74e6-93f8-a8b2147141f0/submit", json={"fair": "x1", "segment": "x"},
            headers=bearer(world, allowed(route)) | {"Idempotency-Key": key},
        )  # fmt: skip
        assert other.status_code in {403, 422}
        if other.status_code == 422:
            assert other.json["type"] == "/problems/idempotency-key-reused"
        assert watch.look() == between


@pytest.mark.parametrize("route", UPDATES)
def test_an_update_of_another_version_is_refused(world, route):
    cases = {None: 428, "": 428, '"999"': 412, 'W/"1"': 412, '"old"': 412, "garbage": 400, '"1': 400, '"99999999999"': 412, "1": 400}
    if route not in FIRST_UPDATES:
        cases = {value: cases[value] for value in (None, '"999"', "garbage")}
    assert {value: ask(world, route, **{"If-Match": value}).status_code for value in cases} == cases
    with undone():
        assert ask(world, route, **{"If-Match": '"999", ' + ", ".join(f'"{n}"' for n in range(9))}).status_code in {200, 204}


ACCEPTS = {
    "application/xml": 406, "text/html": 406, "application/json;q=0": 406, "*/*;q=0": 406, "*/*": 200, "application/*": 200, "application/json": 200,
    "text/html, application/xml;q=0.9, */*;q=0.1": 200,
}  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route in LISTS if "/evidence/" not in route and "/files/<" not in route and not route.endswith(("/errors", "/content"))])
def test_who_takes_no_json_gets_406(world, route):
    accepts = ACCEPTS if route in FIRST_LISTS else {"application/xml": 406, "*/*": 200}
    assert {accept: ask(world, route, Accept=accept).status_code for accept in accepts} == accepts


@pytest.mark.one_database
@pytest.mark.parametrize("route", BODIES)
def test_nothing_is_done_for_who_takes_no_json(world, route):
    assert [ask(world, route, Accept=accept).status_code for accept in ("application/xml", "application/json;q=0")] == [406, 406]


def test_a_download_is_taken_as_what_it_is(world):
    route = "GET /api/v1/contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>"
    assert [ask(world, route, Accept=accept).status_code for accept in ("application/pdf", "*/*", "application/xml")] == [200, 200, 406]


@pytest.mark.one_database
@pytest.mark.parametrize("override", ["DELETE", "PATCH", "GET"])
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_not_overridden(world, header, override):
    assert ask(world, "GET /api/v1/me", **{header: override}).status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize("route", sorted({route.split(" ", 1)[1] for route in BODIES + LISTS}))
def test_a_method_that_is_not_there_is_named(world, route):
    taken = {each.split(" ", 1)[0] for each in CALLS if each.split(" ", 1)[1] == route}
    call = CALLS[f"{min(taken)} {route}"](world)
    missing = min({"DELETE", "PUT", "PATCH", "POST"} - taken)
    answer = world.app.test_client().open(address(route, call.path), method=missing)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert taken <= {each.strip() for each in answer.headers["Allow"].split(",")}


@pytest.mark.one_database
@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "bearer mk_" + "x" * 43, "Basic YTpi", "mk_x", "Bearer " + "x" * 5000, "Bearer é"])
def test_a_token_of_nobody_is_refused_everywhere(world, header):
    for path in ("/api/v1/me", "/api/v1/contracts", "/api/v1/achievements"):
        answer = world.app.test_client().get(path, headers={"Authorization": header})
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (401, "Bearer"), path


def posted(world, route, fields, role=None, **headers):
    role = role or allowed(route)
    call = CALLS[route](world)
    client = client_of(world, role)
    data = {name: value for name, value in (form_fields(world, role) | fields).items() if value is not None}
    return client.post(address(route.split(" ", 1)[1], call.path), data=call.form | data, query_string=call.query, headers=headers)


def token(world, secret, *, key=None):
    return URLSafeTimedSerializer(key or world.app.secret_key, salt="wtf-csrf-token").dumps(secret)


BY_LINK = {"POST /alerts/stop/<secret>"}
"""Forms whose address is itself the secret that allows the step: a mail program posts there without having seen them (RFC 8058)."""
QUESTIONS = {"POST /oai"}
"""Forms that change nothing: a protocol from outside lets a long question come by POST."""


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route in FORMS if route not in BY_LINK | QUESTIONS])
def test_a_form_of_another_session_or_site_is_refused(world, route, bare):
    tokens = {
        "none": None, "empty": "", "junk": "junk", "another session's": token(world, "g" * 40), "another key's": token(world, FORM_SECRET, key="x" * 40),
        "bare": FORM_SECRET,
    }  # fmt: skip
    origins = ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:81", "https://localhost@evil.example", "file://"]
    if route not in FIRST_FORMS:
        bare()
        tokens, origins = {name: tokens[name] for name in ("none", "another session's")}, origins[:1]
    got = {name: posted(world, route, {"csrf_token": value}).status_code for name, value in tokens.items()}
    assert got == dict.fromkeys(tokens, 403)
    assert {each: posted(world, route, {}, Origin=each).status_code for each in origins} == dict.fromkeys(origins, 403)


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route in FORMS if route not in BY_LINK and allowed(route) == "a_owner"])
def test_a_form_opened_for_another_organisation_is_refused(world, route):
    assert posted(world, route, {"acting": str(world.b)}).status_code == 409


@pytest.mark.parametrize("route", FORMS)
def test_a_field_of_a_form_that_cannot_be_kept_is_refused(world, database, route):
    """NUL, bytes that are no text, and a field too long, in each field, on one part's first form on every database; a refused page keeps what was typed."""
    wrong, names = {}, [name for name in CALLS[route](world).form if name != "file"]
    for name in names if route in FIRST_FORMS else share(names, database, FORMS.index(route)):
        for value in ("a\x00b", b"\xff\xfe", "x" * 60_000)[: None if route in FIRST_FORMS else 1]:
            with undone():
                answer = posted(world, route, {name: value})
            if answer.status_code >= 500 or (answer.status_code < 400 and value == "a\x00b" and name != "password"):
                wrong[name, value[:5]] = answer.status_code
    assert not wrong


AWAY = [
    "//evil.example", "/\\evil.example", "///evil.example", "https:evil.example", "https://evil.example", "http:/evil.example", "%2f%2fevil.example",
    "/%2fevil.example", "javascript:alert(1)", "\t//evil.example", "\r\n//evil.example", "/\t/evil.example", "/%0d%0aLocation:%20//evil.example",
    " //evil.example", "evil.example", "//evil.example/%2e%2e", "/\x00", "\\\\evil.example", "/..//evil.example", "////", "data:text/html,x",
    "//evil.example@localhost", "https://localhost.evil.example", "/．evil", "x" * 3000,
]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("way", AWAY)
def test_signing_in_never_leads_away(world, way):
    with undone():
        signed_in = client_of(world, "a_owner").get("/sign-in", query_string={"next": way})
        language = world.app.test_client().get("/language/zh", query_string={"next": way})
        client = client_of(world, "anonymous")
        fields = {"email": world.people["a_owner"].email, "password": PASSWORD} | form_fields(world, "anonymous")
        signs_in = client.post("/sign-in", query_string={"next": way}, data=fields)
        for answer in (signed_in, language, signs_in):
            if answer.status_code != 400:
                assert (answer.status_code, answer.headers["Location"]) == (303, "/"), json.dumps(way)


def test_a_password_of_a_megabyte_is_refused_and_no_byte_is_cut(world):
    route = "POST /account/password"
    assert posted(world, route, {"new": "x" * 1_000_000}).status_code == 422
    long = "correct horse battery staple, and seventy-two more bytes so that it is long enough: "
    with undone():
        assert posted(world, route, {"new": long + "one"}).status_code == 303
        assert posted(world, route, {"old": long + "two", "new": long + "six"}).status_code == 422
