"""What becomes of endpoints when an organisation is merged: they hear of the one it became."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging
from marketplace.webhooks.models import Endpoint


def register() -> None:
    merging.carries(_l("Addresses that are told"), Endpoint.organization_id, apart=merging.meets(Endpoint.organization_id, Endpoint.url))
