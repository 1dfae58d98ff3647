"""What a file is, and its rows: encodings, delimiters, forms, and where exactly it breaks."""

import gzip
import io
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from marketplace.imports import cells, columns, reading, words
from marketplace.imports.reading import Unreadable, WrongType
from marketplace.listings.models import Kind
from tests.imports.handing_in import jsonl_of, xlsx_of

pytestmark = pytest.mark.one_database
TEXT = "标题,description\n高温热泵,Lifts 90 °C – “heat”\n"


def read(path: Path, **options) -> tuple[reading.Table, list[reading.Raw]]:
    with reading.table(path, reading.inspect(path), **options) as table:
        return table, list(table.rows)


def put(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "text"),
    [(each, TEXT) for each in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")] + [("cp1252", "title,description\nPumpe für Öl,90 °C – “warm”\n")],
)
def test_text_is_read_in_its_encoding(tmp_path, encoding, text):
    table, rows = read(put(tmp_path, text.encode(encoding)))
    assert [list(row.cells.values()) for row in rows] == [text.splitlines()[1].split(",")]
    assert table.columns == text.splitlines()[0].split(",")


@pytest.mark.parametrize("delimiter", ",;\t|")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_ends_of_lines_are_recognised(tmp_path, delimiter, end):
    lines = [delimiter.join(("title", '"a ""b"""', "c")), "", delimiter.join(("A", f'"two{end}lines"', "x"))]
    _, rows = read(put(tmp_path, end.join(lines).encode()))
    assert [(row.number, row.cells) for row in rows] == [(3, {"title": "A", 'a "b"': f"two{end}lines", "c": "x"})]


