"""Canaries in all that is not for everybody, and in the name of an owner who is not named: no outsider ever gets one, in any byte.

Asked is every address that a page, a feed, an export or the API has: as the table of rights calls it, and about the listings that hold
the canaries. What an outsider typed is not told to them: searches ask by a part of a canary, which is found only as a whole.
"""

import re
from copy import deepcopy
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from marketplace.alerts import rules as alert_rules
from marketplace.alerts import service as alerts
from marketplace.alerts.models import Frequency
from marketplace.core.clock import now
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.disclosure import agreements
from marketplace.listings import anonymity, drafting, entering, indexing
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.life import autosaving
from marketplace.listings.models import Kind
from marketplace.matching import rematching
from marketplace.negotiations import interest
from marketplace.negotiations.documents import service as documents
from marketplace.negotiations.points import service as points
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Role
from marketplace.reviews import deciding
from tests.factories import PASSWORD, make_member, make_organization, make_person
from tests.listings.factories_files import png
from tests.listings.factories_listings import COMPLETE
from tests.rights.asking import address, bearer, client_of
from tests.rights.calls import CALLS
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world
from tests.rights.test_embargo import text_of
from tests.rights.test_table import TABLE, made
from tests.rights.world import ASKED, World, do

HIDDEN, VEILED = "Verborgenes", "Ungenannt"
"""Canaries begin so and go on, so that a question by this part does not contain one."""


def hidden(what: str) -> str:
    return f"{HIDDEN}4711{what}"


CANARIES = re.compile(rf"{HIDDEN}4711\w*|(?i:{VEILED}4711)|84,?629\.51|97,?153\.29|https?://hidden4711|CANARY-(?:DOOR|SLIDES|TOPIC|NOTES|STEP|AWAY)")
LEVELS = {
    "description": "after_interest", "advantages": "after_interest", "requirement": "after_nda", "partner_role": "after_nda", "parameters": "after_nda",
    "ip_rights": "after_nda", "cost_comparison": "after_nda", "source": "after_interest", "video": "after_nda", "price": "never",
}  # fmt: skip
OWN = {
    Kind.ACHIEVEMENT: {
        "advantages_zh": hidden("Vorteil"), "cost_comparison_en": hidden("Kosten"),
        "ip_rights": [{"kind": "patent", "office": "CN", "number": hidden("Patent"), "filed_on": None, "granted_on": None, "expires_on": None, "owner": hidden("Inhaber")}],
    },
    Kind.NEED: {"requirement_en": hidden("Forderung")},
}  # fmt: skip


def content(kind: Kind) -> dict:
    levels = {group: level for group, level in LEVELS.items() if group not in ({"requirement"} if kind is Kind.ACHIEVEMENT else {"advantages", "cost_comparison", "ip_rights"})}
    return COMPLETE[kind] | OWN[kind] | {
        "title_en": f"Steam kept apart, {kind.value}", "description_en": hidden("Beschreibung"), "partner_role_zh": hidden("Rolle"),
        "amount_min_minor": 84_629_51, "amount_max_minor": 97_153_29, "currency": "CNY", "video_url": "https://hidden4711.example.org/film",
        "parameters": [{"name": hidden("Wert"), "operator": "ge", "value": "150", "upper": None, "unit": None}], "source_organization": hidden("Quelle"),
        "source_url": "https://hidden4711.example.org/source", "levels": levels,
    }  # fmt: skip


def published(world: World, kind: Kind, by, **changes) -> UUID:
    """A listing whose parts for partners are full of canaries, with files of two levels; a newer version waits."""
    listing = do(drafting.create, kind, content(kind) | changes, by=by)
    for level in (Level.AFTER_INTEREST, Level.NEVER):
        received = files.receive(BytesIO(png(64 + level.rank)), name=f"{hidden('Datei')}.png")
        do(files.add, listing.id, received, title=hidden("Titel"), level=level, by=by)
    entry = do(entering.submit, listing.id, fair_slug=world.fair.slug, segment_code="universities", by=by)
    do(deciding.publish, entry.id, by=world.by("moderator"))
    return listing.id


