"""Merging a duplicate into the organisation that it is: what moves, what hinders, one transaction, and old links that lead on.

What is frozen or append-only (postings, audit rows, the parties of contracts, answers that were given) is not touched: it goes on
naming the merged organisation, and those who act for the other one read it (`Actor.organization_ids`). Every domain that
points to organisations says here what becomes of its rows: `carries` for what simply changes hands, `moves` where rows may
meet, `keeps` for what stays, with the reason. A test holds the three together against all foreign keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.accounts.models import ApiToken, SignIn
from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import duplicates, queries
from marketplace.organizations.models import (
    Invitation,
    Mandate,
    MandateStatus,
    Membership,
    Organization,
    OrganizationNumber,
    OrganizationTrait,
    Role,
    Status,
)

Column = InstrumentedAttribute[Any]
Apart = Callable[[UUID], ColumnElement[bool]]
"""Given the winner: which rows stay, because they would meet a row of its own."""


@dataclass(frozen=True, slots=True)
class Mover:
    """What a domain moves: ``columns`` it answers for, how many rows there are to move, what hinders, and the move itself.

    Each is called with the loser and the winner. ``hinders`` returns sentences for the staff. ``move`` finds what is left to move; to run it again is harmless.
    """

    label: Any
    columns: tuple[Column, ...]
    count: Callable[[UUID, UUID], int]
    move: Callable[[UUID, UUID], None]
    hinders: Callable[[UUID, UUID], Sequence[str]] = lambda _loser, _winner: ()


MOVERS: list[Mover] = []
KEPT: dict[Column, str] = {}


def moves(mover: Mover) -> None:
    """Have a domain's own way of moving done with each merge, in the order in which domains are registered."""
    if mover.columns[0] not in {known.columns[0] for known in MOVERS}:
        MOVERS.append(mover)


def carries(label: Any, *columns: Column, apart: Apart | None = None) -> None:
    """Rows of one table that simply change hands. ``apart`` keeps from moving what would meet a row of the other organisation."""
    moves(Mover(
        label, columns, lambda loser, winner: _count(columns, loser, winner, apart),
        lambda loser, winner: _carry(columns, loser, winner, apart),
    ))  # fmt: skip


def keeps(why: str, *columns: Column) -> None:
    """Rows that go on naming the merged organisation."""
    KEPT.update(dict.fromkeys(columns, why))


def _count(columns: Sequence[Column], loser: UUID, winner: UUID, apart: Apart | None) -> int:
    query = select(func.count()).select_from(columns[0].class_).where(or_(*(column == loser for column in columns)))
    return db.session.scalar(query if apart is None else query.where(~apart(winner))) or 0


def _carry(columns: Sequence[Column], loser: UUID, winner: UUID, apart: Apart | None) -> None:
    for column in columns:
        statement = update(column.class_).where(column == loser)
        if apart is not None:
            statement = statement.where(~apart(winner))
        values: dict[str, Any] = {column.key: winner}
        if hasattr(column.class_, "version"):
            values["version"] = column.class_.version + 1  # who has it open must load it again
        db.session.execute(statement.values(**values).execution_options(synchronize_session=False))


def meets(column: Column, *same: Column) -> Apart:
    """For `carries`: whether the winner has a row already with the same values in these columns."""
    other = aliased(column.class_)

    def found(winner: UUID) -> ColumnElement[bool]:
        alike = [getattr(other, each.key) == each for each in same]
        return exists(select(literal(1)).where(getattr(other, column.key) == winner, *alike).correlate(column.class_))

    return found


class Hindered(DomainError):
    """The two cannot be merged now; each reason is a sentence."""

    slug, title = "merge-hindered", _l("These two cannot be merged now")

    def __init__(self, reasons: Sequence[str]):
        super().__init__(" ".join(reasons))
        self.members = {"reasons": list(reasons)}


@dataclass(frozen=True, slots=True)
class Preview:
    """Before a merge: the two, (what, how many rows) that would move, and the reasons that stand against it."""

    winner: Organization
    loser: Organization
    moving: Sequence[tuple[Any, int]]
    hindrances: Sequence[str]


