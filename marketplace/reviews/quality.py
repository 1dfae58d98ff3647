"""What a careful reader says of a text that says little, praises itself, or contradicts itself (docs/rules/review.md).

Pure rules on what signed-in visitors read. None of them blocks: they propose notes, to the reviewer and before that to the owner.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.checks.duplicates import alike, words_of
from marketplace.listings.checks.findings import Finding, Severity, at
from marketplace.listings.checks.leaks import TEXTS
from marketplace.listings.models import Kind
from marketplace.listings.rules import STAGE_LEVELS, is_chinese

SHORTEST = {"summary": (60, 25), "description": (300, 120), "advantages": (80, 30), "requirement": (40, 15)}
"""Characters of an English and of a Chinese text below which it is thin."""
SAME, REPEATS = 0.9, 0.8
"""Share of the words of a title or summary that stand in another text already."""
MANY_SUPERLATIVES = 3
SUPERLATIVES_EN = (
    "best", "unique", "world-class", "world class", "world-leading", "world leading", "leading edge", "cutting-edge", "cutting edge", "revolutionary",
    "unrivalled", "unrivaled", "unparalleled", "unbeatable", "perfect", "amazing", "incredible", "fantastic", "game-changing", "game changing",
    "game-changer", "ground-breaking", "groundbreaking", "state-of-the-art", "state of the art", "number one", "no. 1", "one of a kind", "second to none",
    "unprecedented", "disruptive", "miracle", "ultimate",
)  # fmt: skip
SUPERLATIVES_ZH = (
    "最好", "最佳", "最优秀", "最先进", "第一品牌", "世界第一", "全球第一", "国内第一", "全国第一", "世界领先", "国际领先", "全球领先", "国内领先", "顶级", "顶尖",
    "极致", "完美", "独一无二", "绝无仅有", "史无前例", "前所未有", "革命性", "颠覆性", "无与伦比", "首屈一指", "王牌", "神奇", "奇迹",
)  # fmt: skip
PROMOTION = (
    "special offer", "limited time", "act now", "buy now", "call now", "discount", "money back", "money-back", "free trial", "bargain", "lowest price",
    "best price", "限时", "优惠", "特价", "促销", "抢购", "打折", "折扣", "免费试用", "买一送", "最低价", "超低价", "欢迎来电", "火爆", "秒杀",
)  # fmt: skip

SENTENCES = {
    "too_short": _l("This is very short: say what it is, how it works, what it is good for, and what was measured."),
    "title_is_summary": _l("Title and summary say the same: the summary is for who, what, main advantage and which partner."),
    "summary_is_description": _l("Summary and description say the same: the description is for the problem, the technology and its use."),
    "summary_repeats": _l("The summary only repeats the title: add the main advantage and the partner sought."),
    "advantages_missing": _l("No advantages are stated: compare with the best known alternative."),
    "requirement_missing": _l("Nothing says what must be met: state it measurably, as parameters or in words."),
    "no_evidence": _l("No number stands here: say how much better, against what, and who measured it."),
    "superlative": _l("This praises instead of proving: give the number and its source."),
    "superlatives": _l("This is full of praise and reads as advertising: give numbers and their sources instead."),
    "exclamation": _l("Exclamation marks read as advertising: leave them out."),
    "capitals": _l("Whole words in capitals are hard to read: write them as usual."),
    "promotion": _l("This is the language of a sales offer: prices have a field of their own."),
    "chinese_in_english": _l("This is Chinese in the field for English: move it to the Chinese one."),
    "english_in_chinese": _l("No Chinese stands in the field for Chinese: move it to the English one, or translate it."),
    "mixed_languages": _l("English and Chinese are mixed here: give each its own field."),
    "stage_level": _l("Stage and maturity (TRL) do not fit each other: correct one of them."),
    "deadline_past": _l("This day has passed."),
}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_CAPITALS = re.compile(r"\b[A-Z]{5,}(?:[\s-]+[A-Z]{2,}){2,}\b")
_EXCLAIM = re.compile("[!！]")
_QUOTED = re.compile(r"not (?:the |a |an )?$|非$|不是$")


def findings(kind: Kind, content: Mapping[str, Any], *, today: date) -> tuple[Finding, ...]:
    """Everything the rules say of a content, in the order of thin, advertising, language, contradictions."""
    return (*_thin(kind, content), *_advertising(content), *_languages(content), *_contradictions(content, today))


def _found(code: str, field: str, severity: Severity) -> Finding:
    return Finding(code=code, field=field, severity=severity, sentence=SENTENCES[code])


def _thin(kind: Kind, content: Mapping[str, Any]) -> Iterator[Finding]:
    levels = content.get("levels") or {}
    for part, shortest in SHORTEST.items():
        for code, least in zip(("en", "zh"), shortest, strict=True):
            text = content.get(f"{part}_{code}")
            if text and len(text.strip()) < least:
                yield _found("too_short", f"{part}_{code}", Severity.MAJOR if part == "description" else Severity.MINOR)
    for code in ("en", "zh"):
        title, summary, description = (content.get(f"{part}_{code}") or "" for part in ("title", "summary", "description"))
        if title and summary and _alike(title, summary) >= SAME:
            yield _found("title_is_summary", f"summary_{code}", Severity.MAJOR)
        elif title and summary and _share(summary, title) >= REPEATS:
            yield _found("summary_repeats", f"summary_{code}", Severity.MINOR)
        if summary and description and _alike(summary, description) >= SAME:
            yield _found("summary_is_description", f"description_{code}", Severity.MAJOR)
    language = "en" if content.get("title_en") else "zh"
    if kind is Kind.ACHIEVEMENT and "advantages" not in levels:
        texts = {code: content.get(f"advantages_{code}") for code in ("en", "zh")}
        if not any(texts.values()):
            yield _found("advantages_missing", f"advantages_{language}", Severity.MAJOR)
        for code, text in texts.items():
            if text and not re.search(r"\d|[一二三四五六七八九十百千]+(?:倍|成|分之)", text):
                yield _found("no_evidence", f"advantages_{code}", Severity.MINOR)
    asked = kind is Kind.NEED and not {"requirement", "parameters"} & set(levels)
    if asked and not any(content.get(name) for name in ("requirement_en", "requirement_zh", "parameters")):
        yield _found("requirement_missing", f"requirement_{language}", Severity.MAJOR)


def _advertising(content: Mapping[str, Any]) -> Iterator[Finding]:
    for field, text in _texts(content):
        praise = [place for place in _places(text, SUPERLATIVES_EN if field.endswith("_en") else SUPERLATIVES_ZH) if not _QUOTED.search(text[: place[0]].lower())]
        if praise:
            many = len(praise) >= MANY_SUPERLATIVES
            yield _at("superlatives" if many else "superlative", field, Severity.MAJOR if many else Severity.MINOR, text, praise[0])
        marks = [hit.span() for hit in _EXCLAIM.finditer(text)]
        if len(marks) > (0 if field.startswith(("title", "summary")) else 1):
            yield _at("exclamation", field, Severity.MINOR, text, marks[0])
        if (capitals := _CAPITALS.search(text)) or (field == "title_en" and _shouts(text)):
            yield _at("capitals", field, Severity.MINOR, text, capitals.span() if capitals else (0, len(text)))
        if promoted := _places(text, PROMOTION):
            yield _at("promotion", field, Severity.MAJOR, text, promoted[0])


def _languages(content: Mapping[str, Any]) -> Iterator[Finding]:
    for field, text in _texts(content):
        han = len(_HAN.findall(text))
        letters = sum(character.isalpha() for character in text)
        if field.endswith("_en"):
            if is_chinese(text):
                yield _found("chinese_in_english", field, Severity.MAJOR)
            elif han >= 10 and 10 * han >= letters:
                yield _found("mixed_languages", field, Severity.MINOR)
        elif han == 0 and letters >= 10:
            yield _found("english_in_chinese", field, Severity.MAJOR)
        elif han and 10 * han < letters and letters >= 100:
            yield _found("mixed_languages", field, Severity.MINOR)


def _contradictions(content: Mapping[str, Any], today: date) -> Iterator[Finding]:
    low, high = STAGE_LEVELS.get(content.get("stage") or "", (1, 9))
    apart = max(low - content["trl"], content["trl"] - high) if content.get("trl") is not None else 0
    if apart > 0:
        yield _found("stage_level", "stage", Severity.MAJOR if apart > 1 else Severity.MINOR)
    for field in ("deadline", "valid_until"):
        if content.get(field) is not None and content[field] < today:
            yield _found("deadline_past", field, Severity.MAJOR)


def _texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in TEXTS:
        if content.get(field):
            yield field, content[field]


def _at(code: str, field: str, severity: Severity, text: str, place: tuple[int, int]) -> Finding:
    return at(code, field, severity, SENTENCES[code], text=text, start=place[0], end=place[1])


def _places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where any of the words stands, by place; an English one as a whole word."""
    lower = text.lower()
    if len(lower) != len(text):  # a letter that grows in lower case would move every place behind it
        lower = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    found = []
    for word in words:
        if word in lower:
            pattern = rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)
            found += [hit.span() for hit in re.finditer(pattern, lower)]
    return sorted(found)


def _shouts(title: str) -> bool:
    """Whether a title of several words is in capitals from first to last."""
    words = re.findall(r"[A-Za-z]{2,}", title)
    return len(words) >= 3 and all(word.isupper() for word in words)


def _alike(one: str, other: str) -> float:
    return alike(words_of(one), words_of(other))


def _share(text: str, other: str) -> float:
    """How much of a text's words stands in another one."""
    words = words_of(text)
    return len(words & words_of(other)) / len(words) if words else 1.0
