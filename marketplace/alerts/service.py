"""What a person decides about their alerts: which searches are saved, what is mailed and when, what is read."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.accounts.models import Person
from marketplace.alerts import queries, readers, rules, searching
from marketplace.alerts.models import Frequency, Least, MatchAlert, Notice, SavedSearch
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings import searches
from marketplace.listings.models import Kind


class TooManySearches(Duplicate):
    slug, title = "too-many-searches", _l("Too many saved searches")
    text = _l("Fifty searches can be saved. Delete one that you do not need any more.")


def save(kind: Kind, query: str, *, name: str | None, frequency: Frequency, by: Actor) -> SavedSearch:
    """Save the search of a catalogue's address; ``name`` is made of the filters unless given.

    Only listings first published from now on are told. Raises Forbidden, ValidationError (field ``query``), Duplicate (they saved
    it before), TooManySearches.
    """
    by.require("alerts.use")
    chosen = searching.loaded(query)
    known = queries.fair_names()
    if chosen["fair"] not in {None, searching.ANY_FAIR, *known}:
        raise Invalid.field("query", "fair_unknown", gettext("There is no such fair."))
    readers.lock(by.person_id)
    written = searches.canonical(chosen)
    same = select(SavedSearch.name).where(
        SavedSearch.person_id == by.person_id, SavedSearch.deleted_at.is_(None), SavedSearch.key == rules.key(kind.value, written)
    )
    if (before := db.session.scalar(same)) is not None:
        raise Duplicate(gettext("You saved this search before, as “%(name)s”.", name=before))
    _check_room(by)
    search = SavedSearch(
        person_id=by.person_id, organization_id=by.organization_id, kind=kind, name=name or searching.proposed_name(kind, chosen, fairs=known),
        query=written, sort=chosen["sort"], key=rules.key(kind.value, written), frequency=frequency, created_at=now(),
    )  # fmt: skip
    db.session.add(search)
    db.session.flush()
    audit.record("alerts.save", f"saved_search:{search.id}", by=by, frequency=frequency.value)
    return search


def _check_room(by: Actor) -> None:
    count = select(func.count()).select_from(SavedSearch).where(SavedSearch.person_id == by.person_id, SavedSearch.deleted_at.is_(None))
    if (db.session.scalar(count) or 0) >= rules.MOST_SEARCHES:
        raise TooManySearches()


def change(search_id: UUID, changes: dict[str, Any], *, by: Actor, expected: int | None = None) -> SavedSearch:
    """Rename a search or change how often it is told (``name``, ``frequency``). Raises NotFound, Stale."""
    search = own(search_id, by=by, expected=expected)
    search.name = changes.get("name", search.name)
    if "frequency" in changes and changes["frequency"] is not search.frequency:
        search.frequency = changes["frequency"]
        _retell(search.frequency, Notice.search_id == search.id)
    audit.record("alerts.change", f"saved_search:{search.id}", by=by, frequency=search.frequency.value)
    db.session.flush()
    return search


def delete(search_id: UUID, *, by: Actor) -> SavedSearch:
    """Delete a search; `restore` takes it back within a day. Raises NotFound."""
    search = own(search_id, by=by)
    search.deleted_at = now()
    _retell(Frequency.NEVER, Notice.search_id == search.id)
    audit.record("alerts.delete", f"saved_search:{search.id}", by=by)
    db.session.flush()
    return search


def restore(search_id: UUID, *, by: Actor) -> SavedSearch:
    """Take a deletion back; harmless to repeat. Raises NotFound (also a day later), TooManySearches."""
    search = own(search_id, by=by, deleted=True)
    if search.deleted_at is not None:
        _check_room(by)
        search.deleted_at = None
        audit.record("alerts.restore", f"saved_search:{search.id}", by=by)
        db.session.flush()
    return search


def own(search_id: UUID, *, by: Actor, expected: int | None = None, deleted: bool = False) -> SavedSearch:
    """An own search, locked: after its reader's row, the order in which mails lock too. Raises Forbidden, NotFound, Stale."""
    by.require("alerts.use")
    readers.lock(by.person_id)
    search = queries.one(search_id, by=by, deleted=deleted, lock=True)
    if expected is not None and search.version != expected:
        raise Stale()
    return search


