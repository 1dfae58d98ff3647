"""A contract under embargo is told to nobody: every public address, in both languages and every format, names nothing of it."""

import io
import re
import zipfile
from collections.abc import Iterator
from copy import deepcopy

import pypdf
import pytest
from flask.testing import FlaskClient

from marketplace.ceremonies import service as ceremonies
from marketplace.confirmations import answering, asking, publishing
from marketplace.confirmations.models import Side
from marketplace.confirmations.schemas import ConfirmationIn
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.figures import freezing
from marketplace.ledger import publishing as ledger
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import said
from tests.contracts.factories_contracts import Desk, make_contract, verify
from tests.rights.asking import address
from tests.rights.calls import CALLS
from tests.rights.test_table import TABLE
from tests.rights.world import World, do

PARTIES = [
    {"role": "provider", "name": "EMBARGO-Institut", "country": "IS"},
    {"role": "recipient", "name": "暂缓公布之厂", "country": "CN"},
]
FACTS = {
    "title_en": "EMBARGO-TITLE", "title_zh": "暂缓之题", "total_amount": "73719.37", "technology_amount": "31737.13", "number": "EMBARGO-NUMBER",
    "parties": PARTIES, "open": True,
}  # fmt: skip
CANARIES = tuple(
    re.compile(canary)
    for canary in (
        "EMBARGO-", "暂缓公布之厂", "暂缓之题",
        "73,719", r"(?<![0-9a-f.])73719\.?37(?!\d)", "31,737", r"(?<![0-9a-f.])31737\.?13(?!\d)",
    )
)  # fmt: skip
"""Amounts grouped, or with both decimals: five digits alone stand in many a hash, a clock or a number of bytes."""
ALLOWED = {"show_names": True, "show_title": True, "show_amount": True}
PUBLIC = sorted(
    route
    for route, cells in TABLE.items()
    if route.startswith("GET ") and cells["anonymous"] == "200" and "<secret>" not in route and "static" not in route
)
FORMATS = ("csv", "xlsx", "pdf")


@pytest.fixture
def embargoed(world: World) -> Iterator[World]:
    """An open, verified contract on a run list, of which both sides allow everything to be shown, and a figure frozen since."""
    desk = Desk(db.session.get_one(Fair, world.fair.id), world.people["clerk"], world.people["verifier"], world.desk.folder)
    contract = make_contract(desk, Status.SIGNED, **FACTS)
    for one in do(asking.ask, contract.id, tuple(Side), by=world.by("clerk")):
        do(answering.answer_by_link, one.secret, ConfirmationIn().load(said(contract.content_hash, **ALLOWED)), by=None)
    do(ceremonies.add, world.ceremony.id, contract.id, line_en="EMBARGO-LINE", line_zh=None, by=world.by("clerk"))
    verify(desk, contract)
    before = dict(world.things)
    scope = ledger_queries.scope(desk.fair.id, None)
    world.things |= {
        "embargoed": contract,
        "code": publishing.of(contract.id).code,
        "figure_code": do(freezing.freeze, desk.fair, scope, by=world.by("verifier"))[0].code,
    }
    yield world
    world.things = before


def text_of(content: bytes) -> str:
    """All that can be read in an answer: of a workbook its parts, of a PDF its pages."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode(errors="replace") for name in book.namelist())
    if content.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode(errors="replace")


def told(world: World, client: FlaskClient, route: str) -> str:
    """What everybody gets at this address, in both languages and, of an export, in every format; with the headers."""
    call, rule = CALLS[route](world), route.split()[1]
    found = ""
    for language in ("en", "zh"):
        for kind in FORMATS if "<format>" in rule else ("",):
            path = deepcopy(call.path) | ({"format": kind} if kind else {})
            query = call.query | ({"language": language} if "board" in rule else {})
            answer = client.get(address(rule, path), query_string=query, headers={"Accept-Language": language}, buffered=True)
            assert answer.status_code == 200, (route, answer.status_code)
            found += text_of(answer.get_data()) + str(answer.headers)
    return found


def test_no_public_address_tells_of_a_contract_under_embargo(embargoed):
    client, telling = embargoed.app.test_client(), {}
    for route in PUBLIC:
        found = told(embargoed, client, route)
        if seen := [canary.pattern for canary in CANARIES if canary.search(found)]:
            telling[route] = seen
    assert telling == {}


def test_the_same_addresses_tell_of_it_once_it_is_announced(embargoed):
    """The canaries would have been seen: from its release on the figures, the board and the code name it."""
    fair = db.session.get_one(Fair, embargoed.fair.id)
    do(ledger.release, fair, embargoed.things["embargoed"].id, by=embargoed.by("clerk"))
    embargoed.things["figure_code"] = do(freezing.freeze, fair, ledger_queries.scope(fair.id, None), by=embargoed.by("verifier"))[0].code
    client = embargoed.app.test_client()
    naming = {
        "GET /verify/<code>", "GET /api/v1/verify/<string:code>", "GET /figures/<code>", "GET /api/v1/figures/<string:code>",
        "GET /fairs/<slug>/board", "GET /fairs/<slug>/board.json", "GET /api/v1/fairs/<string:slug>/board",
    }  # fmt: skip
    assert naming <= set(PUBLIC)
    assert {route for route in naming if any(canary.search(told(embargoed, client, route)) for canary in CANARIES)} == naming


def test_a_code_under_embargo_says_that_it_is_known_and_nothing_else(embargoed):
    client, code = embargoed.app.test_client(), embargoed.code
    page, answer = client.get(f"/verify/{code}"), client.get(f"/api/v1/verify/{code}")
    assert "This code is known" in page.text
    assert {name for name, value in answer.json.items() if value} == {"code", "embargo", "fair"}
    reference = embargoed.things["embargoed"].reference
    assert reference not in page.text
    assert reference not in answer.text
