"""What becomes of applications when an organisation is merged: they move."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.roadshow.calls.models import Application


def register() -> None:
    merging.carries(_l("Applications to pitch"), Application.organization_id)
