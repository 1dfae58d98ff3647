"""Gives the sample's people a day of meetings: one that comes next, one to write down, one with a next step; and interpreters."""

from datetime import datetime, timedelta
from uuid import UUID

from marketplace.core.access import Actor
from marketplace.core.clock import now, shifted, today
from marketplace.demo.vocabulary import Pair
from marketplace.fairs.models import Fair
from marketplace.meetings import answering, interpreters, noting, requesting, standby
from marketplace.venue.rules import quarter

INTERPRETERS = (("Lin Yu", ("en", "zh")), ("Sun Mei", ("en", "ja", "zh")), ("Anna Weber", ("de", "en", "zh")))
DAY = timedelta(days=1)


def hold(fair: Fair, *, agency: Actor, company: Actor, third: Actor, manager: Actor) -> None:
    """The agency's and the company's day at a fair that is in its second day; ``third`` waits for the agency. Raises DomainError."""
    helpers = [interpreters.add(fair.id, name=name, languages=languages, by=manager) for name, languages in INTERPRETERS]
    moment = now()
    with shifted(-DAY):
        earlier = [
            _agreed(fair, quarter(moment - timedelta(hours=hours)), Pair("Test results", "测试结果"), asking=company, asked=agency)
            for hours in (22, 20)
        ]
    noting.record(
        earlier[0], outcome="sample_or_test", next_step="Send a sample · 寄送样品", due_on=today(fair.time_zone),
        notes="They want it before the end of the month.\n对方希望月底前收到。", by=agency,
    )  # fmt: skip
    ahead = _agreed(fair, quarter(moment + timedelta(minutes=40)), Pair("Licence and price", "许可与价格"), asking=company, asked=agency)
    first = min(helpers, key=lambda one: one.name)  # who stands first in the staff's list has something to show
    interpreters.choose(ahead, first.id, by=manager)
    if agency.organization_id is not None:
        standby.join(fair.id, organization_id=agency.organization_id, topic="Another use of it · 另一种用途", language="en", by=third)


def _agreed(fair: Fair, starts_at: datetime, topic: Pair, *, asking: Actor, asked: Actor) -> UUID:
    """A meeting of the two at any table, in two languages."""
    if asked.organization_id is None:
        raise LookupError("a sample person acts for nobody")
    meeting = requesting.request(
        fair.id, organization_id=asked.organization_id, starts_at=starts_at, length_minutes=30, topic=f"{topic.en}\n\n{topic.zh}",
        language="zh", their_language="en", accept_warnings=True, by=asking,
    )  # fmt: skip
    return answering.accept(meeting.id, language="en", accept_warnings=True, by=asked).id