@pytest.fixture
def planted(world: World, tmp_path, monkeypatch):
    """The world with A's listings that keep something back, one of an organisation that is not named, and what is not saved yet."""
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    monkeypatch.setattr(alert_rules, "PAUSE", timedelta(0))
    for name in ("index_reader", "index_checked"):
        monkeypatch.setitem(world.app.extensions, name, None)
        del world.app.extensions[name]
    before = dict(world.things)
    for kind in Kind:
        do(alerts.save, kind, "q=steam&fair=any", name=None, frequency=Frequency.AT_ONCE, by=world.by("c_owner"))
    a, b = world.by("a_owner"), world.by("b_owner")
    veiled = make_organization(
        slug=f"{VEILED.lower()}4711", kind=OrganizationKind.AGENCY, name_en=f"{VEILED}4711 Ltd", name_zh=f"{VEILED}4711", name_key=f"{VEILED.lower()}4711"
    )
    owner = make_member(veiled, Role.OWNER, make_person(password=PASSWORD, name=f"{VEILED}4711 Person", email=f"{VEILED}4711@example.org"))
    monkeypatch.setitem(world.people, "veiled", owner)
    monkeypatch.setitem(world.acting, "veiled", veiled)
    by = world.by("veiled")
    kept = {kind: published(world, kind, a) for kind in Kind}
    nameless = published(world, Kind.ACHIEVEMENT, by, title_en="Steam of nobody")
    do(anonymity.switch, drafting.own(nameless, by=by), True, by=by)
    for asked in (kept[Kind.ACHIEVEMENT], nameless):  # C asked and waits; B talks to A under secrecy
        do(interest.ask, achievement_id=asked, **ASKED, by=world.by("c_owner"))
    thread, _ = do(interest.ask, achievement_id=kept[Kind.ACHIEVEMENT], **ASKED, by=b)
    do(interest.accept, thread.id, by=a)
    agreement = do(agreements.propose, thread.id, template="mutual", ends_on=now().date() + timedelta(days=30), special_terms=hidden("Absprache"), by=a)
    for side in (a, b):
        do(agreements.confirm, agreement.id, agreement.content_hash, by=side)
    do(points.raise_point, thread.id, hidden("Punkt"), by=b)
    do(points.say, thread.id, 1, hidden("Erwiderung"), by=a)
    do(documents.put_up, thread.id, files.receive(BytesIO(png(99)), name=f"{hidden('Blatt')}.png"), title=hidden("Papier"), note=hidden("Fassung"), by=a)
    do(autosaving.keep, str(kept[Kind.ACHIEVEMENT]), [("title_en", hidden("Getippt"))], by=a)
    do(drafting.create, Kind.NEED, content(Kind.NEED) | {"title_en": hidden("Entwurf")}, by=a)
    returned = do(drafting.create, Kind.NEED, content(Kind.NEED) | {"title_en": hidden("Zurueck")}, by=a)
    entry = do(entering.submit, returned.id, fair_slug=world.fair.slug, segment_code="universities", by=a)
    do(deciding.send_back, entry.id, reason=hidden("Notiz"), by=world.by("moderator"))
    indexing.rebuild()
    rematching.everything()
    while sweep():
        pass
    rows = {row["level"]: row["file"] for row in files.rows_of(drafting.own(kept[Kind.ACHIEVEMENT], by=a))}
    yield world, kept, nameless, rows, {"thread": thread.id, "agreement": agreement.id, "returned": returned.id, "entry": entry.id}
    world.things = before


