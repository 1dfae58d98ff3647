"""Reading follow-ups: one's own, those of a fair for its staff, and the numbers behind the curve."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.contracts.rules import party_key
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.followups import rules
from marketplace.followups.models import HORIZONS, FollowUp, FollowUpAnswer, Outcome, Side
from marketplace.followups.rules import Intent
from marketplace.ledger.models import ContractClass, Status
from marketplace.organizations.models import Kind, Organization

BATCH = 500
SIGNED = (Status.SIGNED, Status.VERIFIED)
OPEN_INTENT = (Contract.contract_class == ContractClass.INTENT, Contract.status != Status.VOID)


@dataclass(frozen=True, slots=True)
class Mine:
    """A follow-up that one's organisation is asked, and what its side has said so far."""

    followup: FollowUp
    contract: Contract
    side: Side
    answers: list[FollowUpAnswer]


@dataclass(frozen=True, slots=True)
class Asked:
    """A follow-up as the fair's staff sees it: the last word of each side, side by side."""

    followup: FollowUp
    words: dict[Side, FollowUpAnswer]
    stale: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """An intent with its follow-ups in order, and the contract that names it, if there is one."""

    contract: Contract
    parties: list[Party]
    asked: list[Asked]
    became: Contract | None


def _mine(by: Actor) -> ColumnElement[bool]:
    sides = [side.value for side in Side]
    return exists().where(Party.contract_id == FollowUp.contract_id, Party.organization_id.in_(by.organization_ids), Party.role.in_(sides))


def own(*, by: Actor) -> Select[Any]:
    """The follow-ups of intents that one's organisation is a side of, for `core.pages.paged` by (due_on, id)."""
    query = select(FollowUp).join(Contract, Contract.id == FollowUp.contract_id).where(*OPEN_INTENT)
    return query.where(_mine(by) if by.organization_id is not None and by.may("followups.answer") else FollowUp.id.is_(None))


def shown(followups: Iterable[FollowUp], *, by: Actor) -> list[Mine]:
    """These follow-ups of one's own, with one's side's answers. Three queries."""
    rows = list(followups)
    ids = [row.contract_id for row in rows]
    found = {contract.id: contract for contract in db.session.scalars(select(Contract).where(Contract.id.in_(ids)))}
    sides = {key: side_of(parties, by.organization_ids) for key, parties in contracts.parties_of(ids).items()}
    answers = answers_of([row.id for row in rows])
    return [
        Mine(row, found[row.contract_id], side, [answer for answer in answers.get(row.id, []) if answer.side is side])
        for row in rows
        if (side := sides[row.contract_id]) is not None
    ]


def one(followup_id: UUID, *, by: Actor) -> Mine:
    """One of one's own. Raises NotFound, the same for an unknown and a foreign one."""
    found = shown(db.session.scalars(own(by=by).where(FollowUp.id == followup_id)), by=by)
    if not found:
        raise NotFound()
    return found[0]


def side_of(parties: Iterable[Party], organization_ids: Collection[UUID]) -> Side | None:
    """The side that an organisation (with those merged into it) speaks for: its first one in the order of the parties."""
    roles = [party.role.value for party in parties if party.organization_id in organization_ids]
    return next((Side(role) for role in roles if role in {side.value for side in Side}), None)


def answers_of(followup_ids: list[UUID]) -> dict[UUID, list[FollowUpAnswer]]:
    """{follow-up: its answers, the earliest first}, one query."""
    found: dict[UUID, list[FollowUpAnswer]] = {}
    query = select(FollowUpAnswer).where(FollowUpAnswer.followup_id.in_(followup_ids)).order_by(FollowUpAnswer.answered_at, FollowUpAnswer.id)
    for answer in db.session.scalars(query):
        found.setdefault(answer.followup_id, []).append(answer)
    return found


def _silent(side: Side | None) -> ColumnElement[bool]:
    """Whether a side, or one of the two, has not answered a follow-up."""
    if side is None:
        return or_(*(_silent(each) for each in Side))
    return ~exists().where(FollowUpAnswer.followup_id == FollowUp.id, FollowUpAnswer.side == side)


def waiting_for(by: Actor) -> int:
    """How many follow-ups wait for a word of one's organisation; of each intent only the newest asks."""
    if by.organization_id is None or not by.may("followups.answer"):
        return 0
    mine = [
        and_(
            exists().where(Party.contract_id == FollowUp.contract_id, Party.organization_id.in_(by.organization_ids), Party.role == side.value),
            _silent(side),
        )
        for side in Side
    ]
    query = select(func.count()).select_from(FollowUp).join(Contract, Contract.id == FollowUp.contract_id)
    return db.session.scalar(query.where(*OPEN_INTENT, FollowUp.asked_at.is_not(None), newest(), or_(*mine))) or 0


