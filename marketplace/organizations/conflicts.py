"""Conflict of interest: nobody acts on both sides of one deal, under whatever account, membership or mandate."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.accounts.mailboxes import accounts_of
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations.models import Organization


class ConflictOfInterest(DomainError):
    status, slug, title = 403, "conflict-of-interest", _l("Not on both sides")
    text = _l("You, or your agency, act for the other side of this deal as well: somebody else has to act here.")


def check(by: Actor, *, others: Collection[UUID], subject: str | None = None) -> None:
    """Raises ConflictOfInterest when ``by`` cannot act here because of the other side, the organisations ``others``.

    That is so while an agency of theirs acts for the other side under a mandate, or is the other side and they act here for its
    principal; and for ever when they, under any account, or an agency of theirs under a mandate, acted for the other side in this
    deal before: ``subject`` is what its audit rows are about, such as 'negotiation:<uuid>'.
    """
    across = set(others)
    mandated = {acting.id for acting in by.memberships if acting.mandate_id is not None}
    if mandated & across or (by.acting is not None and by.acting.agency_id in across):
        raise ConflictOfInterest()
    if subject is None:
        return
    merged = select(Organization.id).where(Organization.merged_into_id.in_(across))
    there = or_(AuditRow.organization_id.in_(across), AuditRow.organization_id.in_(merged))
    query = select(AuditRow.person_id, AuditRow.facts).where(AuditRow.subject == subject, there)
    rows = db.session.execute(query).all()
    if not rows:
        return
    people = accounts_of(by.person_id)
    agencies = {str(acting.agency_id or acting.id) for acting in by.memberships}
    if any(row.person_id in people or row.facts.get("agency") in agencies for row in rows):
        raise ConflictOfInterest()
