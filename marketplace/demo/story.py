"""Takes the open fair through its first day and into its second: what was confirmed, amended, closed, called on stage, published."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.ceremonies import pressing
from marketplace.ceremonies import service as ceremonies
from marketplace.ceremonies.models import CeremonyState, Press
from marketplace.confirmations import answering, asking
from marketplace.confirmations.models import Request, RequestStatus, Side
from marketplace.contracts import amending, registering, reporting
from marketplace.contracts.models import Contract as Logged
from marketplace.contracts.models import DealReport
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.money import to_text
from marketplace.demo import desk
from marketplace.demo.cases import CEREMONY, TARGET_MINOR, Case
from marketplace.demo.deals import Contract
from marketplace.demo.people import acting
from marketplace.demo.vocabulary import patterns
from marketplace.fairs.models import Fair
from marketplace.figures import closing, days, freezing
from marketplace.figures.rules import canonical, sha256
from marketplace.followups import service as followups
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Mark

_FACTS = ("title", "parties", "kind", "total", "technology", "currency", "signed_on")
_SHOWN = {"show_names": True, "show_title": True, "show_amount": True}
REGISTRATION_NUMBER = "2026110000000001"
"""Sixteen digits; no office gives such a number out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The desk of the open fair, its manager, and whoever answers for an organisation, by its place in the plan."""

    desk: desk.Desk
    manager: Actor
    owners: Mapping[int, Person]


def first_day(fair: Fair, planned: Iterable[Contract], cast: Cast) -> None:
    """Log the contracts of the day before; one of them is confirmed by both sides before it is verified. Raises DomainError."""
    for contract in planned:
        logged = desk.file(fair, contract, cast.desk)
        if contract.number == Case.CONFIRMED:
            _ask(logged, cast)
            for side in Side:
                _answer(logged, contract, side, cast)
        desk.verify(logged, contract, cast.desk)
    db.session.flush()


def today_so_far(fair: Fair, planned: Collection[Contract], cast: Cast, *, before: Collection[Contract]) -> None:
    """Close the day before, then tell today's story up to now. Raises DomainError."""
    by_number = {each.number: each for each in (*before, *planned)}
    _close(fair, cast)
    followups.make(cast.desk.logged[Case.DUE], today=today(fair.time_zone), address="/followup/{secret}")
    _amend(fair, by_number[Case.AMENDED], cast)
    _mark(fair, by_number[Case.REGISTERED], cast)
    for contract in planned:
        if contract.number not in CEREMONY:
            desk.log(fair, contract, cast.desk)
    _confirm(by_number, cast)
    _report(fair, by_number, cast)
    _ceremony(fair, [by_number[case] for case in CEREMONY], cast)
    ceremonies.set_target(fair, TARGET_MINOR, by=cast.manager)
    freezing.freeze(fair, ledger.scope(fair.id, None), by=cast.manager)


def asked(fair: Fair) -> set[str]:
    """The ids of the questions to both sides and of the reports of deals: what the sample's mails are about."""
    questions = db.session.scalars(select(Request.id).where(Request.fair_id == fair.id))
    reports = db.session.scalars(select(DealReport.id).where(DealReport.fair_id == fair.id))
    return {str(each) for each in (*questions, *reports)}


def _close(fair: Fair, cast: Cast) -> None:
    """Two people lock the day before, its open items carried over with a reason."""
    day, clerk = today(fair.time_zone) - timedelta(days=1), cast.desk.clerk
    reason = desk.both(patterns()["carried_reason"][0])
    closing.carry_over(fair, day, {item.key: reason for item in days.open_items(fair, day)}, by=clerk)
    seen = sha256(canonical(closing.preview(fair, day)))
    for person in (clerk, cast.manager):
        closing.sign_off(fair, day, seen, by=person)


