"""Lets the sample's open fair plan meetings: three organisations take part and say whom they wish to meet."""

from collections.abc import Sequence

from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.fairs.models import Fair
from marketplace.scheduling import preparing, service
from marketplace.venue.rules import days

HOURS = "09:00-12:00, 13:30-17:00"
LANGUAGES = (["zh", "en"], ["zh"], ["en"])


def wish(fair: Fair, takers: Sequence[Actor], *, manager: Actor) -> None:
    """Each takes part and wishes to meet the next one, and would like to meet the one after. Raises DomainError."""
    last = fair.closes_on
    ahead = [day for day in reversed(days(fair.opens_on, last)) if day >= today(fair.time_zone)]
    preparing.call_for_wishes(
        fair.id, closes_on=last, days=ahead, hours=HOURS, length_minutes=30, pause_minutes=0, seconds=60, by=manager,
    )  # fmt: skip
    for by, languages in zip(takers, LANGUAGES, strict=True):
        service.name_delegate(fair.id, person_id=by.person_id, languages=languages, presence="on_site", by=by)
    for number, by in enumerate(takers):
        for about, wanted in ((takers[(number + 1) % len(takers)], "must"), (takers[(number + 2) % len(takers)], "like")):
            if about.acting is not None:
                service.wish(fair.id, organization=about.acting.slug, listing=None, wanted=wanted, topic="First talk · 初次洽谈", by=by)
