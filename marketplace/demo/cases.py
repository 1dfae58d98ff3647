"""The deals of the fair that is open today: each class in each status, and one deal for each thing that the desk can show."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from marketplace.demo.deals import Contract, Register, technology_part
from marketplace.demo.vocabulary import patterns

TARGET_MINOR = 60_000_000_000
"""What the fair's board is heading for: 600 million yuan, in fen."""
_STEP_MINOR = 100_000_000
"""Amounts of the open fair are whole millions of yuan."""


class Case(StrEnum):
    """The contracts that the story names, by their number."""

    CONFIRMED = "TODAY-004"
    AMENDED = "TODAY-005"
    REGISTERED = "TODAY-006"
    FRAMEWORK = "TODAY-007"
    DUE = "TODAY-010"
    REPORTED = "TODAY-019"
    ASKED = "TODAY-020"
    MISMATCH = "TODAY-021"
    ON_STAGE = "TODAY-023"
    CALLED = "TODAY-024"
    READY = "TODAY-025"
    POSTPONED = "TODAY-026"
    UNVERIFIED = "TODAY-027"


CEREMONY = (Case.ON_STAGE, Case.CALLED, Case.READY, Case.POSTPONED, Case.UNVERIFIED)
"""The run list of today's ceremony, in order."""
_OF_AGENCY = (Case.CONFIRMED, Case.DUE, Case.MISMATCH)
_OF_COMPANY = {*_OF_AGENCY, Case.ASKED, Case.REPORTED}
"""Deals of the agency and the company that a visitor can sign in as."""
_INTENT_AGE = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    contract_class: str
    kind: str
    status: str
    place: str = "expo"


_FIRST_DAY = (
    _Row("TODAY-001", "contract", "licence", "verified"),
    _Row("TODAY-002", "contract", "service", "declared"),
    _Row("TODAY-003", "contract", "development", "signed"),
    _Row(Case.CONFIRMED, "contract", "licence", "verified"),
    _Row(Case.AMENDED, "contract", "development", "verified"),
    _Row(Case.REGISTERED, "contract", "transfer", "verified"),
    _Row(Case.FRAMEWORK, "framework", "industrial_cooperation", "verified"),
    _Row("TODAY-008", "contract", "service", "verified"),
    _Row("TODAY-009", "contract", "development", "signed"),
    _Row(Case.DUE, "intent", "joint_venture", "signed", "forum"),
    _Row("TODAY-011", "intent", "development", "declared"),
    _Row("TODAY-012", "intent", "transfer", "verified"),
    _Row("TODAY-013", "intent", "licence", "void"),
    _Row("TODAY-014", "framework", "service", "declared"),
    _Row("TODAY-015", "framework", "development", "signed"),
    _Row("TODAY-016", "framework", "consulting", "void"),
    _Row("TODAY-017", "contract", "consulting", "void"),
    _Row("TODAY-018", "contract", "licence", "verified", "reannounced"),
)
_TODAY = (
    _Row(Case.REPORTED, "contract", "service", "signed"),
    _Row(Case.ASKED, "contract", "transfer", "signed"),
    _Row(Case.MISMATCH, "contract", "development", "signed"),
    _Row("TODAY-022", "contract", "licence", "verified"),
    _Row(Case.ON_STAGE, "contract", "industrial_cooperation", "verified"),
    _Row(Case.CALLED, "contract", "development", "verified"),
    _Row(Case.READY, "contract", "licence", "verified"),
    _Row(Case.POSTPONED, "contract", "transfer", "verified"),
    _Row(Case.UNVERIFIED, "contract", "equity_contribution", "signed"),
)
_CALL_OFFS = {"TODAY-008", "TODAY-009"}


def cases(register: Register, *, agency: int, company: int, opens_on: date) -> tuple[tuple[Contract, ...], tuple[Contract, ...]]:
    """The contracts of the first day and those of today. ``agency`` and ``company`` are the organisations of the sample sign-ins."""
    draw = _Draw(register, agency, company, {case: register.achievement_of(agency) for case in _OF_AGENCY})
    first: list[Contract] = []
    for row in _FIRST_DAY:
        framework = next((each for each in first if each.number == Case.FRAMEWORK), None) if row.number in _CALL_OFFS else None
        first.append(draw.contract(row, opens_on, framework=framework))
    return tuple(first), tuple(draw.contract(row, opens_on + timedelta(days=1)) for row in _TODAY)


@dataclass(frozen=True, slots=True)
class _Draw:
    register: Register
    agency: int
    company: int
    subjects: dict[Case, int]

    def contract(self, row: _Row, day: date, *, framework: Contract | None = None) -> Contract:
        rng, has_value = self.register.rng, row.contract_class == "contract"
        total = rng.randint(12, 86) * _STEP_MINOR if has_value else None
        drawn = self.register.contract(
            str(row.number), self._subject(row, framework), kind=row.kind, contract_class=row.contract_class,
            slot=None if has_value else f"contract_{row.contract_class}", status=row.status, total=total,
            technology=technology_part(row.kind, total, rng) if total else None, signed_on=day, place=row.place,
        )  # fmt: skip
        if row.status == "verified" or row.number in CEREMONY:
            drawn = replace(drawn, open=True)  # a confidential one would wait for others before it counts in public
        if framework is not None:
            drawn = replace(drawn, parties=(drawn.parties[0], framework.parties[1]), framework=framework.number, need=None)
        if row.number in _OF_COMPANY:
            drawn = replace(drawn, parties=(drawn.parties[0], self.register.party("recipient", self.company)), need=None)
        if row.number == Case.REPORTED:
            drawn = replace(drawn, parties=(*drawn.parties, self.register.party("broker", self.agency)))
        if row.number == Case.DUE:
            drawn = replace(drawn, signed_on=day - _INTENT_AGE, planned_minor=rng.randint(8, 24) * 10 * _STEP_MINOR)
        if row.place == "reannounced":
            earlier = day - timedelta(days=rng.randint(200, 300))
            drawn = replace(drawn, signed_on=earlier, announced_on=earlier, announced_where=patterns()["announced_where"][0])
        return drawn

    def _subject(self, row: _Row, framework: Contract | None) -> int:
        """The achievement it is about: the agency's, or its framework's provider's, where it has one left."""
        known = next((index for case, index in self.subjects.items() if case == row.number), None)
        if known is not None:
            return known
        return self.register.any_achievement() if framework is None else self.register.achievement_of(framework.parties[0].organization)
