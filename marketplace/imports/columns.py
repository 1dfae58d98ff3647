"""What the columns of a file are called: our names, their English and Chinese labels, names that other files use, and what is likely meant."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from rapidfuzz import fuzz, process

from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import Kind

SEGMENT = "segment"  # of the fair entry, not of the listing
REASONS = "reasons"
"""The last column of a file of errors; an import leaves it out."""
LIKE = 78
"""From this likeness of 100 on a name is proposed; nobody's file is stored by a proposal alone."""

LABELS: dict[str, tuple[str, str]] = {
    "external_id": ("Your own id", "自有编号"), "title_en": ("Title in English", "英文标题"), "title_zh": ("Title in Chinese", "中文标题"),
    "summary_en": ("Summary in English", "英文摘要"), "summary_zh": ("Summary in Chinese", "中文摘要"),
    "description_en": ("Description in English", "英文说明"), "description_zh": ("Description in Chinese", "中文说明"),
    "advantages_en": ("Advantages in English", "英文优势"), "advantages_zh": ("Advantages in Chinese", "中文优势"),
    "requirement_en": ("Requirements in English", "英文要求"), "requirement_zh": ("Requirements in Chinese", "中文要求"),
    "technology_codes": ("Fields of technology", "技术领域"), "deal_kinds": ("Kinds of deal", "交易类型"), "exclusivity": ("Exclusivity", "独占性"),
    "amount_min": ("Amount from", "金额下限"), "amount_max": ("Amount to", "金额上限"), "currency": ("Currency", "币种"),
    "country": ("Country", "国家或地区"), "target_countries": ("Countries wanted", "意向国家或地区"), "excluded_countries": ("Countries excluded", "排除国家或地区"),
    "partner_kinds": ("Kinds of partner", "合作方类型"), "partner_role_en": ("Role of the partner, in English", "合作方角色（英文）"),
    "partner_role_zh": ("Role of the partner, in Chinese", "合作方角色（中文）"), "territory": ("Territory", "许可地域"),
    "sdg": ("Sustainable development goals", "可持续发展目标"), "languages": ("Working languages", "工作语言"), "parameters": ("Measurable parameters", "可测参数"),
    "cost_comparison_en": ("Cost compared, in English", "成本比较（英文）"), "cost_comparison_zh": ("Cost compared, in Chinese", "成本比较（中文）"),
    "levels": ("Who may read what", "公开级别"), "anonymous": ("Owner not named", "不公开单位名称"), "valid_until": ("Valid until", "有效期至"), "trl": ("Maturity (TRL)", "成熟度"), "min_trl": ("Maturity wanted, at least", "最低成熟度"),
    "stage": ("Stage", "研发阶段"), "ip_status": ("Intellectual property", "知识产权状态"), "ip_rights": ("Rights", "知识产权清单"),
    "co_owner_consent": ("Consent of co-owners", "共有人同意"), "export_control": ("Export control", "出口管制"), "price_mode": ("How it is priced", "定价方式"),
    "deadline": ("Deadline", "截止日期"), "video_url": ("Video", "视频"), "unknown": ("Answered with “unknown”", "答为“未知”的问题"),
    "source_organization": ("Source", "来源单位"), "source_country": ("Country of the source", "来源国家或地区"), "source_url": ("Address of the source", "来源网址"),
    SEGMENT: ("Segment of the fair", "展区"),
}  # fmt: skip
"""English and Chinese, whichever language the page has: a file is read the same everywhere."""

BILINGUAL = {
    "title": "title", "标题": "title", "名称": "title", "成果名称": "title", "需求名称": "title", "abstract": "description", "description": "description",
    "说明": "description", "简介": "description", "summary": "summary", "摘要": "summary", "advantages": "advantages", "优势": "advantages",
    "requirement": "requirement", "requirements": "requirement", "要求": "requirement",
}  # fmt: skip
"""Columns of unnamed language; the text decides between ``_en`` and ``_zh``."""
RENAMED: dict[Kind, dict[str, str]] = {
    Kind.ACHIEVEMENT: {"demo_id": "external_id", "id": "external_id", "org": "source_organization", "org_country": "source_country", "url": "source_url"},
    Kind.NEED: {
        "demo_id": "external_id", "id": "external_id", "org": "source_organization", "sponsor": "source_organization", "agency": "source_organization",
        "org_country": "source_country", "url": "source_url", "close_date": "deadline", "closes": "deadline",
        "budget_min_eur": "amount_min", "budget_max_eur": "amount_max",
    },
}  # fmt: skip
LIKELY = {
    "name": "title", "technology_name": "title", "project_name": "title", "名称": "title", "no": "external_id", "number": "external_id", "编号": "external_id", "序号": "external_id",
    "price": "amount_max", "budget": "amount_max", "报价": "amount_max", "预算": "amount_max", "patent": "ip_status", "专利": "ip_status", "领域": "technology_codes", "阶段": "stage",
}  # fmt: skip
"""What such a name most often means: proposed, never taken for sure."""
IGNORED = frozenset({
    "reference", "organization", "source", "source_id", "org_country_source", "research_institution", "agency",
    "sponsor", "branch", "program", "phase", "year", "acronym", "participants", "participant_countries", "programme",
    "topic", "topics", "call", "funding_scheme", "total_cost_eur", "ec_contribution_eur", "start", "end",
    "release_date", "open_date", "file", "action_type", "status", "expected_grants", "keywords", "opens", REASONS, "原因",
})  # fmt: skip
"""Columns that known files have and a listing has no place for."""


