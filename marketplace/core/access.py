"""Who may call what. Every route declares it with `reads` or `writes`; a route that does not, stops the start-up.

A *permission* is a code such as ``contracts.verify`` that a domain declares together with who has it: roles in the
organisation one acts for, staff roles of a fair, the platform administrator, or any signed-in person. The routes are the
first gate (has the caller this permission anywhere?); the service asks again for the object at hand (in this fair?).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, current_app, g, make_response, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError as CsrfInvalid

from marketplace.core import idempotency, problems
from marketplace.core.db import transaction
from marketplace.core.errors import Forbidden, OtherOrganization, SignInFirst

PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A right, in words a person understands, and who has it."""

    code: str
    title: Any
    members: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    admin: bool = False
    person: bool = False
    pending: bool = False


PERMISSIONS: dict[str, Permission] = {}


def declare(
    code: str,
    title: Any,
    *,
    members: tuple[str, ...] = (),
    staff: tuple[str, ...] = (),
    admin: bool = False,
    person: bool = False,
    pending: bool = False,
) -> str:
    """Declare a permission. ``pending`` lets members of a not yet approved organisation use it too."""
    PERMISSIONS[code] = Permission(
        code=code, title=title, members=frozenset(members), staff=frozenset(staff), admin=admin, person=person, pending=pending
    )
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """An organisation that a person belongs to, with their role there (owner, editor, reader), or acts for under a mandate.

    With a mandate ``agency`` and ``agency_id`` name the organisation they belong to. ``absorbed`` are organisations that were
    merged into this one: what is frozen names them still.
    """

    id: UUID
    slug: str
    name: str
    kind: str
    role: str
    approved: bool
    absorbed: frozenset[UUID] = frozenset()
    mandate_id: UUID | None = None
    agency_id: UUID | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom a session or token names, before what they belong to is known."""

    person_id: UUID
    name: str
    email: str
    admin: bool
    wants_organization: UUID | None = None
    token_permissions: frozenset[str] | None = None
    sign_in_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The acting person: always for at most one named organisation, with staff roles per fair."""

    person_id: UUID
    name: str
    email: str = ""
    admin: bool = False
    acting: Acting | None = None
    memberships: tuple[Acting, ...] = ()
    staff: Mapping[UUID, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    token_permissions: frozenset[str] | None = None
    sign_in_id: UUID | None = None

    @property
    def organization_id(self) -> UUID | None:
        """The organisation they act for, approved or not; None when they act for none."""
        return self.acting.id if self.acting else None

    @property
    def organization_ids(self) -> frozenset[UUID]:
        """The organisation they act for and those merged into it: whose frozen records are theirs to read."""
        return self.acting.absorbed | {self.acting.id} if self.acting else frozenset()

    def may(self, code: str, *, fair_id: UUID | None = None) -> bool:
        """Whether they have this permission, anywhere, or in one fair. An unknown permission is nobody's."""
        permission = PERMISSIONS.get(code)
        if permission is None or (self.token_permissions is not None and code not in self.token_permissions):
            return False
        if permission.person or (permission.admin and self.admin):
            return True
        if self.acting and self.acting.role in permission.members and (self.acting.approved or permission.pending):
            return True
        if fair_id is not None:
            return bool(self.staff.get(fair_id, frozenset()) & permission.staff)
        return any(roles & permission.staff for roles in self.staff.values())

    def fairs_where(self, code: str) -> frozenset[UUID]:
        """The fairs in which their staff roles give them this permission."""
        permission = PERMISSIONS.get(code)
        if permission is None or (self.token_permissions is not None and code not in self.token_permissions):
            return frozenset()
        return frozenset(fair_id for fair_id, roles in self.staff.items() if roles & permission.staff)

    def require(self, code: str, *, fair_id: UUID | None = None) -> None:
        """Raises Forbidden."""
        if not self.may(code, fair_id=fair_id):
            raise Forbidden()


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route says of itself."""

    permission: str
    writes: bool
    posted: bool = False


def _nobody() -> Identity | None:
    return None


identify: Callable[[], Identity | None] = _nobody  # set by the domain that knows people
grant_loaders: list[Callable[[Identity, dict[str, Any]], None]] = []  # filled by the domains that know roles


def current_actor_or_none() -> Actor | None:
    """Who calls, loaded once a request; None for a stranger."""
    if "actor" not in g:
        identity = identify()
        if identity is None:
            g.actor = None
        else:
            g.actor = actor_of(identity)
    return g.actor  # type: ignore[no-any-return]


def actor_of(identity: Identity) -> Actor:
    """The person with the roles they have now, in organisations and fairs."""
    grants: dict[str, Any] = {}
    for load in grant_loaders:
        load(identity, grants)
    return Actor(
        person_id=identity.person_id, name=identity.name, email=identity.email, admin=identity.admin,
        token_permissions=identity.token_permissions, sign_in_id=identity.sign_in_id, **grants,
    )  # fmt: skip


def current_actor() -> Actor:
    """Raises SignInFirst."""
    actor = current_actor_or_none()
    if actor is None:
        raise SignInFirst()
    return actor


def admit(permission: str) -> Actor | None:
    """The caller, if the permission is theirs anywhere. Raises SignInFirst, Forbidden."""
    if permission == PUBLIC:
        return current_actor_or_none()
    actor = current_actor()
    if not actor.may(permission):  # nothing was looked up, so the sentence tells nothing of what is there
        from marketplace.core.i18n import gettext

        raise Forbidden(gettext("This is not open to your role."))
    return actor


def reads(permission: str, *, posted: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a route that changes nothing. ``posted``: a long question may come by POST, as a protocol from outside has it."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if permission != PUBLIC or "Authorization" in request.headers:
                admit(permission)
            return view(*args, **kwargs)

        guarded.access = Declared(permission, False, posted)  # type: ignore[attr-defined]
        return guarded

    return mark


def writes(permission: str, *, once: bool = True, form_token: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a route that changes something: the right, the form's token, one transaction, and the key that makes a
    repeated request harmless. ``once=False`` is for what must not be replayed (signing in, and signed webhooks),
    ``form_token=False`` for a page whose address is itself the secret that allows the change: a mail program posts there too.

    The transaction commits when the view answers below 400 and is rolled back otherwise; the answer is stored under
    the caller's key in the same transaction, so a request repeated after any crash gives the first answer or does the
    work once.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if request.method in {"GET", "HEAD", "OPTIONS"}:
                admit(permission)
                return view(*args, **kwargs)
            actor = admit(permission)
            from_page = not request.path.startswith(("/api/", "/webhooks/"))
            if from_page and form_token:
                check_form_token(actor)
            claim = idempotency.incoming(actor, required=once and request.method == "POST") if once else None
            try:
                with transaction():
                    if claim is not None and (stored := claim.take()) is not None:
                        return stored
                    response = make_response(view(*args, **kwargs))
                    if response.status_code >= 400:
                        raise _Refused(response)
                    if claim is not None:
                        claim.store(response)
                    return response
            except _Refused as refused:
                if (reason := g.pop("refused_with", None)) is not None:
                    problems.note(reason)
                return refused.response

        guarded.access = Declared(permission, True)  # type: ignore[attr-defined]
        return guarded

    return mark


class _Refused(Exception):
    """A view answered with an error page of its own: roll back, then send it."""

    def __init__(self, response: Response):
        super().__init__()
        self.response = response


def check_form_token(actor: Actor | None) -> None:
    """A page's form carries the session's token and names the organisation it was opened for. Raises Forbidden, OtherOrganization."""
    origin = request.headers.get("Origin")
    if origin == "null" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        origin = None  # our own page that sends no referrer (a one-time link): the browser hides its origin, and says so
    if origin is not None and urlsplit(origin).netloc not in {request.host, urlsplit(current_app.config["SETTINGS"].public_url).netloc}:
        raise PageTooOld()
    try:
        validate_csrf(request.form.get("csrf_token"))
    except (CsrfInvalid, CSRFError) as error:
        raise PageTooOld() from error
    opened_for = request.form.get("acting")
    if opened_for is not None and actor is not None and opened_for != str(actor.organization_id or ""):
        raise OtherOrganization()


class PageTooOld(Forbidden):
    """The form's token is missing, foreign or of an ended session."""

    slug = "form-expired"

    def __init__(self) -> None:
        from marketplace.core.i18n import gettext

        super().__init__(gettext("This page was opened in another session. Go back, copy your text, load the page again and send it."))


def register(app: Flask) -> None:
    app.jinja_env.globals["actor"] = current_actor_or_none


def check_every_route(app: Flask) -> None:
    """Refuse to start with a route that does not say who may call it. Raises RuntimeError naming all of them."""
    silent = []
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "access", None)
        changing = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if declared is not None and declared.posted:
            changing -= {"POST"}
        if declared is None or (changing and not declared.writes):
            silent.append(f"{rule.rule} ({rule.endpoint})")
        elif declared.permission != PUBLIC and declared.permission not in PERMISSIONS:
            silent.append(f"{rule.rule} asks for the undeclared permission {declared.permission}")
    if silent:
        raise RuntimeError("These routes do not say who may call them:\n" + "\n".join(sorted(silent)))
