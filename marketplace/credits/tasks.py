"""After the answer: mail to the owners of those concerned that something happened to a split; what, they read after signing in."""

from uuid import UUID

from flask import current_app

from marketplace.contracts.models import Contract
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.jobs import task
from marketplace.credits.models import Split
from marketplace.organizations import queries as organizations

SENTENCES = {
    "proposed": _l("A party proposes how the agencies share the credit of a contract: read it and agree or decline."),
    "agreed": _l("Everybody concerned agreed how the agencies share the credit of a contract."),
    "declined": _l("A proposal how the agencies share the credit of a contract was declined."),
    "lapsed": _l("The parties of a contract changed: how its credit is shared has to be agreed anew."),
}


@task("credits.tell")
def tell(*, step: str, split_id: str, organization_id: str) -> None:
    """Tell the owners of one organisation concerned, each in their language."""
    split = db.session.get(Split, UUID(split_id))
    if split is None:
        return
    reference = db.session.get_one(Contract, split.contract_id).reference
    address = f"{current_app.config['SETTINGS'].public_url}/credits/{split.id}"
    for person in organizations.owners(UUID(organization_id)):
        with speaking(person.language):
            subject = gettext("Credit of contract %(reference)s", reference=reference)
            mail.send(person.email, subject, f"{SENTENCES[step]}\n\n{gettext('Sign in to read it:')}\n{address}\n")
