"""A list as CSV, XLSX and PDF: read back by other programs it is what went in, and no cell of it is a formula."""

import csv
import io
import re
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from marketplace.core.errors import NotFound
from marketplace.core.money import exponent, to_text
from marketplace.core.sheets import Book, Column, Kind, Money, Table, TooManyRows, delimited, printed, sending, typeset, workbook
from marketplace.core.sheets.cells import guarded, number, unguarded

pytestmark = pytest.mark.one_database
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u3000=1", "\N{NO-BREAK SPACE}=1", "＝1+1", "＋1", "－1", "＠a", "'=1", "''-x",
]  # fmt: skip
HARMLESS = ["", "a=b", "1-2", "Heat pump", "热泵", "'quoted'", "a\nb", "´=1", "_x000D_", "_x005F_x000D_", "&amp; <b>", '"a", b', "http://example.org"]
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first text drawn loads the table of all characters
CHAINED_ESCAPES = re.compile("_x[0-9a-f]{4}_x[0-9a-f]{4}_", re.I)  # the format's own escape of a character, twice around one underscore
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=60)


def book(rows, *columns, facts=(), title="Contracts", counted="contracts"):
    return Book(name="contracts", title=title, facts=facts, tables=[Table(title=title, columns=columns, rows=rows, counted=counted)])


def written(write, what) -> bytes:
    out = io.BytesIO()
    write(what, out)
    return out.getvalue()


def csv_lines(what) -> list[list[str]]:
    content = written(delimited.write, what)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def xlsx_lines(what, place=0) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(written(workbook.write, what))).get_sheet_by_index(place).to_python(skip_empty_area=False)


def pdf_text(what) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(written(printed.write, what))).pages]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_is_guarded_in_csv_and_xlsx(app, text):
    for lines in (csv_lines, xlsx_lines):
        found = [cell for line in lines(book([[text]], Column(label="Title"))) for cell in line if isinstance(cell, str)]
        assert f"'{text}" in found
        assert not [cell for cell in found if cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) or cell[:1] in ("\t", "\r", "\n")]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_stays_as_it_is(text):
    assert guarded(text) == text == unguarded(text)


def test_titles_facts_and_headings_are_guarded_too(app):
    for lines in (csv_lines, xlsx_lines):
        found = {cell for line in lines(book([], Column(label="=label"), title="=title", facts=[("=fact", "=said")])) for cell in line}
        assert {"'=label", "'=title", "'=fact", "'=said"} <= found


@EASY
@given(st.text(max_size=40))
@example("'=1")
@example("''=1")
def test_the_guard_can_be_taken_off_exactly(text):
    assert unguarded(guarded(text)) == text


@EASY
@given(st.lists(st.lists(st.one_of(TEXTS, st.sampled_from(FORMULAS + HARMLESS)), min_size=2, max_size=2), max_size=4))
def test_texts_read_back_from_csv_are_those_that_went_in(app, rows):
    lines = csv_lines(book(rows, Column(label="A"), Column(label="B")))
    head = lines.index(["A", "B"])
    assert [[unguarded(cell) for cell in line] for line in lines[head + 1 : head + 1 + len(rows)]] == rows
    assert {len(line) for line in lines} == {2}


@EASY
@given(st.lists(st.lists(st.one_of(TEXTS, st.sampled_from([t for t in FORMULAS + HARMLESS if "\r" not in t])), min_size=2, max_size=2), max_size=4))
def test_texts_read_back_from_xlsx_are_those_that_went_in(app, rows):
    assume(not any(CHAINED_ESCAPES.search(cell) for row in rows for cell in row))
    lines = xlsx_lines(book(rows, Column(label="A"), Column(label="B")))
    head = lines.index(["A", "B"])
    assert [[unguarded(cell) for cell in line] for line in lines[head + 1 : head + 1 + len(rows)]] == rows


