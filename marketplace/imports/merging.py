"""What becomes of imports when an organisation is merged: they and their mappings are those of the one it became."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.imports.models import ColumnMapping, ImportJob
from marketplace.organizations import merging


def register() -> None:
    merging.carries(_l("Imports"), ImportJob.organization_id)
    same = merging.meets(ColumnMapping.organization_id, ColumnMapping.kind, ColumnMapping.header)
    merging.carries(_l("Remembered mappings of columns"), ColumnMapping.organization_id, apart=same)
