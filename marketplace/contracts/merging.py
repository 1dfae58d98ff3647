"""What becomes of contracts when an organisation is merged: they stay as they were signed, and are compared as the winner's."""

from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.contracts import rules
from marketplace.contracts.models import DealReport, Party
from marketplace.core.db import db
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging


def _key(organization_id: UUID) -> str:
    return rules.who("", "", organization_id)


def _count(loser: UUID, _winner: UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(Party).where(Party.who == _key(loser))) or 0


def _move(loser: UUID, winner: UUID) -> None:
    """Only the key by which a second report of one deal is found: it is no part of what was signed."""
    moved = update(Party).where(Party.who == _key(loser)).values(who=_key(winner))
    db.session.execute(moved, execution_options={"synchronize_session": False})


def register() -> None:
    merging.moves(merging.Mover(_l("Contracts that name it, which stay as they were signed"), (Party.who,), _count, _move))
    merging.carries(_l("Reports of deals"), DealReport.organization_id)
    merging.keeps("part of what was signed", Party.organization_id)
