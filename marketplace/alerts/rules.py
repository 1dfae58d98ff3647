"""What makes two searches equal, which matches are named and which are counted, and when the daily mail goes out: plain values only."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.alerts.models import Frequency
from marketplace.organizations.models import Role

MOST_SEARCHES = 50
"""Of one person."""
NAMED = 3
"""How many new matches of one listing are named in a day; further ones are counted."""
TOP = 10
"""New is who enters the first ten of a need."""
PAUSE = timedelta(seconds=60)
"""Between two mails at once to one person; what comes in between goes into the next one."""
DIGEST_AT, DIGEST_ZONE = time(8), ZoneInfo("Asia/Shanghai")
DEFAULT: Mapping[Role, Frequency] = {Role.OWNER: Frequency.DAILY, Role.EDITOR: Frequency.DAILY, Role.READER: Frequency.NEVER}
"""What a member hears of new matches until they choose: who can act on them hears once a day."""


def key(kind: str, query: str) -> str:
    """Equal searches have the same key, whoever saved them."""
    return hashlib.sha256(f"{kind}?{query}".encode()).hexdigest()


def is_counted(new: int, *, told: int, today: int) -> bool:
    """Whether new matches of a listing are told as a number: its very first list, and more than `NAMED` in a day.

    ``told`` is how many the person heard of before, ``today`` how many of them by name in the last day (docs/rules/alerts.md).
    """
    first_list = told == 0 and new > 1
    return first_list or today + new > NAMED


def digest_due(moment: datetime) -> datetime:
    """The last time the digest was due: 08:00 in Beijing, today or, before it, yesterday."""
    local = moment.astimezone(DIGEST_ZONE)
    due = local.replace(hour=DIGEST_AT.hour, minute=0, second=0, microsecond=0)
    return due if due <= local else due - timedelta(days=1)
