"""What becomes of fees when an organisation is merged: they are those of the one it became."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.payments.models import Fee


def register() -> None:
    merging.carries(_l("Fees"), Fee.organization_id)
