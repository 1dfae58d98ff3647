"""One valid call of every route: what the address names, the query and the body, so that whoever may call it succeeds.

Ids are those of A's objects (and of the fair) unless the name says otherwise; each call begins from the same world.
"""

import io
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.fairs import queries as fairs
from marketplace.figures import stating
from marketplace.ledger import queries as ledger
from tests.confirmations.factories_confirmations import said
from tests.contracts.factories_contracts import PDF, facts
from tests.factories import PASSWORD
from tests.listings.factories_listings import COMPLETE
from tests.rights.world import ASKED, World
from tests.roadshow.factories_roadshow import at

NEW_PASSWORD = "a different long sentence"
ACHIEVEMENT, NEED = COMPLETE["achievement"], COMPLETE["need"]


@dataclass
class Call:
    """``path`` fills the address; ``json`` is an API body, ``form`` a page's fields, ``raw`` bytes as they are."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    form: dict[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Maker = Callable[[World], Call]
CALLS: dict[str, Maker] = {}


def call(*routes: str) -> Callable[[Maker], Maker]:
    def mark(make: Maker) -> Maker:
        for route in routes:
            assert route not in CALLS, route
            CALLS[route] = make
        return make

    return mark


def of(world: World, **names: str) -> dict[str, Any]:
    return {name: getattr(world, thing) for name, thing in names.items()}


def on(route: str, *, json: Any = None, form: Any = None, query: Any = None, slug: str | None = None, **names: str) -> None:
    """A call that is said in a line; ``names`` are parameter=object of the world, ``slug`` the object whose slug stands there."""

    def make(world: World) -> Call:
        def built(what: Any) -> Any:
            return what(world) if callable(what) else copy(what)  # a test may write into it

        path = of(world, **names) | ({"slug": getattr(world, slug).slug} if slug else {})
        return Call(path=path, json=built(json), form=built(form) or {}, query=built(query) or {})

    call(route)(make)


def wall(world: World, hour: int) -> str:
    fair = world.desk.fair
    return f"{at(fair, hour):%Y-%m-%dT%H:%M}"


def fair_settings(**more: Any) -> dict[str, Any]:
    return {
        "name_en": "Autumn fair", "name_zh": "秋季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
        "opens_on": "2027-09-01", "closes_on": "2027-09-05",
    } | more  # fmt: skip


def settings_form(world: World) -> dict[str, Any]:
    fair = world.desk.fair
    return fair_settings(
        opens_on=fair.opens_on.isoformat(), closes_on=fair.closes_on.isoformat(), version=world.fair.version,
        **{"segments-0-code": "universities", "segments-0-name_en": "Universities", "segments-0-name_zh": "高校"},
    )  # fmt: skip


def contract_form(**more: Any) -> dict[str, Any]:
    """The desk's form; undisclosed amounts need no reading back."""
    return {
        "title_en": "Licence", "class": "contract", "kind": "licence", "field": "new_materials", "currency": "CNY", "place": "at_fair",
        "total_undisclosed": "on", "technology_undisclosed": "on", "signed_on": date.today().isoformat(),
        "parties-0-role": "provider", "parties-0-name": "Institute of X", "parties-0-country": "DE",
        "parties-1-role": "recipient", "parties-1-name": "Works of Y", "parties-1-country": "CN",
    } | more  # fmt: skip


def form_of(content: dict[str, Any]) -> dict[str, Any]:
    """A listing's JSON as its form's fields."""
    plain = {name: value for name, value in content.items() if name != "unknowns"}
    return plain | {"unknown": content["unknowns"]} if "unknowns" in content else plain


def json_of(content: dict[str, Any]) -> dict[str, Any]:
    return {("unknown" if name == "unknowns" else name): value for name, value in content.items()}


SCOPE = {"code": "abroad", "name_en": "Signed abroad", "name_zh": "境外", "kinds": ["licence"], "places": ["at_fair"]}
PLACE = {"kind": "table", "name_en": "Table 9", "capacity": 4}
PLACED = {"fair": lambda world: world.fair.slug}
ORGANIZATION = {"name_en": "Northern Light Works", "country": "CN", "kind": "company"}


def session_of(world: World) -> dict[str, Any]:
    return {
        "place_id": str(world.hall), "title_en": "Batteries", "starts_at": wall(world, 15), "ends_at": wall(world, 16), "capacity": 10,
        "slots": 2, "slot_minutes": 15,
    }  # fmt: skip


