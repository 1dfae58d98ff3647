"""Registering, approving and editing organisations; choosing the one that a person acts for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.accounts import service as accounts
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, FourEyes, Invalid, NotFound
from marketplace.core.i18n import gettext, speaking
from marketplace.core.states import check_move
from marketplace.organizations import duplicates, members, queries, verifying
from marketplace.organizations.models import MOVES, Kind, Organization, Role, Status
from marketplace.organizations.rules import fold_names, slug_of

PROFILE = ("name_en", "name_zh", "country", "region", "website", "about_en", "about_zh")


def switch(slug: str, *, by: Actor) -> None:
    """Act for this organisation from the next request on. Raises NotFound unless the person belongs to it."""
    chosen = next((membership for membership in by.memberships if membership.slug == slug), None)
    if chosen is None:
        raise NotFound()
    accounts.act_for(chosen.id, by=by)


def register(kind: str, *, by: Actor, **profile: Any) -> Organization:
    """A new organisation, pending; the person becomes its owner and acts for it. ``profile``: see `PROFILE`.

    Raises Invalid, Duplicate when an organisation with the same folded name exists.
    """
    by.require("organizations.register")
    organization = _add(kind, profile, slug=None, by=by)
    members.join(organization, by.person_id, Role.OWNER, by=by)
    if by.sign_in_id is not None:
        accounts.act_for(organization.id, by=by)
    return organization


def create(kind: str, *, slug: str | None = None, owner: str | None = None, approved: bool = False, **profile: Any) -> Organization:
    """What `register` does, for the operator's command line; ``owner`` is a person's mail address. Raises NotFound too."""
    organization = _add(kind, profile, slug=slug, by=None)
    if owner:
        members.add(organization, owner, role=Role.OWNER, by=None)
    if approved:
        organization.status, organization.decided_at = Status.APPROVED, now()
        audit.record("organizations.approve", f"organization:{organization.id}", by=None)
    return organization


def _add(kind: str, profile: Mapping[str, Any], *, slug: str | None, by: Actor | None) -> Organization:
    facts = {name: profile.get(name) for name in PROFILE}
    key, other = _check_profile(facts, None)
    if slug is not None and _slug_taken(slug):
        raise Duplicate(gettext("An organisation with this address exists already."))
    wished = slug_of(facts["name_en"], kind=kind, key=key)
    organization = Organization(
        slug=slug or _free_slug(wished), kind=Kind(kind), name_key=key, other_name_key=other, status=Status.PENDING, created_at=now(), **facts
    )
    db.session.add(organization)
    db.session.flush()  # the rows that point to it need its id
    duplicates.note(organization)
    audit.record("organizations.register", f"organization:{organization.id}", by=by, after=audit.content_hash(facts))
    return organization


def _check_profile(facts: Mapping[str, Any], itself: UUID | None) -> tuple[str, str | None]:
    """The folded names. Raises Invalid for a missing or unreadable name or a misplaced region, Duplicate."""
    key, other = fold_names(facts["name_en"], facts["name_zh"])
    if not key:
        field = "name_zh" if facts["name_zh"] and not facts["name_en"] else "name_en"
        raise Invalid.field(field, "name_missing", gettext("Give the name in English or in Chinese, or both."))
    if facts["region"] is not None and facts["country"] != "CN":
        raise Invalid.field("region", "region_country", gettext("Regions are those of China; leave this empty for another country."))
    keys = [found for found in (key, other) if found]
    same = select(Organization).where(or_(Organization.name_key.in_(keys), Organization.other_name_key.in_(keys)))
    bearers = list(db.session.scalars(same.where(Organization.id != itself) if itself else same))
    for merged in [each for each in bearers if itself is not None and each.merged_into_id == itself]:
        bearers.remove(merged)
        merged.name_key, merged.other_name_key = f"merged {merged.id}", None  # the one it became takes the name over
        db.session.flush()
    if bearers:
        raise Duplicate(gettext("An organisation with this name, or one that looks like it, exists already."))
    return key, other


def _slug_taken(slug: str) -> bool:
    return db.session.scalar(select(Organization.id).where(Organization.slug == slug)) is not None


def _free_slug(wished: str) -> str:
    pattern = Organization.slug.startswith(f"{wished}-", autoescape=True)
    taken = set(db.session.scalars(select(Organization.slug).where(or_(Organization.slug == wished, pattern))))
    return next(slug for slug in (wished, *(f"{wished}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken)


def edit(organization: Organization, *, by: Actor, **changes: Any) -> Organization:
    """Change some facts of the profile of one's own organisation, which was read locked with `queries.own`.

    The version was compared by the edge. Raises NotFound, Forbidden, Invalid, Duplicate.
    """
    if not queries.belongs(organization.id, by):
        raise NotFound()
    by.require("organizations.manage")
    before = {name: getattr(organization, name) for name in PROFILE}
    facts = before | {name: value for name, value in changes.items() if name in PROFILE}
    organization.name_key, organization.other_name_key = _check_profile(facts, organization.id)
    for name, value in facts.items():
        setattr(organization, name, value)
    duplicates.note(organization)
    if any(before[name] != facts[name] for name in verifying.RESTS_ON):
        verifying.fall(organization, by=by)
    audit.record(
        "organizations.edit", f"organization:{organization.id}", by=by,
        before=audit.content_hash(before), after=audit.content_hash(facts),
    )  # fmt: skip
    db.session.flush()  # the new version is part of the answer
    return organization


def approve(organization_id: UUID, *, by: Actor) -> Organization:
    """Let its members act at the fairs; its owners get a mail. Raises NotFound, Forbidden, FourEyes, IllegalMove."""
    return _decide(organization_id, Status.APPROVED, None, by=by)


def decline(organization_id: UUID, reason: str, *, by: Actor) -> Organization:
    """Refuse it, or take back its approval: its members can act no more from the next request on.

    Raises NotFound, Forbidden, FourEyes, IllegalMove.
    """
    return _decide(organization_id, Status.DECLINED, reason, by=by)


def _decide(organization_id: UUID, end: Status, reason: str | None, *, by: Actor) -> Organization:
    by.require("organizations.approve")
    organization = db.session.get(Organization, organization_id, with_for_update=True, populate_existing=True)
    if organization is None or organization.merged_into_id is not None:
        raise NotFound()
    if not by.admin and any(membership.id == organization.id for membership in by.memberships):
        raise FourEyes(gettext("You belong to this organisation: somebody else has to decide on it."))
    organization.status = check_move(MOVES, organization.status, end)
    organization.reason, organization.decided_by, organization.decided_at = reason, by.person_id, now()
    action = "organizations.approve" if end is Status.APPROVED else "organizations.decline"
    audit.record(action, f"organization:{organization.id}", by=by)
    _tell_owners(organization)
    db.session.flush()  # the new version is part of the answer
    return organization


def _tell_owners(organization: Organization) -> None:
    for owner in queries.owners(organization.id):
        with speaking(owner.language):
            if organization.status is Status.APPROVED:
                subject = gettext("%(name)s was approved", name=organization.name)
                text = gettext("Its members can now publish achievements and needs, ask for talks and sign.")
            else:
                subject = gettext("%(name)s was declined", name=organization.name)
                text = gettext("The reason: %(reason)s", reason=organization.reason or "")
            mail.send(owner.email, subject, text)
