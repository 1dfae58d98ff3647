"""What the contract that came of a thread adds to its story, for those of the two sides who may read the contract."""

from collections.abc import Iterable

from sqlalchemy import select

from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import Event, Said, from_audit


def contract_of(thread: Thread, *, by: Actor) -> Contract | None:
    """The contract that came of a thread, if this person may read it."""
    return db.session.scalar(select(Contract).where(Contract.negotiation_id == thread.negotiation.id, queries.readable(by)))


def contract_events(thread: Thread, actor: Actor) -> Iterable[Event]:
    """Logged, edited, signed, verified, amended, void: all by the contract desk."""
    contract = contract_of(thread, by=actor)
    if contract is None:
        return []
    reference = contract.reference
    words = {
        "declare": (gettext("logged contract %(reference)s", reference=reference), "contract"),
        "edit": (gettext("edited contract %(reference)s", reference=reference), "contract"),
        "sign": (gettext("marked contract %(reference)s as signed", reference=reference), "contract"),
        "verify": (gettext("verified contract %(reference)s: the total counts it", reference=reference), "verification"),
        "amend": (gettext("amended contract %(reference)s", reference=reference), "verification"),
        "void": (gettext("made contract %(reference)s void", reference=reference), "contract"),
    }

    def describe(row: AuditRow) -> Said | None:
        text, step = words.get(row.action.removeprefix("contracts."), ("", ""))
        return Said(text=text, step=step, href=f"/contracts/{contract.id}") if text else None

    return from_audit(thread, [f"contract:{contract.id}"], describe)
