"""Pages of organisations: the directory, registering one, one's own with its profile, and whom one acts for."""

from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from marshmallow import EXCLUDE

from marketplace.core import pages, web
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.organizations import events, mandates, numbering, queries, service
from marketplace.organizations.models import Organization, Role, Status, TraitKind, VerifiedBy
from marketplace.organizations.numbers import Scheme, address
from marketplace.organizations.schemas import DirectoryIn, MemberInvitationIn, NumberIn, OrganizationIn, ProfileFormIn
from marketplace.taxonomy.ordering import alphabetical
from marketplace.taxonomy.vocabularies import COUNTRIES, ORGANIZATION_KINDS, REGIONS, WIPO_FIELDS

bp = Blueprint("organizations", __name__)

STATUS = {
    Status.PENDING: ("submitted", _l("waits for approval")),
    Status.APPROVED: ("published", _l("approved")),
    Status.DECLINED: ("back", _l("declined")),
}
"""The chip's shape and its words."""
ROLES = {
    Role.OWNER: _l("owner: members, profile and all work"),
    Role.EDITOR: _l("editor: all work"),
    Role.READER: _l("reader: sees, changes nothing"),
}
SCHEMES = {
    Scheme.USCC: _l("Unified social credit code (China)"),
    Scheme.LEI: _l("Legal entity identifier (LEI)"),
    Scheme.ROR: _l("Research organisation registry (ROR)"),
    Scheme.VAT: _l("VAT number"),
}
CHECKED_BY = {
    VerifiedBy.REGISTER: _l("in the public register"),
    VerifiedBy.DOCUMENT: _l("by a document"),
    VerifiedBy.VISIT: _l("by a visit"),
    VerifiedBy.CALL: _l("by a call to its known number"),
}
SHARED = {
    TraitKind.NAME: _l("The same words in the name"),
    TraitKind.HOST: _l("The same website"),
    TraitKind.NUMBER: _l("The same registration number"),
}
STANDING = {
    "proposed": ("submitted", _l("waits to be accepted")),
    "in_force": ("published", _l("in force")),
    "expired": ("withdrawn", _l("ran out")),
    "ended": ("withdrawn", _l("ended")),
}


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "STATUS": STATUS, "ROLES": ROLES, "KINDS": ORGANIZATION_KINDS, "COUNTRIES": COUNTRIES, "REGIONS": REGIONS, "SCHEMES": SCHEMES,
        "CHECKED_BY": CHECKED_BY, "SHARED": SHARED, "STANDING": STANDING, "FIELDS": WIPO_FIELDS, "number_address": address,
    }  # fmt: skip


@bp.get("/organizations")
@reads(PUBLIC)
def directory() -> str:
    """Approved organisations, by kind, country, field, part of the name, and whether they were verified. Four queries."""
    typed = {name: value for name, value in request.args.items() if value}
    query = DirectoryIn().load(typed, unknown=EXCLUDE)
    limit, cursor = query.pop("limit"), query.pop("cursor")
    page = pages.paged(
        queries.directory(**query), queries.BY_NAME, limit=limit, cursor=cursor, descending=False, bound_to=pages.bound()
    )
    counts = events.counts_of([organization.id for organization in page.rows])
    found = [(code, COUNTRIES.label(code, language())) for code in queries.countries()]
    return render_template("organizations/directory.html", page=page, query=query, counts=counts, countries=sorted(found, key=lambda pair: alphabetical(pair[1], language())))


@bp.get("/organizations/<slug>")
@reads(PUBLIC)
def show(slug: str) -> Any:
    """The public page; before the approval only for its members and the approvers. The address of a merged one leads on."""
    actor = current_actor_or_none()
    if (winner := queries.moved(slug, by=actor)) is not None:
        return redirect(url_for("organizations.show", slug=winner.slug), 301)
    organization = queries.shown(slug, by=actor)
    shown = {
        "numbers": numbering.of([organization.id])[organization.id], "panels": events.panels(organization.id),
        "mandates": mandates.public(organization.id),
    }  # fmt: skip
    return render_template("organizations/show.html", organization=organization, **shown)


@bp.route("/organizations/new", methods=["GET", "POST"])
@writes("organizations.register")
def register_organization() -> Any:
    form = Form(OrganizationIn, country="CN")
    if form.submitted():
        try:
            organization = service.register(**form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("%(name)s is registered and waits for approval. You can invite colleagues meanwhile.", name=organization.name))
            return redirect(url_for("organizations.own"), 303)
    return render_template("organizations/new.html", form=form), form.status


@bp.post("/organizations/switch")
@writes("accounts.self")
def switch() -> Any:
    """Choose the organisation one acts for; the header's form."""
    service.switch(request.form.get("organization", ""), by=current_actor())
    say(gettext("From now on you act for the organisation that is named above."))
    return redirect(url_for("home.front"), 303)


def mine(*, lock: bool = False) -> Organization:
    """The organisation of this page. Raises NotFound when the caller acts for none."""
    actor = current_actor()
    if actor.organization_id is None:
        raise NotFound()
    return queries.own(actor.organization_id, by=actor, lock=lock)


def own_page(form: Form, *, number: Form | None = None) -> Any:
    """Status, profile, numbers, members and, for owners, the open invitations and the forms for more."""
    actor, organization = current_actor(), mine()
    manages = actor.may("organizations.manage")
    shown = {
        "organization": organization, "manages": manages, "members": queries.members(organization, by=actor),
        "invitations": queries.open_invitations(organization, by=actor) if manages else [],
        "numbers": numbering.of([organization.id])[organization.id], "number": number or Form(NumberIn),
    }  # fmt: skip
    return render_template("organizations/own.html", form=form, **shown), max(form.status, number.status if number else 200)


@bp.get("/organization")
@reads("organizations.read")
def own() -> Any:
    return own_page(Form(MemberInvitationIn, role=Role.EDITOR.value))


@bp.route("/organization/edit", methods=["GET", "POST"])
@writes("organizations.manage")
def edit() -> Any:
    organization = mine(lock=request.method == "POST")
    initial = {name: getattr(organization, name) for name in (*service.PROFILE, "version")}
    form = Form(ProfileFormIn, **initial)
    if form.submitted():
        try:
            web.check_version(organization.version, form.data.pop("version"))
            service.edit(organization, by=current_actor(), **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The profile is saved."))
            return redirect(url_for("organizations.own"), 303)
    return render_template("organizations/edit.html", form=form, organization=organization), form.status


def register(app: Flask) -> None:
    from marketplace.organizations import approving, joining, mandates_views, merging_views, numbering_views  # noqa: F401  (each hangs its pages on the blueprint, once)

    app.config["AFTER_REGISTRATION_ENDPOINT"] = "organizations.register_organization"
    app.register_blueprint(bp)
