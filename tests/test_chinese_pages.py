"""Every page that can be opened, in Chinese, for each role: no label is left in English; and no refusal of an empty form is."""

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any
from zoneinfo import available_timezones

import pytest
from sqlalchemy import String, Text

from marketplace.contracts.amending import Amendment
from marketplace.contracts.models import DealReport
from marketplace.core.db import db
from marketplace.imports.models import ImportFinding, ImportJob
from marketplace.listings.models import ListingVersion
from tests.rights.asking import address, client_of, form_fields, routes
from tests.rights.calls import CALLS
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import undone
from tests.rights.standing import world as world
from tests.rights.test_table import TABLE
from tests.rights.world import World

pytestmark = pytest.mark.one_database
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
ROLES = ("anonymous", "a_owner", "a_reader", "b_owner", "c_owner", "pending", "manager", "moderator", "clerk", "verifier", "admin")
NO_PAGES = ("/api/v1/", "/static/", "/bootstrap/", "/webhooks/", "/api/openapi", "/healthz", "/readyz", "/metrics", "/language/", "/figures.css")
SILENT = {"script", "style", "code", "textarea", "kbd"}
EMPTY = {"br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "path", "rect", "line", "circle"}
SHOWN = {"aria-label", "title", "placeholder", "alt", "data-label"}
# What Chinese readers write in Latin letters: standards, file types, units, names of programs, and what one types into a field.
LATIN = re.compile(
    r"\([a-z]+\.[a-z_]+\)|（[A-Z]{2}）|/organizations/\S*|ror, name, name_en, name_zh, country, types, website|https?://\S*|[\w.+-]+@[\w.-]+|\b[ANCF]-\d{4}-\d+|\bF(-[0-9A-Z]{4}){2}\b|\b([0-9A-Z]{4}-){3}[0-9A-Z]\b|\bJJ-001\b|\b[0-9a-f]{8,64}(-[0-9a-f]{4,12})*\b|\d{4}-\d\d-\d\dT[\d:+]+|\S+\.(csv|jsonl|json)(\.gz)?\b"
    r"|\b(API|TRL|IPC|WIPO|PDF|PNG|JPEG|WebP|CSV|XLSX|JSON Lines|JSONL|JSON|HTML|Atom|OAI|Bytes|kB|ASCII|application/json|KB|MB|UTC|UTF-8|SHA-256|ISO \d+|RFC \d+|LOI|MoU|NDA|ID|ETag|Idempotency-Key|If-Match|Stripe|zgc-2020"
    r"|POST|Expect|type|errors|next|cursor|unknown|null|million|expo|IANA|EN|English|[A-Z]{3}|[A-Z][a-z]+/[A-Z]\w+|TRL ?\d|OpenAPI|EXW|Ctrl|e\.g\.)\b"
)  # fmt: skip
WORD = re.compile(r"[A-Za-z]{2,}")


class Visible(HTMLParser):
    """The texts that a reader of Chinese sees or hears: what is marked as English, and what programs read, is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    @property
    def silent(self) -> bool:
        return any(silent for _, silent in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        silent = tag in SILENT or named.get("lang") == "en" or "hash" in (named.get("class") or "").split()
        if not silent and not self.silent:
            self.found += [value for name, value in attrs if name in SHOWN and value]
        if tag not in EMPTY:
            self.open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.found.append(" ".join(data.split()))


def english(page: str, data: tuple[str, ...]) -> set[str]:
    """The visible texts that still hold an English word; ``data`` are texts that people wrote, longest first."""
    reader = Visible()
    reader.feed(page)
    return {text for text in set(reader.found) if is_english(text, data)}


@cache
def is_english(text: str, data: tuple[str, ...]) -> bool:
    """Pages share most of their texts: each is looked at once."""
    if not WORD.search(text):
        return False
    for written in data:
        text = text.replace(written, " ")
    return bool(WORD.search(LATIN.sub(" ", text)))


def written(world: World) -> tuple[str, ...]:
    """What people wrote, longest first: every text of the database but the codes, which have to be shown in words."""
    found = available_timezones() | {call.path["slug"] for make in CALLS.values() if "slug" in (call := make(world)).path}
    codes = re.compile(r"(^|_)(status|kind|role|move|class|stage|act|section|axis|permission|permissions|currency)$")
    for table in db.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, (String, Text)) and not codes.search(column.name)]
        for row in db.session.execute(db.select(*columns)) if columns else ():
            found |= {
                str(value) for column, value in zip(columns, row, strict=True)
                if value and len(str(value)) > 2 and (column.name in {"name", "code"} or not re.fullmatch("[a-z_]+", str(value)))
            }  # fmt: skip
    for report in db.session.scalars(db.select(DealReport.facts)):
        found |= {text for text in report.values() if isinstance(text, str) and len(text) > 2 and not re.fullmatch("[a-z_]+", text)}
    for facts in db.session.scalars(db.select(Amendment.data)):
        found |= {text for text in facts.values() if isinstance(text, str) and len(text) > 2 and not re.fullmatch("[a-z_]+", text)}
    for files in db.session.scalars(db.select(ListingVersion.files)):
        found |= {row["title"] for row in files if row["title"]}
    for columns in db.session.scalars(db.select(ImportJob.columns)):
        found |= {name for name in columns or () if len(name) > 2}
    for options in db.session.scalars(db.select(ImportJob.options)):
        found |= {text for text in options.get("samples", {}).values() if len(text) > 2}
    for facts in db.session.scalars(db.select(ImportFinding.facts)):
        found |= {text for text in facts.values() if isinstance(text, str) and len(text) > 2}
    titles = " ".join(title or "" for title in db.session.scalars(db.select(ListingVersion.title_en)))
    found |= set(re.findall("[A-Za-z]{4,}", titles))  # a match names the words that two texts share
    return tuple(sorted(found, key=len, reverse=True))


def pages(world: World, method: str, role: str) -> list[str]:
    """'GET /contracts' and so on: every page that this role can call, and the first of those that each refusal keeps from it."""
    found, refusals = [], set()
    for route in sorted(routes(world)):
        if route.startswith(f"{method} ") and not route.split()[1].startswith(NO_PAGES) and route in CALLS:
            cell = TABLE[route][role]
            if cell[0] in "23" or cell not in refusals:
                found.append(route)
            refusals.add(cell)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_no_label_of_a_page_is_left_in_english(world: World, role: str) -> None:
    data, left, opened = written(world), {}, 0
    for route in pages(world, "GET", role):
        call = CALLS[route](world)
        with undone():
            answer = client_of(world, role).get(address(route.split()[1], call.path), query_string=call.query, headers=CHINESE)
            if answer.mimetype == "text/html" and answer.status_code not in {302, 303}:
                opened += 1
                if found := english(answer.text, data):
                    left[route] = found
            answer.close()
    assert opened > 20
    assert left == {}


@pytest.mark.parametrize("role", ["anonymous", "a_owner", "b_owner", "manager", "moderator", "clerk", "verifier", "admin"])
def test_no_refusal_of_an_empty_form_is_in_english(world: World, role: str) -> None:
    data, left, refused = written(world), {}, 0
    for route in pages(world, "POST", role):
        call = CALLS[route](world)
        with undone():
            answer = client_of(world, role).post(address(route.split()[1], call.path), data=form_fields(world, role), headers=CHINESE)
            if answer.mimetype == "text/html" and answer.status_code >= 400:
                refused += 1
                if found := english(answer.text, data):
                    left[route] = found
            answer.close()
    assert refused > 3
    assert left == {}


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>保存</p>", set()),
        ("<p>Save</p>", {"Save"}),
        ("<p>保存 Save</p>", {"保存 Save"}),
        ('<button aria-label="Close">×</button>', {"Close"}),
        ('<p><span lang="en">Northgate</span> 您好</p>', set()),
        ("<p><code>POST /contracts</code> 登记</p>", set()),
        ("<p>Heat pump</p><p>CNY 12.00，TRL 7，PDF</p>", set()),
        ('<img alt="mark"><br>是', {"mark"}),
        ("<script>var shown</script><textarea>my words</textarea>", set()),
        ("<td>declared</td>", {"declared"}),
    ],
)
def test_a_word_of_english_is_seen(page: str, left: set[Any]) -> None:
    assert english(page, ("Heat pump",)) == left
