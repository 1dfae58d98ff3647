"""audit chain: number and hash every audit row, and refuse to change one"""

import hashlib
from datetime import UTC

import orjson
import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'

GENESIS = "0" * 64
AT_ONCE = 1000
BODY = (
    "id", "at", "action", "subject", "fair_id", "person_id", "organization_id", "before_hash", "after_hash", "facts", "request_id",
)  # fmt: skip
OLD = sa.table(
    "audit_rows", sa.column("id", sa.Uuid()), sa.column("at", sa.DateTime(timezone=True)), sa.column("action"), sa.column("subject"),
    sa.column("fair_id", sa.Uuid()), sa.column("person_id", sa.Uuid()), sa.column("organization_id", sa.Uuid()),
    sa.column("before_hash"), sa.column("after_hash"), sa.column("facts", sa.JSON()), sa.column("request_id"),
    sa.column("seq", sa.BigInteger()), sa.column("prev_hash"), sa.column("hash"),
)  # fmt: skip


def row_hash(row, seq: int, prev_hash: str) -> str:
    body = {name: getattr(row, name) for name in BODY}
    at = body["at"] if body["at"].tzinfo else body["at"].replace(tzinfo=UTC)
    body["at"] = at.astimezone(UTC).isoformat(timespec="microseconds")
    for name in ("id", "fair_id", "person_id", "organization_id"):
        body[name] = None if body[name] is None else str(body[name])
    body |= {"seq": seq, "prev_hash": prev_hash}
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def chain(connection) -> tuple[int, str]:
    """Number the rows that exist in the order of (at, id); the end of the chain."""
    seq, prev_hash = 0, GENESIS
    place = sa.tuple_(OLD.c.at, OLD.c.id)
    change = (
        sa.update(OLD)
        .where(OLD.c.id == sa.bindparam("row", type_=sa.Uuid()))
        .values(seq=sa.bindparam("n"), prev_hash=sa.bindparam("before"), hash=sa.bindparam("own"))
    )
    query = sa.select(OLD).order_by(OLD.c.at, OLD.c.id).limit(AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        changes = []
        for row in rows:
            seq += 1
            own = row_hash(row, seq, prev_hash)
            changes.append({"row": row.id, "n": seq, "before": prev_hash, "own": own})
            prev_hash = own
        connection.execute(change, changes)
        rows = connection.execute(query.where(place > sa.tuple_(sa.literal(rows[-1].at, OLD.c.at.type), sa.literal(rows[-1].id, sa.Uuid())))).all()
    return seq, prev_hash


def upgrade() -> None:
    connection = op.get_bind()
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seq', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('prev_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('hash', sa.String(length=64), nullable=True))
    seq, prev_hash = chain(connection)
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.alter_column('seq', existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column('prev_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_audit_rows_seq'), ['seq'])

    head = op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    connection.execute(sa.insert(head).values(id=1, seq=seq, hash=prev_hash))

    op.create_table('audit_personal',
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['row_id'], ['audit_rows.id'], name=op.f('fk_audit_personal_row_id_audit_rows')),
    sa.PrimaryKeyConstraint('row_id', name=op.f('pk_audit_personal'))
    )
    with op.batch_alter_table('audit_personal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_personal_person_id'), ['person_id'], unique=False)

    op.create_table('checkpoint_logs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkpoint_logs'))
    )
    for statement in triggers('audit_rows', connection.dialect.name):
        op.execute(statement)


def downgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for verb in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER audit_rows_no_{verb}" + ("" if sqlite else " ON audit_rows"))
    if not sqlite:
        op.execute("DROP FUNCTION append_only()")
    op.drop_table('checkpoint_logs')
    with op.batch_alter_table('audit_personal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_personal_person_id'))
    op.drop_table('audit_personal')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_audit_rows_seq'), type_='unique')
        batch_op.drop_column('hash')
        batch_op.drop_column('prev_hash')
        batch_op.drop_column('seq')


def triggers(table: str, dialect: str) -> list[str]:
    """The SQL that makes a table append-only."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, 'append-only: {verb} of {table}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = 'append-only: ' || TG_OP || ' of ' || TG_TABLE_NAME, ERRCODE = '23001'; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION append_only()"
            for verb in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ]
