"""Bad ids, pages, filters and paths: 404 for what cannot be, 400 for what cannot be read, never a fault of ours."""

import re
import sys
from typing import ClassVar

import pytest
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict

from marketplace.core import pages
from tests.fuzz.state import LISTS, PAGES, allowed, first_of_parts, query_parameters, share, types_of
from tests.rights.asking import address, bearer, client_of, form_fields, keys
from tests.rights.calls import CALLS
from tests.rights.standing import undone

pytestmark = pytest.mark.usefixtures("nothing_stored")
BAD_IDS = [
    "0", "-1", str(2**63), str(2**64), "1" + "0" * 40, "1.0", "1e1", "null", "undefined", "..%2f", "%252e", "a" * 5000, "not-a-uuid",
    "01A203C1-1696-74E6-93F8-A8B2147141F", "%20", "'", "*", "%F0%9F%92%A9", "..", "%2e%2e", ";x", "{id}",
]  # fmt: skip
UNREADABLE = ["%00", "a%00b", "%ff", "%c3%28", "%ed%a0%80"]
SOME_IDS, SOME_UNREADABLE = ["-1", "01A203C1-1696-74E6-93F8-A8B2147141F"], ["a%00b"]
"""One converter reads the ids of all routes: every spelling is tried on one route of each part of the product, a few on the others."""
UUID_ROUTES = [route for route in CALLS if "<uuid:" in route]
NAME_ROUTES = [route for route in CALLS if re.search(r"<(string:)?(slug|secret|code)>", route)]


FIRST_BY_ID, FIRST_BY_NAME, FIRST_LISTS, FIRST_PAGES = (first_of_parts(routes) for routes in (UUID_ROUTES, NAME_ROUTES, LISTS, PAGES))
JUNK = ["", "abc", "-1", "9" * 40, "1.5", "%", "_", "\\", "'; DROP TABLE people;--", "1 OR 1=1", "[]", "é" * 300, "x" * 3000, "\u202e", "💥", "a,b", "null"]
PAGE_PARAMETERS = [
    "limit", "cursor", "q", "fair", "status", "kind", "stage", "state", "as_of", "as_of_seq", "scope", "view", "handover", "achievement",
    "need", "organization", "after", "sort", "my_move", "returned", "next", "email", "check", "more", "field", "trl", "country", "segment",
    "facets", "deal_kind", "ip_status", "language", "surplus", "like", "away", "reason", "at", "new",
]  # fmt: skip


class Asker:
    """Somebody who may call this route, with whatever its form or body needs."""

    def __init__(self, world, route):
        self.world, self.route, self.role = world, route, allowed(route)
        self.method, self.rule = route.split(" ", 1)
        self.call = CALLS[route](world)
        self.page = not self.rule.startswith("/api/")
        self.client = client_of(world, self.role) if self.page else world.app.test_client()

    def ask(self, url, query_string=None):
        more = {"method": self.method, "query_string": query_string, "buffered": True}
        if self.page:
            if self.method == "POST":
                more["data"] = {name: value for name, value in self.call.form.items() if name != "file"} | form_fields(self.world, self.role)
            return self.client.open(url, **more)
        headers = bearer(self.world, self.role) | {"If-Match": "*"}
        if self.method == "POST":
            headers["Idempotency-Key"] = f"path-{next(keys)}"
        if self.call.json is not None:
            more["json"] = self.call.json
        return self.client.open(url, headers=headers, **more)


def with_each(call, rule, names, values):
    """The route's address with each of these parameters in turn replaced by each of these texts."""
    for name in names:
        for value in values:
            yield name, value, address(rule, call.path | {name: value})


@pytest.mark.one_database
@pytest.mark.parametrize("route", UUID_ROUTES)
def test_an_id_that_cannot_be_is_nobodys(world, route, bare):
    asker = Asker(world, route)
    if route not in FIRST_BY_ID:
        bare()
    ids, unreadable = (BAD_IDS, UNREADABLE) if route in FIRST_BY_ID else (SOME_IDS, SOME_UNREADABLE)
    wrong = {}
    for name, value, url in with_each(asker.call, asker.rule, re.findall(r"<uuid:(\w+)>", route), ids):
        answer = asker.ask(url)
        if answer.status_code not in {404, 405}:
            wrong[name, value[:50]] = f"{answer.status_code} {answer.text[:100]}"
    for name, value, url in with_each(asker.call, asker.rule, re.findall(r"<uuid:(\w+)>", route), unreadable):
        answer = asker.ask(url)
        if answer.status_code not in {400, 404}:
            wrong[name, value] = f"{answer.status_code} {answer.text[:100]}"
    assert not wrong


