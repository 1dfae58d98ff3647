"""What a file is, told from its bytes and never from its name: text of which encoding and delimiter, JSON lines, a workbook, or nothing of ours."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from charset_normalizer import from_bytes

from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.imports import archives

SAMPLE = 256 * 1024
MOST_BYTES = 4 * 1024**3  # of a whole file, unpacked
CHUNK = 1 << 20
DELIMITERS = ",;\t|"
OLD_ENCODINGS = ("gb18030", "cp1252")
"""What spreadsheets of China and of the West write when nobody asks for UTF-8."""
_REMEDY = _l("Save it as CSV (UTF-8) or as XLSX and upload that.")
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"RIFF", "RIFF"), (b"BM", "BMP"), (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x7fELF", "ELF"), (b"MZ\x90", "EXE"), (b"{\\rtf", "RTF"),
)  # fmt: skip


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class WrongType(DomainError):
    """Not one of the three forms; the sentence says what it is, and what to do."""

    status, slug, title = 415, "file-type", _l("Not a file that can be imported")
    text = _l("A CSV, XLSX or JSON lines file is expected.")


class Unreadable(DomainError):
    """One of the three forms, but it cannot be read as a whole; nothing of it is imported. The sentence says where."""

    status, slug, title = 422, "file-unreadable", _l("The file cannot be read")
    text = _l("The file is damaged.")


@dataclass(frozen=True, slots=True)
class Source:
    """What there is to know before the first row is read. ``packed``: inside gzip."""

    form: Form
    packed: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","


def inspect(path: Path, *, most: int = MOST_BYTES) -> Source:
    """What the file is; its bytes are all looked at once. ``most`` bounds what may come out of a packed one.

    Raises WrongType, Unreadable.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith(b"PK\x03\x04"):
        archives.check(path)
        return Source(Form.XLSX)
    packed = head.startswith(b"\x1f\x8b")
    if packed:
        head = b"".join(_inflated(path, SAMPLE))
    _refuse_strangers(head, packed=packed)
    encoding = _encoding(path, head, packed=packed, most=most)
    codec = codecs.getincrementaldecoder(encoding)(errors="ignore")
    text = codec.decode(head).lstrip("\ufeff \t\r\n")
    if not text:
        raise Unreadable(gettext("The file is empty."))
    if text.startswith("[") and not _is_line(text):
        raise WrongType(gettext("This begins like a JSON list. Write one object on each line instead (JSON lines)."))
    if text[0] == "<":
        raise WrongType(gettext("This is an HTML or XML file, whatever its name says.") + f" {_REMEDY}")
    if text[0] in "{[":
        if encoding.startswith(("gb", "cp")):
            raise Unreadable(gettext("JSON lines are UTF-8 text; this is not."))
        return Source(Form.JSONL, packed, encoding)
    return Source(Form.CSV, packed, encoding, _delimiter(text))


def _is_line(text: str) -> bool:
    """Whether a text that begins with a list goes on with another line of JSON: one bad line of many, not a list of all."""
    first, _, rest = text.partition("\n")
    return first.rstrip().endswith("]") and rest.lstrip().startswith(("{", "["))


def opened(path: Path, *, packed: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")


def _refuse_strangers(head: bytes, *, packed: bool) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in head:
            raise WrongType(gettext("This workbook is protected by a password. Save it without one."))
        raise WrongType(gettext("This is a workbook of the old form (.xls).") + f" {_REMEDY}")
    if packed and head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise WrongType(gettext("There is an archive in the archive.") + f" {_REMEDY}")
    found = next((name for magic, name in _STRANGERS if head.startswith(magic)), "PDF" if b"%PDF-" in head[:1024] else None)
    if found:
        raise WrongType(gettext("This is a file of type %(name)s, whatever its name says.", name=found) + f" {_REMEDY}")


def _inflated(path: Path, most: int) -> Iterator[bytes]:
    """The beginning of what a gzip file holds. Raises Unreadable."""
    try:
        with opened(path, packed=True) as file:
            yield file.read(most)
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as error:
        raise Unreadable(gettext("The compressed file is damaged or cut off.")) from error


def _chunks(path: Path, *, packed: bool, most: int) -> Iterator[bytes]:
    seen = 0
    try:
        with opened(path, packed=packed) as file:
            while chunk := file.read(CHUNK):
                seen += len(chunk)
                if seen > most:
                    raise Unreadable(gettext("The file is too large."))
                yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(gettext("The compressed file is damaged or cut off.")) from error


def _encoding(path: Path, head: bytes, *, packed: bool, most: int) -> str:
    """UTF-8 when all of it is; what a byte order mark says; else the likelier of the old encodings. Raises Unreadable."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            return name
    zeros = head[:4000].count(0)
    if zeros:
        if zeros > len(head[:4000]) // 3 and head[1:4000:2].count(0) == zeros:
            return "utf-16-le"
        if zeros > len(head[:4000]) // 3 and head[0:4000:2].count(0) == zeros:
            return "utf-16-be"
        raise WrongType(gettext("This is not a file of text.") + f" {_REMEDY}")
    decoder, telling, at = codecs.getincrementaldecoder("utf-8")("strict"), bytearray(), 0
    valid = True
    for chunk in _chunks(path, packed=packed, most=most):
        if valid:
            try:
                decoder.decode(chunk)
                at += len(chunk)
                continue
            except UnicodeDecodeError:
                valid = False
        telling += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[: SAMPLE - len(telling)]
        if len(telling) >= SAMPLE:
            break
    if valid:
        return "utf-8"
    best = from_bytes(bytes(telling), cp_isolation=list(OLD_ENCODINGS)).best()
    if best is None:
        raise Unreadable(gettext("The file is neither UTF-8 nor UTF-16, GB18030 or Windows-1252 text.") + f" {_REMEDY}")
    return {"windows_1252": "cp1252"}.get(best.encoding, best.encoding)


def _delimiter(text: str) -> str:
    """The one that separates the header most often, outside of quotes; what ``sep=`` says, as spreadsheets write it."""
    first = text.splitlines()[0]
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)
