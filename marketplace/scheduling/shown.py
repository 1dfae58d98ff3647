"""How the planning of meetings is written: wishes, states, stages, repairs, and what happens to a meeting."""

import json
from collections import Counter
from typing import Any

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.scheduling.models import ChangeKind, ChangeState, PlanChange, PlanState, Presence, Wanted
from marketplace.scheduling.planning.changing import Kind

WANTED = {Wanted.MUST: _l("must"), Wanted.LIKE: _l("would like"), Wanted.NO: _l("no")}
PRESENCE = {Presence.ON_SITE: _l("at a table"), Presence.ONLINE: _l("online only"), Presence.EITHER: _l("at a table or online")}
PLAN_STATES = {
    PlanState.COMPUTING: _l("being computed"), PlanState.READY: _l("to be published"), PlanState.PUBLISHED: _l("published"),
    PlanState.CANCELLED: _l("given up"), PlanState.FAILED: _l("failed"),
}  # fmt: skip
PLAN_CHIPS = {
    PlanState.COMPUTING: "submitted", PlanState.READY: "submitted", PlanState.PUBLISHED: "published", PlanState.CANCELLED: "withdrawn", PlanState.FAILED: "back",
}  # fmt: skip
STAGES = {
    "selecting": _l("Choosing which wishes can be met at all"), "placing": _l("Placing the hardest first"),
    "improving": _l("Improving part by part"),
}  # fmt: skip
CHANGE_STATES = {
    ChangeState.COMPUTING: _l("repairs are being computed"), ChangeState.READY: _l("a repair has to be chosen"), ChangeState.APPLIED: _l("repaired"),
    ChangeState.CANCELLED: _l("given up"), ChangeState.FAILED: _l("failed"),
}  # fmt: skip
CHANGE_CHIPS = {
    ChangeState.COMPUTING: "submitted", ChangeState.READY: "submitted", ChangeState.APPLIED: "published", ChangeState.CANCELLED: "withdrawn",
    ChangeState.FAILED: "back",
}  # fmt: skip
KINDS = {
    ChangeKind.PLACE: _l("place"), ChangeKind.PERSON: _l("person"), ChangeKind.ORGANIZATION: _l("organisation"), ChangeKind.INTERPRETER: _l("interpreter"),
}  # fmt: skip
REPAIRS = {
    Kind.FEWEST: (_l("As few as possible"), _l("First as few meetings lost as can be, then as few as can be at another time.")),
    Kind.TABLES: (_l("Other tables only"), _l("Nobody gets another time; what finds no table or interpreter at its time is cancelled.")),
    Kind.DROP: (_l("Cancel them"), _l("What breaks is cancelled, and nothing else changes.")),
}
EFFECTS = {
    "dropped": _l("cancelled"), "moved": _l("another time"), "reseated": _l("another table, same time"), "reinterpreted": _l("another interpreter"),
    "added": _l("new, from a wish that waited"),
}  # fmt: skip


BECAME = {
    "left_out": (_l("left out"), "withdrawn"), "cancelled": (_l("cancelled"), "withdrawn"), "moved": (_l("moved since"), "submitted"),
    "added": (_l("added by a repair"), "published"),
}  # fmt: skip
"""What became of a planned meeting, and the chip that says so."""


def effects(change: PlanChange, kind: Kind) -> dict[str, int]:
    """How many meetings a repair touches, by what happens to them."""
    counted = Counter(step["what"] for step in change.repairs.get(kind.value, []))
    return {what: counted.get(what, 0) for what in EFFECTS}


def ways(change: PlanChange) -> list[list[Kind]]:
    """The repairs that differ, each with those that come to the same."""
    found: dict[str, list[Kind]] = {}
    for kind in Kind:
        steps = sorted(json.dumps(step, sort_keys=True) for step in change.repairs.get(kind.value, []))
        found.setdefault(json.dumps(steps), []).append(kind)
    return list(found.values())


def share(best: list[int], bound: list[int]) -> str:
    """How much of its bound a weight reaches, in percent with a decimal."""
    return f"{100 * best[1] / bound[1]:.1f} %" if bound and bound[1] else "100.0 %"


def words() -> dict[str, Any]:
    """For templates."""
    return {
        "WANTED": WANTED, "PRESENCE": PRESENCE, "PLAN_STATES": PLAN_STATES, "PLAN_CHIPS": PLAN_CHIPS, "STAGES": STAGES, "CHANGE_STATES": CHANGE_STATES,
        "CHANGE_CHIPS": CHANGE_CHIPS, "KINDS": KINDS, "REPAIRS": REPAIRS, "EFFECTS": EFFECTS, "effects": effects, "share": share,
        "BECAME": BECAME, "ways": ways,
    }  # fmt: skip
