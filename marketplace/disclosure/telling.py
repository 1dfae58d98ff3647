"""What the agreements of secrecy of a thread add to its story."""

from collections.abc import Iterable

from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.i18n import gettext
from marketplace.disclosure import queries
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import Event, Said, from_audit


def agreement_events(thread: Thread, actor: Actor) -> Iterable[Event]:
    """Proposed, confirmed, in force, ended: by which side."""
    found = queries.of_thread(thread.negotiation.id, by=actor)
    words = {
        "propose": gettext("proposed an agreement of secrecy"),
        "confirm": gettext("confirmed the agreement of secrecy"),
        "begin": gettext("confirmed the agreement of secrecy: it is in force"),
        "end": gettext("ended the agreement of secrecy"),
    }

    def describe(row: AuditRow) -> Said | None:
        text = words.get(row.action.removeprefix("disclosure."))
        return Said(text=text, href=f"/agreements/{row.subject.removeprefix('agreement:')}") if text else None

    return from_audit(thread, [f"agreement:{row.id}" for row in found], describe) if found else []
