"""Marks of verified contracts over JSON: in force, registered, performed."""

from typing import Any
from uuid import UUID

from flask import Flask
from marshmallow import ValidationError

from marketplace.contracts import api, registering, service
from marketplace.contracts.answers import ContractOut
from marketplace.contracts.models import MARKS, Contract
from marketplace.contracts.schemas import ClearMarkIn, MarkIn, parsed
from marketplace.core.access import current_actor, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.problems import messages_to_errors
from marketplace.core.web import check_version, expected_version
from marketplace.ledger.models import Mark

blp = Blueprint("marks of contracts", description="What became of a verified contract: in force, registered, performed.", url_prefix="/contracts")


def mark_of(code: str) -> Mark:
    """Raises NotFound."""
    if code not in MARKS:
        raise NotFound()
    return Mark(code)


def with_amount(data: dict[str, Any], contract: Contract, *, typed: bool) -> dict[str, Any]:
    """The registered technology amount in minor units of the contract's currency. Raises Invalid."""
    text, unit = data.pop("technology_amount"), data.pop("technology_unit")
    try:
        minor = None if text is None else parsed(text, unit, contract.currency, field="technology_amount", typed=typed)
    except ValidationError as error:
        raise Invalid(errors=messages_to_errors(error.messages)) from error
    return data | {"technology_minor": minor}


@blp.put("/<uuid:contract_id>/marks/<code>")
@writes("contracts.mark")
@blp.arguments(MarkIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def put(data: dict[str, Any], contract_id: UUID, code: str) -> Any:
    """Note that a verified contract is `in_force`, `registered` or `performed`: 409 when it is not verified or bears the mark already."""
    which, expected, actor = mark_of(code), expected_version(), current_actor()
    contract = service.show(contract_id, by=actor, lock=True).contract
    check_version(contract.version, expected)
    return api.answer(registering.mark(contract_id, which, with_amount(data, contract, typed=False), by=actor))


@blp.post("/<uuid:contract_id>/marks/<code>/clear")
@writes("contracts.mark")
@blp.arguments(ClearMarkIn)
@blp.response(200, ContractOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def clear(data: dict[str, Any], contract_id: UUID, code: str) -> Any:
    """Take a mark back, with its reason."""
    return api.answer(registering.clear(contract_id, mark_of(code), data["reason"], by=current_actor()))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
