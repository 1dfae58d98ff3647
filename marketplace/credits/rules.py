"""Who has to agree to a split, what its shares come to, and who stands where in the ranking (docs/rules/credit.md)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.core.errors import FieldError, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.money import split_minor
from marketplace.credits.models import WHOLE_BP

MOST_AGENCIES = 10


def check_shares(shares: Sequence[tuple[UUID, int]]) -> None:
    """``shares``: (agency, hundredths of a percent). Raises Invalid naming each fault: twice the same agency, not 100 % together."""
    errors = [
        FieldError(f"/shares/{place}/agency", "list_twice", gettext("This agency stands there twice."))
        for place, (agency, _) in enumerate(shares)
        if agency in {other for other, _ in shares[:place]}
    ]
    total = sum(share for _, share in shares)
    if total != WHOLE_BP:
        said = gettext("Together the shares have to make 100 %%; these make %(total)s %%.", total=in_percent(total))
        errors.append(FieldError("/shares", "not_whole", said))
    if errors:
        raise Invalid(errors=tuple(errors))


def in_percent(share_bp: int) -> str:
    """``33.34`` for 3334."""
    return f"{share_bp // 100}.{share_bp % 100:02d}"


def in_contracts(share_bp: int) -> str:
    """``1.50`` for 15,000, ``0.3334`` for 3334: shares added up, exactly, a whole contract being 1."""
    whole, rest = divmod(share_bp, WHOLE_BP)
    places = f"{rest:04d}"
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"


def evenly(count: int) -> list[int]:
    """100 % in equal shares; what does not divide goes to the first ones."""
    return split_minor(WHOLE_BP, [1] * count) if count else []


def concerned(parties: Iterable[UUID | None], agencies: Iterable[UUID], *, winners: Mapping[UUID, UUID]) -> list[UUID]:
    """Who has to agree: every registered party of the contract and every agency that gets a share, each once, in this order.

    ``winners``: for an organisation that was merged, the one that took its place.
    """
    ids = [winners.get(each, each) for each in [*parties, *agencies] if each is not None]
    return list(dict.fromkeys(ids))


def missing(wanted: Iterable[UUID], agreed: Collection[UUID], *, winners: Mapping[UUID, UUID]) -> list[UUID]:
    """Those concerned that have not agreed yet."""
    said = {winners.get(each, each) for each in agreed}
    return [each for each in wanted if each not in said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A counted contract as the credit sees it: amounts in minor units of the fair's currency, None when undisclosed.

    ``shares``: (agency, hundredths of a percent) of its frozen split; empty when there is none. ``hidden``: it may not be broken down.
    """

    total_minor: int | None
    technology_minor: int | None
    shares: Sequence[tuple[UUID, int]] = ()
    hidden: bool = False


@dataclass(slots=True)
class Credit:
    """What is credited: ``contracts`` with a share, however small; ``share_bp`` all shares together, 10,000 for each whole contract."""

    contracts: int = 0
    share_bp: int = 0
    total_minor: int = 0
    technology_minor: int = 0

    def add(self, share_bp: int, total_minor: int, technology_minor: int) -> None:
        self.contracts += 1
        self.share_bp += share_bp
        self.total_minor += total_minor
        self.technology_minor += technology_minor


@dataclass(frozen=True, slots=True)
class Credits:
    """The counted contracts by agency, beside them those without a split and those that may not be broken down.

    The amounts and the shares of all of them add up to ``whole``, to the minor unit.
    """

    agencies: Mapping[UUID, Credit]
    unshared: Credit
    hidden: Credit
    whole: Credit


def credits(deals: Iterable[Deal]) -> Credits:
    """Each amount is cut in the proportion of the shares, largest remainder first, so that nothing is lost or added."""
    agencies: dict[UUID, Credit] = {}
    unshared, hidden, whole = Credit(), Credit(), Credit()
    for deal in deals:
        total, technology = deal.total_minor or 0, deal.technology_minor or 0
        whole.add(WHOLE_BP, total, technology)
        if deal.hidden or not deal.shares:
            (hidden if deal.hidden else unshared).add(WHOLE_BP, total, technology)
            continue
        weights = [share for _, share in deal.shares]
        for (agency, share), part, part_technology in zip(deal.shares, split_minor(total, weights), split_minor(technology, weights), strict=True):
            agencies.setdefault(agency, Credit()).add(share, part, part_technology)
    return Credits(agencies, unshared, hidden, whole)


def ranked(agencies: Mapping[UUID, Credit]) -> list[tuple[int, UUID, Credit]]:
    """(rank, agency, credit): by amount, then by shares of contracts; equals share a rank and the next one is left out (1, 2, 2, 4)."""
    ordered = sorted(agencies.items(), key=lambda item: (-item[1].total_minor, -item[1].share_bp, str(item[0])))
    found: list[tuple[int, UUID, Credit]] = []
    for place, (agency, credit) in enumerate(ordered, start=1):
        before = found[-1] if found else None
        equal = before is not None and (before[2].total_minor, before[2].share_bp) == (credit.total_minor, credit.share_bp)
        found.append((before[0] if before is not None and equal else place, agency, credit))
    return found