@pytest.mark.parametrize("route", NAME_ROUTES)
def test_a_name_that_cannot_be_is_nobodys(world, database, route, bare):
    asker = Asker(world, route)
    names = BAD_IDS + UNREADABLE
    if route not in FIRST_BY_NAME:
        bare()
        names = share([*SOME_IDS, *SOME_UNREADABLE], database, NAME_ROUTES.index(route))
    wrong = {}
    for name, value, url in with_each(asker.call, asker.rule, re.findall(r"<(?:string:)?(slug|secret|code)>", route), names):
        answer = asker.ask(url)
        if answer.status_code not in {308, 400, 404, 405, 410}:
            wrong[name, value[:50]] = f"{answer.status_code} {answer.text[:100]}"
    assert not wrong


@pytest.mark.parametrize("number", ["0", "-1", "77", str(2**31), str(2**63), "1" + "0" * 40, "1.0", "one"])
@pytest.mark.parametrize("route", [route for route in CALLS if "<int:number>" in route])
def test_a_round_that_is_not_there_is_not_found(world, route, number):
    asker = Asker(world, route)
    assert asker.ask(address(asker.rule, asker.call.path | {"number": number})).status_code == 404


@pytest.mark.one_database
@pytest.mark.parametrize("route", LISTS)
def test_a_parameter_that_cannot_be_is_refused_by_name(world, route):
    asker = Asker(world, route)
    url, known = address(asker.rule, asker.call.path), query_parameters(world, route)
    wrong = {}
    for name, schema in known.items():
        values = {"integer": ["abc", "1.5", "-1", "9" * 40, "1e3", "0x1", "１"], "boolean": ["maybe", "2"]}.get(next(iter(types_of(schema) - {"null"})), [])
        values = values + (["nosuch", "CN'"] if "enum" in schema else []) + (["nosuch"] if schema.get("format") in {"uuid", "date-time"} else [])
        if name == "limit":
            values += ["0", "1000000000"]
        for value in values:
            if schema.get("type") == "array":
                continue
            answer = asker.ask(url, dict(asker.call.query) | {name: value})
            pointers = [error["pointer"] for error in (answer.get_json(silent=True) or {}).get("errors", [])]
            if answer.status_code != 400 or f"/{name}" not in pointers:
                wrong[name, value] = f"{answer.status_code} {answer.text[:150]}"
    for name in [*known, "surplus"]:
        for value in UNREADABLE if route in FIRST_LISTS else SOME_UNREADABLE:
            answer = asker.ask(f"{url}?{name}={value}")
            if answer.status_code != 400 or answer.mimetype != "application/problem+json":
                wrong[name, value] = f"{answer.status_code} {answer.text[:150]}"
    if known:
        answer = asker.ask(url, dict(asker.call.query) | {"surplus": "1"})
        if answer.status_code != 400:
            wrong["surplus"] = str(answer.status_code)
    assert not wrong


@pytest.mark.parametrize("route", [route for route in LISTS if route.count("/") >= 3])
def test_text_that_looks_like_a_query_is_text(world, route):
    """Every text parameter takes it literally or refuses it; nothing breaks."""
    asker = Asker(world, route)
    url, wrong = address(asker.rule, asker.call.path), {}
    for number, (name, schema) in enumerate(query_parameters(world, route).items()):
        if "string" in types_of(schema):
            for value in JUNK if route in FIRST_LISTS else JUNK[number % 3 :: 3]:
                answer = asker.ask(url, dict(asker.call.query) | {name: value})
                if answer.status_code not in {200, 400, 404, 422}:
                    wrong[name, value[:30]] = f"{answer.status_code} {answer.text[:150]}"
    assert not wrong


CURSED = [route for route in LISTS if route.split("/")[-1] in {"fairs", "organizations", "contracts", "meetings", "payments", "negotiations", "places", "sessions", "achievements", "needs"}]


@pytest.mark.parametrize("route", CURSED)
def test_a_cursor_of_another_hand_is_refused(world, route, monkeypatch):
    asker = Asker(world, route)
    url = address(asker.rule, asker.call.path)
    page = asker.ask(url, {"limit": 1})
    assert page.status_code == 200, page.text
    cursor = page.json["next"] or forged(world, "another list", ["x"])
    bad = {
        "cut": cursor[:-1], "edited": ("A" if cursor[0] != "A" else "B") + cursor[1:], "empty text": "x", "dots": "...", "long": "x" * 1999,
        "another list": forged(world, "another list", ["x"]), "another secret": URLSafeTimedSerializer("other", salt="cursor").dumps(["", []]),
        "unsigned": cursor.rsplit(".", 1)[0],
    }  # fmt: skip
    assert {name: asker.ask(url, {"cursor": value, "limit": 1}).status_code for name, value in bad.items()} == dict.fromkeys(bad, 400)
    if page.json["next"]:
        monkeypatch.setattr(pages, "CURSOR_LIVES_SECONDS", -1)
        assert asker.ask(url, {"cursor": cursor, "limit": 1}).status_code == 410


def forged(world, bound, values):
    return URLSafeTimedSerializer(world.app.secret_key, salt="cursor").dumps([bound, values])


