"""stored matches, verdicts and outcomes, alerts, proposals and call notes; languages and parameters of listings"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


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


def upgrade() -> None:
    op.create_table('alert_readers',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('digest_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_alert_readers_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_alert_readers'))
    )
    op.create_table('match_alerts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('frequency', sa.Enum('at_once', 'daily', 'never', name='frequency', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('least', sa.Enum('any', 'fair', 'strong', name='least', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_match_alerts_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_match_alerts_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_alerts')),
    sa.UniqueConstraint('person_id', 'organization_id', name=op.f('uq_match_alerts_person_id_organization_id'))
    )
    op.create_table('saved_searches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('achievement', 'need', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('sort', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('frequency', sa.Enum('at_once', 'daily', 'never', name='frequency', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_saved_searches_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_saved_searches_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_searches'))
    )
    with op.batch_alter_table('saved_searches', schema=None) as batch_op:
        batch_op.create_index('ix_saved_searches_key', ['kind', 'key', 'id'], unique=False)
        batch_op.create_index('ix_saved_searches_person', ['person_id', 'created_at'], unique=False)

    op.create_table('alert_notices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('source', sa.Enum('search', 'match', 'matches', name='source', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('search_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('listing_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('strength', sa.Integer(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mail_by', sa.Enum('at_once', 'daily', 'never', name='frequency', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(source = 'matches') = (listing_id IS NULL)", name=op.f('ck_alert_notices_listing')),
    sa.CheckConstraint("(source = 'search') = (search_id IS NOT NULL)", name=op.f('ck_alert_notices_search')),
    sa.CheckConstraint("(source = 'search') = (subject_id IS NULL)", name=op.f('ck_alert_notices_subject')),
    sa.CheckConstraint("mail_by <> 'never'", name=op.f('ck_alert_notices_mail')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_alert_notices_listing_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_alert_notices_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_alert_notices_person_id_people')),
    sa.ForeignKeyConstraint(['search_id'], ['saved_searches.id'], name=op.f('fk_alert_notices_search_id_saved_searches')),
    sa.ForeignKeyConstraint(['subject_id'], ['listings.id'], name=op.f('fk_alert_notices_subject_id_listings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert_notices')),
    sa.UniqueConstraint('search_id', 'listing_id', name=op.f('uq_alert_notices_search_id_listing_id'))
    )
    with op.batch_alter_table('alert_notices', schema=None) as batch_op:
        batch_op.create_index('ix_alert_notices_mail', ['mail_by', 'person_id'], unique=False, sqlite_where=sa.text('mail_by IS NOT NULL'), postgresql_where=sa.text('mail_by IS NOT NULL'))
        batch_op.create_index('ix_alert_notices_person', ['person_id', 'found_at', 'id'], unique=False)

    op.create_table('announced_pairs',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_announced_pairs_achievement_id_listings')),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_announced_pairs_need_id_listings')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_announced_pairs_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', 'need_id', 'achievement_id', name=op.f('pk_announced_pairs'))
    )
    with op.batch_alter_table('announced_pairs', schema=None) as batch_op:
        batch_op.create_index('ix_announced_pairs_achievement', ['person_id', 'achievement_id'], unique=False)

    op.create_table('call_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=True),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('written_by', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_call_notes_fair_id_fairs')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_call_notes_listing_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_call_notes_organization_id_organizations')),
    sa.ForeignKeyConstraint(['written_by'], ['people.id'], name=op.f('fk_call_notes_written_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_notes'))
    )
    with op.batch_alter_table('call_notes', schema=None) as batch_op:
        batch_op.create_index('ix_call_notes_organization', ['fair_id', 'organization_id', 'written_at'], unique=False)

    op.create_table('match_outcomes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.Enum('interest', 'meeting', 'contract', name='outcome', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('score_milli', sa.Integer(), nullable=True),
    sa.Column('ranking', sa.String(length=80), nullable=True),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_match_outcomes_achievement_id_listings')),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_match_outcomes_need_id_listings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_outcomes')),
    sa.UniqueConstraint('need_id', 'achievement_id', 'outcome', name=op.f('uq_match_outcomes_need_id_achievement_id_outcome'))
    )
    with op.batch_alter_table('match_outcomes', schema=None) as batch_op:
        batch_op.create_index('ix_match_outcomes_achievement', ['achievement_id'], unique=False)

    op.create_table('match_verdicts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.Column('verdict', sa.Enum('shortlisted', 'dismissed', name='verdict', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.String(length=30), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('score_milli', sa.Integer(), nullable=True),
    sa.Column('ranking', sa.String(length=80), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(verdict = 'dismissed') = (reason IS NOT NULL)", name=op.f('ck_match_verdicts_reason')),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_match_verdicts_achievement_id_listings')),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_match_verdicts_need_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_match_verdicts_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_match_verdicts_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_verdicts')),
    sa.UniqueConstraint('organization_id', 'need_id', 'achievement_id', name=op.f('uq_match_verdicts_organization_id_need_id_achievement_id'))
    )
    with op.batch_alter_table('match_verdicts', schema=None) as batch_op:
        batch_op.create_index('ix_match_verdicts_achievement', ['achievement_id'], unique=False)
        batch_op.create_index('ix_match_verdicts_need', ['need_id'], unique=False)

    op.create_table('matched_needs',
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('ranking', sa.String(length=20), nullable=False),
    sa.Column('generation', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.Column('weakest_milli', sa.Integer(), nullable=False),
    sa.Column('stale', sa.Boolean(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('unheard', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_matched_needs_need_id_listings')),
    sa.PrimaryKeyConstraint('need_id', name=op.f('pk_matched_needs'))
    )
    with op.batch_alter_table('matched_needs', schema=None) as batch_op:
        batch_op.create_index('ix_matched_needs_stale', ['stale'], unique=False, sqlite_where=sa.text('stale'), postgresql_where=sa.text('stale'))

    op.create_table('matches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('score_milli', sa.Integer(), nullable=False),
    sa.Column('strength', sa.Integer(), nullable=False),
    sa.Column('ranking', sa.String(length=80), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rank BETWEEN 1 AND 20', name=op.f('ck_matches_rank')),
    sa.CheckConstraint('strength BETWEEN 0 AND 1000', name=op.f('ck_matches_strength')),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_matches_achievement_id_listings')),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_matches_need_id_listings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_matches')),
    sa.UniqueConstraint('need_id', 'achievement_id', name=op.f('uq_matches_need_id_achievement_id'))
    )
    with op.batch_alter_table('matches', schema=None) as batch_op:
        batch_op.create_index('ix_matches_achievement', ['achievement_id', 'rank'], unique=False)
        batch_op.create_index('ix_matches_found', ['found_at'], unique=False)

    op.create_table('proposals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'wanted', 'declined', 'talking', 'withdrawn', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('open_key', sa.String(length=120), nullable=True),
    sa.Column('broken', sa.JSON(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state IN ('proposed', 'wanted')) = (open_key IS NOT NULL)", name=op.f('ck_proposals_open')),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_proposals_achievement_id_listings')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_proposals_fair_id_fairs')),
    sa.ForeignKeyConstraint(['need_id'], ['listings.id'], name=op.f('fk_proposals_need_id_listings')),
    sa.ForeignKeyConstraint(['proposed_by'], ['people.id'], name=op.f('fk_proposals_proposed_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposals')),
    sa.UniqueConstraint('open_key', name=op.f('uq_proposals_open_key'))
    )
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.create_index('ix_proposals_achievement', ['achievement_id'], unique=False)
        batch_op.create_index('ix_proposals_fair', ['fair_id', 'proposed_at', 'id'], unique=False)
        batch_op.create_index('ix_proposals_need', ['need_id'], unique=False)

    op.create_table('waiting_rematches',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_waiting_rematches_listing_id_listings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting_rematches'))
    )
    op.create_table('call_note_names',
    sa.Column('note_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['note_id'], ['call_notes.id'], name=op.f('fk_call_note_names_note_id_call_notes')),
    sa.PrimaryKeyConstraint('note_id', name=op.f('pk_call_note_names'))
    )
    op.create_table('proposal_sides',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('note_en', sa.Text(), nullable=True),
    sa.Column('note_zh', sa.Text(), nullable=True),
    sa.Column('answer', sa.Enum('interested', 'declined', name='answer', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('reason', sa.String(length=30), nullable=True),
    sa.Column('reply', sa.Text(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("answer = 'declined' OR reason IS NULL", name=op.f('ck_proposal_sides_reason')),
    sa.CheckConstraint('(answer IS NULL) = (answered_at IS NULL)', name=op.f('ck_proposal_sides_answered')),
    sa.ForeignKeyConstraint(['answered_by'], ['people.id'], name=op.f('fk_proposal_sides_answered_by_people')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_proposal_sides_organization_id_organizations')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_sides_proposal_id_proposals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_sides')),
    sa.UniqueConstraint('proposal_id', 'side', name=op.f('uq_proposal_sides_proposal_id_side'))
    )
    with op.batch_alter_table('proposal_sides', schema=None) as batch_op:
        batch_op.create_index('ix_proposal_sides_organization', ['organization_id', 'proposed_at', 'id'], unique=False)

    with op.batch_alter_table('listing_versions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('languages', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('parameters', sa.JSON(), server_default='[]', nullable=False))
        batch_op.create_index('ix_listing_versions_deadline', ['deadline'], unique=False, sqlite_where=sa.text('deadline IS NOT NULL'), postgresql_where=sa.text('deadline IS NOT NULL'))
        batch_op.create_index('ix_listing_versions_valid_until', ['valid_until'], unique=False, sqlite_where=sa.text('valid_until IS NOT NULL'), postgresql_where=sa.text('valid_until IS NOT NULL'))
    for statement in triggers("call_notes", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table('listing_versions', schema=None) as batch_op:
        batch_op.drop_index('ix_listing_versions_valid_until', sqlite_where=sa.text('valid_until IS NOT NULL'), postgresql_where=sa.text('valid_until IS NOT NULL'))
        batch_op.drop_index('ix_listing_versions_deadline', sqlite_where=sa.text('deadline IS NOT NULL'), postgresql_where=sa.text('deadline IS NOT NULL'))
        batch_op.drop_column('parameters')
        batch_op.drop_column('languages')

    with op.batch_alter_table('proposal_sides', schema=None) as batch_op:
        batch_op.drop_index('ix_proposal_sides_organization')

    op.drop_table('proposal_sides')
    op.drop_table('call_note_names')
    op.drop_table('waiting_rematches')
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.drop_index('ix_proposals_need')
        batch_op.drop_index('ix_proposals_fair')
        batch_op.drop_index('ix_proposals_achievement')

    op.drop_table('proposals')
    with op.batch_alter_table('matches', schema=None) as batch_op:
        batch_op.drop_index('ix_matches_found')
        batch_op.drop_index('ix_matches_achievement')

    op.drop_table('matches')
    with op.batch_alter_table('matched_needs', schema=None) as batch_op:
        batch_op.drop_index('ix_matched_needs_stale', sqlite_where=sa.text('stale'), postgresql_where=sa.text('stale'))

    op.drop_table('matched_needs')
    with op.batch_alter_table('match_verdicts', schema=None) as batch_op:
        batch_op.drop_index('ix_match_verdicts_need')
        batch_op.drop_index('ix_match_verdicts_achievement')

    op.drop_table('match_verdicts')
    with op.batch_alter_table('match_outcomes', schema=None) as batch_op:
        batch_op.drop_index('ix_match_outcomes_achievement')

    op.drop_table('match_outcomes')
    with op.batch_alter_table('call_notes', schema=None) as batch_op:
        batch_op.drop_index('ix_call_notes_organization')

    op.drop_table('call_notes')
    with op.batch_alter_table('announced_pairs', schema=None) as batch_op:
        batch_op.drop_index('ix_announced_pairs_achievement')

    op.drop_table('announced_pairs')
    with op.batch_alter_table('alert_notices', schema=None) as batch_op:
        batch_op.drop_index('ix_alert_notices_person')
        batch_op.drop_index('ix_alert_notices_mail', sqlite_where=sa.text('mail_by IS NOT NULL'), postgresql_where=sa.text('mail_by IS NOT NULL'))

    op.drop_table('alert_notices')
    with op.batch_alter_table('saved_searches', schema=None) as batch_op:
        batch_op.drop_index('ix_saved_searches_person')
        batch_op.drop_index('ix_saved_searches_key')

    op.drop_table('saved_searches')
    op.drop_table('match_alerts')
    op.drop_table('alert_readers')
