"""One deal from the opening of a fair to its total, over the API alone: nothing is written past it but the first administrator."""

import io
import json
from datetime import date, timedelta
from uuid import UUID

import pytest

from marketplace.accounts.service import by_email, create
from marketplace.core.db import db, transaction
from marketplace.listings import indexing
from marketplace.organizations.models import Organization
from tests.factories import api, make_token

PEOPLE = ("agency", "company", "manager", "moderator", "clerk", "verifier")


class Story:
    """The people of a fair, each with a token, and calls that must succeed."""

    def __init__(self, client):
        self.client, self.tokens = client, {}

    def person(self, name, **fields):
        with transaction():
            create(name, f"{name}@example.org", password=None, **fields)

    def token(self, name, organization=None):
        self.tokens[name] = make_token(by_email(f"{name}@example.org"), organization)

    def call(self, method, who, path, body=None, expect=(200, 201), **options):
        headers = api(self.tokens.get(who), **options.pop("headers", {}))
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **({"json": body} if body is not None else {}), **options)
        assert answer.status_code in expect, f"{method} {path} as {who}: {answer.status_code} {answer.text}"
        return answer.json

    def get(self, who, path, **options):
        return self.call("GET", who, path, **options)

    def post(self, who, path, body=None, **options):
        return self.call("POST", who, path, body, **options)

    def total(self):
        return self.get(None, "/fairs/spring/total")["headline"]


@pytest.fixture
def story(client, app):
    story = Story(client)
    story.person("admin", admin=True)
    for name in PEOPLE:
        story.person(name)
    for name in ("admin", *PEOPLE):
        story.token(name)
    today = date.today()
    story.post("admin", "/fairs", {
        "slug": "spring", "name_en": "Spring fair", "name_zh": "春季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
        "opens_on": (today - timedelta(days=1)).isoformat(), "closes_on": (today + timedelta(days=1)).isoformat(),
        "segments": [{"code": "frontier", "name_en": "Frontier projects", "name_zh": "前沿项目"}],
    })  # fmt: skip
    for role in ("manager", "moderator", "clerk", "verifier"):
        story.post("admin", "/fairs/spring/staff", {"email": f"{role}@example.org", "role": role})
    return story


def register(story, who, kind, name):
    """An organisation, registered by its first person and approved by the fair's manager; their token acts for it from then on."""
    made = story.post(who, "/organizations", {"kind": kind, "name_en": name, "country": "DE" if kind == "agency" else "CN"})
    story.post("manager", f"/organizations/{made['id']}/approve")
    story.token(who, db.session.get(Organization, UUID(made["id"])))
    return made


def publish(story, who, path, body):
    """A listing drafted, submitted, and published by the moderator."""
    made = story.post(who, path, body)
    story.post(who, f"{path}/{made['id']}/submit", {"fair": "spring", "segment": "frontier"})
    waiting = story.get("moderator", "/fairs/spring/entries?status=submitted")["rows"]
    entry = next(row for row in waiting if row["listing_id"] == made["id"])
    story.post("moderator", f"/entries/{entry['id']}/publish", {})
    return made


HEAT_PUMP = {
    "title_en": "High-temperature heat pump for process steam", "summary_en": "A heat pump that makes steam at 180 °C from waste heat.",
    "description_en": "The heat pump lifts waste heat of a food line to process steam with water as refrigerant. " * 3,
    "technology_codes": ["30"], "deal_kinds": ["licence"], "trl": 7, "ip_status": "granted", "price_mode": "negotiable",
    "advantages_en": "Half the energy of an electrode boiler.", "stage": "demo_available",
}  # fmt: skip
STEAM = {
    "title_en": "Process steam without gas for a soy-protein line", "summary_en": "Steam from waste heat with a heat pump.",
    "description_en": "We look for a heat pump or another way to make process steam at 160 °C from waste heat, without gas. " * 2,
    "technology_codes": ["30"], "deal_kinds": ["licence"], "min_trl": 6, "requirement_en": "At least 3 t/h of steam.", "unknown": ["budget", "deadline"],
}  # fmt: skip


