"""One human being behind several accounts: those of one mailbox, however its address is spelled."""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.fields import fold_email

ONE_MAILBOX_DOMAINS = {"googlemail.com": "gmail.com"}
DOTLESS_DOMAINS = frozenset({"gmail.com"})


def mailbox(email: str) -> str:
    """The mailbox behind the spellings of one mail address: without case, without a "+tag", its domain in ASCII.

    Where the provider is known to ignore dots in the local part (gmail.com), they are left out.
    """
    local, _, domain = fold_email(email).rpartition("@")
    domain = _ascii(domain)
    domain = ONE_MAILBOX_DOMAINS.get(domain, domain)
    local = local.split("+", 1)[0] or local
    return f"{local.replace('.', '') if domain in DOTLESS_DOMAINS else local}@{domain}"


def _ascii(domain: str) -> str:
    try:
        return domain.strip(".").encode("idna").decode()
    except UnicodeError:
        return domain


def accounts_of(person_id: UUID) -> set[UUID]:
    """Every account of one human being that can be told: the person's own, and those of the same mailbox."""
    email = db.session.scalar(select(Person.email).where(Person.id == person_id))
    if not email or "@" not in email:
        return {person_id}
    mine = mailbox(email)
    domain = mine.rpartition("@")[2]
    spelled = {domain, email.rpartition("@")[2], *(other for other, one in ONE_MAILBOX_DOMAINS.items() if one == domain)}
    with suppress(UnicodeError):  # no international name: its ASCII form is all there is
        spelled.add(domain.encode("ascii").decode("idna"))
    alike = select(Person.id, Person.email).where(
        Person.email.startswith(mine[0], autoescape=True),
        or_(*(Person.email.endswith(f"@{name}", autoescape=True) for name in sorted(spelled))),
    )
    return {person_id} | {row.id for row in db.session.execute(alike) if mailbox(row.email) == mine}
