"""Organisations as JSON: the directory, registering, deciding, the profile, members and invitations."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Flask, redirect, url_for

from marketplace.core import pages, web
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Forbidden
from marketplace.core.pages import paged
from marketplace.organizations import events, invitations, mandates, members, numbering, queries, service
from marketplace.organizations.joining import invitation_address
from marketplace.organizations.models import Organization, Role, Status
from marketplace.organizations.schemas import (
    ListIn,
    MemberInvitationIn,
    MemberInvitationOut,
    MemberInvitationsOut,
    MemberRoleIn,
    MembersOut,
    OrganizationDeclineIn,
    OrganizationIn,
    OrganizationProfileIn,
    OrganizationsOut,
    OwnOrganizationOut,
    WholeOrganizationOut,
)

blp = Blueprint("organizations", description="Agencies, companies, institutes and organisers, and their members.")
Answer = tuple[Any, int, dict[str, str]]


def refuses(*statuses: int) -> Callable[[Any], Any]:
    """Document the refusals of a route."""

    def mark(view: Any) -> Any:
        for status in statuses:
            view = blp.alt_response(status, schema=ProblemOut)(view)
        return view

    return mark


def answer(organization: Organization, status: int = 200, **headers: str) -> Answer:
    """The public part to everybody; the rest to those who act for it or approve."""
    actor = current_actor_or_none()
    inside = queries.belongs(organization.id, actor) or (actor is not None and actor.may("organizations.approve"))
    names = set(OwnOrganizationOut._declared_fields) if inside else set(WholeOrganizationOut._declared_fields)
    shown = {name: getattr(organization, name) for name in names if hasattr(organization, name)}
    shown |= {"numbers": numbering.of([organization.id])[organization.id], **events.facts_of(organization.id)}
    running = mandates.public(organization.id)
    shown["represented_by"] = [row.agency for row in running if row.principal.id == organization.id]
    shown["represents"] = [row.principal for row in running if row.agency.id == organization.id]
    return shown, status, {"ETag": web.etag_of(organization.version), **headers}


@blp.get("/organizations")
@reads(PUBLIC)
@blp.arguments(ListIn, location="query")
@blp.response(200, OrganizationsOut)
@refuses(400, 403)
def list_organizations(query: dict[str, Any]) -> Any:
    """Approved organisations by name; with another status, for approvers, the oldest first."""
    limit, cursor, status = query.pop("limit"), query.pop("cursor"), Status(query.pop("status"))
    actor = current_actor_or_none()
    keys = queries.BY_NAME
    if status is not Status.APPROVED:
        keys = queries.BY_AGE
        if actor is None or not actor.may("organizations.approve"):
            raise Forbidden()
    select = queries.directory(status=status, **query)
    return paged(select, keys, limit=limit, cursor=cursor, descending=False, bound_to=pages.bound())


@blp.get("/organizations/<uuid:organization_id>")
@reads(PUBLIC)
@blp.response(200, OwnOrganizationOut)
@blp.alt_response(301, description="It was merged: the address of the one it became.")
@refuses(404)
def get_organization(organization_id: UUID) -> Any:
    """One organisation: approved, or one's own, or any for approvers. The id of a merged one leads to the one it became."""
    actor = current_actor_or_none()
    if (winner := queries.moved(organization_id, by=actor)) is not None:
        return redirect(url_for("organizations_api.get_organization", organization_id=winner.id), 301)
    return answer(queries.shown(organization_id, by=actor))


@blp.post("/organizations")
@writes("organizations.register")
@blp.arguments(OrganizationIn)
@blp.response(201, OwnOrganizationOut)
@refuses(400, 401, 403, 409, 422)
def register_organization(body: dict[str, Any]) -> Answer:
    """Register an organisation; the caller becomes its owner. 409 when one with the same folded name exists."""
    organization = service.register(**body, by=current_actor())
    location = url_for("organizations_api.get_organization", organization_id=organization.id)
    return answer(organization, 201, Location=location)


@blp.patch("/organizations/<uuid:organization_id>")
@writes("organizations.manage")
@blp.arguments(OrganizationProfileIn(partial=True))
@blp.response(200, OwnOrganizationOut)
@refuses(401, 403, 404, 409, 412, 422, 428)
def edit_organization(changes: dict[str, Any], organization_id: UUID) -> Answer:
    """Change the profile of one's own organisation; what is left out stays, null clears."""
    expected = web.expected_version()
    organization = queries.own(organization_id, by=current_actor(), lock=True)
    web.check_version(organization.version, expected)
    return answer(service.edit(organization, by=current_actor(), **changes))


