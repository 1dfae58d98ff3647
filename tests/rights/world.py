"""One fair with everything in it: organisations A and B in a deal, the outsider C, staff here and elsewhere, and their objects."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select

from marketplace.accounts import service as accounts
from marketplace.accounts import tokens
from marketplace.accounts.models import ApiToken, SignIn
from marketplace.ceremonies import pressing
from marketplace.ceremonies import service as ceremonies
from marketplace.ceremonies.models import CeremonyState, Press
from marketplace.confirmations import answering, asking, publishing
from marketplace.confirmations.models import Mismatch, Side
from marketplace.confirmations.schemas import ConfirmationIn
from marketplace.contracts import amending, registering, reporting
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from marketplace.figures import closing, days, freezing
from marketplace.figures.rules import canonical, sha256
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import scopes
from marketplace.ledger.models import Mark, Status
from marketplace.listings import deciding, drafting, entering, indexing
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.negotiations import handover, interest, rounds
from marketplace.negotiations.rules import Terms
from marketplace.organizations import invitations
from marketplace.organizations.models import Invitation, Organization, Role
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Status as OrganizationStatus
from marketplace.payments import service as payments
from marketplace.payments.gateway import CheckoutState
from marketplace.payments.models import Fee
from marketplace.roadshow import pitching
from marketplace.roadshow import service as meetings
from marketplace.roadshow.models import PlaceKind
from tests.confirmations.factories_confirmations import correcting
from tests.contracts.factories_contracts import Desk, attach, declare, facts, make_contract
from tests.factories import PASSWORD, actor, make_fair, make_member, make_organization, make_person, make_sign_in, make_staff, make_token
from tests.listings.factories_listings import COMPLETE, make_segment
from tests.roadshow.factories_roadshow import at, make_place, make_session

ROLES = (
    "anonymous", "a_owner", "a_editor", "a_reader", "b_owner", "c_owner", "pending", "manager", "moderator", "clerk", "verifier",
    "other_staff", "admin", "a_token",
)  # fmt: skip
"""Who calls. ``other_staff`` holds every staff role of another fair; ``a_token`` is A's owner through a token that may read negotiations."""
TOKEN_MAY = "negotiations.read"
TERMS = Terms(amount_minor=680_000_000, currency="CNY", kind="licence")
ASKED = {"cooperation_wanted": "licence", "question": "CANARY-QUESTION may we see it run?"}
NOTES = "CANARY-NOTES of one side"


@dataclass
class World:
    """People by role, their bearer tokens, the secrets of their sessions, and every object by the name that the calls use."""

    app: Flask
    people: dict[str, Any] = field(default_factory=dict)
    acting: dict[str, Organization] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    desk: Desk | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def by(self, role: str) -> Any:
        """The actor as the product makes it."""
        return actor(self.people[role], self.acting.get(role))

    def parties(self) -> list[dict[str, str]]:
        """A provides, B receives."""
        return [
            {"role": "provider", "name": "Northgate", "country": "DE", "organization_id": str(self.things["a"].id)},
            {"role": "recipient", "name": "Hengyuan", "country": "CN", "organization_id": str(self.things["b"].id)},
        ]


def do(step: Any, *args: Any, **kwargs: Any) -> Any:
    """One service call as an edge makes it: in one transaction."""
    with transaction():
        return step(*args, **kwargs)


def make_world(app: Flask) -> World:
    world = World(app)
    _people(world)
    _listings(world)
    _threads(world)
    _contracts(world)
    _confirmations(world)
    _roadshow(world)
    _ceremony(world)
    _secrets(world)
    _figures(world)
    _followups(world)
    indexing.drain()
    db.session.expire_all()
    world.desk = world.things.pop("desk")
    world.things = {name: plain(thing) for name, thing in world.things.items()}
    for kept in {*world.people.values(), *world.acting.values(), world.desk.fair}:
        db.session.refresh(kept)
        db.session.expunge(kept)
    return world


@dataclass(frozen=True)
class Plain:
    """An object's id and what a caller has to say about it, safe to read in any session."""

    id: Any
    slug: str | None
    version: int
    content_hash: str | None

    def __str__(self) -> str:
        return str(self.id)


