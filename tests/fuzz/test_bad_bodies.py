"""Bad JSON bodies, against every operation that takes one: the exact refusal, its pointer, and nothing stored."""

import json
from datetime import date
from time import process_time
from typing import Any

import pytest

from tests.fuzz.state import BODIES, allowed, body_schema, first_of_parts, resolved, types_of
from tests.rights.asking import address, bearer, keys
from tests.rights.calls import CALLS
from tests.rights.standing import undone

pytestmark = pytest.mark.usefixtures("nothing_stored")
WRONG = {
    "string": "no such thing ☃", "integer": 7, "number": 1.5, "boolean": True, "array": [["x"]], "object": {"x": 1}, "null": None,
}  # fmt: skip
"""A value of each JSON type, for fields that do not take that type."""
MONEY = {"amount", "total_amount", "technology_amount", "amount_min", "amount_max"}
BAD_AMOUNTS = [
    10.10, 10, "-0", "-1.00", "1,000.00", "1.000,00", "1 000", "1'000", "€10", "10 EUR", "1e5", "0x10", "NaN", "Infinity", "+5", "10.001",
    "9" * 30, "１０", "١٠", "five", ".", "1..0", True, [], {},
]  # fmt: skip
BAD_CURRENCIES = ["eur", "EURO", "XXX", "XTS", "ZWD", "€", "", 978, "EUR ", "CNY\n"]  # ISO 4217 calls XXX no currency, XTS one for tests
BAD_DAYS = ["2020-13-01", "2020-02-30", "17.9.2020", "0000-01-01", "9999-99-99", "2020-09-17T00:00:00Z", "20200917", "", "２０２０-09-17", 20200917]
BAD_MOMENTS = ["2020-09-17T09:30:00", "2020-09-17", "now", "2020-09-17T25:00:00+08:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 0]
BAD_IDS = ["", "0", "not-a-uuid", "a" * 5000, "01a203c1-1696-74e6-93f8-a8b2147141f", "{01a203c1-1696-74e6-93f8-a8b2147141f0}", 10**40]
FORMATS = {"date": BAD_DAYS, "date-time": BAD_MOMENTS, "uuid": BAD_IDS}
SURPLUS = {
    "surplus": 1, "id": "01a203c1-1696-74e6-93f8-a8b2147141f0", "status": "verified", "role": "owner", "version": 99, "sample": True,
    "organization_id": "01a203c1-1696-74e6-93f8-a8b2147141f0", "verified": True, "signed_at": "2020-01-01T00:00:00Z", "$ref": "x",
    "__proto__": {"admin": True}, "": 1, "price_minor": 1, "content_hash": "0" * 64, "fair_id": None, "admin": True,
}  # fmt: skip


TAKES_JSON = [
    route for route in BODIES
    if not route.endswith(("/evidence", "/release", "/undo", "/imports", "/check", "/approve", "/close", "/make-current", "/withdraw", "/read", "/refund", "/revoke", "/end", "/restore", "/take-back", "/off", "/on", "/test", "/again", "/files", "/open", "/archive", "/bring-back", "/organizations/import", "/unverify", "/numbers/<uuid:number_id>/remove", "/closures/<uuid:closure_id>/remove", "/absences/<uuid:absence_id>/remove", "/meetings/<uuid:meeting_id>/agree", "/meetings/<uuid:meeting_id>/keep", "/came", "/step", "/pass", "/standby/<uuid:standby_id>/leave", "/merge/<uuid:other_id>", "/pitch-applications/tell", "/take-out", "/timetable/publish", "/documents", "/versions", "/pitches/<uuid:pitch_id>/start", "/pitches/<uuid:pitch_id>/finish", "/unmark", "/take-up", "/drop", "/fairs/<slug>/meeting-plans"))
    and (not route.endswith(("/accept", "/cancel")) or "/meetings/" in route)
] + [
    "POST /api/v1/achievements/<uuid:listing_id>/withdraw", "POST /api/v1/needs/<uuid:listing_id>/withdraw",
    "POST /api/v1/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>/approve",
    "POST /api/v1/listings/<uuid:listing_id>/close",
]  # fmt: skip
"""Every operation with a JSON body; a test holds the list to the description."""
FIRST = first_of_parts(TAKES_JSON)
"""One reader of bodies serves all routes: every bad one is tried on one route of each part of the product, some on the others."""


class Operation:
    """One writing operation, called by somebody who may."""

    def __init__(self, world, route):
        self.world, self.route, self.call = world, route, CALLS[route](world)
        self.method, rule = route.split(" ", 1)
        self.url = address(rule, self.call.path)
        self.schema = body_schema(world, route)
        self.fields = {name: resolved(world, field) for name, field in self.schema.get("properties", {}).items()}
        self.required = set(self.schema.get("required", []))
        self.body = self.call.json

    def some(self, values: list[Any], turn: int) -> list[Any]:
        """All of them on the first route of a part, elsewhere every third; ``turn`` moves which from field to field and route to route."""
        return values if self.route in FIRST else values[(TAKES_JSON.index(self.route) + turn) % 3 :: 3] or values[:1]

    def send(self, raw: bytes, content_type: str = "application/json", **headers: str):
        headers = {"Idempotency-Key": f"bad-{next(keys)}", "If-Match": "*", **bearer(self.world, allowed(self.route)), **headers}
        return self.world.app.test_client().open(self.url, method=self.method, data=raw, content_type=content_type, headers=headers)

    def with_field(self, name: str, value: Any):
        return self.send(json.dumps(self.body | {name: value}).encode())


@pytest.fixture
def operation(world, request):
    return Operation(world, request.param)


def every(which):
    """On one database: what the schema refuses reaches none."""
    return lambda test: pytest.mark.one_database(pytest.mark.parametrize("operation", which, indirect=True)(test))




def refused(answer, *statuses: int, pointer: str | None = None) -> str:
    """Empty when the answer is one of these refusals, as problem+json that names the field; else what it was."""
    body = answer.get_json(silent=True) if answer.mimetype == "application/problem+json" else None
    if answer.status_code not in statuses or body is None or body["status"] != answer.status_code:
        return f"{answer.status_code} {answer.text[:200]}"
    pointers = [error["pointer"] for error in body.get("errors", [])]
    if pointer is not None and not any(each == pointer or each.startswith(f"{pointer}/") for each in pointers):
        return f"{answer.status_code} names {pointers}, not {pointer}"
    return ""


def faults(found: dict[Any, str]) -> dict[Any, str]:
    return {key: fault for key, fault in found.items() if fault}


def test_every_operation_with_a_body_is_here(world):
    assert set(TAKES_JSON) == {route for route in BODIES if body_schema(world, route)}


@every(TAKES_JSON)
def test_a_body_that_cannot_be_read_is_refused(operation):
    text = json.dumps(operation.body or {}).encode()
    unreadable = {
        "cut": text[:-1], "nothing like it": b"<xml/>", "NaN": b'{"x": NaN}', "Infinity": b'{"x": [-Infinity]}', "twice": b'{"x": 1, "x": 2}',
        "twice inside": b'{"x": {"y": 1, "y": 2}}', "bad UTF-8": b'{"x": "\xc3\x28"}', "overlong": b'{"x": "\xc0\xaf"}',
        "UTF-16": '{"x": "y"}'.encode("utf-16"), "surrogate": b'{"x": "\\ud800"}', "surrogate name": b'{"\\udfff": 1}', "deep": b"[" * 100_000,
        "deep objects": b'{"x":' * 100_000, "two": b"{}{}", "comment": b"{} // yes", "huge number": b'{"x": 1' + b"0" * 5000 + b"}",
        "NUL after": b"{}\x00",
    }  # fmt: skip
    tried = unreadable if operation.route in FIRST else {"cut", "NaN", "surrogate"}
    assert not faults({name: refused(operation.send(unreadable[name]), 400) for name in tried})


@every(TAKES_JSON)
def test_a_body_that_is_no_object_is_refused(operation):
    others = [b"null", b"[]", b'"x"', b"1", b"true", b"[{}]", b"1.5"][: None if operation.route in FIRST else 2]
    assert not faults({raw: refused(operation.send(raw), 400, 422, pointer="") if raw else "" for raw in others})
    if operation.required:
        assert not refused(operation.send(b""), 400, 422)
        assert not refused(operation.send(b"{}"), 422)


@every(TAKES_JSON)
def test_a_body_of_another_type_is_refused(operation):
    text = json.dumps(operation.body or {"x": 1}).encode()
    types = ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json", "application/json-patch+json"][: None if operation.route in FIRST else 2]
    assert not faults({each: refused(operation.send(text, each), 415) for each in types})


@every([route for route in TAKES_JSON if route.endswith(("/achievements", "/contracts", "/rounds", "/organizations"))])
def test_a_body_that_is_too_large_is_refused(operation):
    huge = json.dumps(operation.body | {"surplus": "x" * (10 * 1024 * 1024)}).encode()
    assert not refused(operation.send(huge), 413)


@every([route for route in TAKES_JSON if route.endswith(("/achievements", "/contracts", "/rounds", "/organizations"))])
def test_a_body_of_very_many_values_is_refused_at_once(operation):
    """On a small scale each is named, up to 200; beyond it none is looked at."""
    listed = next((name for name, field in operation.fields.items() if "array" in types_of(field)), "surplus")
    began = process_time()
    assert not refused(operation.send(json.dumps({f"k{n}": n for n in range(100_000)}).encode()), 400)
    assert not refused(operation.send(json.dumps({listed: [0] * 600_000}).encode()), 400)
    assert not refused(operation.send(json.dumps({listed: [{}] * 300_000}).encode()), 400)
    assert process_time() - began < 3
    answer = operation.send(json.dumps({f"k{n}": n for n in range(5_000)}).encode())
    assert not refused(answer, 422)
    assert len(answer.get_json()["errors"]) == 200


@every(TAKES_JSON)
def test_an_unknown_field_is_refused_by_name(operation):
    found = {}
    for name, value in SURPLUS.items():
        if name not in operation.fields and (operation.route in FIRST or name in {"surplus", "status", "organization_id", "__proto__"}):
            found[name] = refused(operation.with_field(name, value), 422, pointer=f"/{name}")
    assert not faults(found)


@every(TAKES_JSON)
def test_a_field_of_another_type_is_refused_by_name(operation):
    found = {}
    for number, (name, field) in enumerate(operation.fields.items()):
        taken = types_of(field)
        for kind in operation.some([kind for kind in WRONG if kind not in taken and not (kind == "integer" and "number" in taken)], number):
            value = WRONG[kind]
            found[name, kind] = refused(operation.with_field(name, value), 422, pointer=f"/{name}")
        if "integer" in taken:
            for value in operation.some([10**40, -(10**40), 2**63, 2**64, "7", "1e3", 0.5], number):
                found[name, value] = refused(operation.with_field(name, value), 422, pointer=f"/{name}")
        if "array" in taken:
            for value in operation.some([[None], [[]], [{}], [7], [True], ["\x00"]], number):
                found[name, str(value)] = refused(operation.with_field(name, value), 422, pointer=f"/{name}")
    assert not faults(found)


@every(TAKES_JSON)
def test_a_text_that_cannot_be_kept_is_refused_by_name(operation):
    found = {}
    for number, (name, field) in enumerate(operation.fields.items()):
        if "string" not in types_of(field):
            continue
        values = operation.some(["\x00", "a\x00b", "\x1b[31m", "\x08", "\ufffe", "x\x7f"], number)
        if "maxLength" in field:
            values.append("x" * (field["maxLength"] + 1))
        if name in operation.required:
            values += operation.some(["", " ", "\u3000", "\t\n"], number)
        for value in values:
            found[name, value[:9]] = refused(operation.with_field(name, value), 422, pointer=f"/{name}")
    assert not faults(found)


@every(TAKES_JSON)
def test_what_has_a_form_is_refused_in_another(operation):
    found = {}
    for number, (name, field) in enumerate(operation.fields.items()):
        taken, bad = types_of(field), list(FORMATS.get(field.get("format", ""), []))
        if name in MONEY:
            bad += BAD_AMOUNTS
        if name == "currency" or name.endswith("_currency"):
            bad += BAD_CURRENCIES
        if field.get("format") == "email":
            bad += ["no address", "a@b", "@example.org", "a@example.org, b@example.org", "a b@example.org", "a@example.org\nBcc: x@example.org"]
        if field.get("format") == "local-date-time":
            bad += ["2020-09-17", "2020-09-17T09:30:00Z", "2020-09-17T24:30", "yesterday", "2020-02-30T10:00"]
        for value in operation.some(bad, number):
            body = operation.body | ({"currency": "CNY"} if name in MONEY and "currency" in operation.fields else {})
            if "enum" in field and value in field["enum"]:
                continue
            if name in MONEY | {"currency"} and "currency" in operation.fields and name == "currency" and not MONEY & set(operation.body):
                body |= {next(iter(MONEY & set(operation.fields)), "currency"): "10.00"}
            found[name, str(value)[:40]] = refused(operation.send(json.dumps(body | {name: value}).encode()), 422, pointer=f"/{name}")
        assert taken
    assert not faults(found)


GAPS: list[tuple[str, dict[str, Any], str | None]] = [
    ("POST /api/v1/fairs", {"opens_on": "2027-09-05", "closes_on": "2027-09-01"}, "/closes_on"),
    ("POST /api/v1/fairs", {"time_zone": "Europe/Atlantis"}, "/time_zone"),
    ("POST /api/v1/fairs", {"time_zone": "../../etc/passwd"}, "/time_zone"),
    ("POST /api/v1/fairs", {"slug": "Autumn Fair"}, "/slug"),
    ("POST /api/v1/fairs", {"slug": "../x"}, "/slug"),
    ("POST /api/v1/contracts", {"technology_amount": "2000000.00"}, "/technology_amount"),
    ("POST /api/v1/contracts", {"signed_on": date(2199, 1, 1).isoformat()}, "/signed_on"),
    ("POST /api/v1/contracts", {"parties": []}, "/parties"),
    ("POST /api/v1/contracts", {"parties": [{"role": "provider", "name": "A", "country": "DE"}] * 11}, "/parties"),
    ("POST /api/v1/contracts", {"title_en": None, "title_zh": None}, "/title_en"),
    ("POST /api/v1/achievements", {"technology_codes": ["30", "30"]}, "/technology_codes"),
    ("POST /api/v1/achievements", {"trl": 10}, "/trl"),
    ("POST /api/v1/achievements", {"trl": 0}, "/trl"),
    ("POST /api/v1/negotiations", {"achievement_id": None}, "/achievement_id"),
    ("POST /api/v1/meetings", {"length_minutes": 20}, "/length_minutes"),
    ("POST /api/v1/meetings", {"starts_at": "2020-01-01T10:00"}, "/starts_at"),
    ("POST /api/v1/meetings/<uuid:meeting_id>/move", {"starts_at": "2020-01-01T10:00"}, "/starts_at"),
    ("POST /api/v1/fairs/<slug>/interpreters", {"languages": ["zh"]}, "/languages"),
    ("POST /api/v1/interpreters/<uuid:interpreter_id>/absences", {"starts_at": "2020-01-01T10:07"}, "/starts_at"),
    ("POST /api/v1/meetings/absences", {"ends_at": "2020-01-01T10:00"}, "/ends_at"),
    ("POST /api/v1/places/<uuid:place_id>/closures", {"starts_at": "2020-01-01T10:07"}, "/starts_at"),
    ("PATCH /api/v1/places/<uuid:place_id>", {"link": "javascript:alert(1)"}, "/link"),
    ("POST /api/v1/fairs/<slug>/ways", {"minutes": 121}, "/minutes"),
    ("POST /api/v1/fairs/<slug>/conflicts", {"walking": "sometimes"}, "/walking"),
    ("POST /api/v1/fairs/<slug>/sessions", {"slot_minutes": 20}, "/slot_minutes"),
    ("POST /api/v1/fairs/<slug>/sessions", {"ends_at": "2020-01-01T10:00"}, "/ends_at"),
    ("POST /api/v1/fairs/<slug>/places", {"kind": "online", "link": "javascript:alert(1)"}, "/link"),
    ("POST /api/v1/organizations", {"website": "javascript:alert(1)"}, "/website"),
    ("POST /api/v1/organizations", {"name_en": None}, None),
    ("POST /api/v1/organizations/<uuid:organization_id>/numbers", {"value": "DE136695978"}, "/value"),
    ("POST /api/v1/mandates", {"ends_on": "2001-01-01"}, "/ends_on"),
]


@pytest.mark.parametrize(("route", "changes", "pointer"), GAPS)
def test_facts_that_contradict_each_other_are_refused_by_name(world, route, changes, pointer):
    operation = Operation(world, route)
    assert not refused(operation.send(json.dumps(operation.body | changes).encode()), 422, pointer=pointer)


KEPT = [("CNY", "10.00"), ("EUR", "10"), ("JPY", "10"), ("KWD", "10.000"), ("CNY", "10000000000000.00")]


@pytest.mark.parametrize(("currency", "amount"), KEPT)
def test_an_exact_amount_is_kept_exactly(world, currency, amount):
    with undone():
        operation = Operation(world, "POST /api/v1/contracts")
        body = operation.body | {"currency": currency, "total_amount": amount, "technology_amount": None}
        answer = operation.send(json.dumps(body).encode())
        assert answer.status_code == 201, answer.text
        assert float(answer.json["total_amount"]) == float(amount)
