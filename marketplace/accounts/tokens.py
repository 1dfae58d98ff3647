"""API tokens: made once, shown once, limited to named permissions and one organisation, ended at once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts import passwords
from marketplace.accounts.models import ApiToken
from marketplace.core import audit
from marketplace.core.access import PERMISSIONS, Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext

LONGEST_DAYS = 366
EVERY_TOKEN = {"accounts.me"}  # a program can always ask who it is


def create(
    name: str, permissions: list[str], *, days: int, person_id: UUID, organization_id: UUID | None, by: Actor | None
) -> tuple[ApiToken, str]:
    """The token and its secret, which is shown this once. Raises Invalid for an unknown permission or term."""
    unknown = sorted(set(permissions) - set(PERMISSIONS))
    if unknown or not permissions:
        raise Invalid.field("permissions", "code_unknown", gettext("Choose at least one of the listed permissions."))
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid.field("days", "whole_range", gettext("Between %(low)s and %(high)s.", low=1, high=LONGEST_DAYS))
    secret, moment = passwords.new_secret("mk_"), now()
    token = ApiToken(
        person_id=person_id, organization_id=organization_id, name=name, secret_hash=passwords.hash_secret(secret),
        permissions=sorted(EVERY_TOKEN | set(permissions)), created_at=moment, expires_at=moment + timedelta(days=days),
    )  # fmt: skip
    db.session.add(token)
    db.session.flush()
    audit.record("accounts.token", f"token:{token.id}", by=by, permissions=token.permissions)
    return token, secret


def revoke(token_id: UUID, *, by: Actor) -> None:
    """End one of one's own tokens. Raises NotFound."""
    token = db.session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.person_id == by.person_id).with_for_update())
    if token is None:
        raise NotFound()
    token.revoked_at = token.revoked_at or now()
    audit.record("accounts.revoke_token", f"token:{token.id}", by=by)


def mine(*, by: Actor) -> list[ApiToken]:
    """One's own tokens, newest first, the ended ones too."""
    return list(db.session.scalars(select(ApiToken).where(ApiToken.person_id == by.person_id).order_by(ApiToken.created_at.desc()).limit(100)))


def usable(token: ApiToken, moment: datetime) -> bool:
    return token.revoked_at is None and token.expires_at > moment
