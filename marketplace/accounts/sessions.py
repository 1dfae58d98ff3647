"""Who calls: the cookie of a page or the bearer token of a program, looked up at each request. The one user of flask-login."""

from datetime import timedelta

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import bindparam, select, update

from marketplace.accounts import passwords
from marketplace.accounts.models import ApiToken, Person, SignIn
from marketplace.accounts.service import ABSOLUTE, IDLE
from marketplace.core import access
from marketplace.core.clock import now
from marketplace.core.db import db, read_columns, transaction
from marketplace.core.errors import SignInFirst

SEEN_EVERY = timedelta(minutes=10)


class Session(UserMixin):  # type: ignore[misc]
    """What flask-login keeps in the cookie: the session's secret, nothing of the person."""

    def __init__(self, secret: str, identity: access.Identity):
        self.id, self.identity = secret, identity


def begin(secret: str, sign_in: SignIn, person: Person) -> None:
    """Put a new session into the cookie; whatever the old cookie held is dropped."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    session.permanent = True
    login_user(Session(secret, _identity(person, sign_in)))
    g.pop("actor", None)


def finish() -> None:
    logout_user()
    session.clear()


def _identity(person: Person, sign_in: SignIn) -> access.Identity:
    return access.Identity(
        person_id=person.id, name=person.name, email=person.email, admin=person.admin,
        wants_organization=sign_in.organization_id, sign_in_id=sign_in.id,
    )  # fmt: skip


# Built once: to build a statement costs as much as to run it, and these two run at each request. Columns, not objects.
PERSON = (Person.id.label("person_id"), Person.name, Person.email, Person.admin)
BY_COOKIE = (
    select(*PERSON, SignIn.id.label("sign_in_id"), SignIn.organization_id, SignIn.seen_at, SignIn.created_at)
    .join(Person, Person.id == SignIn.person_id)
    .where(SignIn.secret_hash == bindparam("secret_hash"), SignIn.ended_at.is_(None), Person.disabled_at.is_(None))
)
BY_TOKEN = (
    select(*PERSON, ApiToken.id.label("token_id"), ApiToken.organization_id, ApiToken.permissions, ApiToken.used_at, ApiToken.expires_at)
    .join(Person, Person.id == ApiToken.person_id)
    .where(ApiToken.secret_hash == bindparam("secret_hash"), ApiToken.revoked_at.is_(None), Person.disabled_at.is_(None))
)


def load_session(secret: str) -> Session | None:
    moment = now()
    found = read_columns(BY_COOKIE, {"secret_hash": passwords.hash_secret(secret)}).one_or_none()
    if found is None or found.seen_at < moment - IDLE or found.created_at < moment - ABSOLUTE:
        return None
    if found.seen_at < moment - SEEN_EVERY:
        with transaction():
            db.session.execute(update(SignIn).where(SignIn.id == found.sign_in_id).values(seen_at=moment))
    return Session(secret, access.Identity(
        person_id=found.person_id, name=found.name, email=found.email, admin=found.admin,
        wants_organization=found.organization_id, sign_in_id=found.sign_in_id,
    ))  # fmt: skip


def load_token(secret: str) -> access.Identity:
    """Raises SignInFirst when the token is unknown, ended or too old."""
    moment = now()
    found = read_columns(BY_TOKEN, {"secret_hash": passwords.hash_secret(secret)}).one_or_none()
    if found is None or found.expires_at <= moment:
        raise SignInFirst()
    if found.used_at is None or found.used_at < moment - SEEN_EVERY:
        with transaction():
            db.session.execute(update(ApiToken).where(ApiToken.id == found.token_id).values(used_at=moment))
    return access.Identity(
        person_id=found.person_id, name=found.name, email=found.email, admin=found.admin,
        wants_organization=found.organization_id, token_permissions=frozenset(found.permissions),
    )  # fmt: skip


def identify() -> access.Identity | None:
    """API paths take a bearer token and nothing else; pages take the session cookie and nothing else."""
    if request.path.startswith(("/api/", "/webhooks/")):
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not 20 <= len(secret) <= 100:
            raise SignInFirst()
        return load_token(secret)
    if "_user_id" not in session:
        return None
    return current_user.identity if current_user.is_authenticated else None


def register(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # the session lives in the database and ends there
    manager.init_app(app, add_context_processor=False)  # templates ask `actor()`, never the database through flask-login
    manager.user_loader(load_session)
    access.identify = identify