@EASY
@given(st.integers(-(10**18), 10**18), st.sampled_from(["CNY", "JPY", "KWD"]))
@example(999_999_999_999_999, "CNY")
@example(1_784_800_000_000, "CNY")
@example(-999_999_999_999_999, "KWD")
@example(10**15, "CNY")
def test_amounts_are_exact_to_the_last_digit(app, minor, currency):
    what = book([[Money(minor, currency)]], Column(label="Amount", kind=Kind.AMOUNT))
    assert [to_text(minor, currency), ""] in csv_lines(what)
    [cell] = [line[0] for line in xlsx_lines(what) if line[0] not in ("", "Contracts", "Amount", "Count: contracts")]
    assert isinstance(cell, str) is (len(str(abs(minor))) > 15)
    as_read = cell if isinstance(cell, str) else f"{Decimal(repr(cell)):.{exponent(currency)}f}"
    assert Decimal(as_read) * 10 ** exponent(currency) == minor


def test_sixteen_digits_are_text_and_fifteen_a_number():
    assert number(Money(999_999_999_999_999, "CNY")) == 9_999_999_999_999.99
    assert number(Money(1_000_000_000_000_000, "CNY")) is None


def amounts_book():
    """Two yuan amounts, one of euros, one undisclosed."""
    rows = [[Money(100, "CNY")], [Money(250, "CNY")], [Money(7, "EUR")], ["undisclosed"]]
    facts = [("Filter", "Status: verified"), ("Scope", "All, number 1"), ("Time", "2020-09-17 18:00:00 +08:00 (Asia/Shanghai)")]
    return book(rows, Column(label="Amount", kind=Kind.AMOUNT, summed=True), facts=facts)


def test_every_file_prints_title_filter_scope_time_count_and_the_sum_of_each_currency(app):
    what = amounts_book()
    lines = csv_lines(what)
    assert lines[:4] == [["Contracts", ""], *([label, said] for label, said in what.facts)]
    assert lines[-3:] == [["Count: contracts", "4"], ["Sum in CNY: Amount", "3.50"], ["Sum in EUR: Amount", "0.07"]]
    sheet = [line[:2] for line in xlsx_lines(what)]
    assert sheet[:4] == lines[:4]
    assert sheet[-3:] == [["Count: contracts", 4], ["Sum in CNY: Amount", 3.5], ["Sum in EUR: Amount", 0.07]]
    [page] = pdf_text(what)
    for text in ("Contracts", "Status: verified", "All, number 1", "18:00:00 +08:00", "Count: contracts: 4", "Sum in CNY: Amount: 3.50", "Sum in EUR: Amount: 0.07"):
        assert text in page


@pytest.mark.parametrize("lines", [csv_lines, xlsx_lines])
def test_different_currencies_are_never_added(app, lines):
    closing = [line for line in lines(amounts_book()) if str(line[0]).startswith("Sum")]
    assert [line[0] for line in closing] == ["Sum in CNY: Amount", "Sum in EUR: Amount"]
    assert not [line for line in closing if str(line[1]) in {"3.57", "3.5700000000000003"}]


def test_days_are_days_in_a_spreadsheet_and_iso_elsewhere(app):
    what = book([[date(2020, 9, 17)], [date(1900, 1, 1)]], Column(label="Day", kind=Kind.DAY))
    assert [line[0] for line in csv_lines(what)][3:5] == ["2020-09-17", "1900-01-01"]
    assert [line[0] for line in xlsx_lines(what)][3:5] == [date(2020, 9, 17), "1900-01-01"]


def test_several_tables_are_worksheets_with_names_that_excel_takes(app):
    names = ["A" * 40, "A" * 41, "a/b", "A B", "'q'", "History", "技术领域"]
    what = Book(name="x", title="T", facts=(), tables=[Table(title=name, columns=[Column(label="L")], rows=[[name]]) for name in names])
    found = CalamineWorkbook.from_filelike(io.BytesIO(written(workbook.write, what))).sheet_names
    assert found == ["A" * 31, "A" * 29 + " 2", "a b", "A B 2", "q", "History 2", "技术领域"]
    assert all(len(name) <= 31 for name in found)


def test_a_text_longer_than_a_cell_holds_is_an_error_and_not_cut(app):
    with pytest.raises(ValueError, match="characters"):
        written(workbook.write, book([["x" * 32_768]], Column(label="A")))


def test_a_row_of_another_width_is_an_error(app):
    with pytest.raises(ValueError, match="2 cells"):
        written(delimited.write, book([["a", "b"]], Column(label="A")))


