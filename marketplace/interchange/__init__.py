"""The public part in the forms that portals and search engines already read: JSON-LD, sitemaps, Atom, OAI-PMH, a list of changes.

Words: a *public record* says when what the public sees of a listing changed last; a *harvester* asks by date, a *reader* by number.
Always true: only public content is given out, with the owner only where it may be named; a listing that was ever public has a
record for ever; who reads the changes by number misses none, and none is told before its cause is committed.
"""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.interchange import api, heads, keeping, tasks, views  # noqa: F401  (one of them declares tasks)
    from marketplace.listings import events

    if keeping.taken_in not in events.indexed:
        events.indexed.append(keeping.taken_in)
    events.head(heads.of_listing)
    views.register(app)
    api.register(app)
