"""The only maker of vouchers, postings, public entries and balances: numbers, chains and adds up what others drafted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, Table, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import Model, db, is_postgresql
from marketplace.fairs.models import Fair
from marketplace.ledger import chain, storing
from marketplace.ledger.models import ContractClass, LedgerHead, Mark, Scope, Status, View
from marketplace.ledger.rules import Amounts, Cell, Line, effects
from marketplace.ledger.storing import Pending

Scopes = list[tuple[UUID, dict[str, Any]]]


def table_of(model: type[Model]) -> Table:
    return model.__table__  # type: ignore[return-value]


LOCKED = select(table_of(LedgerHead)).where(table_of(LedgerHead).c.fair_id == bindparam("fair")).with_for_update()
SCOPES = select(table_of(Scope).c.id, table_of(Scope).c.rule).where(table_of(Scope).c.fair_id == bindparam("fair"))
SCOPE_IDS: Any = (
    select(func.aggregate_strings(cast(table_of(Scope).c.id, String), ",")).where(table_of(Scope).c.fair_id == bindparam("fair")).scalar_subquery()
)  # fmt: skip
MANY_FAIRS = 1_000
_known: dict[str, Scopes] = {}  # a scope keeps its rule for ever: who knows the ids, knows the rules


def run(statement: Any, values: Any = None) -> Any:
    """Execute past the session's bookkeeping of objects, in its transaction: a booking has none."""
    return db.session.connection().execute(statement, values)


@dataclass(frozen=True, slots=True)
class Draft:
    """A voucher and its two postings as plain rows, before they have a number."""

    voucher: dict[str, Any]
    postings: tuple[dict[str, Any], dict[str, Any]]

    @property
    def hidden(self) -> bool:
        """A confidential deal that comes into the headline or leaves it; its other moves never show in public."""
        return not self.voucher["open"] and any(posting["status"] is Status.VERIFIED for posting in self.postings)

    def lines(self) -> list[Line]:
        """Its postings on accounts inside the fair."""
        return [line_of(self.voucher, posting) for posting in self.postings if posting["status"] is not None or posting["mark"] is not None]


def line_of(voucher: Any, posting: Any) -> Line:
    """The posting with what scopes judge by, of rows as of mappings."""
    one = voucher if isinstance(voucher, dict) else voucher._mapping
    two = posting if isinstance(posting, dict) else posting._mapping
    return Line(
        contract_class=ContractClass(two["contract_class"]), status=two["status"] and Status(two["status"]), mark=two["mark"] and Mark(two["mark"]),
        currency=two["currency"], count=two["count"], total_minor=two["total_minor"], technology_minor=two["technology_minor"],
        base_total_minor=two["base_total_minor"], base_technology_minor=two["base_technology_minor"],
        kind=one["kind"], place=one["place"], signed_on=one["signed_on"], field=one["field"], country=one["country"], open=one["open"],
    )  # fmt: skip


@dataclass(slots=True)
class Head:
    """The locked end of a fair's ledger, moved on in memory and written once by `store`."""

    fair_id: UUID
    seq: int
    booked_at: datetime | None
    hash: str | None
    public_seq: int
    public_at: datetime | None
    batch: int
    moment: datetime
    pending: Pending = field(default_factory=Pending)

    def store(self) -> None:
        """Write what was booked and published since it was locked or stored. Raises Invalid when a sum outgrows 64 bits."""
        names = ("fair_id", "seq", "booked_at", "hash", "public_seq", "public_at", "batch")
        pending, self.pending = self.pending, Pending()
        storing.store({name: getattr(self, name) for name in names}, pending)

    def publish(self, vouchers: Iterable[tuple[UUID, int]], *, batch: bool = False) -> None:
        """Give the public view its next number: these (voucher, sign) change in it together."""
        self.public_seq, self.public_at = self.public_seq + 1, self.moment
        self.batch += batch
        self.pending.entries += (
            {"fair_id": self.fair_id, "public_seq": self.public_seq, "voucher_id": voucher_id, "sign": sign, "at": self.moment,
             "batch": self.batch if batch else None}
            for voucher_id, sign in vouchers
        )  # fmt: skip


def lock_head(fair_id: UUID) -> Head:
    """The end of the fair's ledger, locked: bookings of one fair wait for each other, so that ``seq`` has no gap.

    Its ``moment`` is now, but never earlier than the last voucher, whatever the clock says.
    """
    head = table_of(LedgerHead)
    row = run(LOCKED, {"fair": fair_id}).one_or_none()
    if row is None:
        new = postgresql_insert(head) if is_postgresql() else sqlite_insert(head)
        run(new.values(fair_id=fair_id, seq=0, public_seq=0, batch=0).on_conflict_do_nothing())
        row = run(LOCKED, {"fair": fair_id}).one()
    moment = max(filter(None, (now(), row.booked_at, row.public_at)))
    return Head(fair_id, row.seq, row.booked_at, row.hash, row.public_seq, row.public_at, row.batch, moment)


def write(fair: Fair, head: Head, drafts: Sequence[Draft], *, by: Actor | None, held: bool, scopes: Scopes) -> None:
    """Number and chain these vouchers, and add them to the balances; `Head.store` writes them. What is open shows in public as
    one change, unless the contract is held; what is confidential waits for its batch."""
    pending, shown = head.pending, []
    for draft in drafts:
        _number(head, draft, by)
        pending.vouchers.append(draft.voucher)
        pending.postings += draft.postings
        lines = draft.lines()
        pending.changes += effects_of(lines, scopes, View.STAFF, fair)
        if draft.voucher["open"] and not held:
            shown.append((draft.voucher["id"], 1))
            pending.changes += effects_of(lines, scopes, View.PUBLIC, fair)
        elif draft.hidden:
            pending.waiting.append({"voucher_id": draft.voucher["id"], "fair_id": fair.id, "contract_id": draft.voucher["contract_id"]})
    if shown:
        head.publish(shown)


def _number(head: Head, draft: Draft, by: Actor | None) -> None:
    head.seq, head.booked_at = head.seq + 1, head.moment
    draft.voucher.update(
        id=uuid7(), fair_id=head.fair_id, seq=head.seq, booked_at=head.moment, booked_by=by.person_id if by else None
    )  # fmt: skip
    head.hash = draft.voucher["hash"] = chain.hash_of(head.hash, draft.voucher, draft.postings)
    for posting in draft.postings:
        posting.update(id=uuid7(), voucher_id=draft.voucher["id"])


def live_scopes(fair_id: UUID) -> Scopes:
    """(id, rule) of every scope of a fair, retired ones too: their totals can be shown again."""
    return [(row.id, row.rule) for row in run(SCOPES, {"fair": fair_id})]


def scopes_named(ids: str, fair_id: UUID) -> Scopes:
    """What `live_scopes` gives for a fair whose ``SCOPE_IDS`` are these; read once in a process."""
    if ids not in _known:
        if len(_known) >= MANY_FAIRS:
            _known.clear()
        _known[ids] = live_scopes(fair_id)
    return _known[ids]


def effects_of(lines: Iterable[Line], scopes: Scopes, view: View, fair: Fair) -> list[tuple[Cell, Amounts]]:
    return [effect for line in lines for effect in effects(line, scopes, view, fair.base_currency)]