def test_a_cursor_of_another_reader_is_refused(world):
    url = "/api/v1/negotiations"
    theirs = world.app.test_client().get(url, query_string={"limit": 1}, headers=bearer(world, "b_owner")).json["next"]
    assert theirs
    assert world.app.test_client().get(url, query_string={"limit": 1, "cursor": theirs}, headers=bearer(world, "b_owner")).status_code == 200
    assert world.app.test_client().get(url, query_string={"limit": 1, "cursor": theirs}, headers=bearer(world, "a_owner")).status_code == 400


MOMENTS = [
    ("as_of_seq=-1", 400), ("as_of_seq=999999", 422), ("as_of_seq=1&as_of=2026-01-01T00:00:00Z", 400), ("as_of=2020-01-01T00:00:00%2B08:00", 200),
    ("as_of=2190-01-01T00:00:00Z", 422), ("as_of=2020-01-01", 400), ("as_of_seq=0", 200), ("scope=nosuch", 404), ("scope_number=0", 400),
    ("view=staff", 403), ("view=mine", 400),
]  # fmt: skip


@pytest.mark.parametrize(("query", "status"), MOMENTS)
def test_a_total_of_no_moment_is_refused(world, query, status):
    answer = world.app.test_client().get(f"/api/v1/fairs/{world.fair.slug}/total?{query}")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json["headline"]["total_minor"] == 0


class Noticed(ImmutableMultiDict):
    """The parameters of an address, that notes which of them a page asks for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None, type=None):
        self.asked.add(key)
        return super().get(key, default, type)

    def getlist(self, key, type=None):
        self.asked.add(key)
        return super().getlist(key, type)

    def __contains__(self, key):
        self.asked.add(key)
        return super().__contains__(key)

    def _all(self):
        """All of them, unless it is `core` that looks at every address or carries its parameters along."""
        frame = sys._getframe(2)
        while frame is not None and frame.f_globals["__name__"].startswith(("werkzeug", "tests")):
            frame = frame.f_back
        if frame is None or not frame.f_globals["__name__"].startswith("marketplace.core"):
            self.asked.update(PAGE_PARAMETERS)

    def items(self, *args, **more):
        self._all()
        return super().items(*args, **more)

    def to_dict(self, *args, **more):
        self._all()
        return super().to_dict(*args, **more)

    def __iter__(self):
        self._all()
        return super().__iter__()


@pytest.mark.parametrize("route", PAGES)
def test_no_parameter_breaks_a_page(world, database, route, request, monkeypatch):
    """Each name that the page asks for with junk: one of it on one database, all of it on each in the long run. What it never asks for goes along."""
    monkeypatch.setattr(world.app.request_class, "parameter_storage_class", Noticed)
    monkeypatch.setattr(Noticed, "asked", set())
    asker = Asker(world, route)
    url, wrong, tried, long = address(asker.rule, asker.call.path), {}, set(), request.config.getoption("--long")

    def ask(parameters):
        with undone():  # the way to the payment page opens one
            answer = asker.ask(url, dict(asker.call.query) | parameters)
        if answer.status_code >= 500:
            wrong[str(parameters)[:80]] = answer.status_code

    ask({"surplus": "x"})
    ask({name: JUNK[number % len(JUNK)] for number, name in enumerate(PAGE_PARAMETERS)})
    while names := sorted(Noticed.asked - tried):
        numbered = list(enumerate(names, len(tried)))
        for number, name in numbered if long else share(numbered, database, PAGES.index(route)):
            for value in JUNK if long else [JUNK[((number + PAGES.index(route)) if database.startswith("sqlite") else (number * 7 + 3)) % len(JUNK)]]:
                ask({name: value})
        tried.update(names)
    for value in UNREADABLE if route in FIRST_PAGES else share(UNREADABLE, database, PAGES.index(route))[:1]:
        if asker.ask(f"{url}?q={value}").status_code != 400:
            wrong["q", value] = "taken"
    assert not wrong


TURNS = [
    ("/api/v1/contracts/", {200, 401, 404}), ("//api/v1/contracts", {401, 404, 308}), ("/api/v1//contracts", {401, 404, 308}),
    ("/API/V1/contracts", {404}), ("/api/v1/contracts/;x", {404}), ("/api/v1/contracts.", {404}), ("/api/v1/./contracts", {404}),
    ("/api/v1/%2e/contracts", {404}), ("/api/v1/x/../contracts", {404}), ("/contracts/", {303}), ("/Contracts", {404}), ("/contracts;x", {404}),
    ("/contracts%2f", {303, 404}), ("/staff/../contracts", {404}), ("/static/../../config.py", {404}), ("/static/%2e%2e/%2e%2e/config.py", {404}),
    ("/static/..%2f..%2fconfig.py", {404}), ("/static//etc/passwd", {308, 404}), ("/api/v1/contracts%00", {400}), ("/" + "a" * 9000, {414}),
]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize(("path", "statuses"), TURNS)
def test_no_turn_of_the_path_leads_past_the_rights(world, path, statuses):
    answer = world.app.test_client().get(path)
    assert answer.status_code in statuses, answer.status_code
    assert answer.status_code != 200
