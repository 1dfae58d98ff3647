"""After the answer: the mails with the one-time links, each in its reader's language; and codes for contracts from before codes."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.confirmations import publishing
from marketplace.confirmations.models import Request, RequestStatus
from marketplace.contracts.models import Contract, Party
from marketplace.core import mail
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.jobs import task
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Membership, Organization, Role

MOST = 20
"""Mails that one question sends to the people of a side."""


@task("confirmations.invite")
def invite(*, request_id: str, secret: str) -> None:
    """Mail the link to the address that the desk gave, and to those who may answer for the side's organisations.

    The mail names the contract by its reference only: what was agreed stands behind the link.
    """
    request = db.session.get(Request, UUID(request_id))
    if request is None or request.status is not RequestStatus.OPEN:
        return
    contract, fair = db.session.get_one(Contract, request.contract_id), db.session.get_one(Fair, request.fair_id)
    link = f"{current_app.config['SETTINGS'].public_url}/confirm/{secret}"
    for address, spoken in recipients(request).items():
        with speaking(spoken):
            subject = gettext("Please confirm contract %(reference)s", reference=contract.reference)
            if request.amendment_id is not None:
                text = gettext("The contract desk of %(fair)s was told that contract %(reference)s is to be changed. Please check the new facts.",
                               fair=localized(fair, "name")[0], reference=contract.reference)  # fmt: skip
            else:
                text = gettext("The contract desk of %(fair)s has logged contract %(reference)s. Please check seven facts of it.",
                               fair=localized(fair, "name")[0], reference=contract.reference)  # fmt: skip
            how = gettext("Open this address within 14 days; you need no account, and it takes one answer:")
            wrong = gettext("If you do not know this contract, tell the contract desk, and do not answer.")
            mail.send(address, subject, f"{text}\n\n{how}\n{link}\n\n{wrong}\n")


def recipients(request: Request) -> dict[str, str]:
    """{address: language}: a known person is written to in their own language, others in the one that the desk chose."""
    found: dict[str, str] = {}
    if request.email:
        known = accounts.by_email(request.email)
        found[request.email] = known.language if known else request.language
    now_called = func.coalesce(Organization.merged_into_id, Organization.id)
    organizations = select(now_called).join(Party, Party.organization_id == Organization.id).where(
        Party.contract_id == request.contract_id, Party.role == request.side
    )  # fmt: skip
    people = (
        select(Person).join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id.in_(organizations), Membership.role.in_((Role.OWNER, Role.EDITOR)))
        .where(Membership.ended_at.is_(None), Person.disabled_at.is_(None)).order_by(Membership.created_at).limit(MOST)
    )  # fmt: skip
    for person in db.session.scalars(people):
        found.setdefault(person.email, person.language)
    return found


@task("confirmations.codes", every=timedelta(seconds=60))
def codes() -> None:
    """Contracts that were verified before there were codes get theirs."""
    missing = bool(publishing.without_code(1))
    end_reading()
    if missing:
        with transaction():
            for contract in publishing.without_code(500):
                publishing.give(contract)
