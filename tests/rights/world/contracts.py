"""Contracts of A and B: logged, asked about, shown, published, followed up."""

from datetime import timedelta

from sqlalchemy import select

from marketplace.ceremonies import pressing
from marketplace.ceremonies import service as ceremonies
from marketplace.ceremonies.models import CeremonyState, Press
from marketplace.confirmations import answering, asking, publishing
from marketplace.confirmations.models import Mismatch, Side
from marketplace.confirmations.schemas import ConfirmationIn
from marketplace.contracts import amending, registering, reporting
from marketplace.contracts.schemas import ContractIn
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.figures import closing, days, freezing
from marketplace.figures.rules import canonical, sha256
from marketplace.followups import service as followups
from marketplace.followups.models import Side as FollowUpSide
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger.models import Mark, Status
from tests.confirmations.factories_confirmations import correcting
from tests.contracts.factories_contracts import Desk, attach, declare, facts, make_contract
from tests.factories import actor, make_person, make_staff
from tests.rights.world.whole import World, do
from tests.venue.factories_venue import at


def add_contracts(world: World) -> None:
    things = world.things
    desk = things["desk"] = Desk(things["fair"], world.people["clerk"], world.people["verifier"], world.app.config["SETTINGS"].upload_dir / "evidence")
    parties = {"parties": world.parties()}
    declared = things["declared"] = declare(desk, **parties)
    things["evidence"] = attach(desk, declared)
    things["signed"] = make_contract(desk, Status.SIGNED, **parties)
    things["verified"] = make_contract(desk, Status.VERIFIED, **parties)
    do(registering.mark, things["verified"].id, Mark.IN_FORCE, {"on": things["verified"].signed_on}, by=world.by("clerk"))
    things["report"] = do(reporting.report, things["fair"], ContractIn().load(facts(title_en="CANARY-REPORT", **parties)), by=world.by("a_owner"))


def add_confirmations(world: World) -> None:
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


def add_ceremony(world: World) -> None:
    """A running show with two contracts of A and B on its list; the first is called."""
    things, by = world.things, world.by("clerk")
    show = things["ceremony"] = do(ceremonies.plan, things["fair"], title_en="CANARY-SHOW", title_zh=None, starts_at=at(things["fair"], 10), by=by)
    do(ceremonies.move, show.id, CeremonyState.RUNNING, by=by)
    for name in ("called_item", "ready_item"):
        contract = make_contract(things["desk"], Status.SIGNED, parties=world.parties(), title_en="CANARY-EMBARGO")
        things[name] = do(ceremonies.add, show.id, contract.id, line_en=None, line_zh=None, by=by)
    do(pressing.press, show.id, things["called_item"].id, Press.CALL, by=by)


def add_figures(world: World) -> None:
    """A published figure, and the first day signed once by a manager who is nobody else here."""
    things, fair = world.things, world.things["fair"]
    things["figure_code"] = do(freezing.freeze, fair, ledger_queries.scope(fair.id, None), by=world.by("verifier"))[0].code
    signer = actor(make_staff(fair, "manager", person=make_person()))
    day = days.next_day(fair)
    things["day"] = day.isoformat()
    do(closing.carry_over, fair, day, {item.key: "waits" for item in days.open_items(fair, day)}, by=signer)
    things["report_sha256"] = sha256(canonical(closing.preview(fair, day)))
    do(closing.sign_off, fair, day, things["report_sha256"], by=signer)


def add_followups(world: World) -> None:
    """An intent of A and B whose first horizon has come, and the link of A's side as it stands in a mail."""
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
