"""What a text gives away that belongs nowhere public: who is behind it, and ways around the marketplace (docs/rules/review.md).

Texts are read as a person reads them: full-width characters, marks without width and "name (at) house.example" make no difference.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.checks.findings import Finding, Severity, at
from marketplace.listings.checks.naming import Owner, Token

TEXTS = (
    "title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "advantages_en", "advantages_zh",
    "requirement_en", "requirement_zh", "partner_role_en", "partner_role_zh", "cost_comparison_en", "cost_comparison_zh",
)  # fmt: skip
_YEAR = r"(?:19|20)[0-9]{2}"
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
_ENDING = r"(?:com|cn|org|net|edu|gov|info|biz|eu|de|fr|uk|jp|kr|ru|ch|nl|se|es|hk|tw|sg|io|ai|top|xyz|tech|shop|example)"
_PHONE_WORD = r"(?:\b(?:tel(?:ephone)?|phone|mobile|cell|fax)\b|电话|手机|座机|传真|热线)"

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}\s?(?:@|\s[\[(]\s?at\s?[\])]\s?|[\[(]at[\])])\s?[a-z0-9-]+(?:\s?(?:\.|[\[(]\s?dot\s?[\])])\s?[a-z0-9-]+)+", re.I | re.A)),
    ("link", re.compile(rf"https?://[^\s<>\"'，。；、）]+|\bwww\.[^\s<>\"'，。；、）]+|(?<![\w@.-]){_HOST}{_ENDING}(?![\w-]|\.[a-z])(?:/[^\s，。；、）]*)?", re.A)),
    ("right_number", re.compile(
        rf"\b(?:ZL|CN)\s?{_YEAR}\s?[12389]\s?[0-9]{{7}}(?:\s?\.\s?[0-9X])?(?![0-9])"
        r"|\bCN\s?[123][0-9]{6,8}\s?[ABCUYSD]\b|\bPCT/[A-Z]{2}\s?(?:[0-9]{4}|[0-9]{2})/[0-9]{5,6}\b"
        rf"|\bWO\s?{_YEAR}\s?/?\s?[0-9]{{6}}(?:\s?A[1-9])?\b"
        r"|\bUS\s?(?:[0-9]{1,2},?[0-9]{3},?[0-9]{3}\s?[AB][12]?|20[0-9]{2}/?[0-9]{7}(?:\s?A[1-9])?)\b"
        r"|\bEP\s?(?:[0-9]{7}(?:\s?[AB][1-9])?|[0-9]{8}\.[0-9])\b|\bDE\s?(?:10|11|20|21|50|60)\s?[0-9]{4}\s?[0-9]{3}\s?[0-9]{3}(?:\.[0-9]|\s?[A-Z][0-9])?\b"
        r"|\bJP\s?(?:20[0-9]{2}-?[0-9]{6}|[0-9]{7})\s?[A-Z][0-9]?\b|\bKR\s?10-?(?:20[0-9]{2}-?)?[0-9]{7}(?:\s?[A-Z][0-9])?\b", re.A,
    )),
    ("phone", re.compile(
        r"(?<![\w.])(?:\+|00)[1-9](?:[\s().-]{0,2}[0-9]){8,14}(?![\d.]*\d)"
        r"|(?<![\w.,+-])1[3-9][0-9](?!0{6})(?:[ -]?[0-9]{4}){2}(?![\d.]*\d)"
        r"|(?<![\w.-])0[1-9][0-9]{1,2}[- ][0-9]{7,8}(?![\d.-]*\d)"
        rf"|{_PHONE_WORD}\s?(?:no\.?|number|号码?)?\s?[.:]?\s?\+?[0-9(][0-9()\s-]{{5,18}}[0-9]", re.I | re.A,
    )),
    ("messenger", re.compile(
        r"(?:微信|wechat|weixin|whatsapp|telegram|skype|钉钉|dingtalk)\s?(?:公众号|账号|号码?|id|群)?\s?(?:[:=]|is\b|为|是|\b(?<=id)\s|(?<=号)\s?)\s?@?[a-z0-9][\w-]{4,29}"
        r"|\b(?:vx|wx)\s?[:=]\s?[a-z][\w-]{4,19}|\bqq\s?(?:号|群)?\s?[:=]?\s?[1-9][0-9]{4,10}(?![\w.])", re.I | re.A,
    )),
    ("address", re.compile(
        r"[\u4e00-\u9fff]{1,8}(?:大道|路|街|巷|胡同)\s?[0-9]{1,5}\s?号(?![线机车])"
        r"|\b[0-9]{1,5}\s(?:[A-Z][a-z]+\s){1,3}(?:Street|Road|Avenue|Lane|Boulevard|St\.|Rd\.?|Ave\.?)(?!\w)"
        r"|\b[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|str\.)\s[0-9]{1,4}\b|\bP\.?\s?O\.?\s?Box\s[0-9]+",
    )),
)  # fmt: skip
_MARKS = re.compile(r"([^\s，。；、,.;:()（）]{1,40})?\s?[®™℠]|[^\s()]{1,40}\((?:R|TM)\)(?![\w-])|注册商标\s?[“\"「]?[^\s，。；、”\"」]{0,20}")

SENTENCES = {
    "name": _l("This names the organisation, and its name is not to be told: write it without."),
    "person": _l("This names a person of the organisation: write it without."),
    "domain": _l("This is an address of the organisation's own: take it out."),
    "trade_mark": _l("A trade mark or product name tells who is behind it: describe what it is instead."),
    "right_number": _l("The number of a right leads to its owner: take it out of the text; rights have rows of their own, with a level."),
    "email": _l("An e-mail address: take it out. Who is interested asks here, and gets your contact when you accept."),
    "phone": _l("A telephone number: take it out. Who is interested asks here, and gets your contact when you accept."),
    "messenger": _l("A name in a messenger: take it out. Who is interested asks here, and gets your contact when you accept."),
    "link": _l("A link leads away from here: say in words what stands there; sources and videos have fields of their own."),
    "address": _l("A street address: the country is enough."),
    "owner_row": _l("The owner of this right is named, and readers of this level are not to know who is behind it: raise the level of the rights, or take it out."),
    "source": _l("The source tells who is behind it: raise the level of the source, or take it out."),
    "paper": _l("This file cannot be read here, so nobody knows what it tells: save it anew, raise its level, or take it out."),
    "video": _l("A video tells who made it: raise its level, or take it out."),
}
ON_NAMED = {"email": Severity.MAJOR, "phone": Severity.MAJOR, "messenger": Severity.MAJOR, "link": Severity.MAJOR, "address": Severity.MINOR, "trade_mark": Severity.MINOR, "right_number": Severity.MINOR}
"""How grave a leak is where the owner is named. Where it is not, every one is a blocker."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A text as it is read, and where each of its characters stood."""

    text: str
    places: tuple[int, ...]
    length: int

    def back(self, start: int, end: int) -> tuple[int, int]:
        return self.places[start], self.places[end - 1] + 1


