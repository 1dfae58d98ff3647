"""Contracts over JSON."""

from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Flask, Response, current_app, request, send_file
from flask_smorest.fields import Upload

from marketplace.contracts import evidence as files
from marketplace.contracts import guarding, queries, reporting, service
from marketplace.contracts.answers import (
    ContractOut,
    ContractsOut,
    EvidenceOut,
    HandoversOut,
    contract_out,
    shown_out,
)
from marketplace.contracts.models import Contract, Evidence
from marketplace.contracts.schemas import ContractIn, ContractsQuery, HandoversQuery, SeenIn, VoidIn
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.fields import FormSchema, Reference, Slug
from marketplace.core.i18n import gettext
from marketplace.core.pages import bound, paged
from marketplace.core.problems import refusals
from marketplace.core.web import check_version, etag_of, expected_version
from marketplace.fairs import queries as fairs
from marketplace.ledger.models import ContractClass, Status
from marketplace.negotiations import queries as negotiations

blp = Blueprint("contracts", description="What was agreed, its evidence, and who checked it.", url_prefix="/contracts")


class FileIn(FormSchema):
    """The evidence as multipart/form-data."""

    file = Upload(required=True)


class DeclareIn(ContractIn):
    """A contract with the fair that counts it, and the hand-over that it comes from, if any."""

    fair = Slug(required=True)
    handover_id = Reference(load_default=None, allow_none=True)
    report_id = Reference(load_default=None, allow_none=True, metadata={"description": "The reported deal that this is."})


def answer(contract: Contract, warnings: list[dict[str, str]] | None = None) -> tuple[dict[str, Any], int, dict[str, str]]:
    return shown_answer(service.show(contract.id, by=current_actor()), warnings)


def shown_answer(shown: service.Shown, warnings: list[dict[str, str]] | None = None) -> tuple[dict[str, Any], int, dict[str, str]]:
    contract = shown.contract
    others = queries.others_of([contract.id])[contract.id]
    return shown_out(shown, others) | {"warnings": warnings or []}, 200, {"ETag": etag_of(contract.version)}


@blp.get("")
@reads("contracts.read")
@blp.arguments(ContractsQuery, location="query")
@blp.response(200, ContractsOut)
def index(args: dict[str, Any]) -> dict[str, Any]:
    """The contracts you may read: of the fairs you work for, or of the organisation you act for. Newest first."""
    actor = current_actor()
    fair = fairs.by_slug(args["fair"]) if args["fair"] else None
    query = queries.contracts(
        by=actor, fair_id=fair.id if fair else None, status=Status(args["status"]) if args["status"] else None, place=args["place"],
        contract_class=ContractClass(args["contract_class"]) if args["contract_class"] else None, mark=args["mark"],
    )  # fmt: skip
    page = paged(query, (Contract.created_at, Contract.id), limit=args["limit"], cursor=args["cursor"], bound_to=bound(actor.person_id, actor.organization_id))
    ids = [contract.id for contract in page.rows]
    parties, others = queries.parties_of(ids), queries.others_of(ids)
    return {"rows": [contract_out(row, parties[row.id], others=others[row.id]) for row in page.rows], "next": page.next}


@blp.get("/handovers")
@reads("contracts.log")
@blp.arguments(HandoversQuery, location="query")
@blp.response(200, HandoversOut)
@blp.alt_response(404, schema=ProblemOut)
def handovers(args: dict[str, Any]) -> dict[str, Any]:
    """Agreed facts that the negotiating sides handed to the desk of a fair, and no clerk has logged yet; the oldest first."""
    actor = current_actor()
    fair = fairs.by_slug(args["fair"])
    if not actor.may("contracts.log", fair_id=fair.id):
        raise NotFound()
    return {"rows": negotiations.waiting_handovers(by=actor, fair=fair)}


