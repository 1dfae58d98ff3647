"""Listings as an answer to a request, in the layout of the import: filter, moment and count are said where they do not disturb the next import.

A workbook has them on its last sheet. A CSV or a file of JSON lines would be another one with a line more: there they are in the
headers of the answer, and day and count in the name of the file.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, send_file

from marketplace.core.clock import today
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext
from marketplace.core.sheets.sending import IN_MEMORY, moment_in_words
from marketplace.fairs.models import Fair
from marketplace.imports import exporting
from marketplace.listings import browsing
from marketplace.listings.models import Kind

MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "jsonl": "application/x-ndjson"}
PAGE = 200


def chosen(format_name: str) -> str:
    """Raises NotFound for a format that there is not."""
    if format_name not in MEDIA:
        raise NotFound()
    return format_name


def answer(found: Iterator[dict[str, Any]], kind: Kind, format_name: str, *, name: str, said: str, zone: str, confidential: bool) -> Response:
    """The file. ``said`` is the filter in words. It is written before the first byte leaves. Raises NotFound, TooLongForCell."""
    chosen(format_name)
    moment = moment_in_words(zone)
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        if format_name == "xlsx":
            count = exporting.write_xlsx(file, found, kind, facts=((gettext("Filter"), said), (gettext("Time"), moment)))
        else:
            text = TextIOWrapper(file, encoding="utf-8", newline="")
            count = exporting.write_csv(text, found, kind) if format_name == "csv" else exporting.write_jsonl(text, found)
            text.flush()
            text.detach()
        size = file.tell() if format_name != "xlsx" else file.seek(0, 2)
        file.seek(0)
        if size <= IN_MEMORY:
            with file:
                file = BytesIO(file.read())
    except BaseException:
        file.close()
        raise
    response = send_file(file, mimetype=MEDIA[format_name], as_attachment=True, download_name=f"{name}-{today(zone).isoformat()}-{count}.{format_name}", conditional=False, etag=False)
    response.content_length = size
    response.headers["X-Export-Filter"], response.headers["X-Export-Time"], response.headers["X-Export-Count"] = quote(said, safe=" :;,=/()-"), quote(moment, safe=" :+()/"), str(count)
    response.headers["Cache-Control"] = "private, no-store" if confidential else "public, max-age=0, s-maxage=5"
    return response


def found_ids(kind: Kind, query: dict[str, Any], *, fair: Fair | None) -> Sequence[UUID] | None:
    """The listings that the catalogue shows for a query, on whichever page; None for all of them. Raises Malformed, Rebuilding."""
    if not any(value for name, value in query.items() if name not in {"fair", "limit", "cursor", "sort", "facets"}):
        return None
    found: list[UUID] = []
    cursor: str | None = None
    while True:
        page = browsing.browse(kind, {**query, "limit": PAGE, "cursor": cursor}, fair=fair, bound_to="export")
        found += [row["id"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            return found


def in_words(query: dict[str, Any]) -> str:
    """A query as its address says it: ``q=pump; trl=7, 8``."""
    parts = []
    for name, value in query.items():
        if name not in {"fair", "limit", "cursor", "facets", "sort"} and value:
            parts.append(f"{name}={', '.join(map(str, value)) if isinstance(value, list) else value}")
    return "; ".join(parts) or gettext("none")
