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
from marketplace.organizations import queries, service
from marketplace.organizations.models import Organization, Role, Status
from marketplace.organizations.schemas import DirectoryIn, MemberInvitationIn, OrganizationIn, ProfileFormIn
from marketplace.taxonomy.vocabularies import COUNTRIES, ORGANIZATION_KINDS, REGIONS

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


@bp.context_processor
def words() -> dict[str, Any]:
    return {"STATUS": STATUS, "ROLES": ROLES, "KINDS": ORGANIZATION_KINDS, "COUNTRIES": COUNTRIES, "REGIONS": REGIONS}


@bp.get("/organizations")
@reads(PUBLIC)
def directory() -> str:
    """Approved organisations, by kind, country and part of the name."""
    typed = {name: value for name, value in request.args.items() if value}
    query = DirectoryIn().load(typed, unknown=EXCLUDE)
    limit, cursor = query.pop("limit"), query.pop("cursor")
    page = pages.paged(
        queries.directory(**query), queries.BY_NAME, limit=limit, cursor=cursor, descending=False, bound_to=pages.bound()
    )
    found = [(code, COUNTRIES.label(code, language())) for code in queries.countries()]
    return render_template("organizations/directory.html", page=page, query=query, countries=sorted(found, key=lambda pair: pair[1]))


@bp.get("/organizations/<slug>")
@reads(PUBLIC)
def show(slug: str) -> str:
    """The public page; before the approval only for its members and the approvers."""
    return render_template("organizations/show.html", organization=queries.shown(slug, by=current_actor_or_none()))


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


def own_page(form: Form) -> Any:
    """Status, profile, members and, for owners, the open invitations and the form for a new one."""
    actor, organization = current_actor(), mine()
    manages = actor.may("organizations.manage")
    shown = {
        "organization": organization, "manages": manages, "members": queries.members(organization, by=actor),
        "invitations": queries.open_invitations(organization, by=actor) if manages else [],
    }  # fmt: skip
    return render_template("organizations/own.html", form=form, **shown), form.status


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
    from marketplace.organizations import approving, joining  # noqa: F401  (each hangs its pages on the blueprint, once)

    app.config["AFTER_REGISTRATION_ENDPOINT"] = "organizations.register_organization"
    app.register_blueprint(bp)
