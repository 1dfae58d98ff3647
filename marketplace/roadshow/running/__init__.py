"""The roadshow while it runs: slides, what is on now, late starts, sessions that move, and interest caught at the door.

Words: a *mark* says that a pitch was started or finished; a *turn* is a pitch at a moment: done, on now, next, later; a *door* is
the address behind the QR code of a session or pitch; an *interest at the door* is taken up by the presenter and becomes a talk.
Always true: who gave no contact is counted and never named; who presents an anonymous achievement is not named at its door.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.listings.attachments import storing
    from marketplace.roadshow.running import api, door_views, merging, queries, slides, slides_views, staff_views, views

    merging.register()
    storing.named_by(slides.named)
    access.declare("roadshow.run", _l("Mark pitches as started and finished"), members=("owner", "editor"), staff=("manager",))
    access.declare("roadshow.visit", _l("Say at a door that a pitch is of interest"), person=True)
    views.register(app)
    slides_views.register(app)
    door_views.register(app)
    staff_views.register(app)
    api.register(app)
    day.tile(_l("Pitches without slides"), "roadshow.pitch", queries.without_slides, "running.mine", hint=_l("pitches that lie ahead"), order=37)
    day.tile(_l("Interest at the door"), "roadshow.pitch", queries.waiting_at_door, "running.mine", hint=_l("people who may be taken up"), order=38)
