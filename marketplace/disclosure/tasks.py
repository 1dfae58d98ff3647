"""After the answer: mail to a side's owners that something happened to an agreement; what, they read after signing in."""

from uuid import UUID

from flask import current_app

from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.jobs import task
from marketplace.disclosure.models import Agreement
from marketplace.negotiations.models import Negotiation
from marketplace.organizations import queries as organizations

SENTENCES = {
    "proposed": _l("The other side proposes an agreement of secrecy: read it and confirm it."),
    "confirmed": _l("The other side confirmed the agreement of secrecy; it is in force once you confirm it too."),
    "in_force": _l("Both sides confirmed the agreement of secrecy: it is in force."),
    "ended": _l("The other side withdrew or ended the agreement of secrecy."),
}


@task("disclosure.tell")
def tell(*, step: str, agreement_id: str, organization_id: str) -> None:
    """Tell the owners of a side, each in their language."""
    agreement = db.session.get(Agreement, UUID(agreement_id))
    if agreement is None:
        return
    reference = db.session.get_one(Negotiation, agreement.negotiation_id).reference
    address = f"{current_app.config['SETTINGS'].public_url}/agreements/{agreement.id}"
    for person in organizations.owners(UUID(organization_id)):
        with speaking(person.language):
            subject = gettext("Agreement of secrecy: %(reference)s", reference=reference)
            mail.send(person.email, subject, f"{SENTENCES[step]}\n\n{gettext('Sign in to read it:')}\n{address}\n")
