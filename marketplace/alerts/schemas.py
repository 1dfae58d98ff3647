"""Alerts as they come in, as a form or over JSON, and as they go out."""

from typing import Any

from marshmallow import Schema, fields, post_load, validates

from marketplace.alerts import searching
from marketplace.alerts.models import Frequency, Least, SavedSearch
from marketplace.core.fields import Code, FormSchema, Reference, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.listings.models import Kind

FREQUENCIES = [frequency.value for frequency in Frequency]


class SavedSearchIn(FormSchema):
    """A search of the catalogue, by the query of its address: what the page of the search has after the question mark."""

    kind = Code([kind.value for kind in Kind], required=True)
    query = Text(searching.LONGEST, load_default="", allow_none=True, metadata={"example": "q=laser&country=DE&trl=7", "description": "Filters as in `GET /api/v1/achievements`; without `fair` the one that is shown now, `fair=any` for all."})
    name = Text(80, load_default=None, allow_none=True, metadata={"description": "Made of the filters unless given."})
    frequency = Code(FREQUENCIES, load_default=Frequency.DAILY.value)

    @post_load
    def as_kinds(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"kind": Kind(data["kind"]), "query": data["query"] or "", "frequency": Frequency(data["frequency"])}


class SavedSearchCallIn(SavedSearchIn):
    """The same over JSON: whoever writes the query by hand is told of a filter that the catalogue does not have."""

    @validates("query")
    def knows(self, query: str | None, **_: Any) -> None:
        if names := searching.unknown(query or ""):
            raise refuse("unknown_filter", gettext("The catalogue has no filter “%(name)s”.", name=names[0][:40]))


class SavedSearchChangeIn(FormSchema):
    """What can be changed of a saved search: its name, and how often it is told."""

    name = Text(80, shortest=1)
    frequency = Code(FREQUENCIES)

    @post_load
    def as_kinds(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | ({"frequency": Frequency(data["frequency"])} if "frequency" in data else {})


class SavedSearchEditIn(SavedSearchChangeIn):
    """The form: all of it, and the version that was seen."""

    name = Text(80, shortest=1, required=True)
    frequency = Code(FREQUENCIES, required=True)
    version = Whole(1, 2**31 - 1, required=True)


class MatchAlertIn(FormSchema):
    """What to hear of new matches."""

    frequency = Code(FREQUENCIES, required=True)
    least = Code([least.value for least in Least], load_default=Least.ANY.value)

    @post_load
    def as_kinds(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"frequency": Frequency(data["frequency"]), "least": Least(data["least"])}


class SavedSearchOut(Schema):
    id = Reference()
    kind = fields.String(metadata={"enum": [kind.value for kind in Kind]})
    name = fields.String()
    query = fields.String(metadata={"description": "In one spelling: equal searches have equal queries."})
    address = fields.String(metadata={"description": "Path of the page that shows the search.", "example": "/achievements?country=DE&q=laser"})
    frequency = fields.String(metadata={"enum": FREQUENCIES})
    created_at = fields.AwareDateTime()
    version = fields.Integer(metadata={"description": "The ETag."})


class SavedSearchesOut(Schema):
    rows = fields.List(fields.Nested(SavedSearchOut))
    next = fields.String(allow_none=True)


def search_out(search: SavedSearch) -> dict[str, Any]:
    return {
        "id": search.id, "kind": search.kind.value, "name": search.name, "query": search.query, "frequency": search.frequency.value,
        "address": searching.address(search.kind, search.query, search.sort), "created_at": search.created_at, "version": search.version,
    }  # fmt: skip