def meeting_of(world: World) -> dict[str, Any]:
    """With A's neighbour B; who is B asks A's neighbour in turn: the organisation is C then, see the table."""
    return {
        "organization": world.waits_nowhere.slug, "place_id": str(world.table), "starts_at": wall(world, 16), "length_minutes": 30,
        "topic": "Talk",
    }  # fmt: skip


# home, health, problems, static files
for route in (
    "GET /", "GET /api/docs", "GET /api/openapi.json", "GET /problems", "GET /healthz", "GET /readyz", "GET /metrics", "GET /rules",
    "GET /total", "GET /board", "GET /roadshow", "GET /fairs", "GET /achievements", "GET /needs", "GET /organizations",
):  # fmt: skip
    on(route)
call("GET /problems/<slug>")(lambda world: Call(path={"slug": "not-found"}))
call("GET /static/<path:filename>")(lambda world: Call(path={"filename": "theme.css"}))
call("GET /bootstrap/static/<path:filename>")(lambda world: Call(path={"filename": "css/bootstrap.min.css"}))
call("GET /language/<code>")(lambda world: Call(path={"code": "zh"}))

# accounts
for route in ("GET /account", "GET /account/password", "GET /account/tokens", "GET /sign-in", "GET /register", "GET /password/forgot"):
    on(route)
on("GET /api/v1/me")
on("POST /account", form={"name": "Renamed", "language": "zh"})
on("POST /account/password", form={"old": PASSWORD, "new": NEW_PASSWORD})
on("POST /account/tokens", form={"name": "cron", "permissions": ["accounts.me"], "days": "7"})
on("POST /account/sessions/<uuid:session_id>/end", session_id="session")
on("POST /account/tokens/<uuid:token_id>/revoke", token_id="token")
on("POST /sign-in", form=lambda world: {"email": world.people["a_owner"].email, "password": PASSWORD})
on("POST /sign-out")
on("POST /register", form={"name": "Li Na", "email": "li.na@example.org"})
on("POST /password/forgot", form=lambda world: {"email": world.people["a_owner"].email})
on("GET /register/<secret>", secret="registering")
on("POST /register/<secret>", secret="registering", form={"name": "Fresh", "password": NEW_PASSWORD})
on("GET /password/reset/<secret>", secret="resetting")
on("POST /password/reset/<secret>", secret="resetting", form={"new": NEW_PASSWORD})

# organizations
on("GET /organization")
on("GET /organization/edit")
on("POST /organization/edit", form={"name_en": "Another name", "country": "CN", "version": "1"})
on("POST /organization/invitations", form={"email": "guest@example.org", "role": "reader"})
on("POST /organization/invitations/<uuid:invitation_id>/revoke", invitation_id="invitation")
on("POST /organization/members/<uuid:person_id>/end", person_id="spare_member")
on("POST /organization/members/<uuid:person_id>/role", person_id="spare_member", form={"role": "editor"})
on("GET /organizations/new")
on("POST /organizations/new", form=ORGANIZATION)
on("POST /organizations/switch", form=lambda world: {"organization": world.a.slug})
on("GET /organizations/<slug>", slug="waiting")
on("GET /invitations/<secret>", secret="invitation_to_c_secret")
on("POST /invitations/<secret>", secret="invitation_to_c_secret")
on("GET /staff/organizations")
on("GET /staff/organizations/<uuid:organization_id>", organization_id="waiting")
on("POST /staff/organizations/<uuid:organization_id>", organization_id="waiting", form={"reason": "Not known to us"})
on("POST /staff/organizations/<uuid:organization_id>/approve", organization_id="waiting")
V1 = "/api/v1/organizations"
on(f"GET {V1}")
on(f"POST {V1}", json=ORGANIZATION)
on(f"GET {V1}/<uuid:organization_id>", organization_id="waiting")
on(f"PATCH {V1}/<uuid:organization_id>", organization_id="a", json={"website": "https://northgate.example"})
on(f"POST {V1}/<uuid:organization_id>/approve", organization_id="waiting")
on(f"POST {V1}/<uuid:organization_id>/decline", organization_id="waiting", json={"reason": "Not known to us"})
on(f"GET {V1}/<uuid:organization_id>/invitations", organization_id="a")
on(f"POST {V1}/<uuid:organization_id>/invitations", organization_id="a", json={"email": "guest@example.org", "role": "reader"})
on(f"POST {V1}/<uuid:organization_id>/invitations/<uuid:invitation_id>/revoke", organization_id="a", invitation_id="invitation")
on(f"GET {V1}/<uuid:organization_id>/members", organization_id="a")
on(f"POST {V1}/<uuid:organization_id>/members/<uuid:person_id>/end", organization_id="a", person_id="spare_member")
on(f"POST {V1}/<uuid:organization_id>/members/<uuid:person_id>/role", organization_id="a", person_id="spare_member", json={"role": "editor"})

