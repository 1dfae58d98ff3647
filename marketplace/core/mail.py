"""Mail as outbox jobs: written with its cause, sent after the commit, to the console when no SMTP server is set."""

import logging
import re
import smtplib
from collections.abc import Mapping
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from sqlalchemy import and_, delete, or_

from marketplace.core.db import db
from marketplace.core.jobs import OutboxRow, enqueue, task

log = logging.getLogger("mail")
OUTBOX_SEEN: list[EmailMessage] = []  # what a testing application would have sent
HEADER = re.compile(r"List-[A-Za-z-]{1,40}")


class Unfolded(UnstructuredHeader, BaseHeader):
    """A header on one line: a long address would be cut into encoded words, which no mail program reads there."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("list-unsubscribe", Unfolded)
POLICY = default.clone(header_factory=_registry)


def send(to: str, subject: str, body: str, *, headers: Mapping[str, str] | None = None) -> None:
    """Promise a plain-text mail inside the open transaction. Line breaks in address, subject and headers are cut.

    ``headers`` are further ones about the list the mail belongs to (RFC 2369, RFC 8058). Raises ValueError for any other.
    """
    more = {name: " ".join(value.split()) for name, value in (headers or {}).items()}
    if not all(HEADER.fullmatch(name) for name in more):
        raise ValueError(f"not headers of a list: {sorted(more)}")
    payload = {"to": " ".join(to.split()), "subject": " ".join(subject.split()), "body": body}
    enqueue("mail.send", **(payload | {"headers": more} if more else payload))


@task("mail.send", outside=True)
def deliver(*, to: str, subject: str, body: str, headers: Mapping[str, str] | None = None) -> None:
    """Raises smtplib.SMTPException or OSError when the server refuses or is away: the job is tried again."""
    settings = current_app.config["SETTINGS"]
    message = EmailMessage(policy=POLICY)
    message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="marketplace.local")
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body)
    if settings.testing:
        OUTBOX_SEEN.append(message)
    elif settings.smtp_url is None:
        print(f"\n--- mail to {to}\n{subject}\n\n{body}\n---", flush=True)
    else:
        url = urlsplit(settings.smtp_url)
        kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
        with kind(url.hostname or "localhost", url.port or (465 if url.scheme == "smtps" else 25), timeout=10) as server:
            if url.scheme == "smtp+starttls":
                server.starttls()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)


def forget(address: str, *, name: str) -> None:
    """Delete every mail to an address, sent or not, and every sent one that names the person."""
    to, body = OutboxRow.payload["to"].as_string(), OutboxRow.payload["body"].as_string()
    told = and_(OutboxRow.done_at.is_not(None), or_(body.contains(name, autoescape=True), body.contains(address, autoescape=True)))
    db.session.execute(delete(OutboxRow).where(OutboxRow.task == "mail.send", or_(to == address, told)))


def register(app: Flask) -> None:
    """The task is declared when this module is imported; nothing of it belongs to one application."""
