"""What becomes of proposed partners when an organisation is merged: its side moves, unless both were to meet each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.coverage.models import CallNote, Proposal, ProposalSide
from marketplace.organizations import merging

ACROSS = aliased(ProposalSide)


def _faces(organization_id: UUID) -> ColumnElement[bool]:
    """The other side of the same proposal is this organisation."""
    return exists(
        select(ACROSS.id)
        .where(ACROSS.proposal_id == ProposalSide.proposal_id, ACROSS.id != ProposalSide.id, ACROSS.organization_id == organization_id)
        .correlate(ProposalSide)
    )


def _count(loser: UUID, winner: UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(ProposalSide).where(ProposalSide.organization_id == loser, ~_faces(winner))) or 0


def _hinders(loser: UUID, winner: UUID) -> Sequence[str]:
    query = select(func.count()).select_from(ProposalSide).join(Proposal, Proposal.id == ProposalSide.proposal_id)
    between = query.where(ProposalSide.organization_id == loser, Proposal.open_key.is_not(None), _faces(winner))
    return [gettext("The fair proposes them to each other as partners: withdraw the proposal first.")] if db.session.scalar(between) else []


def _move(loser: UUID, winner: UUID) -> None:
    mine = select(ProposalSide).where(ProposalSide.organization_id == loser, ~_faces(winner)).order_by(ProposalSide.id)
    for row in list(db.session.scalars(mine.with_for_update())):
        row.organization_id = winner
    db.session.flush()


def register() -> None:
    merging.moves(merging.Mover(_l("Proposed partners"), (ProposalSide.organization_id,), _count, _move, _hinders))
    merging.keeps("a note of a call is never changed", CallNote.organization_id)
