"""Who calls: the cookie of a page or the bearer token of a program, looked up at each request. The one user of flask-login."""

from datetime import timedelta

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select, update

from marketplace.accounts import passwords, tokens
from marketplace.accounts.models import ApiToken, Person, SignIn
from marketplace.accounts.service import ABSOLUTE, IDLE
from marketplace.core import access
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
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


def load_session(secret: str) -> Session | None:
    moment = now()
    found = db.session.execute(
        select(SignIn, Person).join(Person).where(SignIn.secret_hash == passwords.hash_secret(secret), SignIn.ended_at.is_(None))
    ).one_or_none()
    if found is None:
        return None
    sign_in, person = found
    if person.disabled_at is not None or sign_in.seen_at < moment - IDLE or sign_in.created_at < moment - ABSOLUTE:
        return None
    if sign_in.seen_at < moment - SEEN_EVERY:
        identity, sign_in_id = _identity(person, sign_in), sign_in.id
        with transaction():
            db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=moment))
        return Session(secret, identity)
    return Session(secret, _identity(person, sign_in))


def load_token(secret: str) -> access.Identity:
    """Raises SignInFirst when the token is unknown, ended or too old."""
    moment = now()
    found = db.session.execute(
        select(ApiToken, Person).join(Person).where(ApiToken.secret_hash == passwords.hash_secret(secret))
    ).one_or_none()
    if found is None or not tokens.usable(found[0], moment) or found[1].disabled_at is not None:
        raise SignInFirst()
    token, person = found
    identity = access.Identity(
        person_id=person.id, name=person.name, email=person.email, admin=person.admin,
        wants_organization=token.organization_id, token_permissions=frozenset(token.permissions),
    )  # fmt: skip
    if token.used_at is None or token.used_at < moment - SEEN_EVERY:
        token_id = token.id
        with transaction():
            db.session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=moment))
    return identity


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
