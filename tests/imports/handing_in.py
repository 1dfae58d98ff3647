"""Files as people make them, and the way they hand them in."""

import csv
import io
import json
from typing import Any

import xlsxwriter

from marketplace.core import jobs
from marketplace.core.db import db
from marketplace.imports.models import ImportJob
from tests.factories import form_token

GOOD = {"external_id": "1", "title": "Heat pump for process steam", "description": "It lifts waste heat.", "trl": "7"}
BAD = {"external_id": "2", "title": "", "description": "No title", "trl": "eleven"}


def csv_of(rows: list[dict[str, Any]], **dialect: Any) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def jsonl_of(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def xlsx_of(rows: list[dict[str, Any]], sheet: str = "Sheet1") -> bytes:
    """Numbers stay numbers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet(sheet)
    names = list(dict.fromkeys(name for row in rows for name in row))
    page.write_row(0, 0, names)
    for line, row in enumerate(rows, start=1):
        for place, name in enumerate(names):
            page.write(line, place, row.get(name, ""))
    book.close()
    return out.getvalue()


def hand_in(client: Any, content: bytes, *, name: str = "rows.csv", kind: str = "achievement", done: bool = True, **fields: Any) -> Any:
    """Upload on the page; the background does its work unless ``done`` is False. The answer."""
    data = {**form_token(client, "/imports"), "kind": kind, "file": (io.BytesIO(content), name), **fields}
    answer = client.post("/imports", data=data, content_type="multipart/form-data")
    if done:
        jobs.sweep()
    return answer


def press(client: Any, job: ImportJob, what: str, **fields: Any) -> Any:
    answer = client.post(f"/imports/{job.id}/{what}", data={**form_token(client, "/imports"), **fields})
    jobs.sweep()
    return answer


def newest() -> ImportJob:
    db.session.rollback()
    return db.session.query(ImportJob).order_by(ImportJob.created_at.desc(), ImportJob.id.desc()).populate_existing().first()