def preview(winner_id: UUID, loser_id: UUID, *, by: Actor | None) -> Preview:
    """What `merge` would do. Raises NotFound, Forbidden."""
    if by is not None:
        by.require("organizations.merge")
    winner, loser = _pair(winner_id, loser_id, lock=False)
    moving = [(mover.label, number) for mover in MOVERS if (number := mover.count(loser.id, winner.id))]
    return Preview(winner, loser, moving, _hindrances(winner, loser))


def _pair(winner_id: UUID, loser_id: UUID, *, lock: bool) -> tuple[Organization, Organization]:
    """Both, locked in the order of their ids. Raises NotFound, also for twice the same."""
    query = select(Organization).where(Organization.id.in_([winner_id, loser_id])).order_by(Organization.id)
    found = {row.id: row for row in db.session.scalars(_for_merge(query) if lock else query)}
    if len(found) != 2:
        raise NotFound()
    return found[winner_id], found[loser_id]


def _for_merge(query: Select[Any]) -> Select[Any]:
    """Locked, but not against rows that point to them: a thread's writer would wait for us, and we for that thread."""
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def _hindrances(winner: Organization, loser: Organization) -> list[str]:
    found = []
    if winner.merged_into_id is not None:
        found.append(gettext("%(name)s was merged into another organisation itself.", name=winner.name))
    if loser.merged_into_id not in (None, winner.id):
        found.append(gettext("%(name)s was merged into another organisation already.", name=loser.name))
    if winner.status is not Status.APPROVED and loser.merged_into_id is None:
        found.append(gettext("%(name)s is not approved.", name=winner.name))
    return found + [reason for mover in MOVERS for reason in mover.hinders(loser.id, winner.id)]


def merge(winner_id: UUID, loser_id: UUID, *, by: Actor | None) -> Organization:
    """Make one organisation of two: all that is open moves to the winner, the loser's address leads there from now on.

    Pressed again it moves what came late, and says so only if something did. ``by`` None is the operator's command line.
    Raises NotFound, Forbidden, Hindered.
    """
    if by is not None:
        by.require("organizations.merge")
    winner, loser = _pair(winner_id, loser_id, lock=True)
    reasons = _hindrances(winner, loser)
    if reasons:
        raise Hindered(reasons)
    again = loser.merged_into_id is not None
    moved = _move(loser.id, winner.id)
    if not again:
        _close(loser, winner, by=by)
    if moved or not again:
        audit.record("organizations.merge", f"organization:{winner.id}", by=by, merged=str(loser.id), moved=moved, again=again)
    db.session.flush()
    return winner


def _move(loser: UUID, winner: UUID) -> int:
    """Run every mover; how many rows there were to move."""
    db.session.flush()
    moved = sum(mover.count(loser, winner) for mover in MOVERS)
    for mover in MOVERS if moved else ():
        mover.move(loser, winner)
    db.session.flush()
    db.session.expire_all()
    return moved


def _close(loser: Organization, winner: Organization, *, by: Actor | None) -> None:
    """The loser ends; what was merged into it before leads to the winner too."""
    moment = now()
    earlier = list(loser.absorbed)
    loser.status, loser.merged_into_id, loser.merged_at, loser.absorbed = Status.DECLINED, winner.id, moment, []
    loser.reason, loser.decided_by, loser.decided_at = None, by.person_id if by else None, moment
    loser.verified_at = loser.verified_by = loser.verified_how = loser.verified_note = None
    db.session.execute(update(Organization).where(Organization.merged_into_id == loser.id).values(merged_into_id=winner.id))
    winner.absorbed = sorted({*winner.absorbed, *earlier, str(loser.id)})
    duplicates.forget(loser.id)
    jobs.enqueue("organizations.sweep_merged", due_in=timedelta(minutes=2), organization_id=str(loser.id))


@jobs.task("organizations.sweep_merged")
def sweep(organization_id: str) -> None:
    """What a request that was under way during the merge still wrote for the merged organisation moves after it."""
    loser = db.session.get(Organization, UUID(organization_id))
    if loser is None or loser.merged_into_id is None:
        raise IllegalMove()
    merge(loser.merged_into_id, loser.id, by=None)