def readable(text: str) -> Readable:
    """Compatibility characters in their plain form, marks without width left out."""
    if text.isascii():
        return Readable(text, tuple(range(len(text))), len(text))
    pieces, places = [], []
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Cf":
            continue
        plain = unicodedata.normalize("NFKC", character)
        pieces.append(plain)
        places += [place] * len(plain)
    return Readable("".join(pieces), tuple(places), len(text))


def leaks(content: Mapping[str, Any], *, owner: Owner | None, anonymous: bool) -> tuple[Finding, ...]:
    """What the texts and rows of a content tell, in the order of its columns; of overlapping ones the first kind found.

    ``content`` is what those who are not to know read. ``owner`` says what names them; it matters only when ``anonymous``.
    """
    found: list[Finding] = []
    for field in TEXTS:
        if text := content.get(field):
            found += in_text(field, text, owner=owner, anonymous=anonymous)
    if anonymous:
        found += _in_rows(content)
        found += (each for row in content.get("files") or () for each in in_text("files", row.get("title") or "", owner=owner, anonymous=True))
    return tuple(found)


def in_text(field: str, text: str, *, owner: Owner | None, anonymous: bool) -> list[Finding]:
    """What one text tells, by place."""
    read = readable(text)
    taken: list[tuple[int, int]] = []
    found: list[Finding] = []
    for code, start, end in _hits(text, read, owner if anonymous else None):
        if start < end and not any(start < until and begin < end for begin, until in taken):
            taken.append((start, end))
            severity = Severity.BLOCKER if anonymous else ON_NAMED[code]
            found.append(at(code, field, severity, SENTENCES[code], text=text, start=start, end=end))
    return sorted(found, key=lambda each: each.start)


def _hits(text: str, read: Readable, owner: Owner | None) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end in the text as it was written, the gravest kinds first."""
    for code, pattern in PATTERNS[:1]:
        yield from ((code, *read.back(*hit.span())) for hit in pattern.finditer(read.text))
    if owner is not None:
        folded = fold(read.text)
        for token in owner.tokens:
            for start, end in _named(token, read, folded):
                yield token.code, *read.back(start, end)
    for hit in _MARKS.finditer(text):
        yield "trade_mark", *hit.span()
    for code, pattern in PATTERNS[1:]:
        yield from ((code, *read.back(*hit.span())) for hit in pattern.finditer(read.text))


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without case, accents, and differences of blanks and hyphens; `places` are those of the text it came from."""

    text: str
    places: tuple[int, ...]


def fold(text: str) -> Folded:
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isspace() or character in "-‐‑–_":
            if pieces and pieces[-1] != " ":
                pieces.append(" ")
                places.append(place)
            continue
        for plain in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(plain):
                pieces.append(plain)
                places.append(place)
    return Folded("".join(pieces), tuple(places))


def _named(token: Token, read: Readable, folded: Folded) -> Iterator[tuple[int, int]]:
    if token.exact:
        for hit in re.finditer(rf"(?<![A-Za-z0-9]){re.escape(token.text)}(?![A-Za-z0-9])", read.text):
            yield hit.span()
        return
    wanted = fold(token.text).text.strip()
    bounded = rf"(?<![^\W\u3400-\u9fff]){re.escape(wanted)}(?![^\W\u3400-\u9fff])" if wanted[:1].isascii() else re.escape(wanted) + token.followed_by
    for hit in re.finditer(bounded, folded.text):
        yield folded.places[hit.start()], folded.places[hit.end() - 1] + 1


def _in_rows(content: Mapping[str, Any]) -> Iterator[Finding]:
    for row in content.get("ip_rights") or []:
        if row.get("number") or row.get("owner"):
            code = "owner_row" if row.get("owner") else "right_number"
            text = str(row.get("owner") or row["number"])
            yield Finding(code=code, field="ip_rights", severity=Severity.BLOCKER, sentence=SENTENCES[code], text=text)
            break
    for field, code in (("source_organization", "source"), ("source_url", "source"), ("video_url", "video")):
        if content.get(field):
            yield Finding(code=code, field=field, severity=Severity.BLOCKER, sentence=SENTENCES[code], text=str(content[field]))
