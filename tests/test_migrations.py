"""Migrations build exactly the models, from empty and back, on both databases."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, CheckConstraint, Column, Enum, Integer, MetaData, String, Table, create_engine, insert, inspect, select
from sqlalchemy.engine import make_url

from config import Config, sqlalchemy_url
from marketplace import create_app
from marketplace.contracts import checking
from marketplace.core.appendonly import TABLES, AppendOnlyRefused
from marketplace.core.audit import AuditHead, AuditRow
from marketplace.core.audit_chain import GENESIS, row_hash
from marketplace.core.db import db
from marketplace.core.migrate import FOLDER
from marketplace.ledger import chain

FILES = sorted((FOLDER / "versions").glob("*.py"))


@pytest.fixture
def empty(database, tmp_path):
    """The address of a database of this test's own, with nothing in it."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/migrated.db"
        return
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS migrated WITH (FORCE)")
        connection.execute("CREATE DATABASE migrated")
    yield database.rsplit("/", 1)[0] + "/migrated"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP DATABASE migrated WITH (FORCE)")


@pytest.fixture
def product(empty, tmp_path):
    settings = Config(
        testing=True, secret_key="x" * 40, database_url=empty, index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads"
    )
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[object]:
    """What autogenerate would still change: tables, columns, types, indexes, foreign keys, unique constraints."""
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), db.metadata))


