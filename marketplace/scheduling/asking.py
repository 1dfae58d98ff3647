"""A change as somebody types it: wall-clock times, and whom or what it is about by name, address or id."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.meetings import queries as meetings
from marketplace.scheduling import repairing
from marketplace.scheduling.models import ChangeKind, PlanChange
from marketplace.venue.schemas import resolved


def ask(fair: Fair, data: Mapping[str, Any], *, by: Actor) -> PlanChange:
    """``data`` as `PlanChangeIn` loads it. Raises what `repairing.ask` does."""
    times = {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
    field, kind, subject_id = _subject(data)
    try:
        return repairing.ask(fair.id, kind=kind.value, subject_id=subject_id, reason=data["reason"], by=by, **times)
    except Invalid as error:
        if error.errors and error.errors[0].code == "subject_unknown":
            raise Invalid.field(field, "subject_unknown", error.errors[0].detail) from error
        raise


def _subject(data: Mapping[str, Any]) -> tuple[str, ChangeKind, UUID]:
    """Raises Invalid."""
    if data["place_id"] is not None:
        return "place_id", ChangeKind.PLACE, data["place_id"]
    if data["interpreter_id"] is not None:
        return "interpreter_id", ChangeKind.INTERPRETER, data["interpreter_id"]
    if data["organization"] is not None:
        try:
            return "organization", ChangeKind.ORGANIZATION, meetings.organization(data["organization"]).id
        except NotFound as error:
            text = gettext("No approved organisation has this name. Write it as it stands in the directory.")
            raise Invalid.field("organization", "organization_unknown", text) from error
    person_id = db.session.scalar(select(Person.id).where(Person.email == data["email"]))
    if person_id is None:
        raise Invalid.field("email", "subject_unknown", gettext("Choose what or who has a part in this fair."))
    return "email", ChangeKind.PERSON, person_id
