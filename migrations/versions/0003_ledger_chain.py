"""ledger chain: hash every voucher, give the public view numbers of its own, and refuse to change what is booked"""

import hashlib
from datetime import UTC

import orjson
import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'

KEPT = ("vouchers", "postings", "public_entries")
FACTS = (
    "id", "fair_id", "seq", "contract_id", "move", "reverses_id", "corrects_id", "reason", "booked_at", "booked_by", "kind", "place", "signed_on",
    "field", "country", "open", "parties", "rate_from", "rate_to", "rate_day", "rate_source",
)  # fmt: skip
LINE = (
    "line", "contract_class", "status", "mark", "currency", "count", "total_minor", "technology_minor", "base_total_minor", "base_technology_minor",
)  # fmt: skip
MOMENT = sa.DateTime(timezone=True)
HEADS = sa.table(
    "ledger_heads", sa.column("fair_id", sa.Uuid()), sa.column("seq"), sa.column("booked_at", MOMENT), sa.column("hash"),
    sa.column("public_seq"), sa.column("public_at", MOMENT), sa.column("batch"),
)  # fmt: skip
VOUCHERS = sa.table(
    "vouchers", sa.column("id", sa.Uuid()), sa.column("fair_id", sa.Uuid()), sa.column("seq"), sa.column("contract_id", sa.Uuid()), sa.column("move"),
    sa.column("reverses_id", sa.Uuid()), sa.column("corrects_id", sa.Uuid()), sa.column("reason"), sa.column("booked_at", MOMENT),
    sa.column("booked_by", sa.Uuid()), sa.column("kind"), sa.column("place"), sa.column("signed_on", sa.Date()), sa.column("field"),
    sa.column("country"), sa.column("open", sa.Boolean()), sa.column("parties", sa.JSON()), sa.column("rate_from"), sa.column("rate_to"),
    sa.column("rate_day", sa.Date()), sa.column("rate_source"), sa.column("hash"), sa.column("awaits_batch", sa.Boolean()), sa.column("public_seq"),
)  # fmt: skip
POSTINGS = sa.table(
    "postings", sa.column("voucher_id", sa.Uuid()), sa.column("line"), sa.column("contract_class"), sa.column("status"), sa.column("mark"),
    sa.column("currency"), sa.column("count"), sa.column("total_minor", sa.BigInteger()), sa.column("technology_minor", sa.BigInteger()),
    sa.column("base_total_minor", sa.BigInteger()), sa.column("base_technology_minor", sa.BigInteger()),
)  # fmt: skip
ENTRIES = sa.table(
    "public_entries", sa.column("fair_id", sa.Uuid()), sa.column("public_seq"), sa.column("voucher_id", sa.Uuid()), sa.column("sign"),
    sa.column("at", MOMENT), sa.column("batch"),
)  # fmt: skip
WAITING = sa.table(
    "waiting_vouchers", sa.column("voucher_id", sa.Uuid()), sa.column("fair_id", sa.Uuid()), sa.column("contract_id", sa.Uuid())
)


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    uuid, moment = ("CHAR(32)", "DATETIME") if sqlite else ("UUID", "TIMESTAMP WITH TIME ZONE")
    # Columns one by one, in place: to build a table anew would drop the one that postings refer to.
    for statement in (
        f"ALTER TABLE vouchers ADD COLUMN corrects_id {uuid} CONSTRAINT fk_vouchers_corrects_id_vouchers REFERENCES vouchers (id)",
        "ALTER TABLE vouchers ADD COLUMN hash VARCHAR(64) NOT NULL DEFAULT ''",
        "ALTER TABLE postings ADD COLUMN mark VARCHAR(40) CONSTRAINT ck_postings_mark CHECK (mark IN ('in_force', 'registered', 'performed')) "
        "CONSTRAINT ck_postings_account CHECK (status IS NULL OR mark IS NULL)",
        "ALTER TABLE ledger_heads ADD COLUMN hash VARCHAR(64)",
        "ALTER TABLE ledger_heads ADD COLUMN public_seq INTEGER NOT NULL DEFAULT 0",
        f"ALTER TABLE ledger_heads ADD COLUMN public_at {moment}",
        "ALTER TABLE ledger_heads ADD COLUMN batch INTEGER NOT NULL DEFAULT 0",
    ):
        op.execute(statement)
    create_tables()
    for fair_id in connection.execute(sa.select(HEADS.c.fair_id)).scalars().all():
        carry_over(connection, fair_id)
    op.drop_index('ix_vouchers_waiting', table_name='vouchers')
    op.execute("ALTER TABLE vouchers DROP COLUMN awaits_batch")
    op.execute("ALTER TABLE vouchers DROP COLUMN public_seq")
    if not sqlite:
        for table, column in (("vouchers", "hash"), ("ledger_heads", "public_seq"), ("ledger_heads", "batch")):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
    for table in KEPT:
        for statement in triggers(table, connection.dialect.name):
            op.execute(statement)


