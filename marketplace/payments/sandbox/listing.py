"""Lists of the sandbox: newest first, by cursor, with Stripe's filters."""

from marketplace.payments.sandbox.account import public
from marketplace.payments.sandbox.parameters import Json, Refusal, mapping, only, optional_text, whole_number
from marketplace.payments.sandbox.store import Store

FILTERS = {
    "checkout.session": ("payment_intent", "status"),
    "payment_intent": (),
    "charge": ("payment_intent",),
    "refund": ("payment_intent", "charge"),
    "event": ("type",),
}
LONGEST_PAGE = 100


def page(store: Store, kind: str, params: Json, *, url: str) -> Json:
    """One page of objects; ``starting_after`` is the last id of the page before, ``created[gte]`` a moment."""
    only(params, ("limit", "starting_after", "created", *FILTERS[kind]))
    limit = whole_number(params, "limit") or 10
    if limit > LONGEST_PAGE:
        raise Refusal(400, f"This value must be less than or equal to {LONGEST_PAGE}.", param="limit")
    created = mapping(params, "created")
    only(created, ("gte",), prefix="created")
    since = whole_number(created, "gte", least=0) or 0
    wanted = {name: optional_text(params, name) for name in FILTERS[kind] if name in params}
    rows = list(store.objects[kind].values())[::-1]
    after = optional_text(params, "starting_after")
    if after is not None:
        rows = rows[rows.index(store.get(kind, after)) + 1 :]
    rows = [row for row in rows if row["created"] >= since and all(row[name] == is_ for name, is_ in wanted.items())]
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": [public(row) for row in rows[:limit]]}
