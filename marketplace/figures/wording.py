"""What a figure says in words, in both languages at once: its rule and the sentence for the press.

These are part of the frozen statement and not of the pages: they are written here and not in the catalogue of translations, so
that a page in either language shows the same two sentences for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.core.money import short_rounded, to_text
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
VOCABULARIES = {"kind": DEAL_KINDS, "field": CHINA_FIELDS, "country": COUNTRIES}
Both = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the sentence is made of; amounts in minor units of ``currency``."""

    fair: Mapping[str, str]
    scope: Mapping[str, str]
    number: int
    cell: Mapping[str, str] | None
    cut_off: datetime
    time_zone: str
    contracts: int
    disclosed: int
    total_minor: int
    currency: str
    sample: bool


def day_words(day: date) -> Both:
    return {"en": f"{day.day} {MONTHS[day.month - 1]} {day.year}", "zh": f"{day.year}年{day.month}月{day.day}日"}


def moment_words(moment: datetime, time_zone: str) -> Both:
    """A cut-off as the fair's clocks show it, never earlier than it is: seconds are written where it is not a full minute."""
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    local = moment.astimezone(UTC).astimezone(ZoneInfo(time_zone))
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    zone = f"UTC{'-' if offset < timedelta() else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
    day = day_words(local.date())
    return {"en": f"{clock} on {day['en']} ({zone})", "zh": f"{day['zh']}{clock}（{zone}）"}


def exact(minor: int, currency: str) -> str:
    """CNY 17,848,000,000.00."""
    whole, point, decimals = to_text(minor, currency).partition(".")
    return f"{currency} {int(whole):,}{point}{decimals}"


def amount_words(minor: int, currency: str) -> Both:
    """The amount as it is read out, "about" where that is rounded, and the exact one in brackets."""
    found = {}
    for language, about, bracket in (("en", "about ", " ({})"), ("zh", "约", "（{}）")):
        number, unit = short_rounded(minor, currency, locale=language)
        gap = " " if language == "en" else ""
        rounded = _read_out(number, unit, currency, language) != minor
        found[language] = (about if rounded else "") + number + gap + unit + bracket.format(exact(minor, currency))
    return found


def _read_out(number: str, unit: str, currency: str, language: str) -> int:
    """The minor units that a short amount says."""
    scales = {"en": (("trillion", 12), ("billion", 9), ("million", 6)), "zh": (("万亿", 12), ("亿", 8), ("万", 4))}[language]
    power = next((power for scale, power in scales if unit.startswith(scale)), 0)
    whole, _, decimals = number.replace(",", "").partition(".")
    places = len(to_text(0, currency).partition(".")[2])
    digits: int = int(whole + decimals) * 10 ** (power + places)
    shift: int = 10 ** len(decimals)
    return digits // shift


def cell_words(axis: str, key: str) -> Both:
    """What a filter is called: "field: New materials"."""
    names = {"kind": ("kind", "类别"), "field": ("field", "技术领域"), "country": ("country of the provider", "供方国家（地区）")}[axis]
    vocabulary = VOCABULARIES[axis]
    label = {language: vocabulary.label(key, language) if key in vocabulary else key for language in ("en", "zh")}
    return {"en": f"{names[0]}: {label['en']}", "zh": f"{names[1]}：{label['zh']}"}


def press(said: Said) -> Both:
    """The sentence that may be read out: cut-off, number, amount, fair, scope, and what is not counted."""
    moment, amount = moment_words(said.cut_off, said.time_zone), amount_words(said.total_minor, said.currency)
    hidden = said.contracts - said.disclosed
    cell = {language: said.cell[language] for language in ("en", "zh")} if said.cell else None
    en = {
        0: f"By {moment['en']}, no contract had been verified at {said.fair['en']}.",
        1: f"By {moment['en']}, one contract had been verified at {said.fair['en']}, with a total amount of {amount['en']}.",
    }.get(said.contracts, f"By {moment['en']}, {said.contracts:,} contracts had been verified at {said.fair['en']}, with a total amount of {amount['en']}.")
    zh = f"截至{moment['zh']}，{said.fair['zh']}已核验合同{said.contracts:,}份" + (f"，合同成交总额{amount['zh']}。" if said.contracts else "。")
    if hidden:
        en += f" Of these, {hidden:,} without a disclosed amount." if hidden > 1 else " One of these is without a disclosed amount."
        zh += f"其中{hidden:,}份未披露金额。"
    en += f" Scope: {said.scope['en']} (number {said.number})" + (f"; {cell['en']}, named deals only." if cell else ".")
    zh += f"口径：{said.scope['zh']}（第{said.number}号）" + (f"；{cell['zh']}，仅含公开合同。" if cell else "。")
    en += " Not counted: letters of intent, frameworks, planned investment, and contracts declared or signed but not verified."
    zh += "意向书、框架协议、计划投资以及已申报或已签约但未核验的合同不计入。"
    if said.sample:
        en, zh = f"Sample data, invented: {en}", f"示例数据，纯属虚构：{zh}"
    return {"en": en, "zh": zh}


def rule(scope: Mapping[str, Any], *, filtered: bool) -> dict[str, list[str]]:
    """How the scope counts, in sentences; ``scope`` is its stored rule."""
    found: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        zh = language == "zh"
        every = set(scope["kinds"]) == set(DEAL_KINDS.codes)
        kinds = ("各类合同" if zh else "every kind of deal") if every else ("、" if zh else ", ").join(
            DEAL_KINDS.label(kind, language) for kind in scope["kinds"]
        )
        names = {"at_fair": ("signed at the fair", "会期现场签约"), "before": ("prepared or signed before", "会前准备或签约"),
                 "after": ("signed as a follow-up", "会后跟进签约")}  # fmt: skip
        places = ("、" if zh else ", ").join(names[place][zh] for place in names if place in scope["places"])
        days = _days(scope, language)
        if zh:
            found[language] = [
                f"计入：每份合同（{kinds}；{places}{days}）的合同成交总额，须凭据已存档并经另一人核对一致。",
                "外币按签约当日（或之前最近一日）公布的汇率折算，逐笔舍入一次。",
                "不计入：意向书、框架协议、计划投资，以及已申报或已签约但未核验的合同。",
                "各方同意公开的合同即时计入；其他合同每三份以上成批计入，且不予分类。",
            ]
        else:
            found[language] = [
                f"Counted: the total amount of each contract ({kinds}; {places}{days}), once its evidence is on file and a second person has compared it.",
                "Foreign amounts at the published rate of the day of signing, or the last one before it; each is rounded once.",
                "Not counted: letters of intent, frameworks, planned investment, and whatever is declared or signed but not verified.",
                "Deals whose parties agree to be named count at once; others enter in batches of at least three and are not broken down.",
            ]
        if filtered:
            found[language].append("此数仅含该分类中的公开合同。" if zh else "This figure holds the named deals of its cell only.")
    return found


def _days(scope: Mapping[str, Any], language: str) -> str:
    first, last = ({**day_words(date.fromisoformat(scope[end]))} if scope.get(end) else None for end in ("from", "to"))
    if first and last:
        return f"；{first['zh']}至{last['zh']}" if language == "zh" else f"; from {first['en']} to {last['en']}"
    if first:
        return f"；{first['zh']}起" if language == "zh" else f"; from {first['en']} on"
    if last:
        return f"；{last['zh']}止" if language == "zh" else f"; until {last['en']}"
    return ""