def test_what_excel_says_of_its_delimiter_is_no_row(tmp_path):
    table, rows = read(put(tmp_path, b"sep=;\ntitle;b\nA;1,5\n"))
    assert (table.columns, [(row.number, row.cells) for row in rows]) == (["title", "b"], [(2, {"title": "A", "b": "1,5"})])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'title,b\nA,B\nC,"open', "Row 3, column b"), (b'title,b\nA,"x"y\n', "Row 2, column b"), (b'title,b\n"A\n\nB,C\n', "Row 2, column title"),
        (b"title,Title\n", "twice"), (b",,\n", "empty|no header"), (b"\xff\x81\x8d,b\n", "neither"), (gzip.compress(b"title\nA\n", mtime=0)[:-9], "damaged|cut off"),
        (",".join(f"c{n}" for n in range(16_384)).encode(), "at most 400"), (b'{"a": "' + b"x" * (reading.LONGEST_LINE + 9) + b'"}', "too long"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_says_where(tmp_path, content, said):
    with pytest.raises(Unreadable) as refused:
        read(put(tmp_path, content))
    assert any(each in str(refused.value.detail) for each in said.split("|")), refused.value.detail


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n", "PDF"), (b"\x89PNG\r\n\x1a\n<html>", "PNG"), (b"<!doctype html><p>title,b", "HTML"), (b"<?xml version='1.0'?>", "XML"), (b"[{\"a\": 1}]", "JSON list"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"), (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (gzip.compress(gzip.compress(b"title\nA", mtime=0), mtime=0), "archive"), (b"title,b\nA,\0\0\0\0", "text"), (b"MZ\x90\0", "EXE"),
    ],
)  # fmt: skip
def test_another_type_is_refused_with_what_to_do(tmp_path, content, said):
    with pytest.raises(WrongType) as refused:
        reading.inspect(put(tmp_path, content))
    assert said in str(refused.value.detail)


def repacked(change, content: bytes = xlsx_of([{"title": "A", "description": "B"}])) -> bytes:
    """A workbook with its parts changed: ``change`` takes and gives {name: bytes}."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = change({name: book.read(name) for name in book.namelist()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts | {"../../etc/passwd": b"x"}, lambda parts: parts | {"/abs": b"x"}, lambda parts: parts | {"C:x": b"x"},
        lambda parts: parts | {f"n{number}": b"" for number in range(300)}, lambda parts: parts | {"bomb": b"\0" * 30_000_000},
        lambda parts: parts | {"xl/media/inner.zip": b"PK\x03\x04"}, lambda parts: parts | {"XL/Workbook.xml": b"<a/>"},
        lambda parts: parts | {SHEET: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + parts[SHEET]},
        lambda parts: parts | {SHEET: parts[SHEET].decode().encode("utf-16")},
    ],
    ids=["up", "absolute", "drive", "many", "bomb", "nested", "same name", "entities", "utf-16"],
)  # fmt: skip
def test_a_workbook_made_to_harm_is_refused_before_it_is_read(tmp_path, change):
    with pytest.raises(Unreadable):
        reading.inspect(put(tmp_path, repacked(change)))


@pytest.mark.parametrize("change", [lambda parts: parts | {"xl/vbaProject.bin": b"x"}, lambda parts: {"word/document.xml": b"<a/>", "[Content_Types].xml": b"<a/>"}])
def test_macros_and_other_office_files_are_no_workbook(tmp_path, change):
    with pytest.raises(WrongType):
        reading.inspect(put(tmp_path, repacked(change)))


def test_a_sheet_far_too_wide_ends_the_child_and_nobody_else(tmp_path):
    far = repacked(lambda parts: parts | {SHEET: parts[SHEET].replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')})
    with pytest.raises(Unreadable):
        read(put(tmp_path, far))


def test_numbers_and_days_of_a_workbook_are_what_it_shows(tmp_path):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Other")
    sheet = book.add_worksheet("Mine")
    sheet.write_row(1, 1, ["title", "a", "b", "c", "d"])
    sheet.write_row(3, 1, ["A", 0.1 + 0.2, 7, 1e20, True])
    sheet.write_datetime(4, 1, date(2026, 9, 30), book.add_format({"num_format": "d mmm yyyy"}))
    book.close()
    path = put(tmp_path, out.getvalue())
    table, rows = read(path, sheet="Mine")
    assert (table.sheets, table.sheet, table.columns) == (["Other", "Mine"], "Mine", ["", "title", "a", "b", "c", "d"])
    assert [(row.number, list(row.cells.values())) for row in rows] == [(4, ["A", "0.3", "7", "100000000000000000000", "true"]), (5, ["2026-09-30"])]
    with pytest.raises(Unreadable, match="Other, Mine"):
        read(path, sheet="None")


@pytest.mark.parametrize("rows", [0, 1, reading.HEADER_ROWS - 1, reading.HEADER_ROWS, reading.HEADER_ROWS + 1, 3 * reading.HEADER_ROWS])
def test_every_line_of_json_is_a_row(tmp_path, rows):
    lines = [{"title": str(number)} for number in range(rows)] + [{"late": 1}]
    table, found = read(put(tmp_path, jsonl_of(lines)))
    assert [row.number for row in found] == list(range(1, rows + 2))
    assert [row.cells for row in found] == lines
    assert ("late" in table.columns) is (rows < reading.HEADER_ROWS)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1 + 0.2, "0.3"), (1.0, "1"), (-0.0, "0"), (1234567.89, "1234567.89"), (1e-7, "0.0000001"), (2**53 * 1.0, "9007199254740990"), (float("inf"), ""), (float("nan"), "")],
)
def test_a_number_has_fifteen_digits(number, text):
    assert cells.shown(number) == text


def test_the_child_knows_nothing_of_the_product():
    code = f"import runpy, sys; runpy.run_path({cells.__file__!r}); sys.exit('marketplace' in sys.modules)"
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("title_en", "title_en"), (" Title  in English ", "title_en"), ("英文标题", "title_en"), ("TITLE-ZH", "title_zh"), ("成熟度", "trl"), ("Maturity (TRL)", "trl"),
        ("Title", "title"), ("标题", "标题"), ("Organization", None), ("Bezeichnung", None),
    ],
)  # fmt: skip
def test_a_column_is_known_by_its_names(column, field):
    assert columns.meant(column, Kind.ACHIEVEMENT) == field


def test_likeness_proposes_what_nothing_else_is():
    found = columns.proposed(["Title (English)", "Tilte in Chinese", "Price currency", "xyz", "reference"], Kind.ACHIEVEMENT)
    assert found == {"Title (English)": "title_en", "Tilte in Chinese": "title_zh", "Price currency": "currency", "xyz": None}


@pytest.mark.parametrize(
    ("field", "text", "codes"),
    [
        ("country", "Germany", "DE"), ("country", "中国", "CN"), ("country", "UK", "GB"), ("target_countries", "Germany; France", "DE FR"), ("target_countries", "德国、法国", "DE FR"),
        ("target_countries", "DE,FR", "DE,FR"), ("deal_kinds", "Licence", "licence"), ("trl", "TRL 7", "7"), ("trl", "7级", "7"), ("trl", "eleven", "eleven"), ("ip_status", "未知", "unknown"),
    ],
)  # fmt: skip
def test_labels_stand_for_codes(field, text, codes):
    assert words.coded(field, text) == codes


@pytest.mark.parametrize(
    ("field", "value", "fault", "said"),
    [
        ("country", "Germny", "code_unknown", "DE"), ("deal_kinds", "licnce", "code_unknown", "licence"), ("currency", "RMB", "code_unknown", "CNY"),
        ("amount_min", "1,000", "amount_format", "1000"), ("valid_until", "31/12/2026", "day", "2026-12-31"), ("valid_until", "01/02/2026", "day", "2026-02-01 or 2026-01-02"),
        ("trl", "about 7", "whole", "7"), ("trl", "1.5", "whole", ""), ("country", "qqqqqq", "code_unknown", ""),
    ],
)  # fmt: skip
def test_what_was_probably_meant_is_said(app, field, value, fault, said):
    assert words.suggested(field, value, fault) == said