def create_tables() -> None:
    op.create_table('public_entries',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('public_seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('voucher_id', sa.Uuid(), nullable=False),
    sa.Column('sign', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('batch', sa.Integer(), nullable=True),
    sa.CheckConstraint('sign IN (1, -1)', name=op.f('ck_public_entries_sign')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_public_entries_fair_id_fairs')),
    sa.ForeignKeyConstraint(['voucher_id'], ['vouchers.id'], name=op.f('fk_public_entries_voucher_id_vouchers')),
    sa.PrimaryKeyConstraint('fair_id', 'public_seq', 'voucher_id', name=op.f('pk_public_entries'))
    )
    op.create_index('ix_public_entries_voucher_id', 'public_entries', ['voucher_id'])
    op.create_index('ix_public_entries_batch', 'public_entries', ['fair_id', 'batch'])
    op.create_table('waiting_vouchers',
    sa.Column('voucher_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_waiting_vouchers_fair_id_fairs')),
    sa.ForeignKeyConstraint(['voucher_id'], ['vouchers.id'], name=op.f('fk_waiting_vouchers_voucher_id_vouchers')),
    sa.PrimaryKeyConstraint('voucher_id', name=op.f('pk_waiting_vouchers'))
    )
    op.create_index('ix_waiting_vouchers_fair_id', 'waiting_vouchers', ['fair_id'])
    op.create_table('ledger_holds',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_ledger_holds_fair_id_fairs')),
    sa.ForeignKeyConstraint(['held_by'], ['people.id'], name=op.f('fk_ledger_holds_held_by_people')),
    sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_ledger_holds'))
    )


def carry_over(connection, fair_id) -> None:
    """Chain the vouchers of a fair, name what they correct, and number what the public was shown."""
    rows = connection.execute(sa.select(VOUCHERS).where(VOUCHERS.c.fair_id == fair_id).order_by(VOUCHERS.c.seq)).all()
    if not rows:
        return
    lines: dict = {}
    query = sa.select(POSTINGS).join(VOUCHERS, VOUCHERS.c.id == POSTINGS.c.voucher_id).where(VOUCHERS.c.fair_id == fair_id)
    for line in connection.execute(query.order_by(POSTINGS.c.line)):
        lines.setdefault(line.voucher_id, []).append(line._mapping)
    starts = {row.id: lines[row.id][0]["status"] for row in rows}
    newest: dict = {}  # contract: the voucher that a correction would name
    previous, last, changes = None, None, []
    for row in rows:
        facts = {name: row._mapping[name] for name in FACTS}
        at = facts["booked_at"] if facts["booked_at"].tzinfo else facts["booked_at"].replace(tzinfo=UTC)
        last = at.astimezone(UTC) if last is None else max(last, at.astimezone(UTC))  # a clock may have jumped back; the order of numbers counts
        facts["booked_at"] = last
        if row.move == "reverse":
            facts["corrects_id"] = row.reverses_id
            if starts[row.reverses_id] is not None:  # of a signed one it took back two moves at once: no exact opposite
                facts["reverses_id"] = None
        elif row.move == "void" or (row.move == "declare" and row.contract_id in newest):
            facts["corrects_id"] = newest[row.contract_id]
        if row.move != "reverse":
            newest[row.contract_id] = row.id
        previous = chained(previous, facts, lines[row.id])
        changes.append({"row": row.id, "reversed": facts["reverses_id"], "corrected": facts["corrects_id"], "at": last, "own": previous})
    connection.execute(
        sa.update(VOUCHERS)
        .where(VOUCHERS.c.id == sa.bindparam("row", type_=sa.Uuid()))
        .values(
            reverses_id=sa.bindparam("reversed", type_=sa.Uuid()), corrects_id=sa.bindparam("corrected", type_=sa.Uuid()),
            booked_at=sa.bindparam("at", type_=MOMENT), hash=sa.bindparam("own"),
        ),  # fmt: skip
        [change | {"at": plain(connection, change["at"])} for change in changes],
    )
    moments = {row.seq: change["at"] for row, change in zip(rows, changes, strict=True)}
    shown = sorted((row for row in rows if row.public_seq is not None), key=lambda row: (row.public_seq, row.seq))
    numbers = {old: new for new, old in enumerate(sorted({row.public_seq for row in shown}), 1)}
    batches = {old: new for new, old in enumerate(sorted({row.public_seq for row in shown if not row.open}), 1)}
    entries = [
        {"fair_id": fair_id, "public_seq": numbers[row.public_seq], "voucher_id": row.id, "sign": 1,
         "at": plain(connection, moments[row.public_seq]), "batch": None if row.open else batches[row.public_seq]}
        for row in shown
    ]  # fmt: skip
    if entries:
        connection.execute(sa.insert(ENTRIES), entries)
    waiting = [{"voucher_id": row.id, "fair_id": fair_id, "contract_id": row.contract_id} for row in rows if row.awaits_batch]
    if waiting:
        connection.execute(sa.insert(WAITING), waiting)
    connection.execute(sa.update(HEADS).where(HEADS.c.fair_id == fair_id).values(
        booked_at=plain(connection, last), hash=previous, public_seq=len(numbers), public_at=entries[-1]["at"] if entries else None, batch=len(batches),
    ))  # fmt: skip


def chained(previous, facts, lines) -> str:
    body = {
        "previous": previous, "voucher": facts,
        "postings": [{name: line[name] for name in LINE} for line in sorted(lines, key=lambda one: one["line"])],
    }  # fmt: skip
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def plain(connection, moment):
    """As the product stores it: SQLite knows no time zones."""
    return moment.replace(tzinfo=None) if connection.dialect.name == "sqlite" else moment


def downgrade() -> None:
    """Back to one number for both views. Marks and holds have no place there: what is held has to be released first, marks go."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if connection.execute(sa.text("SELECT 1 FROM ledger_holds")).first():
        raise RuntimeError("Some contracts are held back from the public total: release them before going back.")
    for table in KEPT:
        for verb in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + ("" if sqlite else f" ON {table}"))
    op.execute("ALTER TABLE vouchers ADD COLUMN public_seq INTEGER")
    op.execute(f"ALTER TABLE vouchers ADD COLUMN awaits_batch BOOLEAN NOT NULL DEFAULT {'0' if sqlite else 'false'}")
    give_back(connection)
    op.execute("DELETE FROM balances WHERE axis = 'mark'")
    for table in ('ledger_holds', 'waiting_vouchers', 'public_entries'):
        op.drop_table(table)
    for column in ('hash', 'public_seq', 'public_at', 'batch'):
        op.execute(f"ALTER TABLE ledger_heads DROP COLUMN {column}")
    if not sqlite:
        op.execute("ALTER TABLE postings DROP CONSTRAINT ck_postings_account")
        op.execute("ALTER TABLE vouchers ALTER COLUMN awaits_batch DROP DEFAULT")
    op.execute("ALTER TABLE postings DROP COLUMN mark")
    op.execute("ALTER TABLE vouchers DROP COLUMN hash")
    op.execute("ALTER TABLE vouchers DROP COLUMN corrects_id")
    op.create_index('ix_vouchers_waiting', 'vouchers', ['fair_id', 'awaits_batch'])


def give_back(connection) -> None:
    """A voucher that is shown counts in public from the newest number of those that entered together with it."""
    shown = sa.select(ENTRIES.c.voucher_id).group_by(ENTRIES.c.voucher_id).having(sa.func.sum(ENTRIES.c.sign) == 1)
    query = (
        sa.select(ENTRIES.c.fair_id, ENTRIES.c.public_seq, VOUCHERS.c.id, VOUCHERS.c.seq)
        .join(VOUCHERS, VOUCHERS.c.id == ENTRIES.c.voucher_id)
        .where(ENTRIES.c.voucher_id.in_(shown), ENTRIES.c.sign == 1)
        .order_by(ENTRIES.c.public_seq)
    )
    together: dict = {}
    for fair_id, public_seq, voucher_id, seq in connection.execute(query):
        together.setdefault((fair_id, public_seq), []).append((voucher_id, seq))
    changes = [{"row": row, "number": max(seq for _, seq in group)} for group in together.values() for row, _ in group]
    if changes:
        connection.execute(
            sa.update(VOUCHERS).where(VOUCHERS.c.id == sa.bindparam("row", type_=sa.Uuid())).values(public_seq=sa.bindparam("number")), changes
        )
    connection.execute(sa.update(VOUCHERS).where(VOUCHERS.c.id.in_(sa.select(WAITING.c.voucher_id))).values(awaits_batch=True))
    again = sa.update(VOUCHERS).where(VOUCHERS.c.move == "reverse", VOUCHERS.c.reverses_id.is_(None))
    connection.execute(again.values(reverses_id=VOUCHERS.c.corrects_id))


def triggers(table: str, dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only: {verb} of {table}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION append_only()"
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
    ]
