"""What becomes of interest at the door when an organisation is merged: it moves with who came."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.roadshow.running.models import DoorInterest


def register() -> None:
    merging.carries(_l("Interest at the door"), DoorInterest.organization_id)
