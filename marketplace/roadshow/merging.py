"""What becomes of pitches when an organisation is merged: they move."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.roadshow.models import Pitch


def register() -> None:
    merging.carries(_l("Pitches"), Pitch.organization_id)