def test_a_pdf_repeats_the_heading_and_numbers_its_pages(app):
    pages = pdf_text(book(([f"Row {i}", "热泵与储能"] for i in range(100)), Column(label="Heading"), Column(label="题名")))
    assert len(pages) > 2
    for place, page in enumerate(pages, start=1):
        assert "Heading" in page
        assert "题名" in page
        assert f"Page {place} of" in page
        assert page.rstrip().endswith(str(len(pages)))
    whole = "\n".join(pages)
    assert [f"Row {i}" in whole for i in range(100)] == [True] * 100
    assert whole.count("热泵与储能") == 100


def test_a_row_higher_than_a_page_goes_on_on_the_next(app):
    words = [f"word{i}" for i in range(2000)]
    pages = pdf_text(book([[" ".join(words), "next"]], Column(label="Text", weight=2), Column(label="Other", weight=8)))
    assert len(pages) > 2
    assert " ".join(" ".join(pages).split()).count("word1999") == 1
    missing = [word for word in words if word not in " ".join(pages)]
    assert missing == []


@EASY
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=80), st.integers(30, 200))
def test_lines_are_never_wider_than_their_column_and_lose_no_character(app, text, most):
    typeset.prepare()
    lines = typeset.wrapped(text, most, 8)
    assert all(typeset.width(line, 8) <= most for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_day_and_what_has_to_fit_stand_on_one_line_of_a_pdf(app):
    columns = [Column(label="No.", weight=1, fits="C-2020-0000"), Column(label="Day", kind=Kind.DAY, weight=1), Column(label="Text", weight=60)]
    [page] = pdf_text(book([["C-2020-0042", date(2020, 9, 17), "word " * 100]], *columns))
    assert "C-2020-0042" in page
    assert "2020-09-17" in page


@EASY
@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 40), st.text("abcdefgh ", max_size=30)), min_size=1, max_size=30))
def test_the_columns_of_a_pdf_fill_the_page_and_none_is_lost(app, drawn):
    typeset.prepare()
    placed = printed._placed([Column(label=label, kind=kind, weight=weight) for kind, weight, label in drawn])
    assert all(wide > 0 for _column, _x, wide in placed)
    assert [x for _column, x, _wide in placed] == sorted(x for _column, x, _wide in placed)
    assert placed[-1][1] + placed[-1][2] <= printed.WIDTH - printed.LEFT


def test_a_pdf_of_thousands_of_pages_is_refused(app):
    with pytest.raises(TooManyRows):
        written(printed.write, book(([str(i)] for i in range(printed.MOST_ROWS + 1)), Column(label="A")))


@pytest.mark.parametrize("write", [delimited.write, workbook.write])
def test_a_hundred_thousand_rows_need_no_more_memory_than_ten_thousand(app, write, tmp_path):
    """The bound is absolute: rows of 100 bytes would alone be 10 MB if they were kept."""

    def peak(rows):
        with (tmp_path / "out").open("w+b") as out:
            tracemalloc.start()
            write(book((["A row of the list that is written", "x" * 60, Money(i + 1, "CNY")] for i in range(rows)),
                       Column(label="A"), Column(label="B"), Column(label="C", kind=Kind.AMOUNT, summed=True)), out)  # fmt: skip
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    peak(10)
    assert peak(100_000) < 4_000_000


def test_the_file_is_an_attachment_named_in_ascii_with_the_day_and_kept_by_nobody(app):
    with app.test_request_context():
        answer = sending.answer(amounts_book(), "csv", zone="Asia/Shanghai")
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; filename=contracts-20") and disposition.endswith(".csv") and disposition.isascii()
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content_length == len(b"".join(answer.response))
        answer.close()


@pytest.mark.parametrize("name", ["xls", "", "CSV", "csv2"])
def test_an_unknown_format_is_not_found(app, name):
    with app.test_request_context(), pytest.raises(NotFound):
        sending.answer(amounts_book(), name, zone="UTC")


def test_a_fault_on_the_way_is_no_half_file(app):
    def rows():
        yield ["one"]
        raise RuntimeError("the database is gone")

    with app.test_request_context(), pytest.raises(RuntimeError):
        sending.answer(book(rows(), Column(label="A")), "csv", zone="UTC")
