"""What is said of an item in each language: by the speaker on stage, and to the press."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from marketplace.ceremonies.models import ItemState
from marketplace.ceremonies.queries import Line
from marketplace.contracts.models import Party, PartyRole
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.money import format_money, short
from marketplace.ledger.models import ContractClass
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS

BOTH = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Said:
    """One item in one language. ``title`` is in ``title_language``: a contract may have a title in the other one only."""

    language: str
    title: str
    title_language: str
    parties: str
    kind: str
    amount: str
    exact: str
    line: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An item of the press sheet. ``said`` is empty for a confidential deal, which is never named."""

    position: int
    said: dict[str, Said]
    embargo: bool
    postponed: bool
    counts: bool


def said(line: Line, language: str) -> Said:
    """An item in ``en`` or ``zh``; the speaker's own line, else a sentence made from the contract."""
    with speaking(language):
        contract = line.contract
        title, title_language = localized(contract, "title")
        parties = _names(line.parties, language)
        kind = DEAL_KINDS.label(contract.kind, language)
        undisclosed = contract.total_minor is None
        amount = gettext("amount undisclosed") if contract.total_minor is None else short(contract.total_minor, contract.currency, locale=language)
        if contract.contract_class is not ContractClass.CONTRACT:
            amount = gettext("no deal value")
        values = {"parties": parties, "title": title, "kind": kind, "amount": amount}
        if contract.contract_class is ContractClass.CONTRACT and not undisclosed:
            sentence = gettext("%(parties)s sign “%(title)s”: %(kind)s, %(amount)s in total.", **values)
        else:
            sentence = gettext("%(parties)s sign “%(title)s”: %(kind)s.", **values)
        own = line.item.line_en if language == "en" else line.item.line_zh
        exact = format_money(contract.total_minor, contract.currency, locale=language)
        return Said(language, title, title_language, parties, kind, amount, exact, own or sentence)


def _names(parties: list[Party], language: str) -> str:
    """"Institute (Germany) and Works (China)", those who sign; a broker follows."""
    shown = [p for p in parties if p.role is not PartyRole.BROKER]
    named = [f"{p.name} ({COUNTRIES.label(p.country, language)})" if language == "en" else f"{p.name}（{COUNTRIES.label(p.country, language)}）" for p in shown]
    if len(named) < 2:
        return "".join(named)
    if language == "zh":
        return "、".join(named[:-1]) + "与" + named[-1]
    return ", ".join(named[:-1]) + " and " + named[-1]


def sheet(line: Line) -> Sheet:
    """What journalists are given: both languages from the same row, a note of the embargo until it is signed on stage."""
    state = line.item.state
    return Sheet(
        position=line.item.position,
        said={language: said(line, language) for language in BOTH} if line.contract.open else {},
        embargo=state is not ItemState.SIGNED,
        postponed=state is ItemState.POSTPONED,
        counts=line.counts,
    )


def press_texts() -> dict[str, dict[str, str]]:
    """The press sheet's own texts, by language."""
    found = {}
    for language in BOTH:
        with speaking(language):
            found[language] = {
                "embargo": gettext("Embargo: not to be published before it is signed on stage."),
                "postponed": gettext("Postponed: not to be published."),
                "signed": gettext("Signed on stage."),
                "counts": gettext("Verified: it counts in the total."),
                "unverified": gettext("Not verified yet: it counts in the total when it is."),
                "confidential": gettext("A deal whose parties do not wish to be named."),
                "amount": gettext("Total amount"), "kind": gettext("Kind"), "parties": gettext("Parties"),
            }  # fmt: skip
    return found


def wall_clock(moment: datetime, time_zone: str) -> str:
    """As an ``<input type=datetime-local>`` shows it."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%dT%H:%M}"