def checks_of_models() -> dict[str, dict[str, set[str]]]:
    """{table: {check: the members of the enum that it repeats}}; autogenerate does not look at checks."""
    return {
        table.name: {
            str(one.name): set(getattr(_enum_of(table, one), "enums", ()))
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        for table in db.metadata.tables.values()
    }


def _enum_of(table, check) -> Enum | None:
    for column in table.columns:
        if isinstance(column.type, Enum) and f"ck_{table.name}_{column.type.name}" == str(check.name):
            return column.type
    return None


def checks_of_database() -> dict[str, dict[str, str]]:
    """{table: {check: its SQL}}"""
    inspector = inspect(db.engine)
    return {
        name: {str(one["name"]): one["sqltext"] for one in inspector.get_check_constraints(name)}
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def triggers() -> dict[str, str]:
    """{table.trigger: its SQL, with that of its function}; autogenerate does not look at triggers."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgrelid::regclass::text || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || f.prosrc "
            "FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    with db.engine.connect() as connection:
        return dict(connection.exec_driver_sql(query).all())


def triggers_of_models() -> dict[str, str]:
    """The same of an empty database that `create_all` built; what was there is gone afterwards."""
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE alembic_version")
    db.drop_all()
    db.create_all()
    return triggers()


def assert_equal_to_models() -> None:
    assert differences() == []
    wanted, built = checks_of_models(), checks_of_database()
    assert {table: set(names) for table, names in built.items()} == {table: set(names) for table, names in wanted.items()}
    for table, names in wanted.items():
        for name, members in names.items():
            if members:
                assert set(re.findall(r"'([^']*)'", built[table][name])) == members, f"{table}.{name}"


def test_up_down_up_builds_exactly_the_models(product):
    flask_migrate.upgrade()
    assert_equal_to_models()
    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    flask_migrate.upgrade()
    assert_equal_to_models()


def test_the_migrations_make_the_triggers_of_the_models(product):
    flask_migrate.upgrade()
    migrated = triggers()
    assert {name.split(".")[0] for name in migrated} == TABLES >= {"audit_rows"}
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TRIGGER audit_rows_no_delete" + ("" if db.engine.dialect.name == "sqlite" else " ON audit_rows"))
    fewer = triggers()
    wanted = triggers_of_models()
    assert migrated == wanted
    assert fewer != wanted, "a missing trigger must be seen"


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


FAIR = {
    "id": UUID(int=1), "slug": "f", "name_en": "F", "name_zh": "F", "time_zone": "UTC", "base_currency": "CNY", "opens_on": date(2026, 9, 1),
    "closes_on": date(2026, 9, 2), "created_at": datetime(2026, 8, 1, tzinfo=UTC), "current": False, "sample": False, "version": 1,
}  # fmt: skip


def table_as_it_is(name: str) -> Table:
    """The columns that a table has at the revision at hand, with our types; what an enum was then is text."""
    types = {column.name: String(40) if isinstance(column.type, Enum) else column.type for column in db.metadata.tables[name].columns}
    return Table(name, MetaData(), *(Column(c["name"], types[c["name"]]) for c in inspect(db.engine).get_columns(name)))


def put(name: str, *rows: dict) -> None:
    table = table_as_it_is(name)
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(insert(table), [{column.name: row.get(column.name) for column in table.columns} for row in rows])


def rows_of(name: str) -> list[dict]:
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table_as_it_is(name))).mappings()]


def test_listings_that_exist_keep_their_owners_versions_and_entries(product):
    """Tables that others refer to are made anew while they hold rows."""
    flask_migrate.upgrade(revision="0005")
    moment, owner, listing = datetime(2026, 9, 1, 8, tzinfo=UTC), UUID(int=2), UUID(int=3)
    put("fairs", FAIR)
    put("organizations", {"id": owner, "slug": "a", "kind": "agency", "name_en": "A", "name_key": "a", "country": "DE", "status": "approved", "created_at": moment, "version": 1})
    put("listings", {
        "id": listing, "num": 1, "kind": "need", "reference": "N-2026-000001", "organization_id": owner, "draft_number": 1, "public_number": 1,
        "created_at": moment, "changed_at": moment, "version": 1,
    })  # fmt: skip
    empty = dict.fromkeys(("technology_codes", "unknowns", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds", "languages", "parameters"), [])
    put("listing_versions", {"id": UUID(int=4), "listing_id": listing, "number": 1, "created_at": moment, "title_en": "Steam", **empty})
    put("fair_entries", {
        "id": UUID(int=5), "listing_id": listing, "fair_id": FAIR["id"], "kind": "need", "num": 1, "status": "published", "published_number": 1, "version": 1,
    })  # fmt: skip
    names = ("organizations", "listings", "listing_versions", "fair_entries")
    before = {name: rows_of(name) for name in names}
    flask_migrate.upgrade()
    assert [(row["shown_owner_id"], row["anonymous"], row["open_for_interest"]) for row in rows_of("listings")] == [(owner, False, True)]
    assert [(row["reserved"], row["levels"], row["files"]) for row in rows_of("listing_versions")] == [({}, {}, [])]
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE fair_entries SET status = 'expired', expired_number = 1, published_number = NULL")
    flask_migrate.downgrade(revision="0005")
    before["fair_entries"][0] |= {"status": "withdrawn", "published_number": None}
    assert {name: [{key: str(value) for key, value in row.items()} for row in rows_of(name)] for name in names} == {
        name: [{key: str(value) for key, value in row.items()} for row in rows] for name, rows in before.items()
    }


STAGED = [
    # before, statuses of its rounds, agreement in force, handed over, the stage it moves to, and back
    ("interest", "", False, False, "interest", "interest"),
    ("talking", "", False, False, "talking", "talking"),
    ("talking", "", True, False, "nda", "talking"),
    ("talking", "open", True, False, "terms_proposed", "talking"),
    ("talking", "countered open", False, False, "countered", "talking"),
    ("agreed", "agreed", False, False, "terms_agreed", "agreed"),
    ("agreed", "agreed", False, True, "ready_to_sign", "agreed"),
    ("lost", "", False, False, "lost", "lost"),
]


def test_threads_that_exist_move_to_the_stage_they_stand_at_and_back(product):
    flask_migrate.upgrade(revision="0006")
    moment, one, other, person, listing = datetime(2026, 9, 1, 8, tzinfo=UTC), UUID(int=2), UUID(int=3), UUID(int=4), UUID(int=5)
    put("fairs", FAIR)
    side = {"kind": "agency", "country": "DE", "status": "approved", "created_at": moment, "version": 1, "absorbed": []}
    put("organizations", side | {"id": one, "slug": "a", "name_en": "A", "name_key": "a"}, side | {"id": other, "slug": "b", "name_en": "B", "name_key": "b"})
    put("people", {"id": person, "name": "P", "email": "p@example.org", "language": "en", "admin": False, "created_at": moment, "version": 1})
    put("listings", {
        "id": listing, "num": 1, "kind": "achievement", "reference": "A-2026-000001", "organization_id": one, "draft_number": 1, "created_at": moment,
        "changed_at": moment, "version": 1, "anonymous": False, "shown_owner_id": one, "open_for_interest": True,
    })  # fmt: skip
    for number, (stage, rounds, secret, handed, _, _) in enumerate(STAGED):
        thread, ended = UUID(int=100 + number), stage == "lost" or handed
        put("negotiations", {
            "id": thread, "reference": f"D-2026-{number:04d}", "fair_id": FAIR["id"], "achievement_id": listing, "achievement_number": 1, "provider_id": one,
            "recipient_id": other, "asked_by_id": other, "answered_by_id": one, "asked_by_person_id": person, "cooperation_wanted": "licence",
            "open_key": None if ended else f"key-{number}", "question": "May we?", "stage": stage, "lost_reason": "other" if stage == "lost" else None,
            "sent_at": moment, "moved_at": moment, "ended_at": moment if ended else None, "move_of_id": None if ended else one, "version": 1,
        })  # fmt: skip
        for count, status in enumerate(rounds.split(), 1):
            put("negotiation_rounds", {
                "id": UUID(int=1000 + 10 * number + count), "negotiation_id": thread, "number": count, "organization_id": one, "person_id": person,
                "undisclosed": False, "status": status, "made_at": moment,
            })  # fmt: skip
        if secret:
            put("disclosure_agreements", {
                "id": UUID(int=2000 + number), "negotiation_id": thread, "open_key": thread, "provider_id": one, "recipient_id": other, "proposed_by_id": one,
                "proposed_by_person_id": person, "proposed_at": moment, "template": "mutual", "ends_on": date(2027, 1, 1), "ends_at": moment, "text_en": "x",
                "text_zh": "x", "content_hash": "0" * 64, "provider_confirmed_at": moment, "provider_confirmed_by": person,
                "recipient_confirmed_at": moment, "recipient_confirmed_by": person, "begun_at": moment, "state": "in_force", "version": 1,
            })  # fmt: skip
        if handed:
            put("negotiation_handovers", {
                "id": UUID(int=3000 + number), "negotiation_id": thread, "reference": "D", "fair_id": FAIR["id"], "facts": {}, "handed_at": moment,
                "handed_by": person, "organization_id": one,
            })  # fmt: skip

    def stages() -> list[str]:
        return [row["stage"] for row in sorted(rows_of("negotiations"), key=lambda row: row["reference"])]

    flask_migrate.upgrade()
    assert stages() == [row[4] for row in STAGED]
    assert {row["due_on"] for row in rows_of("negotiations") if row["move_of_id"]} == {date(2026, 9, 8)}
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE negotiations SET reveal = 'on_acceptance' WHERE stage = 'interest'")
        connection.execute(insert(db.metadata.tables["bookings"]), [
            {"resource": f"{kind}:1", "cell": moment, "holder": f"{holder}:1"}
            for kind, holder in (("place", "closure"), ("person", "absence"), ("place2", "move"), ("interpreter", "meeting"), ("place3", "session"))
        ])  # fmt: skip
    flask_migrate.downgrade(revision="0006")
    assert stages() == ["withdrawn", *(row[5] for row in STAGED[1:])], "a question whose asker was not named is taken back"
    assert [row["holder"] for row in rows_of("bookings")] == ["session:1"]


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


def test_a_check_that_the_migrations_forgot_is_seen(product):
    """The comparison itself: on tables built from the models, one check less must not go unnoticed."""
    db.create_all()
    assert_equal_to_models()
    dropped = next(table for table, names in checks_of_models().items() if names)
    recreated = db.metadata.tables[dropped].to_metadata(type(db.metadata)())
    recreated.constraints = {one for one in recreated.constraints if not isinstance(one, CheckConstraint)}
    engine = create_engine(sqlalchemy_url(make_url(db.engine.url).render_as_string(hide_password=False)))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {dropped}" + ("" if engine.dialect.name == "sqlite" else " CASCADE"))
        columns = ", ".join(f"{column.name} {column.type.compile(engine.dialect)}" for column in recreated.columns)
        connection.exec_driver_sql(f"CREATE TABLE {dropped} ({columns})")
    engine.dispose()
    assert checks_of_database()[dropped] == {}
    with pytest.raises(AssertionError):
        assert_equal_to_models()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_has_a_number_a_name_and_a_way_back_and_does_not_import_the_product(path: Path):
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem)
    text = path.read_text()
    assert "marketplace" not in text, "the product moves on; a migration must not move with it"
    assert not re.search(r"def downgrade\(\)[^\n]*\n\s+pass", text)
    assert path.stem.startswith(re.search(r"^revision = '(\d{4})'", text, re.M)[1])


def test_the_migrations_are_one_line_from_the_first_to_the_last():
    scripts = ScriptDirectory(str(FOLDER))
    numbers = [one.revision for one in scripts.walk_revisions()][::-1]
    assert numbers == [f"{n:04d}" for n in range(1, len(FILES) + 1)]
    assert len(scripts.get_heads()) == 1