def _move_members(loser: UUID, winner: UUID) -> None:
    """Who belongs to both keeps the higher role once; everybody else moves with the time they joined.

    Whoever registered a copy that was never approved comes as a reader: nobody becomes an owner of the real one by that.
    """
    trusted = _trusted(loser)
    rank = {Role.OWNER: 0, Role.EDITOR: 1, Role.READER: 2}
    here = {row.person_id: row for row in db.session.scalars(_open_members(winner))}
    owned = any(row.role is Role.OWNER for row in here.values())
    for row in list(db.session.scalars(_open_members(loser))):
        kept = here.get(row.person_id)
        if kept is None:
            row.organization_id, row.role = winner, row.role if trusted or not owned else Role.READER
            continue
        if trusted:
            kept.role = min(kept.role, row.role, key=rank.__getitem__)
        row.ended_at = now()
    db.session.flush()


def _trusted(loser: UUID) -> bool:
    """Whether a fair approved it: what a copy that nobody approved gave away, gives nothing at the real one."""
    return db.session.get_one(Organization, loser).status is Status.APPROVED


def _move_invitations(loser: UUID, winner: UUID) -> None:
    """Invitations of a copy that was never approved are revoked, and move with the others."""
    if not _trusted(loser):
        still = (Invitation.organization_id == loser, *queries.still_open())
        db.session.execute(update(Invitation).where(*still).values(revoked_at=now()).execution_options(synchronize_session=False))
    _carry((Invitation.organization_id,), loser, winner, None)


def _open_members(organization_id: UUID) -> Any:
    query = select(Membership).where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
    return query.order_by(Membership.person_id).with_for_update()


def _open_mandates(organization_id: UUID) -> ColumnElement[bool]:
    return or_(Mandate.agency_id == organization_id, Mandate.principal_id == organization_id) & (Mandate.status != MandateStatus.ENDED)


def _move_mandates(loser: UUID, winner: UUID) -> None:
    """Open mandates move; one that the winner has with the same organisation, or with the loser itself, or of a copy never approved, ends."""
    trusted = _trusted(loser)
    taken = {(row.agency_id, row.principal_id) for row in db.session.scalars(select(Mandate).where(_open_mandates(winner)))}
    kinds = {row.id: row.kind for row in db.session.scalars(select(Organization).where(Organization.id.in_([loser, winner])))}
    for row in list(db.session.scalars(select(Mandate).where(_open_mandates(loser)).with_for_update())):
        pair = tuple(winner if side == loser else side for side in (row.agency_id, row.principal_id))
        if not trusted or pair[0] == pair[1] or pair in taken or kinds[loser] is not kinds[winner]:
            row.status, row.ended_at = MandateStatus.ENDED, now()
        else:
            row.proposed_by_id = winner if row.proposed_by_id == loser else row.proposed_by_id
            row.agency_id, row.principal_id = pair
            taken.add(pair)  # type: ignore[arg-type]
    db.session.flush()


def _number_rows(query: Any) -> int:
    return len(list(db.session.scalars(query)))


def register() -> None:
    moves(Mover(_l("Members"), (Membership.organization_id,), lambda loser, _winner: _number_rows(_open_members(loser)), _move_members))
    moves(Mover(
        _l("Mandates"), (Mandate.agency_id, Mandate.principal_id, Mandate.proposed_by_id),
        lambda loser, _winner: _number_rows(select(Mandate.id).where(_open_mandates(loser))), _move_mandates,
    ))  # fmt: skip
    carries(_l("Registration numbers"), OrganizationNumber.organization_id)
    invitations: tuple[Column, ...] = (Invitation.organization_id,)
    moves(Mover(_l("Invitations"), invitations, lambda loser, winner: _count(invitations, loser, winner, None), _move_invitations))
    carries(_l("Sign-ins that act for it"), SignIn.organization_id)
    carries(_l("API tokens"), ApiToken.organization_id)
    keeps("who ended a mandate is part of what happened", Mandate.ended_by_id)
    keeps("it names the organisation that it led to", Organization.merged_into_id)
    keeps("made of the organisation itself, and made again", OrganizationTrait.organization_id)