def plain(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing
    return Plain(thing.id, getattr(thing, "slug", None), getattr(thing, "version", 1), getattr(thing, "content_hash", None))


def _people(world: World) -> None:
    things, people = world.things, world.people
    fair = things["fair"] = make_fair(current=True)
    other_fair = things["other_fair"] = make_fair()
    for each in (fair, other_fair):
        do(scopes.on_fair_created, None, fair=each, by=None)
    things["segment"] = make_segment(fair)
    a = things["a"] = make_organization(kind=OrganizationKind.AGENCY, name_en="Northgate", name_key="northgate", country="DE")
    b = things["b"] = make_organization(kind=OrganizationKind.COMPANY, name_en="Hengyuan", name_key="hengyuan")
    c = things["c"] = make_organization(kind=OrganizationKind.COMPANY)
    pending = things["waiting"] = make_organization(status=OrganizationStatus.PENDING)
    for role, organization, position in (
        ("a_owner", a, Role.OWNER), ("a_editor", a, Role.EDITOR), ("a_reader", a, Role.READER), ("b_owner", b, Role.OWNER),
        ("c_owner", c, Role.OWNER), ("pending", pending, Role.OWNER),
    ):  # fmt: skip
        people[role] = make_member(organization, position, make_person(password=PASSWORD))
        world.acting[role] = organization
    for role in ("manager", "moderator", "clerk", "verifier"):
        people[role] = make_staff(fair, role, person=make_person(password=PASSWORD))
    people["other_staff"] = make_staff(other_fair, "manager", "moderator", "clerk", "verifier", person=make_person(password=PASSWORD))
    people["admin"] = make_person(admin=True, password=PASSWORD)
    people["a_token"], world.acting["a_token"] = people["a_owner"], a
    spare = things["spare_member"] = make_member(a, Role.READER)  # somebody whose membership can be ended
    things["spare_email"] = make_person().email
    things["waits_nowhere"] = make_organization()  # one more neighbour, to ask for a meeting
    things["spare_staff"] = _appointed(fair, make_person())
    for role, person in people.items():
        world.tokens[role] = make_token(person, world.acting.get(role), [TOKEN_MAY] if role == "a_token" else None)
        world.sessions[role] = make_sign_in(person, world.acting.get(role))
    assert spare.id


def _appointed(fair: Any, person: Any) -> Any:
    from marketplace.fairs.models import Staff

    make_staff(fair, "clerk", person=person)
    return db.session.query(Staff).filter_by(fair_id=fair.id, person_id=person.id).one()


def _listings(world: World) -> None:
    things, fair = world.things, world.fair

    def draft(kind: Kind, role: str, title: str) -> Listing:
        return do(drafting.create, kind, COMPLETE[kind] | {"title_en": title}, by=world.by(role))

    def submitted(kind: Kind, role: str, title: str) -> FairEntry:
        listing = draft(kind, role, title)
        return do(entering.submit, listing.id, fair_slug=fair.slug, segment_code="universities", by=world.by(role))

    def published(kind: Kind, role: str, title: str) -> Listing:
        entry = submitted(kind, role, title)
        do(deciding.publish, entry.id, by=world.by("moderator"))
        return db.session.get_one(Listing, entry.listing_id)

    things["draft"] = draft(Kind.ACHIEVEMENT, "a_owner", "CANARY-DRAFT of a pump")
    things["draft_need"] = draft(Kind.NEED, "a_owner", "CANARY-DRAFT of a need")
    things["entry"] = submitted(Kind.ACHIEVEMENT, "a_owner", "CANARY-SUBMITTED valve")
    things["waiting_need"] = submitted(Kind.NEED, "a_owner", "CANARY-SUBMITTED need")
    for name in ("achievement", "asked", "talked", "agreed", "handed", "free_slot"):
        things[f"{name}_about" if name != "achievement" else name] = published(Kind.ACHIEVEMENT, "a_owner", f"Heat pump {name}")
    things["need"] = published(Kind.NEED, "a_owner", "Steam at 150 degrees")
    things["b_achievement"] = published(Kind.ACHIEVEMENT, "b_owner", "Kiln of B")


def _threads(world: World) -> None:
    """B asked A about its achievements; A made the open round."""
    things, a, b = world.things, world.by("a_owner"), world.by("b_owner")

    def asked(about: str) -> Any:
        return do(interest.ask, achievement_id=things[f"{about}_about"].id, **ASKED, by=b)[0]

    things["interest"] = asked("asked")
    for name in ("talked", "agreed", "handed"):
        thread = asked(name)
        do(interest.accept, thread.id, by=a)
        do(rounds.offer, thread.id, TERMS, by=a)
        things[{"talked": "talks", "agreed": "agreement", "handed": "handed"}[name]] = thread
    for name in ("agreement", "handed"):
        do(rounds.agree, things[name].id, 1, by=b)
    do(handover.hand_over, things["handed"].id, by=a)


def _contracts(world: World) -> None:
    things = world.things
    desk = things["desk"] = Desk(things["fair"], world.people["clerk"], world.people["verifier"], world.app.config["SETTINGS"].upload_dir / "evidence")
    parties = {"parties": world.parties()}
    declared = things["declared"] = declare(desk, **parties)
    things["evidence"] = attach(desk, declared)
    things["signed"] = make_contract(desk, Status.SIGNED, **parties)
    things["verified"] = make_contract(desk, Status.VERIFIED, **parties)
    do(registering.mark, things["verified"].id, Mark.IN_FORCE, {"on": things["verified"].signed_on}, by=world.by("clerk"))
    things["report"] = do(reporting.report, things["fair"], ContractIn().load(facts(title_en="CANARY-REPORT", **parties)), by=world.by("a_owner"))


def _confirmations(world: World) -> None:
    """A and B were asked about one contract; B corrects another; the clerk proposed to amend a third."""
    things, clerk = world.things, world.by("clerk")
    parties = {"parties": world.parties()}
    asked = things["asked_contract"] = make_contract(world.things["desk"], Status.SIGNED, **parties)
    questions = {one.request.side: one for one in do(asking.ask, asked.id, tuple(Side), by=clerk)}
    things["question"], things["link"] = questions[Side.PROVIDER].request, questions[Side.PROVIDER].secret
    differing = make_contract(world.things["desk"], Status.SIGNED, **parties)
    secret = do(asking.ask, differing.id, (Side.RECIPIENT,), by=clerk)[0].secret
    said_so = ConfirmationIn().load(correcting(differing.content_hash, "total", "900000.00"))
    answer = do(answering.answer_by_link, secret, said_so, by=None)
    things["mismatch"] = db.session.scalars(select(Mismatch).where(Mismatch.answer_id == answer.id)).one()
    amended = things["amended"] = make_contract(world.things["desk"], Status.VERIFIED, **parties)
    data = ContractIn().load(facts(total_amount="800000.00", **parties))
    things["amendment"] = do(amending.propose, amended.id, data, reason="The annex lowers the price.", by=clerk)
    things["code"] = publishing.of(things["verified"].id).code


def _ceremony(world: World) -> None:
    """A running show with two contracts of A and B on its list; the first is called."""
    things, by = world.things, world.by("clerk")
    show = things["ceremony"] = do(ceremonies.plan, things["fair"], title_en="CANARY-SHOW", title_zh=None, starts_at=at(things["fair"], 10), by=by)
    do(ceremonies.move, show.id, CeremonyState.RUNNING, by=by)
    for name in ("called_item", "ready_item"):
        contract = make_contract(things["desk"], Status.SIGNED, parties=world.parties(), title_en="CANARY-EMBARGO")
        things[name] = do(ceremonies.add, show.id, contract.id, line_en=None, line_zh=None, by=by)
    do(pressing.press, show.id, things["called_item"].id, Press.CALL, by=by)


def _roadshow(world: World) -> None:
    things, fair = world.things, world.things["fair"]
    table = things["table"] = make_place(fair)
    things["hall"] = make_place(fair, PlaceKind.HALL)
    things["free_session"] = make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 15))
    things["priced_session"] = make_session(fair, price_minor=50_000, currency="CNY")
    a = world.by("a_owner")
    things["empty_session"] = make_session(fair, starts_at=at(fair, 18), ends_at=at(fair, 19))
    things["pitch"] = do(pitching.book, things["priced_session"].id, achievement_id=things["achievement"].id, by=a)
    things["fee"] = db.session.get_one(Fee, things["pitch"].fee_id)
    paid = things["paid_pitch"] = do(pitching.book, things["priced_session"].id, achievement_id=things["asked_about"].id, position=3, by=world.by("a_editor"))
    fee = things["paid_fee"] = db.session.get_one(Fee, paid.fee_id)
    do(payments.settle, fee.id, CheckoutState(
        id="cs_test_paid", status="complete", payment_status="paid", payment_intent="pi_test_paid", amount_minor=50_000,
        currency="CNY", reference=str(fee.id),
    ))  # fmt: skip

    def meeting(hour: int) -> Any:
        return do(
            meetings.request, fair.id, organization_id=things["b"].id, place_id=table.id, starts_at=at(fair, hour), length_minutes=30,
            topic="CANARY-TOPIC", by=a,
        )  # fmt: skip

    things["requested"] = meeting(11)
    confirmed = things["confirmed"] = meeting(12)
    do(meetings.accept, confirmed.id, by=world.by("b_owner"))
    do(meetings.write_notes, confirmed.id, NOTES, by=a)


