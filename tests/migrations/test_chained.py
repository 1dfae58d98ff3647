"""Audit rows and a ledger that were there before there was a chain are chained, and come back as they were."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import flask_migrate
import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, insert, select

from marketplace.contracts import checking
from marketplace.core.appendonly import AppendOnlyRefused
from marketplace.core.audit import AuditHead, AuditRow
from marketplace.core.audit_chain import GENESIS, row_hash
from marketplace.core.db import db
from marketplace.ledger import chain
from tests.migrations.rows import FAIR, put


def test_audit_rows_that_exist_are_chained_and_come_back_as_they_were(product):
    """Rows written before there was a chain are numbered by moment and id, and keep every column, there and back."""
    flask_migrate.upgrade(revision="0001")
    start = datetime(2026, 9, 1, 8, tzinfo=UTC)
    old = [
        {
            "id": UUID(int=2000 - n), "at": start + timedelta(microseconds=n // 2), "action": f"things.{n}", "subject": f"thing:{n}",
            "fair_id": UUID(int=7) if n % 2 else None, "person_id": UUID(int=n), "organization_id": None, "before_hash": None,
            "after_hash": "ab" * 32, "facts": {"n": n, "b": [n, None, "纺织 é \u2028 \"x\"\n"], "a": 1.5}, "request_id": None,
        }
        for n in range(1, 1206)
    ]  # fmt: skip
    before = Table("audit_rows", MetaData(), *(Column(c.name, c.type) for c in AuditRow.__table__.columns if c.name not in {"seq", "prev_hash", "hash"}))
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(insert(before), old)

    def rows():
        with db.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(before).order_by(before.c.at, before.c.id)).mappings()]

    written = rows()
    flask_migrate.upgrade(revision="0002")
    assert rows() == written == sorted(old, key=lambda row: (row["at"], row["id"]))
    with db.engine.connect() as connection:
        chained = connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq)).mappings().all()
        head = connection.execute(select(AuditHead.seq, AuditHead.hash)).one()
    prev = GENESIS
    for seq, (row, kept) in enumerate(zip(chained, written, strict=True), 1):
        assert (row["id"], row["seq"], row["prev_hash"], row["hash"]) == (kept["id"], seq, prev, row_hash(row, seq, prev))
        prev = row["hash"]
    assert tuple(head) == (1205, prev)
    flask_migrate.downgrade(revision="0001")
    assert rows() == written
    flask_migrate.upgrade(revision="0002")
    with db.engine.connect() as connection:
        assert connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq)).mappings().all() == chained


def ledger_of_0002() -> dict[str, list[dict]]:
    """A fair as the first ledger kept it: an open contract that was signed, edited, verified and voided; a batch of three
    confidential ones, shown with number 16; one that waits."""
    rows: dict[str, list[dict]] = {"vouchers": [], "postings": []}
    fair, start = UUID(int=1), datetime(2026, 9, 1, 8, tzinfo=UTC)
    accounts = {"declare": (None, "declared"), "sign": ("declared", "signed"), "reverse": ("signed", None), "verify": ("signed", "verified"),
                "void": ("verified", "void")}  # fmt: skip
    story = [(0, move) for move in ("declare", "sign", "reverse", "declare", "sign", "verify", "void")]
    story += [(deal, move) for deal in (1, 2, 3, 4) for move in ("declare", "sign", "verify")]
    for seq, (deal, move) in enumerate(story, 1):
        opened, amount = deal == 0, 100_00 * (deal + 1)
        reverses = rows["vouchers"][-1]["id"] if move == "reverse" else None
        batch = move == "verify" and not opened
        rows["vouchers"].append({
            "id": UUID(int=100 + seq), "fair_id": fair, "seq": seq, "contract_id": UUID(int=10 + deal), "move": move, "reverses_id": reverses,
            "reason": "纺织" if move == "void" else None, "booked_at": start + timedelta(seconds=7 if seq == 5 else seq), "kind": "licence",
            "place": "at_fair", "signed_on": date(2026, 8, 31), "field": "aerospace", "country": "DE", "open": opened,
            "parties": [f"a{deal}", f"b{deal}"], "rate_from": "1", "rate_to": "1", "rate_day": date(2026, 8, 31), "rate_source": "identity",
            "awaits_batch": batch and deal == 4, "public_seq": seq if opened else 16 if batch and deal < 4 else None,
        })  # fmt: skip
        for line, (status, sign) in enumerate(zip(accounts[move], (-1, 1), strict=True), 1):
            based = sign * amount if status in {"signed", "verified", "void"} else None
            rows["postings"].append({
                "id": UUID(int=1000 + 2 * seq + line), "voucher_id": UUID(int=100 + seq), "line": line, "contract_class": "contract",
                "status": status, "currency": "CNY", "count": sign, "total_minor": sign * amount, "technology_minor": None,
                "base_total_minor": based, "base_technology_minor": None,
            })  # fmt: skip
    rows["ledger_heads"] = [{"fair_id": fair, "seq": len(story), "booked_at": start + timedelta(seconds=len(story))}]
    return rows


def old_table(name: str) -> Table:
    """The columns of a table of the ledger as revision 0002 had them, with our types."""
    later = {"vouchers": {"hash", "corrects_id"}, "postings": {"mark"}, "ledger_heads": {"hash", "public_seq", "public_at", "batch"}}[name]
    columns = [Column(c.name, c.type) for c in db.metadata.tables[name].columns if c.name not in later]
    gone = [Column("awaits_batch", Boolean), Column("public_seq", Integer)] if name == "vouchers" else []
    return Table(name, MetaData(), *columns, *gone)


def test_a_ledger_that_exists_is_chained_and_its_public_view_numbered(product):
    flask_migrate.upgrade(revision="0002")
    story = ledger_of_0002()
    put("fairs", FAIR)
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        for name, rows in story.items():
            connection.execute(insert(old_table(name)), rows)
    flask_migrate.upgrade(revision="0003")

    def tables(*names: str) -> list[list[dict]]:
        with db.engine.connect() as connection:
            found = [connection.execute(select(db.metadata.tables[name])).mappings().all() for name in names]
        return [sorted((dict(row) for row in rows), key=lambda row: str(row.get("seq") or row.get("public_seq") or "")) for rows in found]

    kept = tables("vouchers", "postings", "public_entries", "waiting_vouchers", "ledger_heads")
    vouchers, postings, entries, waiting, heads = ({row["seq"]: row for row in kept[0]}, *kept[1:])
    previous = None
    for seq in range(1, 20):
        previous = chain.hash_of(previous, vouchers[seq], [line for line in postings if line["voucher_id"] == vouchers[seq]["id"]])
        assert vouchers[seq]["hash"] == previous
        assert seq == 1 or vouchers[seq]["booked_at"] >= vouchers[seq - 1]["booked_at"]
    corrected = {seq: int(row["corrects_id"]) - 100 for seq, row in vouchers.items() if row["corrects_id"]}
    assert corrected == {3: 2, 4: 2, 7: 6}
    assert [row["reverses_id"] for row in vouchers.values()] == [None] * 19, "it took back two moves at once"
    assert sorted((row["public_seq"], int(row["voucher_id"]) - 100, row["batch"]) for row in entries) == [
        *((n, n, None) for n in range(1, 8)), (8, 10, 1), (8, 13, 1), (8, 16, 1),
    ]  # fmt: skip
    assert {row["at"] for row in entries if row["batch"]} == {vouchers[16]["booked_at"]}
    assert [int(row["voucher_id"]) - 100 for row in waiting] == [19]
    assert [(row["seq"], row["hash"], row["public_seq"], row["batch"], row["public_at"]) for row in heads] == [(19, previous, 8, 1, vouchers[16]["booked_at"])]
    found = {one.code for one in checking.differences(SimpleNamespace(id=UUID(int=1), slug="f", base_currency="CNY"))}
    db.session.rollback()
    assert found == {"extra"}, "there are no contracts beside it, and no scopes"
    with pytest.raises(AppendOnlyRefused), db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE vouchers SET reason = 'another'")

    flask_migrate.downgrade(revision="0002")
    with db.engine.connect() as connection:
        for name, rows in story.items():
            table = old_table(name)
            came_back = {str(row): row for row in (dict(one) for one in connection.execute(select(table)).mappings())}.values()
            key = next(iter(table.columns)).name
            wanted = {row[key]: row for row in rows}
            if name == "vouchers":
                wanted[UUID(int=106)]["booked_at"] = wanted[UUID(int=105)]["booked_at"]  # the clock had jumped back
            assert {row[key]: row for row in came_back} == {key: {"booked_by": None} | row if name == "vouchers" else row for key, row in wanted.items()}
    flask_migrate.upgrade(revision="0003")
    assert tables("vouchers", "postings", "public_entries", "waiting_vouchers", "ledger_heads") == kept