def test_from_need_to_total(story, app):
    agency, company = register(story, "agency", "agency", "Northgate Transfer"), register(story, "company", "company", "Hengyuan Foods")
    achievement = publish(story, "agency", "/achievements", HEAT_PUMP)
    need = publish(story, "company", "/needs", STEAM)
    indexing.rebuild()

    found = story.get("company", f"/matches?need={need['id']}")["rows"]
    assert found[0]["achievement"]["id"] == achievement["id"]
    assert found[0]["terms"]
    assert {line["status"] for line in found[0]["constraints"]} <= {"met", "unknown"}

    talk = story.post("company", "/negotiations", {
        "achievement_id": achievement["id"], "need_id": need["id"], "fair": "spring", "cooperation_wanted": "licence", "question": "At what price?",
    })  # fmt: skip
    url = f"/negotiations/{talk['id']}"
    story.post("agency", f"{url}/accept")
    story.post("agency", f"{url}/rounds", {"amount": "8000000.00", "currency": "CNY", "kind": "licence"})
    story.post("company", f"{url}/rounds", {"amount": "6800000.00", "technology_amount": "4200000.00", "currency": "CNY", "kind": "licence"})
    story.post("agency", f"{url}/agree", {"round": 2})
    story.post("company", f"{url}/hand-over")

    handed = story.get("clerk", "/contracts/handovers?fair=spring")["rows"][0]
    assert set(handed["facts"]) == {"title_en", "title_zh", "kind", "currency", "total_minor", "technology_minor", "exclusivity", "royalty_bp", "agreed_on", "parties"}
    assert "At what price?" not in json.dumps(handed)
    contract = story.post("clerk", "/contracts", {
        "fair": "spring", "handover_id": handed["id"], "title_en": handed["facts"]["title_en"], "class": "contract", "kind": handed["facts"]["kind"],
        "field": "new_energy", "currency": "CNY", "total_amount": "6800000.00", "technology_amount": "4200000.00",
        "signed_on": date.today().isoformat(), "open": True, "parties": handed["facts"]["parties"],
        "achievement_id": achievement["id"], "need_id": need["id"],
    })  # fmt: skip
    assert {party["organization_id"] for party in contract["parties"]} == {agency["id"], company["id"]}
    assert story.get("clerk", "/contracts/handovers?fair=spring")["rows"] == []

    url = f"/contracts/{contract['id']}"
    sent = story.client.post(f"/api/v1{url}/evidence", data={"file": (io.BytesIO(b"%PDF-1.4 signed"), "page.pdf")}, headers=api(story.tokens["clerk"]))
    assert sent.status_code == 201, sent.text
    seen = {"content_hash": story.get("clerk", url)["content_hash"]}
    story.post("clerk", f"{url}/sign", seen)
    assert (story.total()["count"], story.total()["total"]) == (0, "0.00")
    story.post("verifier", f"{url}/verify", seen)
    assert (story.total()["count"], story.total()["total"], story.total()["technology"]) == (1, "6800000.00", "4200000.00")
    story.post("verifier", f"{url}/verify", seen, expect=(409,))
    assert story.total()["count"] == 1

    assert 'data-total-minor="680000000"' in story.client.get("/fairs/spring").text
    told = app.test_cli_runner().invoke(args=["ledger", "total", "--fair", "spring", "--json"])
    assert json.loads(told.output)["headline"]["total"] == "6800000.00"
    assert "Holds" in app.test_cli_runner().invoke(args=["ledger", "verify"]).output
    for party in ("agency", "company"):
        assert story.get(party, url)["status"] == "verified"


def test_the_open_questions_of_the_desk_do_not_reach_others(story):
    register(story, "agency", "agency", "Northgate Transfer")
    story.get("agency", "/contracts/handovers?fair=spring", expect=(403,))
    story.get("moderator", "/contracts/handovers?fair=spring", expect=(403,))
