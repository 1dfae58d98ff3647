"""What a share of the sample's listings says beyond the essentials: rights, goals, partners' tasks, and who may read what."""

from datetime import date, timedelta
from typing import Any

from marketplace.demo.listings import Achievement, Need
from marketplace.listings.checks import patent_numbers
from marketplace.listings.ip_rights import COLUMNS

_FIRST_DAY = date(2016, 1, 4)
_GOALS = {"1": "7", "10": "9", "13": "3", "14": "3", "15": "3", "16": "3", "18": "2", "23": "12", "24": "6", "26": "9", "27": "7", "30": "13", "32": "11", "35": "11"}
"""The goal of the United Nations that a field of technology serves most."""
_ROLES = (
    ("Test it at full scale, then produce and sell it.", "开展规模化测试，然后生产和销售。"),
    ("Build the pilot plant together, and share the results of its first year.", "共同建设中试装置，并共享第一年的运行结果。"),
    ("Bring it to the market of your country, with service and spare parts.", "在贵国市场推广，并提供服务和备件。"),
)
_BUDGETS = {"after_eoi": "after_interest", "never": "never"}


def of_achievement(item: Achievement) -> dict[str, Any]:
    """Columns by the achievement's number: every third has rights, some of them under an agreement, some prices after an interest."""
    number = int(item.external_id[-5:])
    rows = _rights(number, item) if number % 3 == 0 and item.ip_status in {"granted", "applied"} else []
    levels = ({"ip_rights": "after_nda"} if rows and number % 2 else {}) | ({"price": "after_interest"} if number % 10 == 4 and item.currency else {})
    en, zh = _ROLES[number % len(_ROLES)] if number % 4 == 1 else (None, None)
    return {
        "ip_rights": rows, "levels": levels, "sdg": _goals(number, item), "partner_role_en": en, "partner_role_zh": zh,
        "territory": ["CN"] if number % 5 == 2 else [], "co_owner_consent": (None, "not_needed", "given")[number % 3],
        "export_control": (None, "free", "free", "not_checked")[number % 4],
    }  # fmt: skip


def of_need(item: Need) -> dict[str, Any]:
    """Columns by the need's number: every third says the budget to nobody, or to those whose interest it accepts; a few are anonymous."""
    number = int(item.external_id[-5:])
    level = _BUDGETS.get(item.budget_visible) if number % 3 == 2 and item.currency else None
    return {"levels": {"price": level} if level else {}, "sdg": _goals(number, item), "anonymous": number % 20 == 13}


def _goals(number: int, item: Achievement | Need) -> list[str]:
    goal = _GOALS.get(item.technology_codes[0])
    return [goal] if goal and number % 2 else []


def _rights(number: int, item: Achievement) -> list[dict[str, Any]]:
    """One patent whose number has the form of its office; such high serial numbers were never given out."""
    filed = _FIRST_DAY + timedelta(days=number * 7 % 1200)
    if item.segment == "international":
        office, written = "WO", f"PCT/IB{filed.year}/9{number % 100_000:05d}"
    else:
        digits = f"{filed.year}19{number % 1_000_000:06d}"
        office, written = "CN", f"{'ZL' if item.ip_status == 'granted' else 'CN'}{digits}.{patent_numbers.check_digit(digits)}"
    granted = filed + timedelta(days=700) if item.ip_status == "granted" else None
    row = {"kind": "patent", "office": office, "number": written, "filed_on": filed.isoformat(), "granted_on": granted.isoformat() if granted else None}
    return [dict.fromkeys(COLUMNS) | row]
