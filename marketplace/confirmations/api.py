"""Confirmations, mismatches, amendments and the public check over JSON."""

from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify

from marketplace.confirmations import answering, asking, publishing, queries, rules, settling
from marketplace.confirmations.models import Answer, Mismatch, Side
from marketplace.confirmations.schemas import (
    AmendmentsOut,
    ApproveAmendmentIn,
    AskedOut,
    AskIn,
    ConfirmationIn,
    ConfirmationOut,
    ConfirmationRuleIn,
    ConfirmationRuleOut,
    ConfirmationsOut,
    MismatchesOut,
    MismatchesQuery,
    MismatchOut,
    ProposalOut,
    ProposeAmendmentIn,
    SettleMismatchIn,
    TurnDownAmendmentIn,
    VerificationOut,
    mismatch_row,
    proposal_out,
    sheet_out,
    state_out,
)
from marketplace.contracts import amending, service
from marketplace.contracts.amending import Amendment
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.caching import shared
from marketplace.core.errors import NotFound
from marketplace.core.pages import bound, paged
from marketplace.core.web import check_version, etag_of, expected_version
from marketplace.fairs import queries as fairs

blp = Blueprint("confirmations", description="What both sides say of a contract, its amendments, and the public check of a verified one.")
OF_CONTRACT = "/contracts/<uuid:contract_id>"
AMENDMENT = f"{OF_CONTRACT}/amendments/<uuid:amendment_id>"


@blp.get(f"{OF_CONTRACT}/confirmations")
@reads("contracts.read")
@blp.response(200, ConfirmationsOut)
@blp.alt_response(404, schema=ProblemOut)
def state(contract_id: UUID) -> Any:
    """Where both sides stand on the content as it is now; a party sees its own side only."""
    actor = current_actor()
    shown = service.show(contract_id, by=actor)
    contract = shown.contract
    staff = contract.fair_id in actor.fairs_where("contracts.read")
    only = None if staff else queries.sides_of(actor.organization_ids, shown.parties)
    now = queries.state(contract.id, contract.content_hash)
    return state_out(now, content_hash=contract.content_hash, facts=rules.seven(contract, shown.parties), only=only)


