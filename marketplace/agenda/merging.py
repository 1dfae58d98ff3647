"""What becomes of addresses of calendars when an organisation is merged: they give the schedule of the one it became."""

from marketplace.agenda.models import CalendarFeed
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging


def register() -> None:
    merging.carries(_l("Addresses of calendars"), CalendarFeed.organization_id)
