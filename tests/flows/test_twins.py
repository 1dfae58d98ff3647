"""Twins: the same fair, but for one thing that is not public; every outsider gets the same answers from both, byte by byte."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.alerts import rules
from marketplace.alerts import service as alerts
from marketplace.alerts.models import Frequency, Least
from marketplace.contracts import service as contracts
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.coverage import noting
from marketplace.coverage import service as coverage
from marketplace.coverage.models import Answer
from marketplace.fairs.models import Fair
from marketplace.listings import drafting, entering, indexing
from marketplace.listings.models import FairEntry, Kind
from marketplace.matching import feedback, outcomes, rematching
from marketplace.matching.models import Outcome
from marketplace.negotiations import interest, rounds
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Role
from marketplace.reviews import deciding
from tests.contracts.factories_contracts import facts
from tests.factories import PASSWORD, make_member, make_organization, make_person, make_sign_in, make_token
from tests.listings.factories_listings import COMPLETE
from tests.rights.asking import bearer, client_of, seen
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import undone
from tests.rights.standing import world as world
from tests.rights.world import ASKED, TERMS, World, do

STEAM = "Steam at 150 degrees from the waste heat of a dairy"
TELLING = {"title_en": STEAM, "summary_en": STEAM, "description_en": f"{STEAM}. Heat pump heat pump valve.", "trl": 9, "min_trl": 2}
"""What the ranking, the facets and the notices would show at once if it were public: the words that all search for."""


def content(kind: Kind, **changes: Any) -> dict[str, Any]:
    known = COMPLETE[kind]
    return known | {name: value for name, value in changes.items() if name not in {"trl", "min_trl"} or name in known}


def publish(world: World, kind: Kind, role: str, **changes: Any) -> Any:
    listing = do(drafting.create, kind, content(kind, **changes), by=world.by(role))
    entry = submit(world, listing.id, role)
    do(deciding.publish, entry.id, by=world.by("moderator"))
    return listing.id


def submit(world: World, listing_id: Any, role: str) -> FairEntry:
    return do(entering.submit, listing_id, fair_slug=world.fair.slug, segment_code="universities", by=world.by(role))


def settle() -> None:
    """Everything that follows a change is done: index, matches, jobs."""
    indexing.drain()
    rematching.drain()
    while sweep():
        pass


@pytest.fixture
def fair(world: World, tmp_path, monkeypatch) -> Iterator[World]:
    """The world of the rights table with an unrelated company that needs, and an unrelated agency that offers; an index of its own."""
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    monkeypatch.setattr(rules, "PAUSE", timedelta(0))  # between two mails to one person
    for name in ("index_reader", "index_checked"):
        monkeypatch.setitem(world.app.extensions, name, None)
        del world.app.extensions[name]
    agency = make_organization(kind=OrganizationKind.AGENCY)
    person = make_member(agency, Role.OWNER, make_person(password=PASSWORD))
    for kept, value in (
        (world.people, person), (world.acting, agency), (world.tokens, make_token(person, agency)), (world.sessions, make_sign_in(person, agency)),
    ):  # fmt: skip
        monkeypatch.setitem(kept, "agency", value)
    for kept in (person, agency):
        db.session.refresh(kept)
        db.session.expunge(kept)
    before = dict(world.things)
    world.things["c_need"] = publish(world, Kind.NEED, "c_owner", title_en="Process steam from waste heat", min_trl=5)
    world.things["own_achievement"] = publish(world, Kind.ACHIEVEMENT, "agency", title_en="Heat pump that makes steam")
    for role in ("c_owner", "agency"):
        by = world.by(role)
        do(alerts.save, Kind.ACHIEVEMENT, "q=steam&fair=any", name=None, frequency=Frequency.AT_ONCE, by=by)
        do(alerts.set_matches, by.organization_id, frequency=Frequency.AT_ONCE, least=Least.ANY, by=by)
    indexing.rebuild()
    rematching.everything()
    settle()
    yield world
    world.things = before


PUBLIC = (
    "/achievements?q=steam", "/achievements?q=heat+pump&facets=1&trl=9", "/needs?q=steam", "/needs", "/organizations", "/roadshow",
    "/api/v1/achievements?q=steam&facets=1", "/api/v1/needs?q=steam&facets=1", "/api/v1/needs?q=staem+pumq&facets=1", "/api/v1/suggestions?q=st&kind=need", "/api/v1/achievements", "/api/v1/needs",
)  # fmt: skip
OWN = {
    "c_owner": (
        "/", "/matches", "/needs/{c_need}/matches", "/api/v1/matches?need={c_need}&limit=50", "/alerts", "/alerts/notices", "/api/v1/alerts", "/matches/shortlist",
        "/needs/{c_need}/compare?achievement={b_achievement}", "/negotiations", "/proposals", "/api/v1/proposals", "/api/v1/matches/verdicts",
    ),
    "agency": (
        "/", "/matches", "/achievements/{own_achievement}/matches", "/api/v1/matches?achievement={own_achievement}&limit=50", "/alerts/notices",
        "/api/v1/achievements/{own_achievement}/feedback", "/negotiations", "/proposals",
    ),
    "other_staff": ("/", "/staff/fairs/{other_fair}/coverage", "/api/v1/fairs/{other_fair}/coverage", "/staff/negotiations", "/staff/moderation"),
}  # fmt: skip
OUTSIDERS = ("anonymous", *OWN)


def told(world: World) -> dict[str, Any]:
    """'role address' → what an outsider gets there; and the mails that left for each of them."""
    names = {name: str(thing) for name, thing in world.things.items()} | {"other_fair": world.other_fair.slug}
    listings = (f"/achievements/{names['achievement']}", f"/needs/{names['need']}", f"/achievements/{names['b_achievement']}")
    found: dict[str, Any] = {}
    for role in OUTSIDERS:
        pages = client_of(world, role)
        for address in (*(PUBLIC + listings if role in {"anonymous", "c_owner"} else ()), *OWN.get(role, ())):
            url = address.format(**names)
            in_api = url.startswith("/api/")
            answer = world.app.test_client().get(url, headers=bearer(world, role)) if in_api else pages.get(url)
            assert answer.status_code in ({200, 401, 403} if role == "anonymous" else {200}), (role, url, answer.status_code, answer.text[:300])
            found[f"{role} {address}"] = seen(answer)
        if role != "anonymous":
            found[f"{role}'s mails"] = [message["Subject"] for message in OUTBOX_SEEN if message["To"] == world.people[role].email]
    return found


def draft(kind: Kind) -> Callable[[World], None]:
    return lambda world: do(drafting.create, kind, content(kind, **TELLING), by=world.by("a_owner"))


def waiting(kind: Kind) -> Callable[[World], None]:
    def change(world: World) -> None:
        listing = do(drafting.create, kind, content(kind, **TELLING), by=world.by("a_owner"))
        submit(world, listing.id, "a_owner")

    return change


def newer(kind: Kind, thing: str, *, handed_in: bool) -> Callable[[World], None]:
    """Another version of a public listing, kept by its owner or handed in."""

    def change(world: World) -> None:
        listing_id = world.things[thing].id
        words = {name: value for name, value in TELLING.items() if name in COMPLETE[kind]}
        do(drafting.edit, listing_id, words, by=world.by("b_owner" if thing.startswith("b_") else "a_owner"))
        if handed_in:
            submit(world, listing_id, "b_owner" if thing.startswith("b_") else "a_owner")

    return change


def verdicts(world: World) -> None:
    a, b = world.by("a_owner"), world.by("b_owner")
    do(feedback.dismiss, world.things["need"].id, world.things["own_achievement"], "terms", by=a)
    do(feedback.shortlist, world.things["need"].id, world.things["b_achievement"].id, by=a)
    do(feedback.dismiss, world.things["c_need"], world.things["b_achievement"].id, "field", by=b)


def searches(world: World) -> None:
    do(alerts.save, Kind.ACHIEVEMENT, "q=steam", name="CANARY", frequency=Frequency.AT_ONCE, by=world.by("b_owner"))
    do(alerts.set_matches, world.a.id, frequency=Frequency.AT_ONCE, least=Least.ANY, by=world.by("a_owner"))


def proposal(world: World) -> None:
    here, staff = db.session.get_one(Fair, world.fair.id), world.by("moderator")
    made = do(coverage.propose, here, world.things["spare_need"].id, world.things["b_achievement"].id, notes={}, confirm_broken=True, by=staff)
    do(coverage.answer, made.id, Answer.INTERESTED, by=world.by("a_owner"))
    do(noting.write, here, world.c.id, said="CANARY", by=staff)


def negotiation(world: World) -> None:
    thread = do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.by("b_owner"))[0]
    do(interest.accept, thread.id, by=world.by("a_owner"))
    do(rounds.offer, thread.id, TERMS, by=world.by("a_owner"))
    do(outcomes.note, world.things["need"].id, world.things["b_achievement"].id, Outcome.INTEREST)


def contract(world: World) -> None:
    here = db.session.get_one(Fair, world.fair.id)
    data = ContractIn().load(facts(parties=world.parties(), signed_on=date.today().isoformat(), open=False))
    do(contracts.declare, here, data, by=world.by("clerk"))


SECRETS: dict[str, Callable[[World], Any]] = {
    "a draft of a need": draft(Kind.NEED),
    "a draft of an achievement": draft(Kind.ACHIEVEMENT),
    "a need that waits for the moderator": waiting(Kind.NEED),
    "an achievement that waits for the moderator": waiting(Kind.ACHIEVEMENT),
    "a newer version of a need": newer(Kind.NEED, "need", handed_in=False),
    "a newer version of a need, handed in": newer(Kind.NEED, "need", handed_in=True),
    "a newer version of an achievement, handed in": newer(Kind.ACHIEVEMENT, "b_achievement", handed_in=True),
    "verdicts": verdicts,
    "saved searches": searches,
    "a proposal": proposal,
    "a negotiation": negotiation,
    "a confidential contract": contract,
}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in one if one[name] != other[name]]


def which(world: World, plain: dict[str, Any]) -> dict[str, list[str]]:
    """Of a failure: what each secret by itself moves."""
    telling = {}
    for name, change in SECRETS.items():
        with undone():
            change(world)
            settle()
            telling[name] = differences(plain, told(world))
    return {name: moved for name, moved in telling.items() if moved}


def test_what_is_not_public_moves_no_byte_that_an_outsider_gets(fair):
    """Then the control: the same need, once it is public, moves the catalogue, the facets, the matches and the notices."""
    plain = told(fair)
    assert differences(plain, told(fair)) == [], "what is asked twice is answered alike"
    with undone():
        for change in SECRETS.values():
            change(fair)
        settle()
        moved = differences(plain, told(fair))
    assert moved == [], which(fair, plain)

    publish(fair, Kind.ACHIEVEMENT, "a_owner", **TELLING)
    publish(fair, Kind.NEED, "a_owner", **TELLING)
    settle()
    assert set(differences(plain, told(fair))) >= {
        "anonymous /achievements?q=steam", "anonymous /api/v1/achievements?q=steam&facets=1", "anonymous /needs?q=steam",
        "c_owner /needs/{c_need}/matches", "c_owner /api/v1/matches?need={c_need}&limit=50", "c_owner /alerts/notices", "c_owner's mails",
        "agency /achievements/{own_achievement}/matches", "agency /api/v1/matches?achievement={own_achievement}&limit=50", "agency /alerts/notices",
    }  # fmt: skip
