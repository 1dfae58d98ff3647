"""review, imports, disclosure, directory, files and life of listings, webhooks, records of what is public"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'

APPEND_ONLY = ("disclosure_reads", "review_decisions")
STATUSES = ("submitted", "published", "sent_back", "withdrawn")
CHECKS = {
    "listings": {
        "shown_owner": "anonymous = (shown_owner_id IS NULL)",
        "archived": "archived_at IS NULL OR public_number IS NULL",
        "closed_both": "(closed_at IS NULL) = (closed_as IS NULL)",
    },
    "organizations": {
        "merged": "merged_into_id IS NULL OR (status = 'declined' AND merged_into_id <> id)",
        "verified": "(verified_at IS NULL) = (verified_how IS NULL)",
    },
}


def triggers(table: str, dialect: str) -> list[str]:
    """The SQL that makes a table append-only; the function of PostgreSQL exists since 0002."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only: {verb} of {table}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION append_only()"
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
    ]


def allow(statuses: tuple[str, ...], *, waiting: tuple[str, ...], expired: bool) -> None:
    """The statuses that an entry of a fair may have, and what each of them needs."""
    quoted, waits = (", ".join(f"'{status}'" for status in some) for some in (statuses, waiting))
    with op.batch_alter_table('fair_entries', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_fair_entries_entrystatus'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_fair_entries_waiting'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_fair_entries_entrystatus'), f"status IN ({quoted})")
        batch_op.create_check_constraint(batch_op.f('ck_fair_entries_waiting'), f"submitted_number IS NULL OR status IN ({waits})")
        if expired:
            batch_op.create_check_constraint(batch_op.f('ck_fair_entries_expired'), "status <> 'expired' OR expired_number IS NOT NULL")
        else:
            batch_op.drop_constraint(batch_op.f('ck_fair_entries_expired'), type_='check')


def upgrade() -> None:
    op.create_table('organization_trait_dismissals',
    sa.Column('kind', sa.Enum('name', 'host', 'number', name='traitkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('value', sa.String(length=240), nullable=False),
    sa.Column('members', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_organization_trait_dismissals_person_id_people')),
    sa.PrimaryKeyConstraint('kind', 'value', name=op.f('pk_organization_trait_dismissals'))
    )
    op.create_table('import_mappings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('achievement', 'need', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('header', sa.String(length=64), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_import_mappings_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_mappings')),
    sa.UniqueConstraint('organization_id', 'kind', 'header', name=op.f('uq_import_mappings_organization_id_kind_header'))
    )
    op.create_table('imports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('for_others', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('achievement', 'need', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('publish', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('state', sa.Enum('uploaded', 'to_map', 'checked', 'running', 'done', 'failed', 'cancelled', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('form', sa.String(length=10), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=True),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('stage', sa.String(length=20), nullable=True),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('failure', sa.String(length=500), nullable=True),
    sa.Column('worker', sa.Uuid(), nullable=True),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('publish = false OR fair_id IS NOT NULL', name=op.f('ck_imports_publish_in_fair')),
    sa.CheckConstraint('size_bytes > 0', name=op.f('ck_imports_size')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_imports_fair_id_fairs')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_imports_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_imports_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imports'))
    )
    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.create_index('ix_imports_at_work', ['state', 'beat_at'], unique=False)
        batch_op.create_index('ix_imports_own', ['organization_id', 'created_at'], unique=False)

    op.create_table('listing_typed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.String(length=36), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_listing_typed_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_listing_typed_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_typed')),
    sa.UniqueConstraint('person_id', 'organization_id', 'place', name=op.f('uq_listing_typed_person_id_organization_id_place'))
    )
    with op.batch_alter_table('listing_typed', schema=None) as batch_op:
        batch_op.create_index('ix_listing_typed_saved_at', ['saved_at'], unique=False)

    op.create_table('mandates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agency_id', sa.Uuid(), nullable=False),
    sa.Column('principal_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('owner', 'editor', 'reader', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('proposed', 'in_force', 'ended', name='mandatestatus', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by_person_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_by_person_id', sa.Uuid(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.Column('ended_by_person_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name=op.f('ck_mandates_ended')),
    sa.CheckConstraint("role IN ('editor', 'reader')", name=op.f('ck_mandates_role_given')),
    sa.CheckConstraint("status <> 'in_force' OR accepted_at IS NOT NULL", name=op.f('ck_mandates_accepted')),
    sa.CheckConstraint('agency_id <> principal_id', name=op.f('ck_mandates_two_sides')),
    sa.CheckConstraint('proposed_by_id IN (agency_id, principal_id)', name=op.f('ck_mandates_proposed_by')),
    sa.ForeignKeyConstraint(['accepted_by_person_id'], ['people.id'], name=op.f('fk_mandates_accepted_by_person_id_people')),
    sa.ForeignKeyConstraint(['agency_id'], ['organizations.id'], name=op.f('fk_mandates_agency_id_organizations')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['organizations.id'], name=op.f('fk_mandates_ended_by_id_organizations')),
    sa.ForeignKeyConstraint(['ended_by_person_id'], ['people.id'], name=op.f('fk_mandates_ended_by_person_id_people')),
    sa.ForeignKeyConstraint(['principal_id'], ['organizations.id'], name=op.f('fk_mandates_principal_id_organizations')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['organizations.id'], name=op.f('fk_mandates_proposed_by_id_organizations')),
    sa.ForeignKeyConstraint(['proposed_by_person_id'], ['people.id'], name=op.f('fk_mandates_proposed_by_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandates'))
    )
    with op.batch_alter_table('mandates', schema=None) as batch_op:
        batch_op.create_index('ix_mandates_agency_id', ['agency_id', 'status'], unique=False)
        batch_op.create_index('ix_mandates_principal_id', ['principal_id', 'status'], unique=False)
        batch_op.create_index('uq_mandates_open', ['agency_id', 'principal_id'], unique=True, sqlite_where=sa.text("status <> 'ended'"), postgresql_where=sa.text("status <> 'ended'"))

    op.create_table('organization_numbers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('scheme', sa.Enum('uscc', 'lei', 'ror', 'vat', name='scheme', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('value', sa.String(length=40), nullable=False),
    sa.Column('added_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['people.id'], name=op.f('fk_organization_numbers_added_by_people')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_organization_numbers_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organization_numbers')),
    sa.UniqueConstraint('scheme', 'value', name=op.f('uq_organization_numbers_scheme_value'))
    )
    with op.batch_alter_table('organization_numbers', schema=None) as batch_op:
        batch_op.create_index('ix_organization_numbers_organization_id', ['organization_id'], unique=False)

    op.create_table('organization_traits',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('name', 'host', 'number', name='traitkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('value', sa.String(length=240), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_organization_traits_organization_id_organizations')),
    sa.PrimaryKeyConstraint('organization_id', 'kind', 'value', name=op.f('pk_organization_traits'))
    )
    with op.batch_alter_table('organization_traits', schema=None) as batch_op:
        batch_op.create_index('ix_organization_traits_value', ['kind', 'value'], unique=False)

    op.create_table('webhook_endpoints',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('description', sa.String(length=120), nullable=True),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.Column('secret_number', sa.Integer(), nullable=False),
    sa.Column('secret_check', sa.String(length=16), nullable=False),
    sa.Column('old_secret_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('slow', sa.Integer(), nullable=False),
    sa.Column('rests_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disabled_because', sa.Enum('owner', 'failing', 'gone', name='off', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(disabled_at IS NULL) = (disabled_because IS NULL)', name=op.f('ck_webhook_endpoints_disabled')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_webhook_endpoints_created_by_people')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_webhook_endpoints_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoints'))
    )
    with op.batch_alter_table('webhook_endpoints', schema=None) as batch_op:
        batch_op.create_index('ix_webhook_endpoints_open', ['organization_id'], unique=False, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.create_index('uq_webhook_endpoints_url', ['organization_id', 'url'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('disclosure_closures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=False),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopened_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['closed_by'], ['people.id'], name=op.f('fk_disclosure_closures_closed_by_people')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_disclosure_closures_listing_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_disclosure_closures_organization_id_organizations')),
    sa.ForeignKeyConstraint(['reopened_by'], ['people.id'], name=op.f('fk_disclosure_closures_reopened_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure_closures'))
    )
    with op.batch_alter_table('disclosure_closures', schema=None) as batch_op:
        batch_op.create_index('uq_disclosure_closures_open', ['listing_id', 'organization_id'], unique=True, sqlite_where=sa.text('reopened_at IS NULL'), postgresql_where=sa.text('reopened_at IS NULL'))

    op.create_table('import_findings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('fault', 'note', 'duplicate', name='finding', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], name=op.f('fk_import_findings_import_id_imports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_findings')),
    sa.UniqueConstraint('import_id', 'number', name=op.f('uq_import_findings_import_id_number'))
    )
    op.create_table('listing_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('uploaded_by', sa.Uuid(), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('size_bytes > 0', name=op.f('ck_listing_files_size')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_listing_files_listing_id_listings')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['people.id'], name=op.f('fk_listing_files_uploaded_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_files'))
    )
    with op.batch_alter_table('listing_files', schema=None) as batch_op:
        batch_op.create_index('ix_listing_files_listing', ['listing_id'], unique=False)

    op.create_table('public_records',
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('achievement', 'need', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_public_records_listing_id_listings')),
    sa.PrimaryKeyConstraint('listing_id', name=op.f('pk_public_records')),
    sa.UniqueConstraint('seq', name=op.f('uq_public_records_seq'))
    )
    with op.batch_alter_table('public_records', schema=None) as batch_op:
        batch_op.create_index('ix_public_records_changed', ['changed_at'], unique=False)
        batch_op.create_index('ix_public_records_kind', ['kind', 'seq'], unique=False)

    op.create_table('webhook_deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('endpoint_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'delivered', 'failed', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name=op.f('ck_webhook_deliveries_done')),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoints.id'], name=op.f('fk_webhook_deliveries_endpoint_id_webhook_endpoints')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_deliveries')),
    sa.UniqueConstraint('endpoint_id', 'event_id', name=op.f('uq_webhook_deliveries_endpoint_id_event_id'))
    )
    with op.batch_alter_table('webhook_deliveries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhook_deliveries_created_at'), ['created_at'], unique=False)
        batch_op.create_index('ix_webhook_deliveries_log', ['endpoint_id', 'created_at'], unique=False)

    op.create_table('disclosure_agreements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('negotiation_id', sa.Uuid(), nullable=False),
    sa.Column('open_key', sa.Uuid(), nullable=True),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by_person_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('template', sa.Enum('mutual', 'provider_discloses', 'recipient_discloses', name='template', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('special_terms', sa.Text(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'in_force', 'withdrawn', 'ended', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('provider_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('provider_confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('recipient_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recipient_confirmed_by', sa.Uuid(), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state IN ('withdrawn', 'ended')) = (ended_at IS NOT NULL)", name=op.f('ck_disclosure_agreements_ended')),
    sa.CheckConstraint("(state IN ('withdrawn', 'ended')) = (open_key IS NULL)", name=op.f('ck_disclosure_agreements_open')),
    sa.CheckConstraint("state NOT IN ('in_force', 'ended') OR (provider_confirmed_at IS NOT NULL AND recipient_confirmed_at IS NOT NULL AND begun_at IS NOT NULL)", name=op.f('ck_disclosure_agreements_both_confirmed')),
    sa.CheckConstraint('proposed_by_id IN (provider_id, recipient_id)', name=op.f('ck_disclosure_agreements_proposed_by')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['organizations.id'], name=op.f('fk_disclosure_agreements_ended_by_id_organizations')),
    sa.ForeignKeyConstraint(['negotiation_id'], ['negotiations.id'], name=op.f('fk_disclosure_agreements_negotiation_id_negotiations')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['organizations.id'], name=op.f('fk_disclosure_agreements_proposed_by_id_organizations')),
    sa.ForeignKeyConstraint(['proposed_by_person_id'], ['people.id'], name=op.f('fk_disclosure_agreements_proposed_by_person_id_people')),
    sa.ForeignKeyConstraint(['provider_confirmed_by'], ['people.id'], name=op.f('fk_disclosure_agreements_provider_confirmed_by_people')),
    sa.ForeignKeyConstraint(['provider_id'], ['organizations.id'], name=op.f('fk_disclosure_agreements_provider_id_organizations')),
    sa.ForeignKeyConstraint(['recipient_confirmed_by'], ['people.id'], name=op.f('fk_disclosure_agreements_recipient_confirmed_by_people')),
    sa.ForeignKeyConstraint(['recipient_id'], ['organizations.id'], name=op.f('fk_disclosure_agreements_recipient_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure_agreements')),
    sa.UniqueConstraint('open_key', name=op.f('uq_disclosure_agreements_open_key'))
    )
    with op.batch_alter_table('disclosure_agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_disclosure_agreements_negotiation_id'), ['negotiation_id'], unique=False)
        batch_op.create_index('ix_disclosure_agreements_provider', ['provider_id', 'proposed_at'], unique=False)
        batch_op.create_index('ix_disclosure_agreements_recipient', ['recipient_id', 'proposed_at'], unique=False)

    op.create_table('disclosure_reads',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('level', sa.Enum('public', 'registered', 'after_interest', 'after_nda', 'never', name='level', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('groups', sa.JSON(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['listing_files.id'], name=op.f('fk_disclosure_reads_file_id_listing_files')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_disclosure_reads_listing_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_disclosure_reads_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_disclosure_reads_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure_reads'))
    )
    with op.batch_alter_table('disclosure_reads', schema=None) as batch_op:
        batch_op.create_index('ix_disclosure_reads_listing', ['listing_id', 'at', 'id'], unique=False)

    op.create_table('public_record_sets',
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=70), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['public_records.listing_id'], name=op.f('fk_public_record_sets_listing_id_public_records')),
    sa.PrimaryKeyConstraint('listing_id', 'name', name=op.f('pk_public_record_sets'))
    )
    with op.batch_alter_table('public_record_sets', schema=None) as batch_op:
        batch_op.create_index('ix_public_record_sets_name', ['name', 'seq'], unique=False)

    op.create_table('review_claims',
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['fair_entries.id'], name=op.f('fk_review_claims_entry_id_fair_entries')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_review_claims_person_id_people')),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_review_claims'))
    )
    with op.batch_alter_table('review_claims', schema=None) as batch_op:
        batch_op.create_index('ix_review_claims_person', ['person_id'], unique=False)

    op.create_table('review_decisions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Enum('published', 'sent_back', 'undone', name='verdict', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('waited_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=2000), nullable=True),
    sa.Column('note_count', sa.Integer(), nullable=False),
    sa.Column('overridden', sa.Boolean(), nullable=False),
    sa.Column('undoes_id', sa.Uuid(), nullable=True),
    sa.Column('entry_version', sa.Integer(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.CheckConstraint("(verdict = 'undone') = (undoes_id IS NOT NULL)", name=op.f('ck_review_decisions_undoes')),
    sa.CheckConstraint('NOT overridden OR reason IS NOT NULL', name=op.f('ck_review_decisions_overridden')),
    sa.ForeignKeyConstraint(['by_id'], ['people.id'], name=op.f('fk_review_decisions_by_id_people')),
    sa.ForeignKeyConstraint(['entry_id'], ['fair_entries.id'], name=op.f('fk_review_decisions_entry_id_fair_entries')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_review_decisions_fair_id_fairs')),
    sa.ForeignKeyConstraint(['undoes_id'], ['review_decisions.id'], name=op.f('fk_review_decisions_undoes_id_review_decisions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_decisions')),
    sa.UniqueConstraint('undoes_id', name=op.f('uq_review_decisions_undoes_id'))
    )
    with op.batch_alter_table('review_decisions', schema=None) as batch_op:
        batch_op.create_index('ix_review_decisions_entry', ['entry_id', 'at'], unique=False)
        batch_op.create_index('ix_review_decisions_fair', ['fair_id', 'at'], unique=False)
        batch_op.create_index('ix_review_decisions_person', ['by_id', 'at'], unique=False)

    op.create_table('webhook_attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=1000), nullable=True),
    sa.Column('fault', sa.String(length=40), nullable=True),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['webhook_deliveries.id'], name=op.f('fk_webhook_attempts_delivery_id_webhook_deliveries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_attempts'))
    )
    with op.batch_alter_table('webhook_attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhook_attempts_delivery_id'), ['delivery_id'], unique=False)

    op.create_table('review_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('severity', sa.Enum('blocker', 'major', 'minor', name='severity', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=True),
    sa.Column('text_en', sa.String(length=1000), nullable=True),
    sa.Column('text_zh', sa.String(length=1000), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('text_en IS NOT NULL OR text_zh IS NOT NULL', name=op.f('ck_review_notes_text')),
    sa.ForeignKeyConstraint(['decision_id'], ['review_decisions.id'], name=op.f('fk_review_notes_decision_id_review_decisions')),
    sa.ForeignKeyConstraint(['done_by'], ['people.id'], name=op.f('fk_review_notes_done_by_people')),
    sa.ForeignKeyConstraint(['entry_id'], ['fair_entries.id'], name=op.f('fk_review_notes_entry_id_fair_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_notes'))
    )
    with op.batch_alter_table('review_notes', schema=None) as batch_op:
        batch_op.create_index('ix_review_notes_decision', ['decision_id'], unique=False)
        batch_op.create_index('ix_review_notes_entry', ['entry_id'], unique=False)

    with op.batch_alter_table('fair_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('expired_number', sa.Integer(), nullable=True))

    with op.batch_alter_table('listing_versions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('territory', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('sdg', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('partner_role_en', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('partner_role_zh', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('cost_comparison_en', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('cost_comparison_zh', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('ip_rights', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('co_owner_consent', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('export_control', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('video_url', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('files', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('levels', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('reserved', sa.JSON(), server_default='{}', nullable=False))

    with op.batch_alter_table('listings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('anonymous', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('shown_owner_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('contact_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('open_for_interest', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('ends_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('extended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('expired_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('noticed_for', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_as', sa.Enum('met', 'unmet', name='closed', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('closed_reason', sa.String(length=500), nullable=True))
        batch_op.create_index(batch_op.f('ix_listings_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_listings_ends_on', ['ends_on'], unique=False, sqlite_where=sa.text('ends_on IS NOT NULL'), postgresql_where=sa.text('ends_on IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_listings_shown_owner_id'), ['shown_owner_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_listings_contact_id_people'), 'people', ['contact_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_listings_shown_owner_id_organizations'), 'organizations', ['shown_owner_id'], ['id'])

    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('verified_by', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('verified_how', sa.Enum('register', 'document', 'visit', 'call', name='verifiedby', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('verified_note', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('merged_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('absorbed', sa.JSON(), server_default='[]', nullable=False))
        batch_op.create_index(batch_op.f('ix_organizations_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_organizations_verified_by_people'), 'people', ['verified_by'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_organizations_merged_into_id_organizations'), 'organizations', ['merged_into_id'], ['id'])

    op.execute("UPDATE listings SET shown_owner_id = organization_id, contact_id = created_by")
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, condition in checks.items():
                batch_op.create_check_constraint(batch_op.f(f'ck_{table}_{name}'), condition)
    allow((*STATUSES, "expired"), waiting=("submitted", "published", "expired"), expired=True)
    for table in APPEND_ONLY:
        for statement in triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for verb in ("update", "delete") if dialect == "sqlite" else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if dialect == "postgresql" else ""))
    op.execute("UPDATE fair_entries SET status = 'withdrawn', submitted_number = NULL WHERE status = 'expired'")
    allow(STATUSES, waiting=("submitted", "published"), expired=False)
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in (*checks, *(('closed',) if table == 'listings' else ('verifiedby',))):
                batch_op.drop_constraint(batch_op.f(f'ck_{table}_{name}'), type_='check')
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_organizations_merged_into_id_organizations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_organizations_verified_by_people'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_organizations_merged_into_id'))
        batch_op.drop_column('absorbed')
        batch_op.drop_column('merged_at')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('verified_note')
        batch_op.drop_column('verified_how')
        batch_op.drop_column('verified_by')
        batch_op.drop_column('verified_at')

    with op.batch_alter_table('listings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_listings_shown_owner_id_organizations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_listings_contact_id_people'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_listings_shown_owner_id'))
        batch_op.drop_index('ix_listings_ends_on', sqlite_where=sa.text('ends_on IS NOT NULL'), postgresql_where=sa.text('ends_on IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_listings_contact_id'))
        batch_op.drop_column('closed_reason')
        batch_op.drop_column('closed_as')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('noticed_for')
        batch_op.drop_column('expired_at')
        batch_op.drop_column('extended_at')
        batch_op.drop_column('ends_on')
        batch_op.drop_column('open_for_interest')
        batch_op.drop_column('contact_id')
        batch_op.drop_column('shown_owner_id')
        batch_op.drop_column('anonymous')

    with op.batch_alter_table('listing_versions', schema=None) as batch_op:
        batch_op.drop_column('reserved')
        batch_op.drop_column('levels')
        batch_op.drop_column('files')
        batch_op.drop_column('video_url')
        batch_op.drop_column('export_control')
        batch_op.drop_column('co_owner_consent')
        batch_op.drop_column('ip_rights')
        batch_op.drop_column('cost_comparison_zh')
        batch_op.drop_column('cost_comparison_en')
        batch_op.drop_column('partner_role_zh')
        batch_op.drop_column('partner_role_en')
        batch_op.drop_column('sdg')
        batch_op.drop_column('territory')

    with op.batch_alter_table('fair_entries', schema=None) as batch_op:
        batch_op.drop_column('expired_number')

    with op.batch_alter_table('review_notes', schema=None) as batch_op:
        batch_op.drop_index('ix_review_notes_entry')
        batch_op.drop_index('ix_review_notes_decision')

    op.drop_table('review_notes')
    with op.batch_alter_table('webhook_attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_webhook_attempts_delivery_id'))

    op.drop_table('webhook_attempts')
    with op.batch_alter_table('review_decisions', schema=None) as batch_op:
        batch_op.drop_index('ix_review_decisions_person')
        batch_op.drop_index('ix_review_decisions_fair')
        batch_op.drop_index('ix_review_decisions_entry')

    op.drop_table('review_decisions')
    with op.batch_alter_table('review_claims', schema=None) as batch_op:
        batch_op.drop_index('ix_review_claims_person')

    op.drop_table('review_claims')
    with op.batch_alter_table('public_record_sets', schema=None) as batch_op:
        batch_op.drop_index('ix_public_record_sets_name')

    op.drop_table('public_record_sets')
    with op.batch_alter_table('disclosure_reads', schema=None) as batch_op:
        batch_op.drop_index('ix_disclosure_reads_listing')

    op.drop_table('disclosure_reads')
    with op.batch_alter_table('disclosure_agreements', schema=None) as batch_op:
        batch_op.drop_index('ix_disclosure_agreements_recipient')
        batch_op.drop_index('ix_disclosure_agreements_provider')
        batch_op.drop_index(batch_op.f('ix_disclosure_agreements_negotiation_id'))

    op.drop_table('disclosure_agreements')
    with op.batch_alter_table('webhook_deliveries', schema=None) as batch_op:
        batch_op.drop_index('ix_webhook_deliveries_log')
        batch_op.drop_index(batch_op.f('ix_webhook_deliveries_created_at'))

    op.drop_table('webhook_deliveries')
    with op.batch_alter_table('public_records', schema=None) as batch_op:
        batch_op.drop_index('ix_public_records_kind')
        batch_op.drop_index('ix_public_records_changed')

    op.drop_table('public_records')
    with op.batch_alter_table('listing_files', schema=None) as batch_op:
        batch_op.drop_index('ix_listing_files_listing')

    op.drop_table('listing_files')
    op.drop_table('import_findings')
    with op.batch_alter_table('disclosure_closures', schema=None) as batch_op:
        batch_op.drop_index('uq_disclosure_closures_open', sqlite_where=sa.text('reopened_at IS NULL'), postgresql_where=sa.text('reopened_at IS NULL'))

    op.drop_table('disclosure_closures')
    with op.batch_alter_table('webhook_endpoints', schema=None) as batch_op:
        batch_op.drop_index('uq_webhook_endpoints_url', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index('ix_webhook_endpoints_open', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.drop_table('webhook_endpoints')
    with op.batch_alter_table('organization_traits', schema=None) as batch_op:
        batch_op.drop_index('ix_organization_traits_value')

    op.drop_table('organization_traits')
    with op.batch_alter_table('organization_numbers', schema=None) as batch_op:
        batch_op.drop_index('ix_organization_numbers_organization_id')

    op.drop_table('organization_numbers')
    with op.batch_alter_table('mandates', schema=None) as batch_op:
        batch_op.drop_index('uq_mandates_open', sqlite_where=sa.text("status <> 'ended'"), postgresql_where=sa.text("status <> 'ended'"))
        batch_op.drop_index('ix_mandates_principal_id')
        batch_op.drop_index('ix_mandates_agency_id')

    op.drop_table('mandates')
    with op.batch_alter_table('listing_typed', schema=None) as batch_op:
        batch_op.drop_index('ix_listing_typed_saved_at')

    op.drop_table('listing_typed')
    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.drop_index('ix_imports_own')
        batch_op.drop_index('ix_imports_at_work')

    op.drop_table('imports')
    op.drop_table('import_mappings')
    op.drop_table('organization_trait_dismissals')
