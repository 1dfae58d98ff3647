"""What both sides' answers to the contract desk add to the story of a thread: that they answered, never what."""

from collections.abc import Iterable

from marketplace.contracts.telling import contract_of
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.i18n import gettext
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import Event, Said, from_audit


def answer_events(thread: Thread, actor: Actor) -> Iterable[Event]:
    """Who answered by a one-time link did so for its side."""
    contract = contract_of(thread, by=actor)
    sides = {"provider": thread.negotiation.provider_id, "recipient": thread.negotiation.recipient_id}

    def describe(row: AuditRow) -> Said | None:
        if row.action != "confirmations.answer":
            return None
        return Said(text=gettext("answered whether the facts of the contract are right"), step="contract", side_id=sides.get(row.facts["side"]))

    return from_audit(thread, [f"contract:{contract.id}"], describe) if contract is not None else []
