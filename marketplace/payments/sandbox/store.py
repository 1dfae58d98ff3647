"""Keeps the sandbox's objects and idempotent answers, in memory or in a JSON file that is replaced atomically."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from marketplace.payments.sandbox.parameters import Json, Refusal

PREFIXES = {
    "checkout.session": "cs_test",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "event": "evt",
}


class StateUnreadable(Exception):
    """The state file exists but was not written by this sandbox, or is damaged."""


@dataclass(frozen=True)
class Answer:
    """What a request with an idempotency key was told, and the fingerprint of that request."""

    fingerprint: str
    status: int
    body: Json


class Store:
    """Objects by kind and id, in the order they were made. Not thread-safe: the sandbox holds its lock around it."""

    def __init__(self, path: Path | None = None) -> None:
        self.objects: dict[str, dict[str, Json]] = {kind: {} for kind in PREFIXES}
        self.answers: dict[str, Answer] = {}
        self._path = path
        if path is not None and path.exists():
            self._load(path)

    def add(self, kind: str, *, created: int, **fields: object) -> Json:
        """Make an object with an id that no earlier run can have used either."""
        made: Json = {"id": f"{PREFIXES[kind]}_{secrets.token_hex(12)}", "object": kind, "created": created, **fields}
        made["livemode"] = fields.get("livemode", False)
        self.objects[kind][made["id"]] = made
        return made

    def get(self, kind: str, id_: str) -> Json:
        """The object itself, to be changed in place; 404 in Stripe's words when there is none."""
        found = self.objects[kind].get(id_)
        if found is None:
            raise Refusal(404, f"No such {kind}: '{id_}'", code="resource_missing", param="id")
        return found

    def save(self) -> None:
        """Write everything beside the file, then put it in its place, so that a crash leaves the old or the new."""
        if self._path is None:
            return
        state = {"objects": self.objects, "answers": {key: asdict(answer) for key, answer in self.answers.items()}}
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._path)

    def _load(self, path: Path) -> None:
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            self.objects = {kind: dict(state["objects"][kind]) for kind in PREFIXES}
            self.answers = {key: Answer(**answer) for key, answer in state["answers"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateUnreadable(f"{path} is not a readable sandbox state; move it away to start afresh") from error
