"""Questions that wait: an owner asks three things of whoever asks, somebody waits with its name, and talks rest until a day."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.demo.people import acting
from marketplace.demo.plan import Edition
from marketplace.fairs.models import Fair
from marketplace.negotiations import interest, questions, staging
from marketplace.negotiations.models import Reveal

ASKED = (
    ("How many lines would use it, and from when?", "打算用于几条产线？何时开始？"),
    ("Do you have people who can run a trial?", "是否有人员可以开展试验？"),
)


def ask_around(
    fair: Fair, edition: Edition, *, achievements: Mapping[int, UUID], owners: Mapping[int, Person], agency: Actor, company: Actor, third: Actor
) -> list[UUID]:  # fmt: skip
    """A question to the agency that names nobody yet, and talks of the company that rest; the ids of both. Raises DomainError."""
    shown = achievements[edition.negotiations[0].achievement]
    questions.put(shown, ASKED, by=agency)
    unnamed, _ = interest.ask(
        achievement_id=shown, fair=fair.slug, cooperation_wanted="licence", asker_kind="medium", reveal=Reveal.ON_ACCEPTANCE,
        question="We would like to see it run before we say more.\n\n我们希望先看现场运行，再谈细节。",
        answers={"answer_1": "Two lines, from next spring.", "answer_2": "Yes, a team of four."}, by=third,
    )  # fmt: skip
    return [unnamed.id, _resting(fair, edition, achievements=achievements, owners=owners, apart={agency.organization_id, third.organization_id}, by=company)]


def _resting(
    fair: Fair, edition: Edition, *, achievements: Mapping[int, UUID], owners: Mapping[int, Person], apart: set[UUID | None], by: Actor
) -> UUID:  # fmt: skip
    """The company evaluates another organisation's technology, and pauses until its board has met."""
    taken = {each.achievement for each in edition.negotiations}
    for place, listing_id in achievements.items():
        owner = acting(owners[edition.achievements[place].organization])
        if place in taken or owner.organization_id in apart | {by.organization_id}:
            continue
        thread, _ = interest.ask(
            achievement_id=listing_id, fair=fair.slug, cooperation_wanted="service", by=by,
            question="May we test it in our laboratory?\n\n能否在我们的实验室测试？",
        )  # fmt: skip
        interest.accept(thread.id, by=owner)
        staging.take(thread.id, "evaluate", by=by)
        staging.pause(thread.id, today(fair.time_zone) + timedelta(days=14), note="Our board meets then.\n\n届时我方董事会开会。", by=by)
        return thread.id
    raise LookupError("the sample has nobody else to ask")