def _secrets(world: World) -> None:
    """Links as they stand in mails, and things of A's owner's account."""
    things, owner = world.things, world.people["a_owner"]
    things["session"] = do(accounts.start_session, owner)[0]
    things["token"] = do(tokens.create, "mine", [TOKEN_MAY], days=1, person_id=owner.id, organization_id=None, by=None)[0]
    things["invitation"], things["invitation_secret"] = _invited(world, "newcomer@example.org")
    things["invitation_to_c"], things["invitation_to_c_secret"] = _invited(world, world.people["c_owner"].email)
    things["registering"] = _mailed("register", "fresh@example.org", name="Fresh")
    things["resetting"] = _mailed("reset", owner.email)
    assert isinstance(things["session"], SignIn)
    assert isinstance(things["token"], ApiToken)


def _invited(world: World, email: str) -> tuple[Invitation, str]:
    from marketplace.core.mail import OUTBOX_SEEN

    before = len(OUTBOX_SEEN)
    found = do(invitations.invite, world.things["a"].id, email, role=Role.READER, address="/invitations/{secret}", by=world.by("a_owner"))
    return found, _secret_of("/invitations/", before)


def _mailed(purpose: str, email: str, **more: Any) -> str:
    from marketplace.core.mail import OUTBOX_SEEN

    before = len(OUTBOX_SEEN)
    do(accounts.send_link, purpose, email, address=f"/{purpose}/{{secret}}", **more)
    return _secret_of(f"/{purpose}/", before)