@blp.post("")
@writes("contracts.log")
@blp.arguments(DeclareIn)
@blp.response(201, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def declare(data: dict[str, Any]) -> Any:
    """Log a contract: it is declared, and not counted yet. 409 `same-deal` when it is logged already: name it in `distinct_from`
    and say in `distinct_reason` why it is another deal. `warnings` are questions about what was entered; they block nothing."""
    fair, actor = fairs.by_slug(data.pop("fair")), current_actor()
    report_id, handover_id = data.pop("report_id"), data.pop("handover_id")
    if report_id is not None and reporting.at_desk(report_id, by=actor).fair_id != fair.id:
        raise NotFound()
    contract = service.declare(fair, data, handover_id=handover_id, by=actor)
    if report_id is not None:
        reporting.become(report_id, contract, by=actor)
    said = guarding.warnings(data, fair, by=actor, contract_id=contract.id, negotiation_id=contract.negotiation_id)
    body, _, headers = answer(contract, said)
    return body, 201, headers


@blp.get("/<uuid:contract_id>")
@reads("contracts.read")
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
def show(contract_id: UUID) -> Any:
    """A contract with its parties and evidence."""
    return shown_answer(service.show(contract_id, by=current_actor()))


@blp.put("/<uuid:contract_id>")
@writes("contracts.log")
@blp.arguments(ContractIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def edit(data: dict[str, Any], contract_id: UUID) -> Any:
    """Replace the facts; a signed contract falls back to declared."""
    expected = expected_version()
    actor = current_actor()
    check_version(service.show(contract_id, by=actor, lock=True).contract.version, expected)
    contract = service.edit(contract_id, data, by=actor)
    said = guarding.warnings(data, fairs.get(contract.fair_id), by=actor, contract_id=contract_id, negotiation_id=contract.negotiation_id)
    return answer(contract, said)


@blp.post("/<uuid:contract_id>/sign")
@writes("contracts.sign")
@blp.arguments(SeenIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def sign(data: dict[str, Any], contract_id: UUID) -> Any:
    """The evidence is on file: 409 when it is not declared, has no evidence, or no rate is loaded; 412 for another content."""
    return answer(service.sign(contract_id, data["content_hash"], by=current_actor()))


@blp.post("/<uuid:contract_id>/verify")
@writes("contracts.verify")
@blp.arguments(SeenIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def verify(data: dict[str, Any], contract_id: UUID) -> Any:
    """A second person compared it: 403 for whoever had a hand in it, 409 when it is not signed, 412 for another content."""
    return answer(service.verify(contract_id, data["content_hash"], by=current_actor()))


@blp.post("/<uuid:contract_id>/void")
@writes("contracts.void")
@blp.arguments(VoidIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def void(data: dict[str, Any], contract_id: UUID) -> Any:
    """Take it out of every total, with a reason; a verified one needs somebody who had no hand in it."""
    return answer(service.void(contract_id, data["reason"], by=current_actor()))


@blp.post("/<uuid:contract_id>/evidence")
@writes("contracts.log")
@blp.arguments(FileIn, location="files")
@blp.response(201, EvidenceOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(413, schema=ProblemOut)
def attach(data: dict[str, Any], contract_id: UUID) -> Evidence:
    """Attach a PDF, PNG or JPEG of at most 20 MB to a declared contract."""
    return store(contract_id)


def store(contract_id: UUID) -> Evidence:
    """The posted file, stored. Raises Invalid when none was sent."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid.field("file", "required", gettext("Choose a file."))
    folder = current_app.config["SETTINGS"].upload_dir / "evidence"
    return files.attach(contract_id, cast(BinaryIO, file.stream), name=file.filename, folder=folder, by=current_actor())


@blp.get("/<uuid:contract_id>/evidence/<uuid:evidence_id>")
@reads("contracts.read")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(404, schema=ProblemOut)
def download(contract_id: UUID, evidence_id: UUID) -> Response:
    """The bytes, as an attachment; the right is checked at each download."""
    return send(contract_id, evidence_id)


def send(contract_id: UUID, evidence_id: UUID) -> Response:
    file = files.find(contract_id, evidence_id, by=current_actor())
    folder = current_app.config["SETTINGS"].upload_dir / "evidence"
    try:
        stored = files.opened(folder, file)
    except files.EvidenceDamaged as error:
        refusals.record(error)  # a file that was changed on the disk is an attack or a fault: it is kept, though this is a GET
        raise
    response = send_file(stored, mimetype=file.media_type, as_attachment=True, download_name=file.name, conditional=False)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