def asked_about(world: World, kept, nameless, rows, more) -> list[tuple[dict, str, dict]]:
    """(cells of the table, address, query): every route that reads, as the table calls it, and about what holds canaries."""
    swaps = {
        "listing_id": [*kept.values(), nameless, more["returned"]], "need_id": [kept[Kind.NEED]], "achievement_id": [kept[Kind.ACHIEVEMENT], nameless],
        "file_id": list(rows.values()), "negotiation_id": [more["thread"]], "agreement_id": [more["agreement"]], "entry_id": [more["entry"]],
        "level": ["after_nda"],
    }  # fmt: skip
    found = []
    for route in TABLE:
        method, rule = route.split()
        if method != "GET" or "static" in rule or route not in CALLS:
            continue
        call = made(world, route)
        found.append((TABLE[route], address(rule, call.path), call.query))
        for name in set(call.path) & set(swaps):
            found += [(TABLE[route], address(rule, deepcopy(call.path) | {name: other}), call.query) for other in swaps[name]]
    searched: list[tuple[str, dict]] = []
    for kind in ("achievements", "needs"):
        for part in (HIDDEN, f"{HIDDEN}471", VEILED, f"{VEILED}471", "steam", "84629"):
            searched += [(f"/{kind}", {"q": part, "fair": "any"}), (f"/api/v1/{kind}", {"q": part, "facets": "1"})]
            searched += [("/api/v1/suggestions", {"q": part, "kind": kind.removesuffix("s")})]
        searched += [(f"/api/v1/{kind}", {"sort": "price", "facets": "1"}), (f"/{kind}", {"organization": f"{VEILED.lower()}471", "fair": "any"})]
    return found + [(TABLE["GET /achievements"], url, query) for url, query in searched]


def may_answer(cell: str) -> bool:
    """Whether the route looks for the thing at all before it refuses: the others answer everybody of this role alike, whatever is asked."""
    return cell not in ("in", "401", "403", "-")


def says_only_that_it_exists(url: str, canary: str) -> bool:
    """That an organisation is there is public, and staff choose it for an import; what it owns is not."""
    return canary.lower() == f"{VEILED.lower()}4711" and ("/organizations" in url or url == "/imports")


OUTSIDERS = ("anonymous", "c_owner", "other_staff")


def told(world: World, role: str, url: str, query: dict) -> str:
    client, headers = (world.app.test_client(), bearer(world, role)) if url.startswith("/api/") else (client_of(world, role), {})
    answer = client.get(url, query_string=query, headers=headers, buffered=True)
    assert answer.status_code < 500, (role, url, answer.status_code)
    return text_of(answer.get_data()) + str(answer.headers)


@pytest.mark.one_database
def test_no_outsider_gets_a_canary_in_any_byte(planted):
    world, *things = planted
    leaks, asked = {}, asked_about(world, *things)
    assert len(asked) > len([route for route in TABLE if route.startswith("GET ")])
    for role in OUTSIDERS:
        for cells, url, query in asked:
            if not may_answer(cells[role]):
                continue
            if seen := sorted(canary for canary in set(CANARIES.findall(told(world, role, url, query))) if not says_only_that_it_exists(url, canary)):
                leaks[f"{role} {url} {query or ''}"] = seen
    assert leaks == {}
    assert "Steam of nobody" not in told(world, "anonymous", f"/organizations/{VEILED.lower()}4711", {})
    theirs = {world.people[role].email for role in ("a_owner", "a_editor", "veiled")}
    leaking = [(message["To"], message["Subject"]) for message in OUTBOX_SEEN if message["To"] not in theirs and CANARIES.search(message.as_string())]
    assert leaking == []


@pytest.mark.one_database
def test_those_for_whom_it_is_meant_get_the_canaries(planted):
    """The control: the same questions tell the partner what is for partners, and the owner everything."""
    world, kept, nameless, rows, more = planted
    page, paper = f"/achievements/{kept[Kind.ACHIEVEMENT]}", f"/agreements/{more['agreement']}"
    talks = f"/negotiations/{more['thread']}"
    partner = {canary for url in (page, f"/api/v1{page}", paper, talks, f"{talks}/points/1", f"{talks}/print") for canary in CANARIES.findall(told(world, "b_owner", url, {}))}
    assert {hidden(what) for what in ("Beschreibung", "Vorteil", "Rolle", "Wert", "Patent", "Quelle", "Titel", "Absprache", "Punkt", "Erwiderung", "Papier", "Fassung")} <= partner
    assert not {"84629.51", "84,629.51"} & partner
    assert {"84629.51", hidden("Beschreibung")} <= set(CANARIES.findall(told(world, "a_owner", f"/api/v1{page}", {})))
    assert "Steam of nobody" in told(world, "anonymous", f"/achievements/{nameless}", {})
    assert {"CANARY-DOOR", "CANARY-SLIDES"} <= set(CANARIES.findall(told(world, "a_owner", f"/roadshow/pitches/{world.due_pitch}", {})))
