"""What the ledger costs: a total at any size, a move beside its bare rows, eight writers beside a control; ratios of one run."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update
from uuid_utils.compat import uuid7

from benchmarks import market
from benchmarks.bulk import NO_HASH, book_contracts, unlogged
from marketplace.accounts.models import Person
from marketplace.contracts import service
from marketplace.contracts.models import Contract, Hand
from marketplace.core.access import Actor, Identity
from marketplace.core.audit import AuditHead, AuditRow
from marketplace.core.clock import now
from marketplace.core.db import Model, db, snapshot, transaction
from marketplace.fairs import grants
from marketplace.fairs.models import Fair, Staff, StaffRole
from marketplace.ledger import queries, scopes
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Balance, LedgerHead, Posting, PublicEntry, Status, View, Voucher
from marketplace.ledger.rules import Deal
from marketplace.ledger.schemas import total_out

TOTAL_LIMIT, MOVE_LIMIT, WRITERS_LIMIT = 1.2, 2.0, 0.5
WRITERS = 8
PATIENCE = 300  # seconds until eight processes have started, on a busy machine
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A fair with contracts and nothing else; ``clerk`` logged and signed them, ``verifier`` may verify."""

    database: str
    folder: Path
    fair_id: UUID
    verifier_id: UUID


def make(database: str, folder: Path, *, contracts: int, verified: bool) -> Books:
    """A new database with this many contracts, verified or waiting for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with _app(database, folder):
        db.create_all()
        moment = now()
        with transaction():
            fair = Fair(
                id=uuid7(), slug=market.SLUG, name_en="Measured fair", name_zh="测速交易会", base_currency="CNY", time_zone="Asia/Shanghai", current=True,
                opens_on=moment.date() - timedelta(days=1), closes_on=moment.date() + timedelta(days=30), created_at=moment, sample=True,
            )  # fmt: skip
            clerk, verifier = (Person(id=uuid7(), name=name, email=f"{name}@bench.example", created_at=moment) for name in ("clerk", "verifier"))
            db.session.add_all([fair, clerk, verifier])
            db.session.flush()
            db.session.add(Staff(fair_id=fair.id, person_id=verifier.id, role=StaffRole.VERIFIER, created_at=moment))
            scopes.on_fair_created(None, fair=fair, by=None)
            fair_id, clerk_id, verifier_id = fair.id, clerk.id, verifier.id
        _let_go()
        with db.engine.connect() as connection, unlogged(connection):
            book_contracts(connection, fair_id=fair_id, person_id=clerk_id, count=contracts, verified=verified)
        with transaction():
            scopes.rebuild_balances(db.session.get_one(Fair, fair_id))
        with db.engine.connect() as connection:
            market.settle(connection)
        _let_go()
    return Books(database=database, folder=folder, fair_id=fair_id, verifier_id=verifier_id)


@contextmanager
def _app(database: str, folder: Path) -> Iterator[None]:
    with market.application(database, folder).app_context():
        yield
        _let_go()


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()


# A total at any size


def totals(small: Books, large: Books, *, rounds: int, say: Say) -> bool:
    """Reading the total of the large fair over that of the small one, whole answer included."""
    times: dict[Books, list[float]] = {small: [], large: []}
    for _ in range(rounds):
        for books in (small, large):
            times[books].append(_read_totals(books))
    ratio = statistics.median(b / a for a, b in zip(times[small], times[large], strict=True))
    return _goal(say, "total", ratio, ratio <= TOTAL_LIMIT, f"at most {TOTAL_LIMIT:.2f}")


def _read_totals(books: Books, *, count: int = 60) -> float:
    with _app(books.database, books.folder):
        fair = db.session.get_one(Fair, books.fair_id)
        taken = []
        for _ in range(count):
            start = time.perf_counter()
            snapshot()
            total_out(queries.total(fair, queries.scope(fair.id, None), view=View.PUBLIC))
            taken.append(time.perf_counter() - start)
        return statistics.median(taken[5:])


# A move beside its bare rows


def moves(books: Books, *, count: int, say: Say) -> bool:
    """Booking a move over the same rows written in one bare transaction; and verifying as a whole, with rights, four eyes,
    confirmations, hands and audit, over all the rows of that."""
    with _app(books.database, books.folder):
        by, ids = verifier(books), iter(_signed(books, 4 * count + 30))
        first = next(ids)
        _verify(first, by)
        rows = Rows.of(first, books)
        booked = [_timed(_book, books, next(ids)) / _timed(rows.write, next(ids), whole=False) for _ in range(count)]
        whole = [_timed(_verify, next(ids), by) / _timed(rows.write, next(ids)) for _ in range(count)]
    say(f"  verify, whole    {statistics.median(whole[3:]):6.2f}")
    ratio = statistics.median(booked[3:])
    return _goal(say, "move, booked", ratio, ratio <= MOVE_LIMIT, f"at most {MOVE_LIMIT:.2f}")


def _book(books: Books, contract_id: UUID) -> None:
    """Signed to verified, as the service books it."""
    with transaction():
        fair = db.session.get_one(Fair, books.fair_id)
        ledger.book(fair, _deal(contract_id), move="verify", start=Status.SIGNED, end=Status.VERIFIED, by=None)
    db.session.remove()


def _deal(contract_id: UUID) -> Deal:
    contract = db.session.get_one(Contract, contract_id)
    names = ("contract_class", "kind", "place", "signed_on", "field", "open", "currency", "total_minor", "technology_minor")
    return Deal(contract_id=contract_id, country="CN", parties=(), **{name: getattr(contract, name) for name in names})


def verifier(books: Books) -> Actor:
    person = db.session.get_one(Person, books.verifier_id)
    identity = Identity(person_id=person.id, name=person.name, email=person.email, admin=person.admin, wants_organization=None)
    found: dict[str, Any] = {"staff": MappingProxyType({})}
    grants.load(identity, found)
    return Actor(person_id=person.id, name=person.name, email=person.email, admin=person.admin, **found)


def _signed(books: Books, count: int, *, last: bool = False) -> list[UUID]:
    """The first or last contracts that are signed and not verified."""
    order = Contract.id.desc() if last else Contract.id
    query = select(Contract.id).where(Contract.fair_id == books.fair_id, Contract.status == Status.SIGNED).order_by(order)
    found = list(db.session.scalars(query.limit(count)))
    db.session.rollback()
    return found


def _verify(contract_id: UUID, by: Actor) -> None:
    with transaction():
        service.verify(contract_id, NO_HASH.strip("'"), by=by)
    db.session.remove()


def _timed(act: Callable[..., None], *args: Any, **more: Any) -> float:
    start = time.perf_counter()
    act(*args, **more)
    return time.perf_counter() - start


@dataclass(slots=True)
class Rows:
    """The rows of one move, read back after the product wrote them, to be written again under other ids."""

    one: dict[str, dict[str, Any]]
    postings: list[dict[str, Any]]
    balances: list[UUID]

    @classmethod
    def of(cls, contract_id: UUID, books: Books) -> "Rows":
        def last(model: type[Model], *order: Any) -> dict[str, Any]:
            return dict(db.session.execute(select(_table(model)).order_by(*order).limit(1)).one()._mapping)

        one = {
            "vouchers": last(Voucher, Voucher.seq.desc()), "public_entries": last(PublicEntry, PublicEntry.public_seq.desc()),
            "hands": last(Hand, Hand.at.desc()), "audit_rows": last(AuditRow, AuditRow.seq.desc()),
        }  # fmt: skip
        assert one["vouchers"]["contract_id"] == contract_id, "the last voucher is not the one that was just booked"
        lines = select(_table(Posting)).where(Posting.voucher_id == one["vouchers"]["id"])
        facts = one["vouchers"]
        keys = ["", facts["kind"], facts["field"], facts["country"], facts["signed_on"].strftime("%Y-%m")]
        cells = select(Balance.id).where(Balance.status.in_([Status.SIGNED, Status.VERIFIED]), Balance.key.in_(keys))
        found = cls(one, [dict(row._mapping) for row in db.session.execute(lines)], list(db.session.scalars(cells)))
        db.session.remove()
        return found

    def write(self, contract_id: UUID, *, whole: bool = True) -> None:
        """One bare transaction: no rights, no reading but of the numbers, no validation, no objects, no hashes."""
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            head, audit = _table(LedgerHead), _table(AuditHead)
            seq, public_seq = connection.execute(update(head).values(seq=head.c.seq + 1, public_seq=head.c.public_seq + 1).returning(head.c.seq, head.c.public_seq)).one()
            voucher_id, row_id = uuid7(), uuid7()
            connection.execute(insert(_table(Voucher)), [self.one["vouchers"] | {"id": voucher_id, "seq": seq, "contract_id": contract_id}])
            connection.execute(insert(_table(Posting)), [line | {"id": uuid7(), "voucher_id": voucher_id} for line in self.postings])
            connection.execute(insert(_table(PublicEntry)), [self.one["public_entries"] | {"voucher_id": voucher_id, "public_seq": public_seq}])
            balance = _table(Balance)
            more = update(balance).where(balance.c.id == bindparam("row")).values(count=balance.c.count + 1, total_minor=balance.c.total_minor + 1)
            connection.execute(more, [{"row": balance_id} for balance_id in self.balances])
            if not whole:
                return
            contract = _table(Contract)
            connection.execute(update(contract).where(contract.c.id == contract_id).values(status=Status.VERIFIED, version=contract.c.version + 1, changed_at=now()))
            connection.execute(insert(_table(Hand)), [self.one["hands"] | {"id": uuid7(), "contract_id": contract_id}])
            number = connection.execute(update(audit).values(seq=audit.c.seq + 1).returning(audit.c.seq)).scalar_one()
            connection.execute(insert(_table(AuditRow)), [self.one["audit_rows"] | {"id": row_id, "seq": number}])


def _table(model: type[Model]) -> Table:
    return model.__table__  # type: ignore[return-value]


# Writers beside a control


def writers(books: Books, *, rounds: int, seconds: float, say: Say) -> bool:
    """Moves a second by eight processes over what they do when they only take the next number and insert a voucher."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(WRITERS + 1), context.Queue()
    acts = ["move", "control"] * rounds
    args = [(books, number, acts, seconds, barrier, answers) for number in range(WRITERS)]
    processes = [context.Process(target=_writer, args=one) for one in args]
    for process in processes:
        process.start()
    done: dict[str, list[int]] = {"move": [], "control": []}
    for act in acts:
        barrier.wait(timeout=PATIENCE)
        done[act].append(sum(answers.get(timeout=PATIENCE) for _ in range(WRITERS)))
    for process in processes:
        process.join()
    ratio = statistics.median(a / b for a, b in zip(done["move"], done["control"], strict=True))
    return _goal(say, "8 writers", ratio, ratio >= WRITERS_LIMIT, f"at least {WRITERS_LIMIT:.2f}")


def _writer(books: Books, number: int, acts: Sequence[str], seconds: float, barrier: Any, answers: Any) -> None:
    with _app(books.database, books.folder):
        every = _signed(books, 30_000, last=True)
        mine = iter(every[number::WRITERS])
        template = dict(db.session.execute(select(_table(Voucher)).limit(1)).one()._mapping)
        db.session.remove()
        for act in acts:
            barrier.wait(timeout=PATIENCE)
            count, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                if act == "move":
                    _book(books, next(mine))
                else:
                    _take_a_number(template)
                count += 1
            answers.put(count)


def _take_a_number(template: dict[str, Any]) -> None:
    head = _table(LedgerHead)
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        seq = connection.execute(update(head).values(seq=head.c.seq + 1).returning(head.c.seq)).scalar_one()
        connection.execute(insert(_table(Voucher)), [template | {"id": uuid7(), "seq": seq}])


def _goal(say: Say, name: str, ratio: float, reached: bool, goal: str) -> bool:
    say(f"  {name:16} {ratio:6.2f}   goal {goal}: {'reached' if reached else 'missed'}")
    return reached