@blp.post(f"{OF_CONTRACT}/confirmations")
@writes("confirmations.ask")
@blp.arguments(AskIn)
@blp.response(201, AskedOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def ask(data: dict[str, Any], contract_id: UUID) -> Any:
    """Ask one side or both; their links go out by mail and are told nobody else."""
    emails = {Side.PROVIDER: data["provider_email"], Side.RECIPIENT: data["recipient_email"]}
    found = asking.ask(contract_id, map(Side, data["sides"]), emails=emails, spoken=data["language"], by=current_actor())
    return {"rows": [{"side": one.request.side, "expires_at": one.request.expires_at} for one in found]}


@blp.post(f"{OF_CONTRACT}/confirmations/<uuid:request_id>/answer")
@writes("confirmations.answer")
@blp.arguments(ConfirmationIn)
@blp.response(201, ConfirmationOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(410, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def answer(data: dict[str, Any], contract_id: UUID, request_id: UUID) -> Answer:
    """Answer for the organisation acted for: 410 when the question was answered or replaced, 412 for another content."""
    return answering.answer_signed_in(contract_id, request_id, said=data, by=current_actor())


@blp.get("/mismatches")
@reads("confirmations.settle")
@blp.arguments(MismatchesQuery, location="query")
@blp.response(200, MismatchesOut)
@blp.alt_response(404, schema=ProblemOut)
def mismatches(args: dict[str, Any]) -> Any:
    """The open mismatches of the fairs you work for, the oldest first."""
    actor = current_actor()
    mine = actor.fairs_where("confirmations.settle")
    if args["fair"]:
        fair = fairs.by_slug(args["fair"])
        if fair.id not in mine:
            raise NotFound()
        mine = frozenset({fair.id})
    page = paged(
        queries.mismatches(mine), (Mismatch.opened_at, Mismatch.id), limit=args["limit"], cursor=args["cursor"], descending=False,
        bound_to=bound(actor.person_id),
    )  # fmt: skip
    answers = queries.answers_by_id({row.answer_id for row in page.rows})
    asked = queries.requests_by_id({one.request_id for one in answers.values()})
    contracts = queries.contracts_by_id({row.contract_id for row in page.rows})
    rows = [
        mismatch_row(row, reference=contracts[row.contract_id].reference, request=asked[answers[row.answer_id].request_id], answer=answers[row.answer_id])
        for row in page.rows
    ]
    return {"rows": rows, "next": page.next}


@blp.post("/mismatches/<uuid:mismatch_id>/settle")
@writes("confirmations.settle")
@blp.arguments(SettleMismatchIn)
@blp.response(200, MismatchOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def settle(data: dict[str, Any], mismatch_id: UUID) -> Mismatch:
    """The entry stands, and the note says why; 403 for whoever belongs to a party, 409 when it is settled."""
    return settling.settle(mismatch_id, data["note"], by=current_actor())


@blp.get("/fairs/<string:slug>/confirmation-rule")
@reads("confirmations.rule")
@blp.response(200, ConfirmationRuleOut)
@blp.alt_response(404, schema=ProblemOut)
def rule(slug: str) -> Any:
    """Whether the fair verifies only what both sides have confirmed."""
    fair = fairs.by_slug(slug)
    if not current_actor().may("confirmations.rule", fair_id=fair.id):
        raise NotFound()
    known = queries.rule_of(fair.id)
    version = queries.version_of(known)
    return {"both_confirm": bool(known and known.both_confirm), "version": version}, 200, {"ETag": etag_of(version)}


@blp.put("/fairs/<string:slug>/confirmation-rule")
@writes("confirmations.rule")
@blp.arguments(ConfirmationRuleIn)
@blp.response(200, ConfirmationRuleOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def set_rule(data: dict[str, Any], slug: str) -> Any:
    """Change it; from then on it holds for every verification."""
    actor, expected, fair = current_actor(), expected_version(), fairs.by_slug(slug)
    if not actor.may("confirmations.rule", fair_id=fair.id):
        raise NotFound()
    known = queries.rule_of(fair.id)
    check_version(queries.version_of(known), expected)
    made = settling.set_rule(fair, both_confirm=data["both_confirm"], by=actor)
    version = queries.version_of(made)
    return {"both_confirm": made.both_confirm, "version": version}, 200, {"ETag": etag_of(version)}


def _answer(amendment: Amendment, status: int = 200) -> Any:
    whole = amending.proposal(amendment.contract_id, amendment.id, by=current_actor())
    return proposal_out(whole), status, {"ETag": etag_of(amendment.version)}


@blp.get(f"{OF_CONTRACT}/amendments")
@reads("contracts.read")
@blp.response(200, AmendmentsOut)
@blp.alt_response(404, schema=ProblemOut)
def amendments(contract_id: UUID) -> Any:
    """All amendments of a contract, the first one first."""
    service.show(contract_id, by=current_actor())
    return {"rows": amending.amendments_of(contract_id)}


@blp.post(f"{OF_CONTRACT}/amendments")
@writes("contracts.log")
@blp.arguments(ProposeAmendmentIn)
@blp.response(201, ProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def propose(data: dict[str, Any], contract_id: UUID) -> Any:
    """Propose new facts of a verified contract (If-Match: its version); both sides are asked, and nothing changes yet."""
    expected = expected_version()
    check_version(service.show(contract_id, by=current_actor(), lock=True).contract.version, expected)
    return _answer(amending.propose(contract_id, data["facts"], reason=data["reason"], by=current_actor()), 201)


@blp.get(AMENDMENT)
@reads("contracts.read")
@blp.response(200, ProposalOut)
@blp.alt_response(404, schema=ProblemOut)
def amendment(contract_id: UUID, amendment_id: UUID) -> Any:
    """An amendment with the contract as it would be."""
    service.show(contract_id, by=current_actor())
    return _answer(amending.find(contract_id, amendment_id))


@blp.post(f"{AMENDMENT}/approve")
@writes("contracts.verify")
@blp.arguments(ApproveAmendmentIn)
@blp.response(200, ProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def approve(data: dict[str, Any], contract_id: UUID, amendment_id: UUID) -> Any:
    """Book it (If-Match: the amendment's version): 403 for the proposer, 409 while a side says otherwise, 412 for another content."""
    expected = expected_version()
    service.show(contract_id, by=current_actor(), lock=True)
    check_version(amending.find(contract_id, amendment_id).version, expected)
    return _answer(amending.approve(contract_id, amendment_id, seen_hash=data["content_hash"], by=current_actor()))


@blp.post(f"{AMENDMENT}/turn-down")
@writes("contracts.verify")
@blp.arguments(TurnDownAmendmentIn)
@blp.response(200, ProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def turn_down(data: dict[str, Any], contract_id: UUID, amendment_id: UUID) -> Any:
    """The contract stays as it is (If-Match: the amendment's version)."""
    expected = expected_version()
    service.show(contract_id, by=current_actor(), lock=True)
    check_version(amending.find(contract_id, amendment_id).version, expected)
    return _answer(amending.turn_down(contract_id, amendment_id, note=data["note"], by=current_actor()))


@blp.get("/verify/<string:code>")
@reads(PUBLIC)
@blp.response(200, VerificationOut)
@blp.alt_response(404, schema=ProblemOut)
def verify(code: str) -> Response:
    """What everybody may read under a verification code; 404 for a mistyped or unknown one."""
    return shared(jsonify(VerificationOut().dump(sheet_out(publishing.look_up(code)))))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
