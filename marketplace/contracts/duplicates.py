"""One deal once: what is there already that looks like the deal being told, and the refusal to log it twice.

The rule is `rules.likeness`, in prose with worked tables in docs/rules/duplicates.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from marketplace.contracts import queries, rules
from marketplace.contracts.models import Contract, Distinction, Party, PartyRole
from marketplace.contracts.rules import Likeness, Told
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.ledger.models import Status
from marketplace.organizations.models import Organization
from marketplace.organizations.models import Status as OrganizationStatus
from marketplace.organizations.rules import fold_name, fold_names

LOOKED_THROUGH = 200
"""Of each side, achievement or number the newest contracts; older ones of a busy organisation are further away than 31 days."""
SHOWN = 10


class SameDeal(DomainError):
    """The deal is logged already. The problem names the other contract where the caller may read it."""

    slug, title = "same-deal", _l("This deal is logged already")
    text = _l("The same parties, the same achievement or number, a near day and a near amount: this deal is logged already.")

    def __init__(self, text: Any = None, *, same: tuple[dict[str, str], ...] = ()):
        super().__init__(text)
        self.members = {"same": list(same)}


@dataclass(frozen=True, slots=True)
class Alike:
    """A contract that looks like the deal being told. ``readable`` is whether the person may see more than that it is there."""

    contract: Contract
    parties: list[Party]
    likeness: Likeness
    readable: bool


def told(data: Mapping[str, Any], sides: Mapping[str, frozenset[str]]) -> Told:
    """What was typed (`schemas.ContractIn`), for comparing. ``sides``: {role: keys} as `keys_of` gives them."""
    return Told(
        contract_class=data["contract_class"], place=data["place"], providers=sides[PartyRole.PROVIDER], recipients=sides[PartyRole.RECIPIENT],
        achievement_id=data.get("achievement_id"), number=data.get("number"), framework_id=data.get("framework_id"),
        signed_on=data.get("signed_on"), currency=data["currency"], total_minor=data.get("total_minor"),
    )  # fmt: skip


def logged(contract: Contract, parties: Iterable[Party]) -> Told:
    """A stored contract, for comparing."""
    sides: dict[str, frozenset[str]] = {
        role: frozenset(party.who or rules.who(party.name, party.country, party.organization_id) for party in parties if party.role is role)
        for role in (PartyRole.PROVIDER, PartyRole.RECIPIENT)
    }
    facts = {
        name: getattr(contract, name)
        for name in ("contract_class", "place", "achievement_id", "number", "framework_id", "signed_on", "currency", "total_minor")
    }
    return told(facts, sides)


def keys_of(parties: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """{role: every key a stored party of the same name or organisation may have}: one query.

    A contract may have been logged before its party registered here, by any of its names.
    """
    typed = list(parties)
    ids = {party["organization_id"] for party in typed if party.get("organization_id")}
    folded = {fold_name(party["name"]) for party in typed} - {""}
    named = or_(Organization.name_key.in_(folded), Organization.other_name_key.in_(folded), Organization.id.in_(ids))
    organizations = list(db.session.scalars(select(Organization).where(named, Organization.status == OrganizationStatus.APPROVED)))
    found: dict[str, set[str]] = {role: set() for role in PartyRole}
    for party in typed:
        mine = found[PartyRole(party["role"])]
        mine.add(rules.who(party["name"], party["country"], None))
        for one in organizations:
            if one.id == party.get("organization_id") or fold_name(party["name"]) in {one.name_key, one.other_name_key}:
                mine.add(rules.who("", "", one.id))
                mine |= {f"n:{party['country']}:{key}" for key in fold_names(one.name_en, one.name_zh) if key}
    return {role: frozenset(keys) for role, keys in found.items()}


def alike(data: Mapping[str, Any], *, by: Actor, contract_id: UUID | None = None) -> list[Alike]:
    """The contracts, of any fair, that look like this deal: the same before the possible ones, then the newest.

    Void ones are left out, and those that somebody has told apart from ``contract_id`` already. A constant number of queries.
    """
    sides = keys_of(data["parties"])
    this = told(data, sides)
    query = select(Contract).where(
        or_(*(Contract.id.in_(some) for some in _near(this))), Contract.status != Status.VOID, Contract.contract_class == this.contract_class
    )
    if contract_id is not None:
        query = query.where(Contract.id != contract_id, Contract.id.not_in(told_apart(contract_id)))
    rows = list(db.session.scalars(query.order_by(Contract.id.desc())))
    parties = queries.parties_of([row.id for row in rows])
    found = [(row, rules.likeness(this, logged(row, parties[row.id]))) for row in rows]
    mine = {row.id for row, kind in found if kind and queries.is_readable(row, parties[row.id], by=by)}
    same_first = sorted(((row, kind) for row, kind in found if kind), key=lambda pair: pair[1] is not Likeness.SAME)
    return [Alike(row, parties[row.id], kind, row.id in mine) for row, kind in same_first]


def _near(this: Told) -> list[Select[Any]]:
    """Ids of contracts worth comparing: about the same achievement, of the same number, of one of the same sides."""
    some = [select(Party.contract_id).where(Party.who == key).order_by(Party.contract_id.desc()) for key in sorted(this.providers | this.recipients)]
    newest = Contract.id.desc()
    if this.achievement_id is not None:
        some.append(select(Contract.id).where(Contract.achievement_id == this.achievement_id).order_by(newest))
    if this.number is not None:
        some.append(select(Contract.id).where(Contract.number == this.number).order_by(newest))
    return [select(one.limit(LOOKED_THROUGH).subquery().c[0]) for one in some]


def told_apart(contract_id: UUID) -> Select[Any]:
    """The other contract of each distinction that names this one."""
    ours = select(Distinction.other_id).where(Distinction.contract_id == contract_id)
    return ours.union(select(Distinction.contract_id).where(Distinction.other_id == contract_id))  # type: ignore[return-value]


def refuse_same(data: Mapping[str, Any], *, by: Actor, contract_id: UUID | None = None) -> set[UUID]:
    """Raises SameDeal for a deal that is logged already, unless ``distinct_from`` names it, with a reason.

    Only an achievement or a number can make it certain. Whoever logs the same one meanwhile waits here until we are done.
    One that the person may not read cannot be named: there the reason is enough. Returns the contracts it was told apart from.
    """
    keys = _lock_keys(data)
    if not keys:
        return set()
    wait_for(keys)
    reason = data.get("distinct_reason")
    named = set(data.get("distinct_from") or []) if reason else set()
    same = [one for one in alike(data, by=by, contract_id=contract_id) if one.likeness is Likeness.SAME]
    left = [one for one in same if one.contract.id not in named and (one.readable or not reason)]
    if left:
        shown = [one.contract for one in left if one.readable]
        names = ", ".join(contract.reference for contract in shown)
        text = gettext("This deal is logged already as %(names)s. Merge into it, or say why it is another deal.", names=names)
        elsewhere = gettext("This deal is logged already at another fair. If it is another deal, say why.")
        raise SameDeal(text if shown else elsewhere, same=tuple({"id": str(one.id), "reference": one.reference} for one in shown))
    return {one.contract.id for one in same}


def _lock_keys(data: Mapping[str, Any]) -> list[str]:
    achievement, number = data.get("achievement_id"), data.get("number")
    keys = [f"achievement:{achievement}"] if achievement else []
    return keys + ([f"number:{fold_name(number)}"] if number else [])


def wait_for(keys: Iterable[str]) -> None:
    """Hold these keys until the transaction ends, in a fixed order. On SQLite the one write lock is held already."""
    if is_postgresql():
        for key in sorted(keys):
            db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"same-deal:{key}", 0))))


def tell_apart(contract: Contract, data: Mapping[str, Any], *, same: set[UUID], by: Actor) -> None:
    """Keep which contracts this one was told apart from, and why: those that `refuse_same` passed, and others that were named."""
    reason = data.get("distinct_reason")
    if not reason:
        return
    named = set(data.get("distinct_from") or []) - {contract.id}
    readable = set(db.session.scalars(select(Contract.id).where(Contract.id.in_(named), queries.readable(by)))) if named else set()
    for other_id in sorted((same | readable) - set(db.session.scalars(told_apart(contract.id)))):
        db.session.add(Distinction(contract_id=contract.id, other_id=other_id, reason=reason, person_id=by.person_id, at=now()))
        audit.record("contracts.tell_apart", f"contract:{contract.id}", by=by, fair_id=contract.fair_id, other=str(other_id))


def distinctions_of(contract_id: UUID) -> list[tuple[Distinction, UUID]]:
    """Each distinction that names this contract, with the id of the other one; the oldest first."""
    query = select(Distinction).where(or_(Distinction.contract_id == contract_id, Distinction.other_id == contract_id)).order_by(Distinction.at)
    rows = db.session.scalars(query)
    return [(row, row.other_id if row.contract_id == contract_id else row.contract_id) for row in rows]
