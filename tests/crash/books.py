"""The test's own bookkeeper: reads the database past the application, in one snapshot, with SQL of its own."""

import sqlite3

import psycopg

TOTALS = """
SELECT (SELECT COALESCE(SUM(CASE WHEN status = 'verified' THEN 1 ELSE 0 END), 0) FROM contracts),
       (SELECT COALESCE(SUM(CASE WHEN status = 'verified' THEN total_minor ELSE 0 END), 0) FROM contracts),
       (SELECT COALESCE(SUM(count), 0) FROM postings WHERE status = 'verified'),
       (SELECT COALESCE(SUM(total_minor), 0) FROM postings WHERE status = 'verified'),
       (SELECT COALESCE(SUM(count), 0) FROM balances WHERE view = 'staff' AND axis = '' AND status = 'verified'),
       (SELECT COALESCE(SUM(base_total_minor), 0) FROM balances WHERE view = 'staff' AND axis = '' AND status = 'verified'),
       (SELECT COALESCE(SUM(count), 0) FROM balances WHERE view = 'public' AND axis = '' AND status = 'verified'),
       (SELECT COALESCE(SUM(total_minor), 0) FROM postings),
       (SELECT COUNT(*) FROM vouchers), (SELECT COALESCE(MAX(seq), 0) FROM vouchers), (SELECT COALESCE(MAX(seq), 0) FROM ledger_heads),
       (SELECT COUNT(*) FROM contracts)
"""


def read(database: str) -> dict[str, int]:
    """Every figure of one moment."""
    if database.startswith("sqlite:///"):
        connection = sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)
        row = connection.execute(TOTALS).fetchone()
        connection.close()
    else:
        with psycopg.connect(database) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = connection.execute(TOTALS).fetchone()
    names = ("contract_count", "contract_sum", "posting_count", "posting_sum", "balance_count", "balance_sum", "public_count", "zero",
             "vouchers", "last_seq", "head_seq", "contracts")  # fmt: skip
    return dict(zip(names, (int(value) for value in row), strict=True))


def check(figures: dict[str, int]) -> None:
    """Total = sum of postings = contracts, nothing out of balance, no number missing. All deals here are open and in the fair's currency."""
    assert figures["contract_count"] == figures["posting_count"] == figures["balance_count"] == figures["public_count"], figures
    assert figures["contract_sum"] == figures["posting_sum"] == figures["balance_sum"], figures
    assert figures["zero"] == 0, figures
    assert figures["vouchers"] == figures["last_seq"] == figures["head_seq"], figures