def set_matches(organization_id: UUID, *, frequency: Frequency, least: Least, by: Actor) -> MatchAlert:
    """Choose what to hear of new matches of an organisation one belongs to. Raises NotFound for every other one."""
    by.require("alerts.use")
    if organization_id not in queries.approved(by):
        raise NotFound()
    readers.lock(by.person_id)
    found = db.session.scalar(select(MatchAlert).where(MatchAlert.person_id == by.person_id, MatchAlert.organization_id == organization_id))
    if found is None:
        found = MatchAlert(person_id=by.person_id, organization_id=organization_id, frequency=frequency, least=least)
        db.session.add(found)
    found.frequency, found.least = frequency, least
    _retell(frequency, Notice.person_id == by.person_id, Notice.search_id.is_(None), Notice.organization_id == organization_id)
    audit.record("alerts.set_matches", f"person:{by.person_id}", by=by, organization=str(organization_id), frequency=frequency.value, least=least.value)
    db.session.flush()
    return found


def stop_all(person_id: UUID, *, by: Actor | None) -> None:
    """No mail of this kind to them any more, until `resume`; what is new still stands on their day page. Harmless to repeat."""
    reader = readers.lock(person_id)
    reader.stopped_at = reader.stopped_at or now()
    _retell(Frequency.NEVER, Notice.person_id == person_id)
    audit.record("alerts.stop", f"person:{person_id}", by=by)


def resume(*, by: Actor) -> None:
    """Let mails go out again. Harmless to repeat."""
    by.require("alerts.use")
    readers.lock(by.person_id).stopped_at = None
    audit.record("alerts.resume", f"person:{by.person_id}", by=by)


def stop_search(search: SavedSearch, *, by: Actor | None) -> None:
    """The search stays, and is told no more. Harmless to repeat."""
    search.frequency = Frequency.NEVER
    _retell(Frequency.NEVER, Notice.search_id == search.id)
    audit.record("alerts.stop", f"saved_search:{search.id}", by=by)


def stop_matches(person: Person, organization_id: UUID, *, by: Actor | None) -> None:
    """New matches of one organisation's listings are told no more. Harmless to repeat."""
    mine = (MatchAlert.person_id == person.id, MatchAlert.organization_id == organization_id)
    found = db.session.scalar(select(MatchAlert).where(*mine))
    if found is None:
        db.session.add(MatchAlert(person_id=person.id, organization_id=organization_id, frequency=Frequency.NEVER, least=Least.ANY))
    else:
        found.frequency = Frequency.NEVER
    _retell(Frequency.NEVER, Notice.person_id == person.id, Notice.search_id.is_(None), Notice.organization_id == organization_id)
    audit.record("alerts.stop", f"person:{person.id}", by=by, organization=str(organization_id))


def _retell(frequency: Frequency, *which: Any) -> None:
    """What waits for a mail waits for the next digest now, or for none. What is told at once from now on is what comes from now on."""
    if frequency is not Frequency.AT_ONCE:
        by_mail = None if frequency is Frequency.NEVER else frequency
        db.session.execute(update(Notice).where(*which, Notice.mail_by.is_not(None)).values(mail_by=by_mail))


def read(notice_id: UUID, *, by: Actor) -> Notice:
    """Open a notice: it is not new any more. Raises NotFound."""
    by.require("alerts.use")
    notice: Notice | None = db.session.scalar(queries.notices(by=by).where(Notice.id == notice_id))
    if notice is None:
        raise NotFound()
    notice.read_at = notice.read_at or now()
    return notice


def read_all(*, by: Actor) -> None:
    """Nothing is new any more."""
    by.require("alerts.use")
    db.session.execute(update(Notice).where(Notice.person_id == by.person_id, Notice.read_at.is_(None)).values(read_at=now()))
