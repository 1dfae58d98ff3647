"""Telling the applicants what was decided, all at once: one mail for each application, in the language of who reads it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.payments.till import own_address
from marketplace.roadshow import readers
from marketplace.roadshow.calls import calling, ranking
from marketplace.roadshow.calls.models import Application, PitchCall, Status, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An application whose organisation has still to hear of the decision, and who is written to; ``named``: whether staff may know who that is."""

    application: Application
    person: Person
    named: bool
    reference: str
    title: dict[str, Any]


def waiting(call: PitchCall) -> list[News]:
    """Whom a mail would be sent to, the chosen ones first, then by reference; one query."""
    query = ranking.shown(call.fair_id).join(Person, Person.id == Application.person_id).add_columns(Person)
    rows = db.session.execute(query.where(Application.call_id == call.id, ranking.untold()))
    news = [
        News(
            application=row.Application, person=row.Person, named=bool(row.name_en or row.name_zh), reference=row.reference,
            title={"title_en": row.title_en, "title_zh": row.title_zh},
        )  # fmt: skip
        for row in rows
    ]
    order = [Status.SELECTED, Status.WAITING, Status.REJECTED]
    return sorted(news, key=lambda each: (order.index(each.application.status), each.reference))


def tell(fair_id: UUID, *, by: Actor) -> int:
    """Tell every organisation whose application was decided otherwise than it knows. Returns how many applicants were told.

    Raises Forbidden, NotFound."""
    call = calling.managed(fair_id, by=by, lock=True)
    fair, moment = fairs.get(fair_id), now()
    news = waiting(call)
    locked = select(Application.id).where(Application.id.in_([each.application.id for each in news])).order_by(Application.id)
    db.session.execute(locked.with_for_update()).all()
    reading = readers.of({(each.application.organization_id, each.application.person_id) for each in news})
    for each in news:
        application = each.application
        application.told, application.told_at = Told(application.status.value), moment
        for person in reading[(application.organization_id, application.person_id)]:
            subject, text = worded(each, fair, language=person.language)
            mail.send(person.email, subject, text)
    if news:
        chosen, waits = (sum(each.application.status is status for each in news) for status in (Status.SELECTED, Status.WAITING))
        audit.record("roadshow.tell_applicants", f"call:{call.id}", by=by, fair_id=fair_id, told=len(news), chosen=chosen, waiting=waits)
    db.session.flush()
    return len(news)


def worded(news: News, fair: Fair, *, language: str) -> tuple[str, str]:
    """(subject, text) of the mail in the reader's language."""
    application = news.application
    with speaking(language):
        name, title = localized(fair, "name")[0], f"{localized(news.title, 'title')[0]} ({news.reference})".strip()
        if application.status is Status.SELECTED:
            subject = gettext("Your pitch at %(fair)s was chosen", fair=name)
            text = gettext("“%(title)s” was chosen for the roadshow. The slot costs nothing. You hear of day and time when the timetable is ready.", title=title)
        elif application.status is Status.WAITING:
            subject = gettext("Your pitch at %(fair)s is on the waiting list", fair=name)
            text = gettext("“%(title)s” has number %(number)s on the waiting list. You hear from us when a place comes free.", title=title, number=application.waiting_number)
        else:
            subject = gettext("Your pitch at %(fair)s was not chosen", fair=name)
            text = gettext("“%(title)s” was not chosen. The reason: %(reason)s", title=title, reason=application.reason)
        return subject, f"{text}\n\n{own_address(f'/roadshow/applications/{application.id}')}\n"
