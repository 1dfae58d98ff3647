"""A book as an answer to a request: written to a file that nobody else sees, then sent as an attachment."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

from flask import Response, send_file

from marketplace.core.clock import now, today
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext as _
from marketplace.core.sheets import Book, delimited, printed, workbook

IN_MEMORY = 2 * 1024 * 1024
"""A larger file is sent from the disk."""
FORMATS: dict[str, tuple[str, Callable[[Book, IO[bytes]], None]]] = {
    "csv": ("text/csv", delimited.write),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.write),
    "pdf": ("application/pdf", printed.write),
}


def chosen(format_name: str) -> str:
    """The format of an address. Raises NotFound for one that there is not."""
    if format_name not in FORMATS:
        raise NotFound()
    return format_name


def answer(book: Book, format_name: str, *, zone: str, confidential: bool = True) -> Response:
    """The file, named after the book and the day in ``zone``. Nobody keeps a ``confidential`` one on the way.

    It is written before the first byte leaves: a fault on the way is an error page, never half a file. Raises NotFound.
    """
    media_type, write = FORMATS[chosen(format_name)]
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        write(book, file)
        size = file.tell()
        file.seek(0)
        if size <= IN_MEMORY:
            with file:
                file = BytesIO(file.read())
    except BaseException:
        file.close()
        raise
    name = f"{book.name}-{today(zone).isoformat()}.{format_name}"
    response = send_file(file, mimetype=media_type, as_attachment=True, download_name=name, conditional=False, etag=False)
    response.content_length = size
    response.headers["Cache-Control"] = "private, no-store" if confidential else "public, max-age=0, s-maxage=5"
    return response


def moment_in_words(zone: str, moment: datetime | None = None) -> str:
    """A moment, now unless given, on the wall clock of a zone with its offset: ``2020-09-17 18:00:00 +08:00 (Asia/Shanghai)``."""
    return f"{wall_clock(zone, moment or now())} ({zone})"


def wall_clock(zone: str, moment: datetime) -> str:
    """A moment in a row, where the facts above name the zone: ``2020-09-17 18:00:00 +08:00``."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:]}"


def no_filter() -> str:
    """What stands for a filter that lets everything through."""
    return _("none")
