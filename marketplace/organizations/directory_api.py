"""What keeps the directory right, as JSON: registration numbers, the mark "verified", duplicates, merging, taking in a list."""

from typing import Any
from uuid import UUID

from flask import Flask, request
from flask_smorest.fields import Upload

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.errors import Invalid
from marketplace.core.fields import Code, FormSchema
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.organizations import duplicates, importing, merging, numbering, verifying
from marketplace.organizations.api import Answer, answer, refuses
from marketplace.organizations.models import TraitKind, VerifiedBy
from marketplace.organizations.numbers import Scheme
from marketplace.organizations.schemas import (
    AlikesOut,
    MergePreviewOut,
    NumberIn,
    NumbersOut,
    OrganizationsReportOut,
    OwnOrganizationOut,
    TraitIn,
    VerifyIn,
)

blp = Blueprint("directory", description="Registration numbers, verified organisations, duplicates.", url_prefix="/organizations")


class OrganizationsFileIn(FormSchema):
    """A CSV file as multipart/form-data."""

    file = Upload(required=True)


class OrganizationsTryIn(FormSchema):
    dry_run = Code(["true", "false"], load_default="false", metadata={"description": "Check everything and store nothing."})


def _numbers(organization_id: UUID) -> dict[str, Any]:
    return {"rows": numbering.of([organization_id])[organization_id]}


@blp.post("/<uuid:organization_id>/numbers")
@writes("organizations.number")
@blp.arguments(NumberIn)
@blp.response(201, NumbersOut)
@refuses(400, 401, 403, 404, 409, 422)
def add_number(body: dict[str, Any], organization_id: UUID) -> Any:
    """Add a number to one's own organisation or, as staff, to any: 422 when its check digit does not fit, 409 when another one has it."""
    numbering.add(organization_id, Scheme(body["scheme"]), value=body["value"], by=current_actor())
    return _numbers(organization_id)


@blp.post("/<uuid:organization_id>/numbers/<uuid:number_id>/remove")
@writes("organizations.number")
@blp.response(200, NumbersOut)
@refuses(400, 401, 403, 404)
def remove_number(organization_id: UUID, number_id: UUID) -> Any:
    """Take a number away; the mark "verified" falls with it."""
    numbering.remove(organization_id, number_id, by=current_actor())
    return _numbers(organization_id)


@blp.post("/<uuid:organization_id>/verify")
@writes("organizations.verify")
@blp.arguments(VerifyIn)
@blp.response(200, OwnOrganizationOut)
@refuses(400, 401, 403, 404, 409, 422)
def verify(body: dict[str, Any], organization_id: UUID) -> Answer:
    """Mark an approved organisation as verified, with how it was checked."""
    return answer(verifying.verify(organization_id, VerifiedBy(body["how"]), note=body["note"], by=current_actor()))


@blp.post("/<uuid:organization_id>/unverify")
@writes("organizations.verify")
@blp.response(200, OwnOrganizationOut)
@refuses(400, 401, 403, 404, 409)
def unverify(organization_id: UUID) -> Answer:
    """Take the mark away: 409 when there is none."""
    return answer(verifying.unverify(organization_id, by=current_actor()))


@blp.get("/duplicates")
@reads("organizations.verify")
@blp.arguments(PageIn, location="query")
@blp.response(200, AlikesOut)
@refuses(400, 401, 403)
def list_duplicates(query: dict[str, Any]) -> Any:
    """Organisations that share the words of a name, a website or a number."""
    return duplicates.proposals(**query, bound_to=pages.bound())


@blp.post("/duplicates")
@writes("organizations.verify")
@blp.arguments(TraitIn)
@blp.response(204)
@refuses(400, 401, 403, 422)
def tell_apart(body: dict[str, Any]) -> None:
    """They share this and are different: not listed again until one more shares it."""
    duplicates.dismiss(TraitKind(body["kind"]), body["value"], by=current_actor())


@blp.get("/<uuid:organization_id>/merge/<uuid:other_id>")
@reads("organizations.merge")
@blp.response(200, MergePreviewOut)
@refuses(401, 403, 404)
def preview_merge(organization_id: UUID, other_id: UUID) -> Any:
    """What would move from the other one to the first, and what stands against it."""
    found = merging.preview(organization_id, other_id, by=current_actor())
    moving = [{"what": str(label), "rows": rows} for label, rows in found.moving]
    return {"winner": found.winner, "loser": found.loser, "moving": moving, "hindrances": found.hindrances}


@blp.post("/<uuid:organization_id>/merge/<uuid:other_id>")
@writes("organizations.merge")
@blp.response(200, OwnOrganizationOut)
@refuses(400, 401, 403, 404, 409)
def merge(organization_id: UUID, other_id: UUID) -> Answer:
    """Merge the other one into the first; again is harmless. 409 with `reasons` when something stands against it."""
    return answer(merging.merge(organization_id, other_id, by=current_actor()))


@blp.post("/import")
@writes("organizations.import")
@blp.arguments(OrganizationsTryIn, location="query")
@blp.arguments(OrganizationsFileIn, location="files")
@blp.response(200, OrganizationsReportOut)
@refuses(400, 401, 403, 413, 422)
def take_in(query: dict[str, Any], _files: dict[str, Any]) -> Any:
    """Take in a CSV file of organisations with their ROR ids; the answer says what became of each row."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid.field("file", "required", gettext("Please choose a file."))
    content = file.stream.read(importing.MOST_BYTES + 1)
    return importing.take(content, by=current_actor(), dry_run=query["dry_run"] == "true")


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
