"""A figure as its page shows it: labels in the reader's language, the difference in rows, the QR code of its address."""

from dataclasses import dataclass
from typing import Any

import orjson
from flask import current_app, url_for

from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.money import short_rounded
from marketplace.figures.models import AXES, Figure
from marketplace.figures.rules import Difference, comparable, difference
from marketplace.figures.wording import VOCABULARIES
from marketplace.ledger.rules import CONFIDENTIAL

SHOWN_LINES = 300


@dataclass(frozen=True, slots=True)
class Statement:
    """The parsed statement of a figure or of a preview: ``facts``, ``words``."""

    facts: dict[str, Any]
    words: dict[str, Any]

    @property
    def big(self) -> tuple[str, str]:
        return short_rounded(self.facts["total_minor"], self.facts["currency"], locale=language())

    @property
    def rule(self) -> list[str]:
        return list(self.words["rule"][language()])

    def called(self, name: str) -> str:
        """fair, scope, filter or cut_off in the reader's language."""
        return str(self.words[name][language()]) if self.words[name] else ""

    @property
    def named(self) -> list[dict[str, Any]]:
        return list(self.facts["open"][:SHOWN_LINES])


def statement_of(figure: Figure) -> Statement:
    found = orjson.loads(figure.statement)
    return Statement(found["facts"], found["words"])


def label(axis: str, key: str) -> str:
    """The name of a cell; a code that the vocabulary does not have is shown as it is."""
    if key == CONFIDENTIAL:
        return _("Confidential deals, not broken down")
    vocabulary = VOCABULARIES[axis]
    return vocabulary.label(key, language()) if key in vocabulary else (key or _("unknown"))


def titles() -> dict[str, str]:
    return {"kind": _("By kind of deal"), "field": _("By technology field"), "country": _("By country of the provider")}


def cells(breakdowns: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """("field:new_materials", label) of each cell that a figure can be filtered to, confidential ones never."""
    kinds = {"kind": _("Kind"), "field": _("Field"), "country": _("Country")}
    return [
        (f"{axis}:{cell['key']}", f"{kinds[axis]}: {label(axis, cell['key'])}")
        for axis in AXES
        for cell in breakdowns.get(axis, [])
        if cell["key"] and cell["key"] != CONFIDENTIAL
    ]


def cell_of(text: str) -> tuple[str, str]:
    """("field", "new_materials") of what `cells` offers; ("", "") for none or anything else."""
    axis, _colon, key = text.partition(":")
    return (axis, key) if axis in AXES and key else ("", "")


def reasons() -> dict[str, str]:
    """Why a figure does not count what an earlier one did."""
    return {
        "voided": _("voided"), "out_of_scope": _("the scope's rule takes it in no longer"), "taken_back": _("not shown in public now"),
    }  # fmt: skip


def changes(old: Statement, new: Statement) -> Difference | None:
    """None when the two do not count the same thing."""
    return difference(old.facts, new.facts) if comparable(old.facts, new.facts) else None


def address(figure: Figure) -> str:
    """Where the figure is for everybody."""
    return str(current_app.config["SETTINGS"].public_url).rstrip("/") + url_for("figures.show", code=figure.code)


def beside() -> dict[str, str]:
    """What the classes and statuses beside a headline are called."""
    return {
        "contract/declared": _("Contracts, declared"), "contract/signed": _("Contracts, signed"), "contract/void": _("Contracts, void"),
        "framework": _("Frameworks"), "intent": _("Intents (LOI, MoU)"),
    }  # fmt: skip


def beside_rows(facts: dict[str, Any]) -> list[tuple[str, int]]:
    """(label, number) of what stands beside the headline and is never added."""
    names, found = beside(), dict[str, int]()
    for row in facts["beside"]:
        key = f"{row['class']}/{row['status']}" if row["class"] == "contract" else row["class"]
        if row["class"] != "contract" and row["status"] == "void":
            continue
        found[key] = found.get(key, 0) + row["contracts"]
    return [(names[key], count) for key, count in found.items()]
