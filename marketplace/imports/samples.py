"""Templates to fill in: the columns in either language, the allowed values beside, an example, and lists to choose from in a workbook."""

import csv
import io
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from marketplace.core.money import CURRENCIES
from marketplace.imports import columns, words
from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import Kind
from marketplace.listings.rules import ASKED
from marketplace.taxonomy.vocabularies import Vocabulary

LEFT_OUT = ("unknown",)
"""Answers with “unknown” stand in the cells themselves."""
MOST_ROWS = 2000
"""So many rows of a workbook's template offer lists to choose from."""
EXAMPLE: dict[str, tuple[str, str]] = {
    "external_id": ("HP-2026-01", "HP-2026-01"), "title_en": ("Heat pump for process steam", ""), "title_zh": ("", "制取工艺蒸汽的热泵"),
    "summary_en": ("Lifts waste heat at 90 °C to steam at 180 °C.", ""), "summary_zh": ("", "将90℃的余热提升为180℃的蒸汽。"),
    "description_en": ("Two stages with a natural refrigerant; measured in a dairy over one winter.", ""),
    "description_zh": ("", "采用天然工质的两级系统，已在乳品厂运行一个冬季并实测。"),
    "requirement_en": ("Steam at 180 °C at least, 2 t/h.", ""), "requirement_zh": ("", "蒸汽温度不低于180℃，产量2吨/小时。"),
    "advantages_en": ("Half the power of an electric boiler.", ""), "advantages_zh": ("", "耗电量为电锅炉的一半。"), "technology_codes": ("30 26", "30 26"),
    "deal_kinds": ("licence", "licence"), "trl": ("7", "7"), "min_trl": ("6", "6"), "ip_status": ("granted", "granted"), "price_mode": ("negotiable", "negotiable"),
    "amount_min": ("5000000.00", "5000000.00"), "amount_max": ("8000000.00", "8000000.00"), "currency": ("CNY", "CNY"), "country": ("CN", "CN"),
    "target_countries": ("DE FR", "DE FR"), "languages": ("en zh", "en zh"), "parameters": ("steam temperature >= 180 °C; power <= 900 kW", "蒸汽温度 >= 180 °C; 功率 <= 900 kW"),
    "deadline": ("2027-06-30", "2027-06-30"), "valid_until": ("2027-12-31", "2027-12-31"),
}  # fmt: skip


def names(kind: Kind) -> list[str]:
    """Our fields in the order of the template."""
    return [name for name in columns.fields(kind) if name not in LEFT_OUT]


def as_csv(kind: Kind, language: str) -> bytes:
    """The header alone, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerow([columns.label(name, language) for name in names(kind)])
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(kind: Kind, language: str) -> bytes:
    """First the sheet to fill in, then one with what may stand in each column and an example of a row."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    head, wrap, text = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#EDF1F4"}), book.add_format({"text_wrap": True, "valign": "top"}), book.add_format({"num_format": "@"})
    chinese = language == "zh"
    rows = book.add_worksheet("成果" if chinese and kind is Kind.ACHIEVEMENT else "需求" if chinese else "Achievements" if kind is Kind.ACHIEVEMENT else "Needs")
    about = book.add_worksheet("说明" if chinese else "Allowed values")
    values = book.add_worksheet("代码" if chinese else "Codes")
    for place, title in enumerate(("列", "字段", "说明", "示例") if chinese else ("Column", "Field", "What may stand there", "Example")):
        about.write_string(0, place, title, head)
    about.set_column(0, 1, 26)
    about.set_column(2, 2, 70, wrap)
    about.set_column(3, 3, 44, wrap)
    listed = 0
    for place, name in enumerate(names(kind)):
        rows.write_string(0, place, columns.label(name, language), head)
        rows.set_column(place, place, 34 if name.startswith(("title", "summary", "description")) else 18, text)
        for column, said in enumerate((columns.label(name, language), name, _allowed(kind, name, language), EXAMPLE.get(name, ("", ""))[chinese])):
            about.write_string(place + 1, column, said, wrap)
        codes = _codes(kind, name)
        if not codes:
            continue
        for line, (code, label) in enumerate(codes, start=1):
            values.write_string(line, listed, code)
            values.write_string(line, listed + 1, label[chinese])
        values.write_string(0, listed, columns.label(name, language), head)
        if name in words.ONE or name == "currency":
            source = f"='{values.get_name()}'!{_cell(1, listed)}:{_cell(len(codes), listed)}"
            rows.data_validation(1, place, MOST_ROWS, place, {"validate": "list", "source": source, "error_type": "warning"})
        listed += 2
    rows.freeze_panes(1, 0)
    about.freeze_panes(1, 0)
    values.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _cell(row: int, column: int) -> str:
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def _codes(kind: Kind, name: str) -> list[tuple[str, tuple[str, str]]]:
    """Codes with their labels in both languages."""
    vocabulary: Vocabulary | None = words.VOCABULARIES.get(name)
    if vocabulary is None:
        return [(code, (code, code)) for code in sorted(CURRENCIES)] if name == "currency" else []
    found = [(term.code, (term.en, term.zh)) for term in vocabulary.values()]
    return found + ([("unknown", ("unknown", "未知"))] if name in _asked(kind) else [])


def _asked(kind: Kind) -> tuple[str, ...]:
    return ASKED[kind]


def _allowed(kind: Kind, name: str, language: str) -> str:
    """In words: how long a text may be, which codes, how many of them."""
    chinese = language == "zh"
    if name == columns.SEGMENT:
        return "交易会展区的代码" if chinese else "Code of one of the fair's segments"
    found: Any = INPUTS[kind]._declared_fields[name]
    described = str(found.metadata.get("description", ""))
    if name == "currency":
        return "ISO 4217 代码，如 CNY、EUR、USD" if chinese else "A code of ISO 4217 such as CNY, EUR, USD"
    codes = _codes(kind, name)
    if codes:
        most = getattr(found, "most", 1)
        few = "; ".join(f"{code} = {label[chinese]}" for code, label in codes[:40]) + (" …" if len(codes) > 40 else "")
        first = (f"最多 {most} 个，用空格或分号分隔：" if most > 1 else "其中之一：") if chinese else (f"At most {most}, separated by blanks or semicolons: " if most > 1 else "One of: ")
        return first + few
    if (longest := getattr(found, "longest", None)) is not None:
        return f"文本，最多 {longest} 个字符" if chinese else f"Text of at most {longest:,} characters. {described}".strip()
    if name in {"deadline", "valid_until"}:
        return "日期，如 2026-09-30" if chinese else "A day such as 2026-09-30"
    return described