# fairs
on("GET /staff/fairs")
on("GET /staff/fairs/new")
on("POST /staff/fairs/new", form=fair_settings(slug="autumn"))
on("GET /staff/fairs/<slug>", slug="fair")
on("POST /staff/fairs/<slug>", slug="fair", form=settings_form)
on("POST /staff/fairs/<slug>/close", slug="fair")
on("POST /staff/fairs/<slug>/make-current", slug="fair")
on("POST /staff/fairs/<slug>/staff", slug="fair", form=lambda world: {"email": world.spare_email, "role": "clerk"})
on("POST /staff/fairs/<slug>/staff/<uuid:staff_id>/end", slug="fair", staff_id="spare_staff")
V1 = "/api/v1/fairs"
on(f"GET {V1}")
on(f"POST {V1}", json=fair_settings(slug="autumn"))
on(f"GET {V1}/<slug>", slug="fair")
on(f"PATCH {V1}/<slug>", slug="fair", json={"place_en": "Hall 1"})
on(f"POST {V1}/<slug>/close", slug="fair")
on(f"POST {V1}/<slug>/make-current", slug="fair")
on(f"POST {V1}/<slug>/staff", slug="fair", json=lambda world: {"email": world.spare_email, "role": "clerk"})
on(f"POST {V1}/<slug>/staff/<uuid:staff_id>/end", slug="fair", staff_id="spare_staff")

# the total and the ledger
for route in ("/fairs/<slug>", "/fairs/<slug>/board", "/fairs/<slug>/record", "/staff/fairs/<slug>/ledger", "/staff/fairs/<slug>/scopes"):
    on(f"GET {route}", slug="fair")
on("POST /staff/fairs/<slug>/scopes", slug="fair", form=SCOPE)
on("GET /staff/ledger")
V1 = "/api/v1/fairs/<string:slug>"
for route in ("total", "scopes", "record", "ledger"):
    on(f"GET {V1}/{route}", slug="fair")
on(f"POST {V1}/scopes", slug="fair", json=SCOPE)

# listings
on("GET /achievements/<uuid:listing_id>", listing_id="achievement")
on("GET /needs/<uuid:listing_id>", listing_id="need")
on("GET /listings")
on("GET /listings/new")
on("POST /listings/new", form=form_of(ACHIEVEMENT))
on("GET /listings/<uuid:listing_id>", listing_id="draft")
on("GET /listings/<uuid:listing_id>/edit", listing_id="draft")
on("POST /listings/<uuid:listing_id>/edit", listing_id="draft", form=form_of(ACHIEVEMENT) | {"version": "1", "title_en": "Better pump"})
on("GET /listings/<uuid:listing_id>/submit", listing_id="draft")
on("POST /listings/<uuid:listing_id>/submit", listing_id="draft", form=lambda world: {"fair": world.fair.slug, "segment": "universities"})
on("POST /listings/<uuid:listing_id>/withdraw", listing_id="achievement", form=lambda world: {"fair": world.fair.slug})
on("GET /matches")
on("GET /needs/<uuid:listing_id>/matches", listing_id="need")
on("GET /achievements/<uuid:listing_id>/matches", listing_id="achievement")
on("GET /api/v1/matches", query=lambda world: {"need": str(world.need)})
on("GET /staff/moderation")
on("GET /staff/moderation/<uuid:entry_id>", entry_id="entry")
on("POST /staff/moderation/<uuid:entry_id>/publish", entry_id="entry")
on("POST /staff/moderation/<uuid:entry_id>/send-back", entry_id="entry", form={"reason": "Say who measured it."})
for kinds, drafted, public, content in (("achievements", "draft", "achievement", ACHIEVEMENT), ("needs", "draft_need", "need", NEED)):
    V1 = f"/api/v1/{kinds}"
    on(f"GET {V1}")
    on(f"POST {V1}", json=json_of(content))
    on(f"GET {V1}/<uuid:listing_id>", listing_id=drafted)
    on(f"PATCH {V1}/<uuid:listing_id>", listing_id=drafted, json={"title_en": "Better"})
    on(f"POST {V1}/<uuid:listing_id>/submit", listing_id=drafted, json=lambda world: {"fair": world.fair.slug, "segment": "universities"})
    on(f"POST {V1}/<uuid:listing_id>/withdraw", listing_id=public, json=lambda world: {"fair": world.fair.slug})