def _secret_of(path: str, before: int) -> str:
    import re

    from marketplace.core import jobs
    from marketplace.core.mail import OUTBOX_SEEN

    jobs.sweep()
    [found] = [m for message in OUTBOX_SEEN[before:] for m in re.findall(path + r"([\w-]+)", message.get_content())]
    return str(found)


def _figures(world: World) -> None:
    """A published figure, and the first day signed once by a manager who is nobody else here."""
    things, fair = world.things, world.things["fair"]
    things["figure_code"] = do(freezing.freeze, fair, ledger_queries.scope(fair.id, None), by=world.by("verifier"))[0].code
    signer = actor(make_staff(fair, "manager", person=make_person()))
    day = days.next_day(fair)
    things["day"] = day.isoformat()
    do(closing.carry_over, fair, day, {item.key: "waits" for item in days.open_items(fair, day)}, by=signer)
    things["report_sha256"] = sha256(canonical(closing.preview(fair, day)))
    do(closing.sign_off, fair, day, things["report_sha256"], by=signer)


def _followups(world: World) -> None:
    """An intent of A and B whose first horizon has come, and the link of A's side as it stands in a mail."""
    from datetime import timedelta

    from marketplace.core.clock import today
    from marketplace.followups import service as followups
    from marketplace.followups.models import Side as FollowUpSide

    things, fair = world.things, world.things["fair"]
    day = today(fair.time_zone)
    intent = declare(things["desk"], **{
        "class": "intent", "total_amount": None, "technology_amount": None, "signed_on": (day - timedelta(days=31)).isoformat(),
        "parties": [
            {"role": role, "name": things[name].name, "country": things[name].country, "organization_id": str(things[name].id)}
            for role, name in (("provider", "a"), ("recipient", "b"))
        ],
    })  # fmt: skip
    [things["followup"]] = do(followups.make, intent.id, today=day, address="/followup/{secret}")
    things["followup_secret"] = do(followups.ask, things["followup"].id, FollowUpSide.PROVIDER, by=world.by("clerk"))
