"""Mandates: an agency acts for an institute or a company up to a day; proposed by one, accepted by the other, ended by either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.organizations import members, queries
from marketplace.organizations.models import MANDATE_MOVES, Kind, Mandate, MandateStatus, Organization, Role, Status

LONGEST = timedelta(days=5 * 366)
PRINCIPALS = (Kind.INSTITUTE, Kind.COMPANY)
ROLES = (Role.EDITOR, Role.READER)
MOST = 200
PROPOSED_A_DAY = 20


class TooManyProposals(DomainError):
    """Nobody's mailbox is flooded through us."""

    status, slug, title = 429, "too-many-requests", _l("Too many proposals")
    text = _l("Your organisation proposed many mandates today. Wait a day.")


def today() -> date:
    """The day by which mandates begin to be over: UTC, the same for both sides."""
    return now().date()


def running() -> ColumnElement[bool]:
    """A mandate that is in force now."""
    return and_(Mandate.status == MandateStatus.IN_FORCE, Mandate.ends_on >= today())


def standing(mandate: Mandate) -> str:
    """proposed, in_force, expired or ended, as it is today."""
    if mandate.status is not MandateStatus.ENDED and mandate.ends_on < today():
        return "expired"
    return mandate.status.value


def propose(slug: str, *, role: Role, ends_on: date, by: Actor) -> Mandate:
    """Propose a mandate with the organisation of that slug: to act for it as an agency, or to let that agency act.

    An owner's step; the other side's owners get a mail. Raises NotFound, Forbidden, Invalid (the other organisation, the day),
    Duplicate (one is open between the two), TooManyProposals.
    """
    other = db.session.scalar(select(Organization).where(Organization.slug == slug, Organization.status == Status.APPROVED))
    lock_both(by.organization_id, other.id if other else None)
    own = _owned(by)
    if other is None or other.id == own.id:
        raise Invalid.field("organization", "reference", gettext("There is no other approved organisation with this address."))
    agency, principal = (own, other) if own.kind is Kind.AGENCY else (other, own)
    if agency.kind is not Kind.AGENCY or principal.kind not in PRINCIPALS:
        raise Invalid.field("organization", "mandate_kinds", gettext("A mandate is between an agency and an institute or a company."))
    if role not in ROLES:
        raise Invalid.field("role", "code_unknown", gettext("A mandate gives the role of an editor or a reader."))
    check_day(ends_on)
    _limit(own.id)
    _make_room(agency.id, principal.id)
    mandate = Mandate(
        agency_id=agency.id, principal_id=principal.id, role=role, ends_on=ends_on, status=MandateStatus.PROPOSED,
        proposed_by_id=own.id, proposed_by_person_id=by.person_id, proposed_at=now(),
    )  # fmt: skip
    db.session.add(mandate)
    db.session.flush()  # a second one meets the unique index here
    _record("propose", mandate, by=by)
    _tell(mandate, other, agency=agency, principal=principal)
    return mandate


def lock_both(*organization_ids: UUID | None) -> None:
    """Lock organisations in the order of their ids, so that two who name each other do not wait in a circle."""
    ids = [organization_id for organization_id in organization_ids if organization_id is not None]
    db.session.execute(select(Organization.id).where(Organization.id.in_(ids)).order_by(Organization.id).with_for_update())


def check_day(ends_on: date) -> None:
    """Raises Invalid for a day that is over, or too far off."""
    if ends_on < today():
        raise Invalid.field("ends_on", "past", gettext("This day is over already."))
    if ends_on > today() + LONGEST:
        raise Invalid.field("ends_on", "too_far", gettext("A mandate ends within five years; it can be given again."))


def _limit(organization_id: UUID) -> None:
    """Raises TooManyProposals."""
    query = select(func.count()).select_from(Mandate).where(Mandate.proposed_by_id == organization_id, Mandate.proposed_at > now() - timedelta(days=1))
    if (db.session.scalar(query) or 0) >= PROPOSED_A_DAY:
        raise TooManyProposals()


def _make_room(agency_id: UUID, principal_id: UUID) -> None:
    """One that ran out makes room for the next. Raises Duplicate when one is open still."""
    query = select(Mandate).where(Mandate.agency_id == agency_id, Mandate.principal_id == principal_id, Mandate.status != MandateStatus.ENDED)
    earlier = db.session.scalar(query.with_for_update())
    if earlier is None:
        return
    if standing(earlier) != "expired":
        raise Duplicate(gettext("There is a mandate between these two already: end it first."))
    earlier.status, earlier.ended_at = MandateStatus.ENDED, now()
    db.session.flush()