on("GET /api/v1/fairs/<slug>/entries", slug="fair")
on("GET /api/v1/entries/<uuid:entry_id>", entry_id="entry")
on("POST /api/v1/entries/<uuid:entry_id>/publish", entry_id="entry", json={"number": 1})
on("POST /api/v1/entries/<uuid:entry_id>/send-back", entry_id="entry", json={"reason": "Say who measured it."})

# negotiations: B asked A, A made round 1
on("GET /negotiations")
on("GET /negotiations/new", query=lambda world: {"achievement": str(world.achievement)})
on("POST /negotiations/new", query=lambda world: {"achievement": str(world.achievement)}, form=lambda world: ASKED | {"achievement_id": str(world.achievement)})
on("GET /staff/negotiations")
on("GET /api/v1/negotiations")
on("POST /api/v1/negotiations", json=lambda world: ASKED | {"achievement_id": str(world.achievement)})
on("GET /api/v1/fairs/<slug>/negotiations", slug="fair")
DECLINED, LOST = {"reason": "not_fit"}, {"reason": "price"}
for prefix in ("", "/api/v1"):
    base, body = f"{prefix}/negotiations/<uuid:negotiation_id>", "json" if prefix else "form"
    on(f"GET {base}", negotiation_id="talks")
    on(f"POST {base}/accept", negotiation_id="interest")
    on(f"POST {base}/withdraw", negotiation_id="interest")
    on(f"POST {base}/decline", negotiation_id="interest", **{body: DECLINED})
    on(f"POST {base}/agree", negotiation_id="talks", **{body: {"round": 1}})
    on(f"POST {base}/lose", negotiation_id="talks", **{body: LOST})
    on(f"POST {base}/hand-over", negotiation_id="agreement")
    on(f"POST {base}/meetings", negotiation_id="talks", **{body: lambda world: {"meeting_id": str(world.confirmed)}})
    call(f"POST {base}/rounds/<int:number>/withdraw")(lambda world: Call(path={"negotiation_id": world.talks, "number": 1}))
for step, thread in (("decline", "interest"), ("agree", "talks"), ("lose", "talks"), ("hand-over", "agreement")):
    on(f"GET /negotiations/<uuid:negotiation_id>/{step}", negotiation_id=thread)
on("GET /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks")
on("POST /negotiations/<uuid:negotiation_id>/rounds/new", negotiation_id="talks", form={"amount": "620", "unit": "wan", "currency": "CNY", "kind": "licence", "after": "1"})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/rounds", negotiation_id="talks", json={"amount": "6200000.00", "currency": "CNY", "kind": "licence", "after": 1})
on("POST /api/v1/negotiations/<uuid:negotiation_id>/read", negotiation_id="interest")

