"""Every text of the product has its Chinese, with the same parameters; no text is left over from an earlier version."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
TRANSLATIONS = ROOT / "marketplace" / "translations"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
# Names, codes and units that Chinese readers write as English ones do.
SAME_IN_CHINESE = {"API", "OpenAPI", "IPC", "TRL", "CSV", "JSON", "JSONL", "English", "中文", "EN", "Stripe", "–", "·"}
PARAMETER = re.compile(r"%\((\w+)\)[sd]")

Id = str | tuple[str, ...]


@cache
def texts_of_the_product() -> dict[Id, str]:
    """{text: where it stands first}; a text with a plural is the pair of both forms."""
    with (TRANSLATIONS / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found: dict[Id, str] = {}
    for name, line, text, _comments, _context in extract_from_dir(str(ROOT), methods, options, keywords=KEYWORDS):
        found.setdefault(text, f"{name}:{line}")
    return found


@cache
def chinese() -> Catalog:
    with (TRANSLATIONS / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="zh")


def faults(wanted: dict[Id, str], catalogue: Catalog) -> list[str]:
    """One line for each text without its Chinese, with a doubtful one, or with other parameters."""
    lines = []
    for text, place in wanted.items():
        first, forms = (text, (text,)) if isinstance(text, str) else (text[0], text)
        message = catalogue.get(first)
        written = message.string if message else ""
        answers = [written] if isinstance(written, str) else list(written)
        if message is None or not all(answers):
            lines.append(f"{place}: no Chinese for {first!r}")
        elif message.fuzzy:
            lines.append(f"{place}: the Chinese of {first!r} is marked as doubtful")
        elif any(set(PARAMETER.findall(answer)) - set(PARAMETER.findall(" ".join(forms))) for answer in answers):
            lines.append(f"{place}: the Chinese of {first!r} has parameters that are not there")
        elif any(set(PARAMETER.findall(forms[-1])) - set(PARAMETER.findall(answer)) for answer in answers):
            lines.append(f"{place}: the Chinese of {first!r} lacks a parameter")
        elif answers[0] == first and re.search("[A-Za-z]{2}", PARAMETER.sub("", first)) and first not in SAME_IN_CHINESE:
            lines.append(f"{place}: {first!r} is still English")
    return lines


def test_every_text_has_its_chinese():
    wanted = texts_of_the_product()
    assert len(wanted) > 500
    assert faults(wanted, chinese()) == []


def test_no_chinese_is_left_without_its_text():
    firsts = {text if isinstance(text, str) else text[0] for text in texts_of_the_product()}
    left = [message.id for message in chinese() if message.id and (message.id if isinstance(message.id, str) else message.id[0]) not in firsts]
    assert left == []


@pytest.mark.parametrize(
    ("text", "translated", "fuzzy", "fault"),
    [
        ("Save", "保存", False, None),
        ("Save", "", False, "no Chinese"),
        ("Save", "保存", True, "doubtful"),
        ("Save", "Save", False, "still English"),
        ("API", "API", False, None),
        ("%(n)s", "%(n)s", False, None),
        ("%(name)s left", "%(name)s 已离开", False, None),
        ("%(name)s left", "已离开", False, "lacks a parameter"),
        ("%(name)s left", "%(nome)s 已离开", False, "not there"),
        (("%(num)s round", "%(num)s rounds"), ("%(num)s 轮",), False, None),
        (("One round", "%(num)s rounds"), ("%(num)s 轮",), False, None),
        (("One round", "%(num)s rounds"), ("几轮",), False, "lacks a parameter"),
        (("One round", "%(num)s rounds"), ("",), False, "no Chinese"),
    ],
)
def test_a_fault_of_the_catalogue_is_seen(text, translated, fuzzy, fault):
    catalogue = Catalog(locale="zh")
    catalogue.add(text, translated, flags=["fuzzy"] if fuzzy else [])
    lines = faults({text: "a.py:1"}, catalogue)
    assert len(lines) == (fault is not None)
    assert fault is None or fault in lines[0]


def test_a_text_that_is_not_in_the_catalogue_is_seen():
    assert faults({"Save": "a.py:1"}, Catalog(locale="zh")) == ["a.py:1: no Chinese for 'Save'"]