def accept(mandate_id: UUID, *, by: Actor) -> Mandate:
    """The other side's owner agrees: it is in force at once. Raises NotFound, Forbidden (one's own proposal), IllegalMove."""
    own = _owned(by)
    mandate = _locked(mandate_id, own)
    if mandate.proposed_by_id == own.id:
        raise Forbidden(gettext("Your organisation proposed this: the other side accepts it."))
    if standing(mandate) == "expired":
        raise IllegalMove(gettext("The day it ends on is over."))
    mandate.status = check_move(MANDATE_MOVES, mandate.status, MandateStatus.IN_FORCE)
    mandate.accepted_by_person_id, mandate.accepted_at = by.person_id, now()
    _record("accept", mandate, by=by)
    _tell(mandate, _other(mandate, own))
    db.session.flush()
    return mandate


def end(mandate_id: UUID, *, by: Actor) -> Mandate:
    """Withdraw or decline a proposal, or end a mandate, at once: nobody acts under it from the next request on.

    Raises NotFound, Forbidden, IllegalMove.
    """
    own = _owned(by)
    mandate = _locked(mandate_id, own)
    mandate.status = check_move(MANDATE_MOVES, mandate.status, MandateStatus.ENDED)
    mandate.ended_by_id, mandate.ended_by_person_id, mandate.ended_at = own.id, by.person_id, now()
    _record("end", mandate, by=by)
    _tell(mandate, _other(mandate, own))
    db.session.flush()
    return mandate


def _owned(by: Actor) -> Organization:
    """The organisation acted for, locked, for one of its owners, once it is approved. Raises NotFound, Forbidden."""
    by.require("organizations.mandate")
    if by.organization_id is None:
        raise NotFound()
    return members.managed(by.organization_id, by)


def _locked(mandate_id: UUID, own: Organization) -> Mandate:
    mandate = db.session.get(Mandate, mandate_id, with_for_update=True, populate_existing=True)
    if mandate is None or own.id not in (mandate.agency_id, mandate.principal_id):
        raise NotFound()
    return mandate


def _other(mandate: Mandate, own: Organization) -> Organization:
    return db.session.get_one(Organization, mandate.principal_id if own.id == mandate.agency_id else mandate.agency_id)


def _record(step: str, mandate: Mandate, *, by: Actor) -> None:
    audit.record(
        f"organizations.{step}_mandate", f"mandate:{mandate.id}", by=by,
        agency=str(mandate.agency_id), principal=str(mandate.principal_id), role=mandate.role.value, ends_on=mandate.ends_on.isoformat(),
    )  # fmt: skip


def _tell(mandate: Mandate, other: Organization, *, agency: Organization | None = None, principal: Organization | None = None) -> None:
    """A mail to the owners of the side that has not acted."""
    agency = agency or db.session.get_one(Organization, mandate.agency_id)
    principal = principal or db.session.get_one(Organization, mandate.principal_id)
    for owner in queries.owners(other.id):
        with speaking(owner.language):
            names = {"agency": agency.name, "principal": principal.name, "day": mandate.ends_on.isoformat()}
            subject = gettext("Mandate: %(agency)s for %(principal)s", agency=agency.name, principal=principal.name)
            texts = {
                MandateStatus.PROPOSED: gettext("%(agency)s is to act for %(principal)s until %(day)s. One of your owners accepts or declines it under “Mandates”.", **names),
                MandateStatus.IN_FORCE: gettext("The mandate was accepted: %(agency)s acts for %(principal)s until %(day)s. Either side can end it at once.", **names),
                MandateStatus.ENDED: gettext("The mandate of %(agency)s for %(principal)s has ended, or its proposal was turned down.", **names),
            }  # fmt: skip
            mail.send(owner.email, subject, texts[mandate.status])


@dataclass(frozen=True, slots=True)
class Shown:
    """A mandate with its two sides."""

    mandate: Mandate
    agency: Organization
    principal: Organization

    @property
    def standing(self) -> str:
        return standing(self.mandate)


_AGENCY, _PRINCIPAL = aliased(Organization), aliased(Organization)


def own(*, by: Actor) -> Sequence[Shown]:
    """The mandates of the organisation acted for, on either side, the newest first. Raises NotFound."""
    if by.organization_id is None or not queries.belongs(by.organization_id, by):
        raise NotFound()
    return _shown(or_(Mandate.agency_id == by.organization_id, Mandate.principal_id == by.organization_id))


def public(organization_id: UUID) -> Sequence[Shown]:
    """Who represents it now, and whom it represents: between approved organisations, in force today."""
    return _shown(
        or_(Mandate.agency_id == organization_id, Mandate.principal_id == organization_id),
        running(), _AGENCY.status == Status.APPROVED, _PRINCIPAL.status == Status.APPROVED,
    )  # fmt: skip


def _shown(*conditions: ColumnElement[bool]) -> Sequence[Shown]:
    query = (
        select(Mandate, _AGENCY, _PRINCIPAL)
        .join(_AGENCY, _AGENCY.id == Mandate.agency_id)
        .join(_PRINCIPAL, _PRINCIPAL.id == Mandate.principal_id)
        .where(*conditions)
        .order_by(Mandate.proposed_at.desc(), Mandate.id.desc())
        .limit(MOST)
    )
    return [Shown(*row) for row in db.session.execute(query)]