# contracts: A provides, B receives; the clerk logged and signed
on("GET /contracts")
on("GET /contracts/new")
on("POST /contracts/new", form=contract_form())
on("GET /contracts/<uuid:contract_id>", contract_id="declared")
on("GET /contracts/<uuid:contract_id>/edit", contract_id="declared")
call("POST /contracts/<uuid:contract_id>/edit")(
    lambda world: Call(path={"contract_id": world.declared}, form=contract_form(version=str(world.declared.version)))
)
on("POST /contracts/<uuid:contract_id>/sign", contract_id="declared", form=lambda world: {"content_hash": world.declared.content_hash})
on("POST /contracts/<uuid:contract_id>/verify", contract_id="signed", form=lambda world: {"content_hash": world.signed.content_hash})
on("POST /contracts/<uuid:contract_id>/void", contract_id="declared", form={"reason": "logged by mistake"})
on("GET /contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>", contract_id="declared", evidence_id="evidence")
on("GET /api/v1/contracts/handovers", query=lambda world: {"fair": world.fair.slug})
V1 = "/api/v1/contracts"
on(f"GET {V1}")
on(f"POST {V1}", json=lambda world: facts(fair=world.fair.slug))
on(f"GET {V1}/<uuid:contract_id>", contract_id="declared")
on(f"PUT {V1}/<uuid:contract_id>", contract_id="declared", json=facts())
on(f"POST {V1}/<uuid:contract_id>/sign", contract_id="declared", json=lambda world: {"content_hash": world.declared.content_hash})
on(f"POST {V1}/<uuid:contract_id>/verify", contract_id="signed", json=lambda world: {"content_hash": world.signed.content_hash})
on(f"POST {V1}/<uuid:contract_id>/void", contract_id="declared", json={"reason": "logged by mistake"})
on(f"GET {V1}/<uuid:contract_id>/evidence/<uuid:evidence_id>", contract_id="declared", evidence_id="evidence")


# reported deals, and the marks of the verified contract
on("GET /contracts/report")
on("POST /contracts/report", form=lambda world: contract_form(**{
    "confirmed": "None/None/CNY", "parties-0-name": "A", "parties-0-organization_id": str(world.a.id), "parties-1-name": "B", "parties-1-organization_id": str(world.b.id),
}))  # fmt: skip
on("GET /contracts/reported")
on("GET /staff/reports-of-deals")
on("GET /staff/reports-of-deals/<uuid:report_id>", report_id="report")
DEALS = "/api/v1/reported-deals"
on(f"POST {DEALS}", json=lambda world: facts(fair=world.fair.slug, parties=world.parties()))
on(f"GET {DEALS}")
on(f"GET {DEALS}/waiting")
for base, body in (("/staff/reports-of-deals", "form"), (DEALS, "json")):
    on(f"POST {base}/<uuid:report_id>/merge", report_id="report", **{body: lambda world: {"contract_id": str(world.declared.id)}})
    on(f"POST {base}/<uuid:report_id>/refuse", report_id="report", **{body: {"reason": "Not of this fair"}})
on("GET /contracts/<uuid:contract_id>/marks", contract_id="verified")
for route, body in (("POST /contracts", "form"), (f"PUT {V1}", "json")):
    call(f"{route}/<uuid:contract_id>/marks/<code>")(
        lambda world, body=body: Call(path={"contract_id": world.verified, "code": "performed"}, **{body: {"on": date.today().isoformat()}})
    )
for route, body in (("POST /contracts", "form"), (f"POST {V1}", "json")):
    call(f"{route}/<uuid:contract_id>/marks/<code>/clear")(
        lambda world, body=body: Call(path={"contract_id": world.verified, "code": "in_force"}, **{body: {"reason": "noted by mistake"}})
    )


@call("POST /contracts/<uuid:contract_id>/evidence", "POST /api/v1/contracts/<uuid:contract_id>/evidence")
def attach_evidence(world: World) -> Call:
    return Call(path={"contract_id": world.declared}, form={"file": (io.BytesIO(PDF + b"% another page\n"), "page 2.pdf")})


# what both sides say: A's link and question, B's mismatch, the clerk's amendment
CONTRACT, AMENDMENT = "/contracts/<uuid:contract_id>", "/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>"
ANY_VERSION = {"If-Match": "*"}


def seven(world: World) -> dict[str, Any]:
    return said(world.question.content_hash)


def amend_with(body: Callable[[World], dict[str, Any]]) -> Maker:
    """A step of the amendment over JSON, which names a version."""
    return lambda world: Call(path=of(world, contract_id="amended", amendment_id="amendment"), json=body(world), headers=ANY_VERSION)


for method in ("GET", "POST"):
    on(f"{method} /confirm/<secret>", secret="link", form=seven)
    on(f"{method} {CONTRACT}/confirmations/<uuid:request_id>", contract_id="asked_contract", request_id="question", form=seven)
    on(f"{method} {CONTRACT}/confirmations/ask", contract_id="declared", form={"sides": ["provider"], "language": "en"})
    on(f"{method} /staff/fairs/<slug>/confirmations", slug="fair", form={"both_confirm": "on", "version": "1"})
