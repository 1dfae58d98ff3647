"""What becomes of agreements and closed accesses when an organisation is merged."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.disclosure.models import Agreement, Closure, Read
from marketplace.organizations import merging


def _closed_already(winner: UUID) -> ColumnElement[bool]:
    """Closed to the winner too: one row says so."""
    other = aliased(Closure)
    return (
        select(other.id).where(other.listing_id == Closure.listing_id, other.organization_id == winner, other.reopened_at.is_(None)).exists()
        & Closure.reopened_at.is_(None)
    )


def register() -> None:
    merging.carries(
        _l("Agreements of secrecy"), Agreement.provider_id, Agreement.recipient_id, Agreement.proposed_by_id, Agreement.ended_by_id
    )
    merging.carries(_l("Closed accesses"), Closure.organization_id, apart=_closed_already)
    merging.keeps("who read what stays as it was written", Read.organization_id)
