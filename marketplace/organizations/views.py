"""Pages of organisations: the directory, one's own, members, invitations, and the queue of those to approve."""

from flask import Blueprint, Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from marketplace.core.access import current_actor, writes
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.organizations import service

blp = Blueprint("organizations", __name__)


@blp.post("/organizations/switch")
@writes("organizations.register")
def switch() -> Response:
    """Choose the organisation one acts for; the header's form."""
    service.switch(request.form.get("organization", ""), by=current_actor())
    say(_("You act for another organisation now."))
    return redirect(url_for("home.front"), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