on("GET /verify")
on("GET /verify/<code>", code="code")
on("GET /api/v1/verify/<string:code>", code="code")
on("GET /confirmations")
on("GET /staff/mismatches")
on("POST /staff/mismatches/<uuid:mismatch_id>/settle", mismatch_id="mismatch", form={"note": "Both agreed by phone."})
on(f"GET {CONTRACT}/certificate", contract_id="verified")
on(f"GET {CONTRACT}/amendments/new", contract_id="verified")
call(f"POST {CONTRACT}/amendments/new")(
    lambda world: Call(path={"contract_id": world.verified}, form=contract_form(version=str(world.verified.version), reason="The annex."))
)
on(f"GET {AMENDMENT}", contract_id="amended", amendment_id="amendment")
seen_amendment = {"contract_id": "amended", "amendment_id": "amendment"}
on(f"POST {AMENDMENT}/approve", **seen_amendment, form=lambda world: {"content_hash": world.amendment.content_hash})
on(f"POST {AMENDMENT}/turn-down", **seen_amendment, form={"note": "The annex is not signed."})
on(f"GET /api/v1{CONTRACT}/confirmations", contract_id="asked_contract")
on(f"POST /api/v1{CONTRACT}/confirmations", contract_id="declared", json={"sides": ["provider"]})
on(f"POST /api/v1{CONTRACT}/confirmations/<uuid:request_id>/answer", contract_id="asked_contract", request_id="question", json=seven)
on("GET /api/v1/mismatches")
on("POST /api/v1/mismatches/<uuid:mismatch_id>/settle", mismatch_id="mismatch", json={"note": "Both agreed by phone."})
on("GET /api/v1/fairs/<string:slug>/confirmation-rule", slug="fair")
on("PUT /api/v1/fairs/<string:slug>/confirmation-rule", slug="fair", json={"both_confirm": True})
on(f"GET /api/v1{CONTRACT}/amendments", contract_id="amended")
call(f"POST /api/v1{CONTRACT}/amendments")(
    lambda world: Call(
        path={"contract_id": world.verified}, json={"reason": "The annex.", "facts": facts(parties=world.parties())}, headers=ANY_VERSION,
    )
)  # fmt: skip
on(f"GET /api/v1{AMENDMENT}", contract_id="amended", amendment_id="amendment")
call(f"POST /api/v1{AMENDMENT}/approve")(amend_with(lambda world: {"content_hash": world.amendment.content_hash}))
call(f"POST /api/v1{AMENDMENT}/turn-down")(amend_with(lambda _world: {"note": "The annex is not signed."}))

