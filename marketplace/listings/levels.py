"""Who may read which part of a listing, and how what is not for everybody is kept apart (docs/rules/disclosure.md).

A version's ordinary columns hold what everybody may read; the columns of a group with a higher level are blank there and stand
in ``reserved``. Whoever reads columns reads public content, whatever check was forgotten.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from marketplace.core.fields import refuse
from marketplace.core.i18n import gettext


class Level(StrEnum):
    """Who reads a part: everybody; who is signed in; whose interest was accepted; under an agreement of secrecy; nobody else."""

    PUBLIC = "public"
    REGISTERED = "registered"
    AFTER_INTEREST = "after_interest"
    AFTER_NDA = "after_nda"
    NEVER = "never"

    @property
    def rank(self) -> int:
        return ORDER.index(self)


ORDER = tuple(Level)
LEVELLED: dict[str, tuple[str, ...]] = {
    "description": ("description_en", "description_zh"),
    "advantages": ("advantages_en", "advantages_zh"),
    "requirement": ("requirement_en", "requirement_zh"),
    "cost_comparison": ("cost_comparison_en", "cost_comparison_zh"),
    "partner_role": ("partner_role_en", "partner_role_zh"),
    "price": ("amount_min_minor", "amount_max_minor", "currency", "price_mode"),
    "parameters": ("parameters",),
    "ip_rights": ("ip_rights",),
    "source": ("source_organization", "source_country", "source_url"),
    "video": ("video_url",),
}
"""The groups that may have a level, with their columns. Everything else is public; files have a level each."""
KEPT = ("price",)
"""The groups that an owner may keep from everybody; whoever needs the others to judge a listing gets them some day."""
GROUP_OF = {column: group for group, columns in LEVELLED.items() for column in columns}


def apart(content: Mapping[str, Any], blank: Mapping[str, Any]) -> dict[str, Any]:
    """A version's columns: what is above public, blank there, is in ``reserved``; ``levels`` says what is."""
    given = {group: level for group, level in (content.get("levels") or {}).items() if level != Level.PUBLIC}
    held = {column: content[column] for group in given for column in LEVELLED[group] if content.get(column) not in (None, [])}
    empty = {column: blank[column] for group in given for column in LEVELLED[group]}
    return {**content, **empty, "levels": given, "reserved": held}


def whole(columns: Mapping[str, Any], reserved: Mapping[str, Any]) -> dict[str, Any]:
    """The content as its owner wrote it."""
    return {**columns, **reserved}


def seen(columns: Mapping[str, Any], reserved: Mapping[str, Any], level: Level) -> dict[str, Any]:
    """What a reader of a level gets of a version: its columns, what is reserved up to this level, and those of its files."""
    levels = columns.get("levels") or {}
    allowed = {column: value for column, value in reserved.items() if Level(levels[GROUP_OF[column]]).rank <= level.rank}
    found = {**columns, **allowed}
    if "files" in found:
        found["files"] = [row for row in found["files"] if Level(row["level"]).rank <= level.rank]
    return found


def raised(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """An older whole content under the higher of both levels of each part, and of each file that both have."""
    found = dict(old)
    both = {group: max(Level(old["levels"].get(group, Level.PUBLIC)), Level(level), key=ORDER.index) for group, level in new["levels"].items()}
    found["levels"] = {**old["levels"], **{group: str(level) for group, level in both.items() if level is not Level.PUBLIC}}
    now = {row["file"]: Level(row["level"]) for row in new["files"]}
    found["files"] = [
        {**row, "level": str(max(Level(row["level"]), now.get(row["file"], Level.PUBLIC), key=ORDER.index))} for row in old["files"]
    ]
    return found


def withheld(content: Mapping[str, Any], group: str) -> Level | None:
    """The level of a group that the reader of what `seen` gave may not read; ``audience`` is theirs, else who is signed in."""
    given = Level((content.get("levels") or {}).get(group, Level.PUBLIC))
    return given if given.rank > Level(content.get("audience") or Level.REGISTERED).rank else None


def to_text(levels: Mapping[str, str]) -> str:
    """``price=after_interest description=registered``: how a spreadsheet writes levels."""
    return " ".join(f"{group}={level}" for group, level in sorted(levels.items()))


class Levels(fields.Field[dict[str, str]]):
    """A level by group, as an object, or as text; public ones are left out."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, str]:
        found = _from_text(value) if isinstance(value, str) else value
        if not isinstance(found, Mapping):
            raise refuse("levels", gettext("Write levels such as “price=after_interest description=registered”."))
        errors: dict[str, list[str]] = {}
        for group, level in found.items():
            if group not in LEVELLED:
                errors[str(group)[:40]] = [str(gettext("Levels can be given for: %(groups)s.", groups=", ".join(LEVELLED)))]
            elif not isinstance(level, str) or level not in {each.value for each in Level}:
                errors[group] = [str(gettext("A level is one of: %(levels)s.", levels=", ".join(Level)))]
            elif level == Level.NEVER and group not in KEPT:
                errors[group] = [str(gettext("Only these may be kept from everybody: %(groups)s.", groups=", ".join(KEPT)))]
        if errors:
            raise ValidationError(errors)  # type: ignore[arg-type]
        return {group: str(level) for group, level in found.items() if level != Level.PUBLIC}


def _from_text(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.replace(",", " ").replace(";", " ").split()]
    return {group: level for group, _, level in parts}
