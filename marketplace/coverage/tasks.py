"""After the answer: mail to a side's owners that the fair proposes a partner, or that both sides are interested."""

from uuid import UUID

from flask import current_app

from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.jobs import task
from marketplace.coverage import queries
from marketplace.coverage.models import Proposal, Side, State
from marketplace.coverage.queries import Proposed
from marketplace.organizations import queries as organizations

WHILE = {"proposed": (State.PROPOSED, State.WANTED, State.DECLINED), "both": (State.WANTED,)}
"""In which states a mail still says something true: what was withdrawn at once is never heard of."""


@task("coverage.tell")
def tell(*, step: str, proposal_id: str, side: str) -> None:
    """Tell the owners of one side, each in their language, with the public titles, the staff's note and the way to the page."""
    row = db.session.get(Proposal, UUID(proposal_id))
    if row is None or row.state not in WHILE[step]:
        return
    [found] = queries.proposed([row])
    to = Side(side)
    if not (found.need.public and found.achievement.public):
        return
    address = f"{current_app.config['SETTINGS'].public_url}/proposals/{row.id}"
    for owner in organizations.owners(found.sides[to].organization_id):
        with speaking(owner.language):
            subject, body = _proposed(found, to) if step == "proposed" else _both(found, to)
            mail.send(owner.email, subject, f"{body}\n\n{gettext('Sign in to answer:')}\n{address}\n")


def _proposed(found: Proposed, side: Side) -> tuple[str, str]:
    own, other = found.about(side), queries.without_owner(found.about(side.other))
    titles = {"own": localized(own, "title")[0], "other": localized(other, "title")[0]}
    name, fair = localized(other.organization, "name")[0], localized(found.fair, "name")[0]
    subject = gettext("A partner for %(reference)s", reference=own.reference)
    told = gettext(
        "%(fair)s proposes a partner for “%(own)s”: “%(other)s” of %(name)s. Say whether you are interested; the other side learns of it only if it is, too.",
        fair=fair, name=name, **titles,
    )  # fmt: skip
    note = localized(found.sides[side], "note")[0]
    return subject, f"{told}\n\n{note}" if note else told


def _both(found: Proposed, side: Side) -> tuple[str, str]:
    other = queries.without_owner(found.about(side.other))
    subject = gettext("Both sides are interested: %(reference)s", reference=found.about(side).reference)
    told = gettext(
        "You and %(name)s are both interested in talking about “%(title)s”. Either of you can begin now.",
        name=localized(other.organization, "name")[0], title=localized(found.achievement, "title")[0],
    )  # fmt: skip
    return subject, told