# the roadshow
on("GET /roadshow/sessions/<uuid:session_id>", session_id="free_session")
on("POST /roadshow/sessions/<uuid:session_id>/pitches", session_id="free_session", form=lambda world: {"achievement_id": str(world.achievement)})
on("POST /roadshow/pitches/<uuid:pitch_id>/cancel", pitch_id="pitch")
on("GET /staff/roadshow", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/roadshow/places/new", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/roadshow/places/new", query=lambda world: {"fair": world.fair.slug}, form=PLACE)
on("GET /staff/roadshow/sessions/new", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/roadshow/sessions/new", query=lambda world: {"fair": world.fair.slug}, form=session_of)
on("GET /staff/roadshow/sessions/<uuid:session_id>/price", session_id="free_session")
on("POST /staff/roadshow/sessions/<uuid:session_id>/price", session_id="free_session", form={"amount": "500", "currency": "CNY", "unit": "one"})
on("POST /staff/roadshow/sessions/<uuid:session_id>/cancel", session_id="empty_session")
V1 = "/api/v1"
on(f"GET {V1}/fairs/<slug>/places", slug="fair")
on(f"POST {V1}/fairs/<slug>/places", slug="fair", json=PLACE)
on(f"GET {V1}/fairs/<slug>/sessions", slug="fair")
on(f"POST {V1}/fairs/<slug>/sessions", slug="fair", json=session_of)
on(f"GET {V1}/sessions/<uuid:session_id>", session_id="free_session")
on(f"POST {V1}/sessions/<uuid:session_id>/cancel", session_id="empty_session")
on(f"POST {V1}/sessions/<uuid:session_id>/pitches", session_id="free_session", json=lambda world: {"achievement_id": str(world.achievement)})
on(f"PUT {V1}/sessions/<uuid:session_id>/price", session_id="free_session", json={"amount": "500.00", "currency": "CNY"})
on(f"GET {V1}/pitches/<uuid:pitch_id>", pitch_id="pitch")
on(f"POST {V1}/pitches/<uuid:pitch_id>/cancel", pitch_id="pitch")

# meetings: A asked B
on("GET /meetings")
on("GET /meetings/request")
on("POST /meetings/request", form=meeting_of)
on("GET /api/v1/meetings")
on("POST /api/v1/meetings", json=meeting_of)
for prefix in ("", "/api/v1"):
    base, body = f"{prefix}/meetings/<uuid:meeting_id>", "json" if prefix else "form"
    on(f"GET {base}", meeting_id="confirmed")
    on(f"POST {base}/accept", meeting_id="requested", **{body: {}})
    on(f"POST {base}/decline", meeting_id="requested", **{body: {"reason": "We are full that day."}})
    on(f"POST {base}/cancel", meeting_id="confirmed", **{body: {"reason": "We are ill."}})
    on(f"POST {base}/outcome", meeting_id="confirmed", **{body: {"outcome": "information_exchanged"}})
    on(f"POST {base}/notes", meeting_id="confirmed", **{body: {"notes": "They were late."}})

# fees
on("GET /payments")
on("GET /payments/<uuid:fee_id>", fee_id="fee")
on("GET /payments/<uuid:fee_id>/checkout", fee_id="fee")
on("POST /payments/<uuid:fee_id>/release", fee_id="fee")
on("GET /staff/payments", query=lambda world: {"fair": world.fair.slug})
on("POST /staff/payments/<uuid:fee_id>/refund", fee_id="paid_fee")
on("GET /api/v1/payments")
on("GET /api/v1/payments/<uuid:fee_id>", fee_id="fee")
on("POST /api/v1/payments/<uuid:fee_id>/refund", fee_id="paid_fee")

# published figures, and the day that a manager signed first
ONE_CELL = {"axis": "field", "key": "new_materials"}


def previewed(world: World) -> dict[str, Any]:
    """What the page shows before it publishes: one cell, which nobody published yet."""
    fair = fairs.by_slug(world.fair.slug)
    draft = stating.draft(fair, ledger.scope(fair.id, None), **ONE_CELL)
    return {"scope": draft.scope.code, "cell": "field:new_materials", "public_seq": str(draft.public_seq), "sha256": draft.sha256}


on("GET /figures")
on("GET /figures/new", query=lambda world: {"fair": world.fair.slug})
on("POST /figures/new", query=lambda world: {"fair": world.fair.slug}, form=previewed)
on("GET /figures/compare", query=lambda world: {"old": world.figure_code, "new": world.figure_code})
on("GET /figures/<code>", code="figure_code")
on("GET /figures/<code>/lines", code="figure_code")
on("POST /figures/<code>/withdraw", code="figure_code", form={"reason": "One deal was told twice."})
on("POST /api/v1/figures", json=lambda world: {"fair": world.fair.slug, **ONE_CELL})
on("GET /api/v1/figures/<string:code>", code="figure_code")
on("GET /api/v1/figures/<string:code>/statement", code="figure_code")
on("GET /api/v1/fairs/<string:slug>/figures", slug="fair")
on("GET /staff/days")
on("GET /staff/days/<slug>", slug="fair")
on("GET /staff/days/<slug>/<day>", slug="fair", day="day")
on("POST /staff/days/<slug>/<day>/carry", slug="fair", day="day")
on("POST /staff/days/<slug>/<day>/sign", slug="fair", day="day", form=lambda world: {"sha256": world.report_sha256})
on("POST /staff/days/<slug>/<day>/undo", slug="fair", day="day")


# lists and reports as files
def as_file(route: str, *, slug: str | None = None) -> None:
    """One format stands for all three: the rights are those of the route."""

    def make(world: World) -> Call:
        return Call(path=({"slug": getattr(world, slug).slug} if slug else {}) | {"format": "xlsx"})

    call(route)(make)


as_file("GET /contracts/export.<format>")
as_file("GET /staff/conversion/export.<format>")
as_file("GET /achievements/export.<format>")
as_file("GET /needs/export.<format>")
as_file("GET /figures/export.<format>")
for route in (
    "GET /fairs/<slug>/export.<format>", "GET /fairs/<slug>/record/export.<format>", "GET /staff/fairs/<slug>/ledger/export.<format>",
    "GET /staff/fairs/<slug>/registration/export.<format>",
):  # fmt: skip
    as_file(route, slug="fair")

# follow-ups of intents
talking = {"outcome": "talking"}
for method in ("GET", "POST"):
    on(f"{method} /followup/<secret>", secret="followup_secret", form=talking | {"name": "Anna Muster"})
    on(f"{method} /followups/<uuid:followup_id>", followup_id="followup", form=talking)
on("GET /followups")
on("GET /staff/conversion")
on("POST /staff/followups/<uuid:followup_id>/link", followup_id="followup", form={"side": "recipient"})
on("GET /fairs/<slug>/conversion", slug="fair")
on("GET /api/v1/fairs/<string:slug>/conversion", slug="fair")
on("GET /api/v1/followups")
on("POST /api/v1/followups/<uuid:followup_id>/answers", followup_id="followup", json=talking)


# the signing show: one item is called, one waits; the declared contract stands on no list yet
STAGE, ITEM = "/staff/ceremonies/<uuid:ceremony_id>", "/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>"
SHOW = {"title_en": "Closing show", "starts_at": "2027-09-01T10:00"}
on("GET /staff/ceremonies")
for route in ("GET /staff/fairs/<slug>/ceremonies", "GET /staff/fairs/<slug>/ceremonies/new", "GET /staff/fairs/<slug>/board-target"):
    on(route, slug="fair")
on("POST /staff/fairs/<slug>/ceremonies/new", slug="fair", form=SHOW)
on("POST /staff/fairs/<slug>/board-target", slug="fair", form={"amount": "200", "unit": "yi", "version": "0"})
for route in ("", "/stage", "/press-sheet", "/settings", "/items"):
    on(f"GET {STAGE}{route}", ceremony_id="ceremony")
on(f"POST {STAGE}/settings", ceremony_id="ceremony", form=lambda world: SHOW | {"version": str(world.ceremony.version)})
on(f"POST {STAGE}/items", ceremony_id="ceremony", form=lambda world: {"contract_id": str(world.declared)})
on(f"POST {STAGE}/state", ceremony_id="ceremony", form={"state": "over"})
for route in ("", "/remove"):
    on(f"GET {ITEM}{route}", ceremony_id="ceremony", item_id="ready_item")
on(f"POST {ITEM}", ceremony_id="ceremony", item_id="ready_item", form=lambda world: {"line_en": "Welcome.", "version": str(world.ready_item.version)})
on(f"POST {ITEM}/remove", ceremony_id="ceremony", item_id="ready_item", form={"release": "on"})
on(f"POST {ITEM}/move", ceremony_id="ceremony", item_id="ready_item", form={"direction": "up"})
on(f"POST {ITEM}/press", ceremony_id="ceremony", item_id="called_item", form={"press": "sign"})
STAGE, ITEM = "/api/v1/ceremonies/<uuid:ceremony_id>", "/api/v1/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>"
on("GET /api/v1/fairs/<slug>/ceremonies", slug="fair")
on("POST /api/v1/fairs/<slug>/ceremonies", slug="fair", json=SHOW | {"starts_at": "2027-09-01T10:00:00+08:00"})
on(f"GET {STAGE}", ceremony_id="ceremony")
on(f"PATCH {STAGE}", ceremony_id="ceremony", json={"title_zh": "闭幕签约仪式"})
on(f"POST {STAGE}/state", ceremony_id="ceremony", json={"state": "over"})
on(f"POST {STAGE}/items", ceremony_id="ceremony", json=lambda world: {"contract_id": str(world.declared)})
on(f"PATCH {ITEM}", ceremony_id="ceremony", item_id="ready_item", json={"line_en": "Welcome.", "position": 1})
on(f"POST {ITEM}/press", ceremony_id="ceremony", item_id="called_item", json={"press": "sign"})
on(f"POST {ITEM}/remove", ceremony_id="ceremony", item_id="ready_item", json={"release": True})
on("GET /api/v1/fairs/<slug>/board/target", slug="fair")
on("PUT /api/v1/fairs/<slug>/board/target", slug="fair", json={"amount": "20000000000.00"})
on("GET /fairs/<slug>/board.json", slug="fair")
on("GET /api/v1/fairs/<string:slug>/board", slug="fair")
