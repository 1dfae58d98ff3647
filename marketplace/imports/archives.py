"""A workbook is an archive: looked into by hand before any reader of workbooks sees it."""

import stat
import zipfile
import zlib
from pathlib import Path

from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l

MOST_ENTRIES = 200
MOST_INFLATED = 100 * 1024 * 1024
MOST_RATIO = 100
SMALL = 4 * 1024 * 1024
"""So much may come out of any archive: equal rows shrink a thousandfold, and do no harm."""
CHUNK = 1 << 18
ENCRYPTED = 0x1
_REMEDY = _l("Save it as XLSX without macros and upload that.")


def check(path: Path) -> None:
    """Raises WrongType (no workbook of ours: macros, a password, another office file) and Unreadable (damaged, or made to harm).

    Every entry is inflated once and counted; what the archive says of its sizes is not believed.
    """
    from marketplace.imports.sniffing import Unreadable, WrongType  # it asks for this check

    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive)
            _check_bytes(archive, path.stat().st_size)
    # what zipfile raises for damage, NotImplementedError for a way of packing it does not know
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError, OSError, KeyError) as error:
        raise Unreadable(gettext("The workbook is damaged or cut off.")) from error
    except _NotOurs as error:
        raise WrongType(str(error)) from error
    except _Harmful as error:
        raise Unreadable(str(error)) from error


class _NotOurs(Exception):
    """Another type of file."""


class _Harmful(Exception):
    """Made to harm."""


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise _Harmful(gettext("The workbook consists of too many parts (%(has)s, at most %(most)s).", has=len(entries), most=MOST_ENTRIES))
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names):
        raise _Harmful(gettext("The workbook has two parts of one name."))
    for entry in entries:
        if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.replace("\\", "/").split("/") or ":" in entry.filename:
            raise _Harmful(gettext("The workbook has a part with a name that leads out of it."))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _Harmful(gettext("The workbook has a part that is a link."))
        if entry.flag_bits & ENCRYPTED:
            raise _NotOurs(gettext("This workbook is protected by a password. Save it without one."))
    lower = {name.casefold() for name in names}
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise _NotOurs(gettext("This workbook has macros.") + f" {_REMEDY}")
    if "xl/workbook.xml" not in lower or "[content_types].xml" not in lower:
        raise _NotOurs(gettext("This archive is not an XLSX workbook.") + f" {_REMEDY}")


def _check_bytes(archive: zipfile.ZipFile, size: int) -> None:
    total = 0
    for entry in archive.infolist():
        before, is_text = b"", entry.filename.casefold().endswith((".xml", ".rels", ".vml"))
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK):
                total += len(chunk)
                if total > MOST_INFLATED or (total > SMALL and total > MOST_RATIO * max(size, 1)):
                    raise _Harmful(gettext("The workbook becomes too large when it is unpacked."))
                if not before and chunk.startswith((b"PK\x03\x04", b"\x1f\x8b")):
                    raise _Harmful(gettext("There is an archive in the workbook."))
                if is_text:
                    _check_text(before[-16:] + chunk)
                before = chunk
        if entry.filename.casefold() == "[content_types].xml" and b"macroenabled" in archive.read(entry).lower():
            raise _NotOurs(gettext("This workbook has macros.") + f" {_REMEDY}")


def _check_text(chunk: bytes) -> None:
    if b"\0" in chunk:
        raise _Harmful(gettext("The workbook has a part that is not UTF-8 text."))
    upper = chunk.upper()
    if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper:
        raise _Harmful(gettext("The workbook declares entities."))