def newest() -> ColumnElement[bool]:
    """Whether no later horizon of the same intent has come."""
    later = aliased(FollowUp)
    return ~exists().where(later.contract_id == FollowUp.contract_id, later.days > FollowUp.days)


def stale_for(by: Actor) -> int:
    """How many follow-ups of one's fairs a side leaves without an answer for too long."""
    query = select(func.count()).select_from(FollowUp).join(Contract, Contract.id == FollowUp.contract_id)
    long_ago = now() - rules.SILENT_FOR
    where = (FollowUp.fair_id.in_(by.fairs_where("followups.read")), FollowUp.asked_at <= long_ago, newest(), _silent(None))
    return db.session.scalar(query.where(*OPEN_INTENT, *where)) or 0


def intents(fair: Fair) -> Select[Any]:
    """The intents of a fair that are not void, for `core.pages.paged` by (created_at, id)."""
    return select(Contract).where(Contract.fair_id == fair.id, *OPEN_INTENT)


def followed(rows: Iterable[Contract]) -> list[Followed]:
    """These intents with their follow-ups, answers and what they became. Four queries."""
    found = list(rows)
    ids = [contract.id for contract in found]
    parties, named, moment = contracts.parties_of(ids), became(ids), now()
    followups = list(db.session.scalars(select(FollowUp).where(FollowUp.contract_id.in_(ids)).order_by(FollowUp.days)))
    answers = answers_of([followup.id for followup in followups])
    asked: dict[UUID, list[Asked]] = {}
    for followup in followups:
        words = {answer.side: answer for answer in answers.get(followup.id, [])}
        stale = rules.is_stale(followup.asked_at, words, now=moment)
        asked.setdefault(followup.contract_id, []).append(Asked(followup, words, stale))
    for mine in asked.values():  # who is asked again has not to answer the older question
        mine[:-1] = [Asked(each.followup, each.words, False) for each in mine[:-1]]
    return [Followed(contract, parties[contract.id], asked.get(contract.id, []), named.get(contract.id)) for contract in found]


def every(fair: Fair) -> Iterator[Followed]:
    """All intents of a fair in the order of their references, for a file: five queries for each five hundred."""
    after: UUID | None = None
    while True:
        query = intents(fair).order_by(Contract.id).limit(BATCH)
        part = list(db.session.scalars(query if after is None else query.where(Contract.id > after)))
        yield from followed(part)
        if len(part) < BATCH:
            return
        after = part[-1].id


def is_settled(contract: Contract) -> bool:
    """Whether it is known that an intent became a contract: one names it, or both sides said so at one horizon."""
    [row] = followed([contract])
    signed = (all(side in each.words and each.words[side].outcome is Outcome.SIGNED for side in Side) for each in row.asked)
    return row.became is not None or any(signed)


def became(intent_ids: list[UUID]) -> dict[UUID, Contract]:
    """{intent: the first contract that was signed and names it}, one query."""
    query = select(Contract).where(Contract.intent_id.in_(intent_ids), Contract.contract_class == ContractClass.CONTRACT, Contract.status.in_(SIGNED))
    found: dict[UUID, Contract] = {}
    for contract in db.session.scalars(query.order_by(Contract.signed_on, Contract.created_at)):
        if contract.intent_id is not None:
            found.setdefault(contract.intent_id, contract)
    return found


def all_intents(fair: Fair) -> list[Intent]:
    """Every intent of a fair as the curve sees it. Six queries for each five hundred of them."""
    rows = list(every(fair))
    ids = {party.organization_id for row in rows for party in row.parties if party.organization_id is not None}
    agencies = set(db.session.scalars(select(Organization.id).where(Organization.id.in_(ids), Organization.kind == Kind.AGENCY)))
    return [_intent(row, fair, agencies) for row in rows]


def _intent(row: Followed, fair: Fair, agencies: set[UUID]) -> Intent:
    contract, parties = row.contract, row.parties
    begun = rules.begun_on(contract.signed_on, contract.created_at, fair.time_zone)
    after = None
    if row.became is not None and row.became.signed_on is not None:
        after = max(0, (row.became.signed_on - begun).days)
    brokers = [party.name for party in parties if party.role.value == "broker"]
    agents = [party.name for party in parties if party.organization_id in agencies]
    return Intent(
        begun_on=begun, field=contract.field, agency=next(iter([*brokers, *agents]), ""),
        country=next((party.country for party in parties if party.role.value == Side.PROVIDER), ""),
        parties=tuple(sorted({party_key(party) for party in parties})), contract_after=after,
        words={(each.followup.days, side): answer.outcome for each in row.asked for side, answer in each.words.items()},
    )  # fmt: skip


def public_curve(fair: Fair) -> list[rules.Point | None]:
    """The curve that everybody may see; None where too few deals or organisations stand behind a point."""
    mine, day = all_intents(fair), today(fair.time_zone)
    return [rules.public_point(mine, days, today=day) for days in HORIZONS]

