"""Organisations that may be one: they share the words of a name, the host of a website, or a number that both claimed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.pages import Page, paged
from marketplace.organizations.models import Organization, OrganizationNumber, OrganizationTrait, TraitDismissal, TraitKind
from marketplace.organizations.numbers import Scheme
from marketplace.organizations.rules import host_of, name_words

T = OrganizationTrait


def traits_of(organization: Organization) -> set[tuple[TraitKind, str]]:
    """What is compared of its names and website."""
    words = {(TraitKind.NAME, found) for name in (organization.name_en, organization.name_zh) if name and (found := name_words(name))}
    host = host_of(organization.website)
    return words | ({(TraitKind.HOST, host)} if host else set())


def note(organization: Organization) -> None:
    """Write down what is compared of a new or changed organisation."""
    db.session.execute(delete(T).where(T.organization_id == organization.id, T.kind != TraitKind.NUMBER))
    _insert((organization.id, kind, value) for kind, value in traits_of(organization))


def claim(organization_id: UUID, scheme: Scheme, *, value: str) -> None:
    """An organisation has, or says it has, this number. Harmless to repeat."""
    _insert([(organization_id, TraitKind.NUMBER, f"{scheme.value}:{value}")])


def unclaim(organization_id: UUID, scheme: Scheme, *, value: str) -> None:
    db.session.execute(
        delete(T).where(T.organization_id == organization_id, T.kind == TraitKind.NUMBER, T.value == f"{scheme.value}:{value}")
    )


def forget(organization_id: UUID) -> None:
    """A merged organisation is compared no more."""
    db.session.execute(delete(T).where(T.organization_id == organization_id))


def _insert(rows: Iterable[tuple[UUID, TraitKind, str]]) -> None:
    found = [{"organization_id": organization_id, "kind": kind, "value": value} for organization_id, kind, value in rows]
    if found:
        statement = postgresql_insert(T) if is_postgresql() else sqlite_insert(T)
        db.session.execute(statement.on_conflict_do_nothing(), found)


def rebuild() -> int:
    """Make all of it again from the organisations and their numbers; claims of a number that another one has stay. How many were read."""
    db.session.execute(delete(T).where(T.kind != TraitKind.NUMBER))
    rows, read = [], 0
    for organization in db.session.scalars(select(Organization).where(Organization.merged_into_id.is_(None))):
        read += 1
        rows += [{"organization_id": organization.id, "kind": kind, "value": value} for kind, value in traits_of(organization)]
    if rows:
        db.session.execute(insert(T), rows)
    for number in db.session.scalars(select(OrganizationNumber)):
        claim(number.organization_id, number.scheme, value=number.value)
    return read


@dataclass(frozen=True, slots=True)
class Alike:
    """Organisations that share one thing, the oldest first."""

    kind: TraitKind
    value: str
    organizations: Sequence[Organization]


def proposals(*, limit: int = 20, cursor: str | None = None, bound_to: str = "") -> Page:
    """A page of `Alike`, without those that somebody found to be different. Two queries."""
    members = func.count().label("members")
    shared: tuple[Any, ...] = (T.kind, T.value, members)
    query = (
        select(*shared)
        .outerjoin(TraitDismissal, and_(TraitDismissal.kind == T.kind, TraitDismissal.value == T.value))
        .group_by(T.kind, T.value, TraitDismissal.members)
        .having(members > func.coalesce(TraitDismissal.members, 1))
    )
    page = paged(query, (T.kind, T.value), limit=limit, cursor=cursor, descending=False, bound_to=bound_to, scalars=False)
    found: dict[tuple[TraitKind, str], list[Organization]] = {(row.kind, row.value): [] for row in page.rows}
    if found:
        named = select(T.kind, T.value, Organization).join(Organization, Organization.id == T.organization_id)
        named = named.where(T.value.in_({value for _, value in found})).order_by(Organization.created_at, Organization.id)
        for kind, value, organization in db.session.execute(named):
            if (kind, value) in found:
                found[kind, value].append(organization)
    return Page([Alike(kind, value, organizations) for (kind, value), organizations in found.items()], page.next)


def like(organization_id: UUID) -> list[tuple[TraitKind, Organization]]:
    """What one organisation may be the same as, with why. One query."""
    mine = select(T.kind, T.value).where(T.organization_id == organization_id).subquery()
    query = (
        select(T.kind, Organization)
        .join(mine, and_(mine.c.kind == T.kind, mine.c.value == T.value))
        .join(Organization, Organization.id == T.organization_id)
        .where(T.organization_id != organization_id)
        .order_by(Organization.created_at, Organization.id, T.kind)
        .limit(20)
    )
    return [(kind, organization) for kind, organization in db.session.execute(query)]


def dismiss(kind: TraitKind, value: str, *, by: Actor) -> None:
    """They share this and are different organisations: said until one more shares it. Raises Forbidden."""
    by.require("organizations.verify")
    members = db.session.scalar(select(func.count()).where(T.kind == kind, T.value == value)) or 0
    row = {"kind": kind, "value": value, "members": members, "person_id": by.person_id, "at": now()}
    statement = (postgresql_insert if is_postgresql() else sqlite_insert)(TraitDismissal).values(**row)
    changes: dict[str, int | UUID | datetime] = {"members": members, "person_id": by.person_id, "at": now()}
    db.session.execute(statement.on_conflict_do_update(index_elements=["kind", "value"], set_=changes))
    audit.record("organizations.tell_apart", "organizations", by=by, kind=kind.value, members=members)
