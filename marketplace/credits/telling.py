"""What the agreement on credit adds to the story of a thread: who proposed, agreed, declined; never the shares."""

from collections.abc import Iterable

from marketplace.contracts.telling import contract_of
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.i18n import gettext
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import Event, Said, from_audit


def split_events(thread: Thread, actor: Actor) -> Iterable[Event]:
    """Of the contract that came of the thread, for those who read it."""
    contract = contract_of(thread, by=actor)
    words = {
        "propose": gettext("proposed how the agencies share the credit"),
        "agree": gettext("agreed how the agencies share the credit"),
        "decline": gettext("declined how the agencies would share the credit"),
        "withdraw": gettext("withdrew its proposal how the agencies share the credit"),
        "freeze": gettext("fixed the agreed shares of the credit with the verified contract"),
    }

    def describe(row: AuditRow) -> Said | None:
        text = words.get(row.action.removeprefix("credits."))
        return Said(text=text, href=f"/credits/{row.facts['split']}") if text else None

    return from_audit(thread, [f"credit:{contract.id}"], describe) if contract is not None else []
