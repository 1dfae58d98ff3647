"""`/api/v1/me`: whom a token speaks for."""

from typing import Any

from flask import Flask

from marketplace.accounts.schemas import MeOut
from marketplace.core.access import PERMISSIONS, current_actor, reads
from marketplace.core.api import Blueprint, ProblemOut

blp = Blueprint("accounts", description="Whom a token speaks for.")


@blp.get("/me")
@reads("accounts.me")
@blp.response(200, MeOut)
@blp.alt_response(401, schema=ProblemOut)
def me() -> Any:
    """Who the token is, the organisation it acts for, staff roles, and what it may do."""
    actor = current_actor()
    return {
        "person_id": actor.person_id,
        "name": actor.name,
        "email": actor.email,
        "admin": actor.admin,
        "acting": actor.acting,
        "memberships": actor.memberships,
        "staff": [{"fair_id": fair_id, "roles": sorted(roles)} for fair_id, roles in actor.staff.items()],
        "permissions": [code for code in sorted(PERMISSIONS) if actor.may(code)],
    }


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
