"""Publishing a figure for ever, and telling that one should not be quoted any more."""

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.figures import queries, stating
from marketplace.figures.models import Figure, Withdrawal
from marketplace.figures.rules import code_of
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Scope


def freeze(
    fair: Fair, scope: Scope, *, axis: str = "", key: str = "", seq: int | None = None, seen_sha256: str | None = None, by: Actor | None
) -> tuple[Figure, bool]:
    """Publish the public total of a scope, or of one cell of it, at a number of the public view; (figure, whether it is new).

    What was published already (same scope, cell and number) is given back: two people who publish the same get one figure.
    ``seen_sha256`` is the hash of the statement that was shown. Raises Forbidden, Invalid, Stale (it would say something else
    now), DoesNotAddUp.
    """
    if by is not None:
        by.require("figures.freeze", fair_id=fair.id)
    return keep(fair, scope, axis=axis, key=key, seq=seq, seen_sha256=seen_sha256, by=by)


def keep(
    fair: Fair, scope: Scope, *, axis: str = "", key: str = "", seq: int | None = None, seen_sha256: str | None = None, by: Actor | None
) -> tuple[Figure, bool]:
    """As `freeze`, for whoever had to be asked already: a closed day publishes its figure."""
    ledger.lock_head(fair.id)  # whoever publishes or books at this fair waits: one content, one figure
    draft = stating.draft(fair, scope, axis=axis, key=key, seq=seq)
    if (known := queries.same(scope.id, axis, key, draft.public_seq)) is not None:
        return known, False
    if seen_sha256 is not None and seen_sha256 != draft.sha256:
        raise Stale()
    figure = Figure(
        code=_free_code(draft.sha256), fair_id=fair.id, scope_id=scope.id, axis=axis, key=key, public_seq=draft.public_seq,
        earlier_id=draft.earlier.id if draft.earlier else None, statement=draft.content.decode(), sha256=draft.sha256, lines=draft.lines,
        frozen_at=now(), frozen_by=by.person_id if by else None,
    )  # fmt: skip
    db.session.add(figure)
    db.session.flush()
    audit.record("figures.freeze", f"figure:{figure.id}", by=by, fair_id=fair.id, after=figure.sha256, code=figure.code, seq=figure.public_seq)
    return figure, True


def _free_code(digest: str) -> str:
    for attempt in range(100):
        code = code_of(digest, attempt=attempt)
        if db.session.scalar(select(Figure.id).where(Figure.code == code)) is None:
            return code
    raise Duplicate()


def withdraw(code: str, reason: str, *, by: Actor) -> Withdrawal:
    """Note that a figure should not be quoted any more; it stays as it is. Raises NotFound, Forbidden, Duplicate."""
    figure = queries.by_code(code)
    by.require("figures.freeze", fair_id=figure.fair_id)
    ledger.lock_head(figure.fair_id)
    if queries.withdrawals([figure.id]):
        raise Duplicate(gettext("This figure is withdrawn already."))
    note = Withdrawal(figure_id=figure.id, reason=reason, withdrawn_at=now(), withdrawn_by=by.person_id)
    db.session.add(note)
    db.session.flush()
    audit.record("figures.withdraw", f"figure:{figure.id}", by=by, fair_id=figure.fair_id, code=code)
    return note


def lines(code: str, *, by: Actor) -> Figure:
    """A figure with all lines behind it, for the staff of its fair. Raises NotFound."""
    figure = queries.by_code(code)
    if not by.may("ledger.read", fair_id=figure.fair_id):
        raise NotFound()
    return figure


