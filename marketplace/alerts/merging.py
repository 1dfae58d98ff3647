"""What becomes of saved searches and notices when an organisation is merged: they go on, for the one it became."""

from marketplace.alerts.models import MatchAlert, Notice, SavedSearch
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import merging


def register() -> None:
    merging.carries(_l("Saved searches"), SavedSearch.organization_id)
    wishes = merging.meets(MatchAlert.organization_id, MatchAlert.person_id)
    merging.carries(_l("Wishes about mails of matches"), MatchAlert.organization_id, apart=wishes)
    merging.carries(_l("Notices"), Notice.organization_id)