def folded(name: str) -> str:
    """``Title in  English`` is title_in_english: width, case, blanks, hyphens and brackets do not matter."""
    return re.sub(r"[\s_\-–—()（）【】\[\]:：*“”\"'/,，.]+", "_", unicodedata.normalize("NFKC", name).strip().casefold()).strip("_")


def fields(kind: Kind) -> tuple[str, ...]:
    """Our names, in the order of a file."""
    return (*INPUTS[kind]._declared_fields, SEGMENT)


def label(field: str, language: str) -> str:
    """What a column is called in front of people."""
    return LABELS[field][language == "zh"] if field in LABELS else field


@cache
def _names(kind: Kind) -> dict[str, str]:
    """Our field by each folded name that is surely it: its own, and its label in either language."""
    found: dict[str, str] = {}
    for field in fields(kind):
        for name in (field, *LABELS.get(field, ())):
            found.setdefault(folded(name), field)
    return found


def meant(column: str, kind: Kind) -> str | None:
    """The target of a column whose name is known: one of our fields, or a column of unnamed language, or a foreign name. None: unknown."""
    name = folded(column)
    own = _names(kind).get(name)
    if own is not None:
        return own
    return name if name in BILINGUAL and _bilingual(kind, name) or name in RENAMED[kind] else None


def _bilingual(kind: Kind, name: str) -> bool:
    return f"{BILINGUAL[name]}_en" in INPUTS[kind]._declared_fields


def ignored(column: str) -> bool:
    return folded(column) in IGNORED


def unknown(columns: Iterable[str], kind: Kind) -> list[str]:
    """The columns that nobody knows."""
    return [column for column in columns if column and meant(column, kind) is None and not ignored(column)]


def targets(kind: Kind) -> tuple[str, ...]:
    """What a column may be mapped to: our fields, and those of unnamed language."""
    bilingual = tuple(name for name in ("title", "summary", "description", "advantages", "requirement") if _bilingual(kind, name))
    return (*bilingual, *fields(kind))


def proposed(columns: Iterable[str], kind: Kind) -> dict[str, str | None]:
    """A target for each column: what it surely is, else what its name is most like and nothing else is, else None."""
    found: dict[str, str | None] = {column: meant(column, kind) for column in columns if column and not ignored(column)}
    taken = {target for target in found.values() if target}
    choices = {name: target for name, target in _candidates(kind).items() if target not in taken}
    for column in found:
        if found[column] is None and choices:
            best = process.extractOne(folded(column), list(choices), scorer=fuzz.token_set_ratio if folded(column).isascii() else fuzz.ratio, processor=_spaced, score_cutoff=LIKE)
            if best is not None and choices[best[0]] not in taken:
                found[column] = choices[best[0]]
                taken.add(choices[best[0]])
    return found


def _candidates(kind: Kind) -> dict[str, str]:
    named = {name: name for name in BILINGUAL if _bilingual(kind, name)}
    known = set(targets(kind))
    return {**_names(kind), **{name: BILINGUAL[name] for name in named}, **{name: target for name, target in LIKELY.items() if target in known}}


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def header_hash(columns: Iterable[str]) -> str:
    """By which a header is known again: its folded names, in any order; the reasons that a file of errors adds do not count."""
    names = sorted(folded(column) for column in columns if column)
    return hashlib.sha256("\n".join(name for name in names if name != REASONS).encode()).hexdigest()


def lacks_title(targets: Iterable[str | None]) -> bool:
    """Whether no column holds a title."""
    return not any(target is not None and (target in {"title_en", "title_zh"} or BILINGUAL.get(target) == "title") for target in targets)


def checked(mapping: Mapping[str, str | None], kind: Kind) -> dict[str, str | None]:
    """A mapping as it may be used. Raises ValueError naming the target that is unknown or given to two columns."""
    known = {*targets(kind), *BILINGUAL, *RENAMED[kind]}
    seen: set[str] = set()
    for target in mapping.values():
        if target is None:
            continue
        if target not in known or target in seen:
            raise ValueError(target)
        seen.add(target)
    return dict(mapping)
