"""Agreements of secrecy, files, accesses and the log of reads as JSON."""

from typing import Any
from uuid import UUID

from flask import Flask, Response, url_for

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import bound, paged
from marketplace.disclosure import agreements, queries, reading, schemas, serving
from marketplace.disclosure.models import Agreement
from marketplace.negotiations import queries as negotiations

blp = Blueprint("disclosure", description="Who may read how much of a listing, under which agreement of secrecy, and who did.")
Answer = tuple[Any, int, dict[str, str]]


def _answer(agreement: Agreement, status: int = 200) -> Answer:
    return schemas.agreement_out(agreement), status, {"ETag": web.etag_of(agreement.version)}


@blp.get("/negotiations/<uuid:negotiation_id>/agreements")
@reads("negotiations.read")
@blp.response(200, schemas.AgreementsOut)
def list_agreements(negotiation_id: UUID) -> dict[str, Any]:
    """The agreements of secrecy of one of one's own threads, the latest first."""
    actor = current_actor()
    negotiations.get(negotiation_id, by=actor)
    return {"rows": [schemas.agreement_out(row) for row in queries.of_thread(negotiation_id, by=actor)]}


@blp.post("/negotiations/<uuid:negotiation_id>/agreements")
@writes("negotiations.write")
@blp.arguments(schemas.ProposeIn)
@blp.response(201, schemas.AgreementOut)
@blp.alt_response(409, schema=ProblemOut)
def propose(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Put a standard text before both sides; each confirms it by its hash."""
    agreement = agreements.propose(negotiation_id, **body, by=current_actor())
    out, status, headers = _answer(agreement, 201)
    return out, status, headers | {"Location": url_for("disclosure_api.get_agreement", agreement_id=agreement.id)}


@blp.get("/agreements/<uuid:agreement_id>")
@reads("negotiations.read")
@blp.response(200, schemas.AgreementOut)
def get_agreement(agreement_id: UUID) -> Answer:
    """One of one's own, with its text in both languages."""
    return _answer(queries.one(agreement_id, by=current_actor()))


@blp.post("/agreements/<uuid:agreement_id>/confirm")
@writes("negotiations.write")
@blp.arguments(schemas.ConfirmIn)
@blp.response(200, schemas.AgreementOut)
@blp.alt_response(412, schema=ProblemOut, description="Another text than the one you read.")
def confirm(body: dict[str, Any], agreement_id: UUID) -> Answer:
    """Agree to the text with this hash; in force once both sides did."""
    return _answer(agreements.confirm(agreement_id, body["content_hash"], by=current_actor()))


@blp.post("/agreements/<uuid:agreement_id>/end")
@writes("negotiations.write")
@blp.response(200, schemas.AgreementOut)
@blp.alt_response(409, schema=ProblemOut)
def end(agreement_id: UUID) -> Answer:
    """Withdraw a proposal, or end what is in force for the future: access closes at once."""
    return _answer(agreements.end(agreement_id, by=current_actor()))


@blp.get("/files/<uuid:file_id>")
@reads(PUBLIC)
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(404, schema=ProblemOut)
def get_file(file_id: UUID) -> Response:
    """The bytes of a listing's file that you may open, marked with your name where it is for partners only."""
    return serving.sent(file_id, by=current_actor_or_none())


@blp.get("/listings/<uuid:listing_id>/access")
@reads("listings.read_own")
@blp.response(200, schemas.AccessOut)
def get_access(listing_id: UUID) -> dict[str, Any]:
    """Which partners may read more of an own listing than registered visitors, and till when."""
    return _access(listing_id)


@blp.post("/listings/<uuid:listing_id>/access/<uuid:organization_id>/close")
@writes("negotiations.write")
@blp.response(200, schemas.AccessOut)
@blp.alt_response(404, schema=ProblemOut)
def close(listing_id: UUID, organization_id: UUID) -> dict[str, Any]:
    """Close an own listing's reserved parts to a partner, at once."""
    reading.close(listing_id, organization_id, by=current_actor())
    return _access(listing_id)


@blp.post("/listings/<uuid:listing_id>/access/<uuid:organization_id>/open")
@writes("negotiations.write")
@blp.response(200, schemas.AccessOut)
@blp.alt_response(404, schema=ProblemOut)
def reopen(listing_id: UUID, organization_id: UUID) -> dict[str, Any]:
    """Open them again, as far as the negotiation goes."""
    reading.reopen(listing_id, organization_id, by=current_actor())
    return _access(listing_id)


def _access(listing_id: UUID) -> dict[str, Any]:
    return {"rows": [schemas.partner_out(partner) for partner in queries.partners(queries.own_listing(listing_id, by=current_actor()))]}


@blp.get("/listings/<uuid:listing_id>/reads")
@reads("listings.read_own")
@blp.arguments(schemas.LogIn, location="query")
@blp.response(200, schemas.LogOut)
def list_reads(query: dict[str, Any], listing_id: UUID) -> Any:
    """Who read what of the upper two levels of an own listing, the latest first."""
    listing = queries.own_listing(listing_id, by=current_actor())
    return paged(
        queries.reads(listing.id), queries.READ_KEYS, limit=query["limit"], cursor=query["cursor"], bound_to=bound(listing.id), scalars=False
    )


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