def _amend(fair: Fair, contract: Contract, cast: Cast) -> None:
    """Another total for a verified contract: both sides are asked and confirm it, a second person approves."""
    at, total = cast.desk, contract.total_amount_minor
    amended = replace(contract, total_amount_minor=total + total // 4 if total else None)
    facts = desk.facts(amended, at, closes_on=fair.closes_on)
    proposed = amending.propose(at.logged[contract.number], facts, reason=desk.both(patterns()["amendment_reason"][0]), by=at.clerk)
    for side in Side:
        _answer(db.session.get_one(Logged, proposed.contract_id), amended, side, cast)
    amending.approve(proposed.contract_id, proposed.id, seen_hash=proposed.content_hash, by=at.verifier)


def _mark(fair: Fair, contract: Contract, cast: Cast) -> None:
    """In force, and registered with its number."""
    contract_id, on = cast.desk.logged[contract.number], today(fair.time_zone)
    registering.mark(contract_id, Mark.IN_FORCE, {"on": on}, by=cast.desk.clerk)
    registered = {"on": on, "number": REGISTRATION_NUMBER, "technology_minor": contract.technology_amount_minor}
    registering.mark(contract_id, Mark.REGISTERED, registered, by=cast.desk.clerk)


def _confirm(planned: Mapping[str, Contract], cast: Cast) -> None:
    """One deal that waits for the other side, and one whose buyer says ten times the total."""
    for case in (Case.ASKED, Case.MISMATCH):
        _ask(db.session.get_one(Logged, cast.desk.logged[case]), cast)
    _answer(db.session.get_one(Logged, cast.desk.logged[Case.ASKED]), planned[Case.ASKED], Side.PROVIDER, cast)
    wrong = planned[Case.MISMATCH]
    said = {"total": "correct", "total_to": to_text((wrong.total_amount_minor or 0) * 10, wrong.currency)}
    _answer(db.session.get_one(Logged, cast.desk.logged[Case.MISMATCH]), wrong, Side.RECIPIENT, cast, said=said)


def _ask(logged: Logged, cast: Cast) -> None:
    asking.ask(logged.id, Side, by=cast.desk.clerk)


def _answer(logged: Logged, contract: Contract, side: Side, cast: Cast, *, said: Mapping[str, Any] | None = None) -> None:
    """The contact of a side answers the open question about the contract; all that ``said`` does not correct is right."""
    party = next(party for party in contract.parties if party.role == side.value)
    query = select(Request).where(Request.contract_id == logged.id, Request.side == side, Request.status == RequestStatus.OPEN)
    request = db.session.scalars(query).one()
    words = dict.fromkeys(_FACTS, "confirm") | _SHOWN | dict(said or {})
    words |= {"content_hash": request.content_hash, "name": party.signatory_en, "position": patterns()["position"][0].en}
    answering.answer_signed_in(logged.id, request.id, said=words, by=acting(cast.owners[party.organization]))


def _report(fair: Fair, planned: Mapping[str, Contract], cast: Cast) -> None:
    """The buyer reports a deal that looks like one at the desk already; what the seller reported of another one was merged."""
    at = cast.desk
    for case, role in ((Case.CONFIRMED, "provider"), (Case.REPORTED, "recipient")):
        contract = planned[case]
        party = next(party for party in contract.parties if party.role == role)
        told = desk.facts(replace(contract, technology_amount_minor=None), at, closes_on=fair.closes_on)
        made = reporting.report(fair, told | {"number": None}, by=acting(cast.owners[party.organization]))
        if case is Case.CONFIRMED:
            reporting.merge(made.id, at.logged[case], by=at.clerk)


def _ceremony(fair: Fair, planned: Iterable[Contract], cast: Cast) -> None:
    """A ceremony that runs: one deal is signed on stage, one is called, one postponed, two are ready; none counts before its press."""
    title, manager = patterns()["ceremony_title"][0], cast.manager
    show = ceremonies.plan(fair, title_en=title.en, title_zh=title.zh, starts_at=now().replace(second=0, microsecond=0), by=manager)
    items: dict[str, UUID] = {}
    for contract in planned:
        logged = desk.file(fair, contract, cast.desk)
        items[contract.number] = ceremonies.add(show.id, logged.id, line_en=None, line_zh=None, by=manager).id
        desk.verify(logged, contract, cast.desk)
    ceremonies.move(show.id, CeremonyState.RUNNING, by=manager)
    for case, press in (
        (Case.ON_STAGE, Press.CALL), (Case.ON_STAGE, Press.SIGN), (Case.POSTPONED, Press.POSTPONE), (Case.CALLED, Press.CALL),
    ):  # fmt: skip
        pressing.press(show.id, items[case], press, by=manager)