@blp.post("/organizations/<uuid:organization_id>/approve")
@writes("organizations.approve")
@blp.response(200, OwnOrganizationOut)
@refuses(401, 403, 404, 409)
def approve_organization(organization_id: UUID) -> Answer:
    """Let its members act; the owners get a mail."""
    return answer(service.approve(organization_id, by=current_actor()))


@blp.post("/organizations/<uuid:organization_id>/decline")
@writes("organizations.approve")
@blp.arguments(OrganizationDeclineIn)
@blp.response(200, OwnOrganizationOut)
@refuses(401, 403, 404, 409, 422)
def decline_organization(body: dict[str, Any], organization_id: UUID) -> Answer:
    """Refuse it, or take its approval back, with a reason that its owners read."""
    return answer(service.decline(organization_id, body["reason"], by=current_actor()))


@blp.get("/organizations/<uuid:organization_id>/members")
@reads("organizations.read")
@blp.response(200, MembersOut)
@refuses(401, 403, 404)
def list_members(organization_id: UUID) -> Any:
    """Who belongs to one's own organisation."""
    organization = queries.own(organization_id, by=current_actor())
    rows = queries.members(organization, by=current_actor())
    return {"rows": [_member(membership, person) for membership, person in rows]}


def _member(membership: Any, person: Any) -> dict[str, Any]:
    return {"person_id": person.id, "name": person.name, "email": person.email, "role": membership.role, "since": membership.created_at}


@blp.post("/organizations/<uuid:organization_id>/members/<uuid:person_id>/role")
@writes("organizations.manage")
@blp.arguments(MemberRoleIn)
@blp.response(200, MembersOut)
@refuses(401, 403, 404, 409, 422)
def change_role(body: dict[str, Any], organization_id: UUID, person_id: UUID) -> Any:
    """Give a member another role; never leaves an organisation without an owner. Answers with all members."""
    members.change_role(organization_id, person_id, role=Role(body["role"]), by=current_actor())
    organization = queries.own(organization_id, by=current_actor())
    return {"rows": [_member(*row) for row in queries.members(organization, by=current_actor())]}


@blp.post("/organizations/<uuid:organization_id>/members/<uuid:person_id>/end")
@writes("organizations.read")
@blp.response(204)
@refuses(401, 403, 404, 409)
def end_membership(organization_id: UUID, person_id: UUID) -> None:
    """End a membership at once: owners anybody's, everybody their own; never the last owner's."""
    members.end(organization_id, person_id, by=current_actor())


@blp.get("/organizations/<uuid:organization_id>/invitations")
@reads("organizations.manage")
@blp.response(200, MemberInvitationsOut)
@refuses(401, 403, 404)
def list_invitations(organization_id: UUID) -> Any:
    """Open invitations, for owners."""
    organization = queries.own(organization_id, by=current_actor())
    return {"rows": queries.open_invitations(organization, by=current_actor())}


@blp.post("/organizations/<uuid:organization_id>/invitations")
@writes("organizations.manage")
@blp.arguments(MemberInvitationIn)
@blp.response(201, MemberInvitationOut)
@refuses(400, 401, 403, 404, 409, 422, 429)
def invite(body: dict[str, Any], organization_id: UUID) -> Any:
    """Mail an invitation; a former open one for the same address ends."""
    return invitations.invite(
        organization_id, body["email"], role=Role(body["role"]), address=invitation_address(), by=current_actor()
    )


@blp.post("/organizations/<uuid:organization_id>/invitations/<uuid:invitation_id>/revoke")
@writes("organizations.manage")
@blp.response(204)
@refuses(401, 403, 404)
def revoke_invitation(organization_id: UUID, invitation_id: UUID) -> None:
    """Withdraw an open invitation."""
    invitations.revoke(organization_id, invitation_id, by=current_actor())


def register(app: Flask) -> None:
    from marketplace.organizations import directory_api, mandates_api

    directory_api.register(app)
    mandates_api.register(app)
    app.extensions["api"].register_blueprint(blp)
