"""After the answer: whoever reported a deal hears what the desk made of it."""

from uuid import UUID

from flask import current_app
from flask_babel import force_locale

from marketplace.accounts.models import Person
from marketplace.contracts.models import DealReport, ReportStatus
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.jobs import task
from marketplace.organizations import queries as organizations

SENTENCES = {
    ReportStatus.LOGGED: _l("The desk logged the deal that your organisation reported. It counts once it is verified."),
    ReportStatus.MERGED: _l("The deal that your organisation reported was logged already; your report was added to it. It counts once."),
    ReportStatus.REFUSED: _l("The desk did not log the deal that your organisation reported; the reason is in your list."),
}


@task("contracts.tell_reporter")
def tell_reporter(*, report_id: str) -> None:
    """Mail to the person who reported it and to the owners of the organisation, each in their language; no figure leaves the house."""
    row = db.session.get(DealReport, UUID(report_id))
    if row is None or row.status not in SENTENCES:
        return
    people = {person.id: person for person in organizations.owners(row.organization_id)}
    reporter = db.session.get(Person, row.reported_by)
    if reporter is not None:
        people[reporter.id] = reporter
    address = f"{current_app.config['SETTINGS'].public_url}/contracts/reported"
    for person in people.values():
        if person.disabled_at is None:
            with force_locale(person.language):
                subject = gettext("Reported deal %(reference)s", reference=row.reference)
                after = gettext("Sign in to read it:")
                mail.send(person.email, subject, f"{SENTENCES[row.status]}\n\n{after}\n{address}\n")
