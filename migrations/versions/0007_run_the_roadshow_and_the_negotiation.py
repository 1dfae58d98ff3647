"""venue, call and running of the roadshow, meetings and their plan, schedules, stages and documents of negotiations, credit"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


APPEND_ONLY = ("negotiation_document_versions", "negotiation_document_reads", "credit_shares", "credit_answers")
STOPPED = ("declined", "withdrawn", "lost")
STAGES = (
    "interest", "talking", "nda", "evaluation", "terms_proposed", "countered", "terms_agreed", "approval", "ready_to_sign", "signed", "paused",
    *STOPPED,
)
STAGES_BEFORE = ("interest", "declined", "withdrawn", "talking", "agreed", "lost")
STATUSES = ("requested", "confirmed", "declined", "cancelled", "expired", "held", "no_show")
CHECKS = {
    "negotiations": {
        "paused_from": "(stage = 'paused') = (paused_from IS NOT NULL)",
        "paused_until": "(paused_from IS NULL) = (paused_until IS NULL)",
        "approving": "stage IN ('approval', 'paused') OR (provider_approving_since IS NULL AND recipient_approving_since IS NULL)",
    },
    "meetings": {"move": "(move_to IS NULL) = (move_by_id IS NULL) AND (move_to IS NULL) = (move_to_place_id IS NULL)"},
    "sessions": {"late": "late_minutes BETWEEN 0 AND 480"},
}
ENUMS = {"negotiations": ("reveal", "paused_stage"), "meetings": ("origin",)}
"""The enums of columns that came with this revision: on the way back their checks go before the columns."""
OPENED = """
    UPDATE negotiations SET stage = CASE
        WHEN stage = 'talking' AND NOT EXISTS (SELECT 1 FROM negotiation_rounds r WHERE r.negotiation_id = negotiations.id) THEN CASE
            WHEN EXISTS (SELECT 1 FROM disclosure_agreements a WHERE a.negotiation_id = negotiations.id AND a.state = 'in_force') THEN 'nda'
            ELSE 'talking' END
        WHEN stage = 'talking' THEN CASE
            WHEN (SELECT r.status FROM negotiation_rounds r WHERE r.negotiation_id = negotiations.id ORDER BY r.number DESC LIMIT 1 OFFSET 1) = 'countered'
            THEN 'countered' ELSE 'terms_proposed' END
        WHEN EXISTS (
            SELECT 1 FROM contracts c WHERE c.negotiation_id = negotiations.id AND c.status IN ('signed', 'verified') AND c.contract_class <> 'intent'
        ) THEN 'signed'
        WHEN EXISTS (SELECT 1 FROM negotiation_handovers h WHERE h.negotiation_id = negotiations.id) THEN 'ready_to_sign'
        ELSE 'terms_agreed' END
    WHERE stage IN ('talking', 'agreed')
"""
DUE = {
    "sqlite": "UPDATE negotiations SET due_on = date(moved_at, '+7 days') WHERE move_of_id IS NOT NULL",
    "postgresql": "UPDATE negotiations SET due_on = (moved_at AT TIME ZONE 'UTC')::date + 7 WHERE move_of_id IS NOT NULL",
}
"""A week from the last step: the five working days that a fair gives unless it says otherwise."""
UNNAMED = """
    UPDATE negotiations SET stage = 'withdrawn', open_key = NULL, move_of_id = NULL, ended_at = moved_at
    WHERE stage = 'interest' AND reveal = 'on_acceptance'
"""
"""On the way back a question whose asker is not named yet is taken back: before this revision its name would be read."""
CLOSED = """
    UPDATE negotiations SET stage = CASE
        WHEN (CASE WHEN stage = 'paused' THEN paused_from ELSE stage END) IN ('terms_agreed', 'approval', 'ready_to_sign', 'signed') THEN 'agreed'
        ELSE 'talking' END
    WHERE stage NOT IN ('interest', 'declined', 'withdrawn', 'lost')
"""


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


def quoted(some: tuple[str, ...]) -> str:
    return ", ".join(f"'{each}'" for each in some)


def free_stages() -> None:
    """For a moment any stage may stand there, so that rows can move from the old ones to the new ones."""
    with op.batch_alter_table('negotiations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_negotiations_stage'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_negotiations_ended'), type_='check')


def hold_stages(stages: tuple[str, ...], ended: tuple[str, ...]) -> None:
    with op.batch_alter_table('negotiations', schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f('ck_negotiations_stage'), f"stage IN ({quoted(stages)})")
        batch_op.create_check_constraint(
            batch_op.f('ck_negotiations_ended'), f"stage NOT IN ({quoted(ended)}) OR (open_key IS NULL AND ended_at IS NOT NULL)"
        )


def allow(statuses: tuple[str, ...]) -> None:
    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_meetings_meetingstatus'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_meetings_meetingstatus'), f"status IN ({quoted(statuses)})")


def upgrade() -> None:
    op.create_table('conflict_levels',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('level', sa.Enum('block', 'warn', 'ignore', name='level', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_conflict_levels_fair_id_fairs')),
    sa.PrimaryKeyConstraint('fair_id', 'kind', name=op.f('pk_conflict_levels'))
    )
    op.create_table('interpreters',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_interpreters_fair_id_fairs')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_interpreters_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interpreters')),
    sa.UniqueConstraint('fair_id', 'person_id', name=op.f('uq_interpreters_fair_id_person_id'))
    )
    with op.batch_alter_table('interpreters', schema=None) as batch_op:
        batch_op.create_index('ix_interpreters_fair_id', ['fair_id'], unique=False)

    op.create_table('meeting_calls',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('hours', sa.JSON(), nullable=False),
    sa.Column('length_minutes', sa.Integer(), nullable=False),
    sa.Column('pause_minutes', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length_minutes BETWEEN 15 AND 120', name=op.f('ck_meeting_calls_length')),
    sa.CheckConstraint('pause_minutes BETWEEN 0 AND 60', name=op.f('ck_meeting_calls_pause')),
    sa.CheckConstraint('seconds BETWEEN 5 AND 300', name=op.f('ck_meeting_calls_seconds')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_meeting_calls_fair_id_fairs')),
    sa.PrimaryKeyConstraint('fair_id', name=op.f('pk_meeting_calls'))
    )
    op.create_table('meeting_plans',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('computing', 'ready', 'published', 'cancelled', 'failed', name='planstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=20), nullable=True),
    sa.Column('progress', sa.JSON(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('worker', sa.Uuid(), nullable=True),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_meeting_plans_asked_by_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_meeting_plans_fair_id_fairs')),
    sa.ForeignKeyConstraint(['published_by'], ['people.id'], name=op.f('fk_meeting_plans_published_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_plans'))
    )
    with op.batch_alter_table('meeting_plans', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_plans_at_work', ['state', 'beat_at'], unique=False)
        batch_op.create_index('ix_meeting_plans_fair', ['fair_id', 'created_at'], unique=False)

    op.create_table('meeting_reminders',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('about', sa.String(length=80), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_meeting_reminders_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', 'about', name=op.f('pk_meeting_reminders'))
    )
    op.create_table('negotiation_paces',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('answer_days', sa.Integer(), nullable=False),
    sa.Column('move_days', sa.Integer(), nullable=False),
    sa.Column('stalled_days', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('answer_days BETWEEN 1 AND 60', name=op.f('ck_negotiation_paces_answer_days')),
    sa.CheckConstraint('move_days BETWEEN 1 AND 60', name=op.f('ck_negotiation_paces_move_days')),
    sa.CheckConstraint('stalled_days BETWEEN 1 AND 180', name=op.f('ck_negotiation_paces_stalled_days')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_negotiation_paces_fair_id_fairs')),
    sa.PrimaryKeyConstraint('fair_id', name=op.f('pk_negotiation_paces'))
    )
    op.create_table('pitch_calls',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('text_en', sa.String(length=4000), nullable=True),
    sa.Column('text_zh', sa.String(length=4000), nullable=True),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('closes_on >= opens_on', name=op.f('ck_pitch_calls_days')),
    sa.CheckConstraint('places BETWEEN 1 AND 1000', name=op.f('ck_pitch_calls_places')),
    sa.CheckConstraint('text_en IS NOT NULL OR text_zh IS NOT NULL', name=op.f('ck_pitch_calls_text')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_pitch_calls_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pitch_calls')),
    sa.UniqueConstraint('fair_id', name=op.f('uq_pitch_calls_fair_id'))
    )
    op.create_table('plan_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('place', 'person', 'organization', 'interpreter', name='changekind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('computing', 'ready', 'applied', 'cancelled', 'failed', name='changestate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('broken', sa.JSON(), nullable=False),
    sa.Column('repairs', sa.JSON(), nullable=False),
    sa.Column('chosen', sa.String(length=20), nullable=True),
    sa.Column('worker', sa.Uuid(), nullable=True),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_plan_changes_times')),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_plan_changes_asked_by_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_plan_changes_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_changes'))
    )
    with op.batch_alter_table('plan_changes', schema=None) as batch_op:
        batch_op.create_index('ix_plan_changes_at_work', ['state', 'beat_at'], unique=False)
        batch_op.create_index('ix_plan_changes_fair', ['fair_id', 'created_at'], unique=False)

    op.create_table('absences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('interpreter_id', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_absences_times')),
    sa.CheckConstraint('interpreter_id IS NOT NULL OR organization_id IS NOT NULL', name=op.f('ck_absences_whose')),
    sa.CheckConstraint('interpreter_id IS NULL OR (organization_id IS NULL AND person_id IS NULL)', name=op.f('ck_absences_one_kind')),
    sa.ForeignKeyConstraint(['created_by'], ['people.id'], name=op.f('fk_absences_created_by_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_absences_fair_id_fairs')),
    sa.ForeignKeyConstraint(['interpreter_id'], ['interpreters.id'], name=op.f('fk_absences_interpreter_id_interpreters')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_absences_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_absences_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.create_index('ix_absences_interpreter', ['interpreter_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_absences_organization', ['organization_id', 'fair_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_absences_person', ['person_id', 'starts_at'], unique=False)

    op.create_table('calendar_feeds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('whose', sa.Enum('me', 'organization', 'interpreter', 'place', name='whose', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('interpreter_id', sa.Uuid(), nullable=True),
    sa.Column('place_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(whose = 'interpreter') = (interpreter_id IS NOT NULL)", name=op.f('ck_calendar_feeds_interpreter')),
    sa.CheckConstraint("(whose = 'organization') = (organization_id IS NOT NULL)", name=op.f('ck_calendar_feeds_organization')),
    sa.CheckConstraint("(whose = 'place') = (place_id IS NOT NULL)", name=op.f('ck_calendar_feeds_place')),
    sa.ForeignKeyConstraint(['interpreter_id'], ['interpreters.id'], name=op.f('fk_calendar_feeds_interpreter_id_interpreters')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_calendar_feeds_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_calendar_feeds_person_id_people')),
    sa.ForeignKeyConstraint(['place_id'], ['places.id'], name=op.f('fk_calendar_feeds_place_id_places')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_calendar_feeds_secret_hash'))
    )
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.create_index('ix_calendar_feeds_person_id', ['person_id'], unique=False)

    op.create_table('delegates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('presence', sa.Enum('on_site', 'online', 'either', name='presence', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_delegates_fair_id_fairs')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_delegates_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_delegates_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegates')),
    sa.UniqueConstraint('fair_id', 'person_id', name=op.f('uq_delegates_fair_id_person_id'))
    )
    with op.batch_alter_table('delegates', schema=None) as batch_op:
        batch_op.create_index('ix_delegates_organization', ['organization_id', 'fair_id'], unique=False)

    op.create_table('pitch_criteria',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=True),
    sa.Column('name_zh', sa.String(length=120), nullable=True),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.CheckConstraint('name_en IS NOT NULL OR name_zh IS NOT NULL', name=op.f('ck_pitch_criteria_name')),
    sa.CheckConstraint('weight BETWEEN 1 AND 100', name=op.f('ck_pitch_criteria_weight')),
    sa.ForeignKeyConstraint(['call_id'], ['pitch_calls.id'], name=op.f('fk_pitch_criteria_call_id_pitch_calls')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pitch_criteria')),
    sa.UniqueConstraint('call_id', 'position', name=op.f('uq_pitch_criteria_call_id_position'))
    )
    op.create_table('pitch_reviewers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('appointed_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['appointed_by'], ['people.id'], name=op.f('fk_pitch_reviewers_appointed_by_people')),
    sa.ForeignKeyConstraint(['call_id'], ['pitch_calls.id'], name=op.f('fk_pitch_reviewers_call_id_pitch_calls')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_pitch_reviewers_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pitch_reviewers'))
    )
    with op.batch_alter_table('pitch_reviewers', schema=None) as batch_op:
        batch_op.create_index('ix_pitch_reviewers_person_id', ['person_id'], unique=False)
        batch_op.create_index('uq_pitch_reviewers_open', ['call_id', 'person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('place_closures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_place_closures_times')),
    sa.ForeignKeyConstraint(['closed_by'], ['people.id'], name=op.f('fk_place_closures_closed_by_people')),
    sa.ForeignKeyConstraint(['place_id'], ['places.id'], name=op.f('fk_place_closures_place_id_places')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_closures'))
    )
    with op.batch_alter_table('place_closures', schema=None) as batch_op:
        batch_op.create_index('ix_place_closures_place_id', ['place_id', 'starts_at'], unique=False)

    op.create_table('walks',
    sa.Column('one_hall_id', sa.Uuid(), nullable=False),
    sa.Column('other_hall_id', sa.Uuid(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 0 AND 120', name=op.f('ck_walks_minutes')),
    sa.CheckConstraint('one_hall_id < other_hall_id', name=op.f('ck_walks_order')),
    sa.ForeignKeyConstraint(['one_hall_id'], ['places.id'], name=op.f('fk_walks_one_hall_id_places')),
    sa.ForeignKeyConstraint(['other_hall_id'], ['places.id'], name=op.f('fk_walks_other_hall_id_places')),
    sa.PrimaryKeyConstraint('one_hall_id', 'other_hall_id', name=op.f('pk_walks'))
    )
    op.create_table('listing_question_sets',
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_listing_question_sets_listing_id_listings')),
    sa.PrimaryKeyConstraint('listing_id', name=op.f('pk_listing_question_sets'))
    )
    op.create_table('listing_questions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text_en', sa.String(length=300), nullable=True),
    sa.Column('text_zh', sa.String(length=300), nullable=True),
    sa.CheckConstraint('position BETWEEN 1 AND 3', name=op.f('ck_listing_questions_position')),
    sa.CheckConstraint('text_en IS NOT NULL OR text_zh IS NOT NULL', name=op.f('ck_listing_questions_text')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_listing_questions_listing_id_listings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing_questions')),
    sa.UniqueConstraint('listing_id', 'position', name=op.f('uq_listing_questions_listing_id_position'))
    )
    op.create_table('meeting_wishes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('about_organization_id', sa.Uuid(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=True),
    sa.Column('wanted', sa.Enum('must', 'like', 'no', name='wanted', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('topic', sa.String(length=300), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('said_by', sa.Uuid(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('organization_id <> about_organization_id', name=op.f('ck_meeting_wishes_two_sides')),
    sa.ForeignKeyConstraint(['about_organization_id'], ['organizations.id'], name=op.f('fk_meeting_wishes_about_organization_id_organizations')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_meeting_wishes_fair_id_fairs')),
    sa.ForeignKeyConstraint(['listing_id'], ['listings.id'], name=op.f('fk_meeting_wishes_listing_id_listings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_meeting_wishes_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_meeting_wishes_person_id_people')),
    sa.ForeignKeyConstraint(['said_by'], ['people.id'], name=op.f('fk_meeting_wishes_said_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_wishes')),
    sa.UniqueConstraint('fair_id', 'organization_id', 'about_organization_id', name=op.f('uq_meeting_wishes_fair_id_organization_id_about_organization_id'))
    )
    with op.batch_alter_table('meeting_wishes', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_wishes_about', ['about_organization_id', 'fair_id'], unique=False)
        batch_op.create_index('ix_meeting_wishes_organization', ['organization_id', 'fair_id'], unique=False)

    op.create_table('door_interests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pitch_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('firm', sa.String(length=200), nullable=True),
    sa.Column('question', sa.String(length=500), nullable=True),
    sa.Column('shares_contact', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('became', sa.String(length=80), nullable=True),
    sa.Column('taken_up_by', sa.Uuid(), nullable=True),
    sa.Column('taken_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(became IS NULL) = (taken_up_at IS NULL) AND (became IS NULL) = (taken_up_by IS NULL)', name=op.f('ck_door_interests_taken_up')),
    sa.CheckConstraint('(person_id IS NULL) = (email IS NOT NULL) AND (email IS NULL) = (name IS NULL)', name=op.f('ck_door_interests_who')),
    sa.CheckConstraint('person_id IS NOT NULL OR shares_contact', name=op.f('ck_door_interests_contact')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_door_interests_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_door_interests_person_id_people')),
    sa.ForeignKeyConstraint(['pitch_id'], ['pitches.id'], name=op.f('fk_door_interests_pitch_id_pitches')),
    sa.ForeignKeyConstraint(['taken_up_by'], ['people.id'], name=op.f('fk_door_interests_taken_up_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_door_interests')),
    sa.UniqueConstraint('pitch_id', 'email', name=op.f('uq_door_interests_pitch_id_email')),
    sa.UniqueConstraint('pitch_id', 'person_id', name=op.f('uq_door_interests_pitch_id_person_id'))
    )
    with op.batch_alter_table('door_interests', schema=None) as batch_op:
        batch_op.create_index('ix_door_interests_email', ['email'], unique=False)
        batch_op.create_index('ix_door_interests_organization_id', ['organization_id'], unique=False)
        batch_op.create_index('ix_door_interests_person_id', ['person_id'], unique=False)

    op.create_table('interest_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('negotiation_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('question_en', sa.String(length=300), nullable=True),
    sa.Column('question_zh', sa.String(length=300), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['negotiation_id'], ['negotiations.id'], name=op.f('fk_interest_answers_negotiation_id_negotiations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interest_answers')),
    sa.UniqueConstraint('negotiation_id', 'position', name=op.f('uq_interest_answers_negotiation_id_position'))
    )
    op.create_table('meeting_typed',
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_meeting_typed_meeting_id_meetings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_meeting_typed_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_meeting_typed_person_id_people')),
    sa.PrimaryKeyConstraint('meeting_id', 'organization_id', 'person_id', name=op.f('pk_meeting_typed'))
    )
    with op.batch_alter_table('meeting_typed', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_typed_person_id', ['person_id'], unique=False)
        batch_op.create_index('ix_meeting_typed_saved_at', ['saved_at'], unique=False)

    op.create_table('negotiation_documents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('negotiation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('number >= 1', name=op.f('ck_negotiation_documents_number')),
    sa.ForeignKeyConstraint(['negotiation_id'], ['negotiations.id'], name=op.f('fk_negotiation_documents_negotiation_id_negotiations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_negotiation_documents_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_negotiation_documents')),
    sa.UniqueConstraint('negotiation_id', 'number', name=op.f('uq_negotiation_documents_negotiation_id_number'))
    )
    op.create_table('negotiation_points',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('negotiation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('raised_by', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('raised_by_person_id', sa.Uuid(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Enum('open', 'answered', 'settled', name='pointstatus', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('waits_for', sa.Enum('provider', 'recipient', name='waiting_side', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", name=op.f('ck_negotiation_points_settled')),
    sa.CheckConstraint("(status = 'settled') = (waits_for IS NULL)", name=op.f('ck_negotiation_points_waits_for')),
    sa.CheckConstraint('number >= 1', name=op.f('ck_negotiation_points_number')),
    sa.ForeignKeyConstraint(['negotiation_id'], ['negotiations.id'], name=op.f('fk_negotiation_points_negotiation_id_negotiations')),
    sa.ForeignKeyConstraint(['raised_by_person_id'], ['people.id'], name=op.f('fk_negotiation_points_raised_by_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_negotiation_points')),
    sa.UniqueConstraint('negotiation_id', 'number', name=op.f('uq_negotiation_points_negotiation_id_number'))
    )
    with op.batch_alter_table('negotiation_points', schema=None) as batch_op:
        batch_op.create_index('ix_negotiation_points_due', ['status', 'due_on'], unique=False)

    op.create_table('pitch_applications',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('achievement_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('pitch_text', sa.String(length=2000), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('days', sa.JSON(), nullable=False),
    sa.Column('status', sa.Enum('submitted', 'withdrawn', 'selected', 'waiting', 'rejected', name='status', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=True),
    sa.Column('waiting_number', sa.Integer(), nullable=True),
    sa.Column('told', sa.Enum('selected', 'waiting', 'rejected', name='told', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pitch_id', sa.Uuid(), nullable=True),
    sa.Column('review_count', sa.Integer(), nullable=False),
    sa.Column('mean', sa.Integer(), nullable=False),
    sa.Column('spread', sa.Integer(), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'rejected') = (reason IS NOT NULL)", name=op.f('ck_pitch_applications_reason')),
    sa.CheckConstraint("(status = 'waiting') = (waiting_number IS NOT NULL)", name=op.f('ck_pitch_applications_waiting')),
    sa.CheckConstraint('(told IS NULL) = (told_at IS NULL)', name=op.f('ck_pitch_applications_told_when')),
    sa.CheckConstraint('review_count >= 0 AND (mean = 0) = (review_count = 0) AND mean BETWEEN 0 AND 5000', name=op.f('ck_pitch_applications_mean')),
    sa.ForeignKeyConstraint(['achievement_id'], ['listings.id'], name=op.f('fk_pitch_applications_achievement_id_listings')),
    sa.ForeignKeyConstraint(['call_id'], ['pitch_calls.id'], name=op.f('fk_pitch_applications_call_id_pitch_calls')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_pitch_applications_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_pitch_applications_person_id_people')),
    sa.ForeignKeyConstraint(['pitch_id'], ['pitches.id'], name=op.f('fk_pitch_applications_pitch_id_pitches')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pitch_applications')),
    sa.UniqueConstraint('call_id', 'achievement_id', name=op.f('uq_pitch_applications_call_id_achievement_id')),
    sa.UniqueConstraint('pitch_id', name=op.f('uq_pitch_applications_pitch_id'))
    )
    with op.batch_alter_table('pitch_applications', schema=None) as batch_op:
        batch_op.create_index('ix_pitch_applications_organization_id', ['organization_id'], unique=False)
        batch_op.create_index('ix_pitch_applications_rank', ['call_id', 'mean', 'review_count'], unique=False)

    op.create_table('pitch_slides',
    sa.Column('pitch_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=130), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('loaded_by', sa.Uuid(), nullable=True),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(loaded_at IS NULL) = (loaded_by IS NULL)', name=op.f('ck_pitch_slides_loaded')),
    sa.ForeignKeyConstraint(['loaded_by'], ['people.id'], name=op.f('fk_pitch_slides_loaded_by_people')),
    sa.ForeignKeyConstraint(['pitch_id'], ['pitches.id'], name=op.f('fk_pitch_slides_pitch_id_pitches')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['people.id'], name=op.f('fk_pitch_slides_uploaded_by_people')),
    sa.PrimaryKeyConstraint('pitch_id', name=op.f('pk_pitch_slides'))
    )
    with op.batch_alter_table('pitch_slides', schema=None) as batch_op:
        batch_op.create_index('ix_pitch_slides_sha256', ['sha256'], unique=False)

    op.create_table('planned_meetings',
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('from_organization_id', sa.Uuid(), nullable=False),
    sa.Column('to_organization_id', sa.Uuid(), nullable=False),
    sa.Column('from_person_id', sa.Uuid(), nullable=False),
    sa.Column('to_person_id', sa.Uuid(), nullable=False),
    sa.Column('place_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('length_minutes', sa.Integer(), nullable=False),
    sa.Column('interpreter_id', sa.Uuid(), nullable=True),
    sa.Column('from_language', sa.String(length=2), nullable=True),
    sa.Column('to_language', sa.String(length=2), nullable=True),
    sa.Column('wish_id', sa.Uuid(), nullable=True),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('from_organization_id <> to_organization_id', name=op.f('ck_planned_meetings_two_sides')),
    sa.ForeignKeyConstraint(['from_organization_id'], ['organizations.id'], name=op.f('fk_planned_meetings_from_organization_id_organizations')),
    sa.ForeignKeyConstraint(['from_person_id'], ['people.id'], name=op.f('fk_planned_meetings_from_person_id_people')),
    sa.ForeignKeyConstraint(['interpreter_id'], ['interpreters.id'], name=op.f('fk_planned_meetings_interpreter_id_interpreters')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_planned_meetings_meeting_id_meetings')),
    sa.ForeignKeyConstraint(['place_id'], ['places.id'], name=op.f('fk_planned_meetings_place_id_places')),
    sa.ForeignKeyConstraint(['plan_id'], ['meeting_plans.id'], name=op.f('fk_planned_meetings_plan_id_meeting_plans')),
    sa.ForeignKeyConstraint(['to_organization_id'], ['organizations.id'], name=op.f('fk_planned_meetings_to_organization_id_organizations')),
    sa.ForeignKeyConstraint(['to_person_id'], ['people.id'], name=op.f('fk_planned_meetings_to_person_id_people')),
    sa.ForeignKeyConstraint(['wish_id'], ['meeting_wishes.id'], name=op.f('fk_planned_meetings_wish_id_meeting_wishes')),
    sa.PrimaryKeyConstraint('plan_id', 'number', name=op.f('pk_planned_meetings'))
    )
    with op.batch_alter_table('planned_meetings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_planned_meetings_wish_id'), ['wish_id'], unique=False)

    op.create_table('standbys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('for_organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('topic', sa.String(length=500), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=True),
    sa.Column('offered_meeting_id', sa.Uuid(), nullable=True),
    sa.Column('offered_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('meeting_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('organization_id <> for_organization_id', name=op.f('ck_standbys_two_sides')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_standbys_fair_id_fairs')),
    sa.ForeignKeyConstraint(['for_organization_id'], ['organizations.id'], name=op.f('fk_standbys_for_organization_id_organizations')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meetings.id'], name=op.f('fk_standbys_meeting_id_meetings')),
    sa.ForeignKeyConstraint(['offered_meeting_id'], ['meetings.id'], name=op.f('fk_standbys_offered_meeting_id_meetings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_standbys_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_standbys_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standbys'))
    )
    with op.batch_alter_table('standbys', schema=None) as batch_op:
        batch_op.create_index('ix_standbys_for', ['fair_id', 'for_organization_id', 'created_at'], unique=False)
        batch_op.create_index('ix_standbys_organization', ['organization_id', 'fair_id'], unique=False)

    op.create_table('credit_splits',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.Enum('proposed', 'agreed', 'declined', 'withdrawn', 'lapsed', 'replaced', name='splitstatus', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by_person_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'proposed') = (settled_at IS NULL)", name=op.f('ck_credit_splits_settled')),
    sa.CheckConstraint("frozen_at IS NULL OR status = 'agreed'", name=op.f('ck_credit_splits_frozen')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_credit_splits_contract_id_contracts')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_credit_splits_fair_id_fairs')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['organizations.id'], name=op.f('fk_credit_splits_proposed_by_id_organizations')),
    sa.ForeignKeyConstraint(['proposed_by_person_id'], ['people.id'], name=op.f('fk_credit_splits_proposed_by_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_splits')),
    sa.UniqueConstraint('contract_id', 'number', name=op.f('uq_credit_splits_contract_id_number'))
    )
    with op.batch_alter_table('credit_splits', schema=None) as batch_op:
        batch_op.create_index('ix_credit_splits_fair', ['fair_id', 'status'], unique=False)
        batch_op.create_index('uq_credit_splits_agreed', ['contract_id'], unique=True, sqlite_where=sa.text("status = 'agreed'"), postgresql_where=sa.text("status = 'agreed'"))
        batch_op.create_index('uq_credit_splits_proposed', ['contract_id'], unique=True, sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))

    op.create_table('negotiation_document_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['negotiation_documents.id'], name=op.f('fk_negotiation_document_versions_document_id_negotiation_documents')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_negotiation_document_versions_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_negotiation_document_versions')),
    sa.UniqueConstraint('document_id', 'number', name=op.f('uq_negotiation_document_versions_document_id_number'))
    )
    with op.batch_alter_table('negotiation_document_versions', schema=None) as batch_op:
        batch_op.create_index('ix_negotiation_document_versions_sha256', ['sha256'], unique=False)

    op.create_table('negotiation_point_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('point_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('act', sa.Enum('said', 'settled', 'reopened', name='pointact', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_negotiation_point_entries_person_id_people')),
    sa.ForeignKeyConstraint(['point_id'], ['negotiation_points.id'], name=op.f('fk_negotiation_point_entries_point_id_negotiation_points')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_negotiation_point_entries')),
    sa.UniqueConstraint('point_id', 'number', name=op.f('uq_negotiation_point_entries_point_id_number'))
    )
    op.create_table('pitch_reviews',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('comment', sa.String(length=2000), nullable=True),
    sa.Column('scored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('total BETWEEN 1000 AND 5000', name=op.f('ck_pitch_reviews_total')),
    sa.ForeignKeyConstraint(['application_id'], ['pitch_applications.id'], name=op.f('fk_pitch_reviews_application_id_pitch_applications')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_pitch_reviews_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pitch_reviews')),
    sa.UniqueConstraint('application_id', 'person_id', name=op.f('uq_pitch_reviews_application_id_person_id'))
    )
    with op.batch_alter_table('pitch_reviews', schema=None) as batch_op:
        batch_op.create_index('ix_pitch_reviews_person_id', ['person_id'], unique=False)

    op.create_table('timetable_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('deed', sa.Enum('place', 'move', 'swap', 'take_out', name='deed', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('pitch_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=True),
    sa.Column('from_session_id', sa.Uuid(), nullable=True),
    sa.Column('from_position', sa.Integer(), nullable=True),
    sa.Column('to_session_id', sa.Uuid(), nullable=True),
    sa.Column('to_position', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(from_session_id IS NULL) = (from_position IS NULL)', name=op.f('ck_timetable_changes_from_slot')),
    sa.CheckConstraint('(to_session_id IS NULL) = (to_position IS NULL)', name=op.f('ck_timetable_changes_to_slot')),
    sa.ForeignKeyConstraint(['application_id'], ['pitch_applications.id'], name=op.f('fk_timetable_changes_application_id_pitch_applications')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_timetable_changes_fair_id_fairs')),
    sa.ForeignKeyConstraint(['from_session_id'], ['sessions.id'], name=op.f('fk_timetable_changes_from_session_id_sessions')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_timetable_changes_made_by_people')),
    sa.ForeignKeyConstraint(['pitch_id'], ['pitches.id'], name=op.f('fk_timetable_changes_pitch_id_pitches')),
    sa.ForeignKeyConstraint(['to_session_id'], ['sessions.id'], name=op.f('fk_timetable_changes_to_session_id_sessions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timetable_changes'))
    )
    with op.batch_alter_table('timetable_changes', schema=None) as batch_op:
        batch_op.create_index('ix_timetable_changes_fair', ['fair_id', 'at'], unique=False)
        batch_op.create_index('ix_timetable_changes_pitch_id', ['pitch_id'], unique=False)

    op.create_table('credit_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('split_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('agreed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('agreed OR reason IS NOT NULL', name=op.f('ck_credit_answers_reason')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_credit_answers_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_credit_answers_person_id_people')),
    sa.ForeignKeyConstraint(['split_id'], ['credit_splits.id'], name=op.f('fk_credit_answers_split_id_credit_splits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_answers')),
    sa.UniqueConstraint('split_id', 'organization_id', name=op.f('uq_credit_answers_split_id_organization_id'))
    )
    op.create_table('credit_shares',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('split_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('share_bp', sa.Integer(), nullable=False),
    sa.CheckConstraint('share_bp BETWEEN 1 AND 10000', name=op.f('ck_credit_shares_share')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_credit_shares_organization_id_organizations')),
    sa.ForeignKeyConstraint(['split_id'], ['credit_splits.id'], name=op.f('fk_credit_shares_split_id_credit_splits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_shares')),
    sa.UniqueConstraint('split_id', 'organization_id', name=op.f('uq_credit_shares_split_id_organization_id')),
    sa.UniqueConstraint('split_id', 'position', name=op.f('uq_credit_shares_split_id_position'))
    )
    with op.batch_alter_table('credit_shares', schema=None) as batch_op:
        batch_op.create_index('ix_credit_shares_organization_id', ['organization_id'], unique=False)

    op.create_table('negotiation_document_reads',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_negotiation_document_reads_person_id_people')),
    sa.ForeignKeyConstraint(['version_id'], ['negotiation_document_versions.id'], name=op.f('fk_negotiation_document_reads_version_id_negotiation_document_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_negotiation_document_reads'))
    )
    with op.batch_alter_table('negotiation_document_reads', schema=None) as batch_op:
        batch_op.create_index('ix_negotiation_document_reads_version_id', ['version_id', 'at'], unique=False)

    op.create_table('pitch_scores',
    sa.Column('review_id', sa.Uuid(), nullable=False),
    sa.Column('criterion_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.CheckConstraint('points BETWEEN 1 AND 5', name=op.f('ck_pitch_scores_points')),
    sa.ForeignKeyConstraint(['criterion_id'], ['pitch_criteria.id'], name=op.f('fk_pitch_scores_criterion_id_pitch_criteria')),
    sa.ForeignKeyConstraint(['review_id'], ['pitch_reviews.id'], name=op.f('fk_pitch_scores_review_id_pitch_reviews')),
    sa.PrimaryKeyConstraint('review_id', 'criterion_id', name=op.f('pk_pitch_scores'))
    )
    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('listing_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('origin', sa.Enum('requested', 'planned', 'standby', name='origin', native_enum=False, create_constraint=True, length=40), server_default='requested', nullable=False))
        batch_op.add_column(sa.Column('from_language', sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column('to_language', sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column('interpreter_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('held_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('move_by_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('move_to_place_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('move_to', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('move_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('missed_by_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('freed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('outcome_by_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('outcome_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('done_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_meetings_fair', ['fair_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_meetings_held_until', ['status', 'held_until'], unique=False)
        batch_op.create_index('ix_meetings_interpreter', ['interpreter_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_meetings_place', ['place_id', 'starts_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_meetings_missed_by_id_organizations'), 'organizations', ['missed_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_meetings_listing_id_listings'), 'listings', ['listing_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_meetings_move_to_place_id_places'), 'places', ['move_to_place_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_meetings_move_by_id_organizations'), 'organizations', ['move_by_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_meetings_interpreter_id_interpreters'), 'interpreters', ['interpreter_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_meetings_outcome_by_id_organizations'), 'organizations', ['outcome_by_id'], ['id'])

    with op.batch_alter_table('negotiations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('asker_kind', sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column('wanted_by', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('reveal', sa.Enum('now', 'on_acceptance', name='reveal', native_enum=False, create_constraint=True, length=40), server_default='now', nullable=False))
        batch_op.add_column(sa.Column('paused_from', sa.Enum('interest', 'talking', 'nda', 'evaluation', 'terms_proposed', 'countered', 'terms_agreed', 'approval', 'ready_to_sign', 'signed', 'paused', 'declined', 'withdrawn', 'lost', name='paused_stage', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('paused_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('paused_note', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('paused_by_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('provider_approving_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('recipient_approving_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('provider_reminded_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('recipient_reminded_on', sa.Date(), nullable=True))
        batch_op.create_index('ix_negotiations_due_on', ['due_on'], unique=False, sqlite_where=sa.text('due_on IS NOT NULL'), postgresql_where=sa.text('due_on IS NOT NULL'))
        batch_op.create_index('ix_negotiations_paused_until', ['paused_until'], unique=False, sqlite_where=sa.text('paused_until IS NOT NULL'), postgresql_where=sa.text('paused_until IS NOT NULL'))
        batch_op.create_index('ix_negotiations_stage', ['fair_id', 'stage', 'moved_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_negotiations_paused_by_id_organizations'), 'organizations', ['paused_by_id'], ['id'])

    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.add_column(sa.Column('time_zone', sa.String(length=40), nullable=True))

    with op.batch_alter_table('pitches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('started_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('places', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hall_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch_op.create_foreign_key(batch_op.f('fk_places_hall_id_places'), 'places', ['hall_id'], ['id'])

    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('late_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('started_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True))

    free_stages()
    op.execute(OPENED)
    op.execute(DUE[op.get_bind().dialect.name])
    hold_stages(STAGES, (*STOPPED, "signed"))
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, condition in checks.items():
                batch_op.create_check_constraint(batch_op.f(f'ck_{table}_{name}'), condition)
    allow(STATUSES)
    for table in APPEND_ONLY:
        for statement in triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for verb in ("update", "delete") if dialect == "sqlite" else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if dialect == "postgresql" else ""))
    for held in ("holder LIKE 'closure:%'", "holder LIKE 'absence:%'", "holder LIKE 'move:%'", "resource LIKE 'interpreter:%'"):
        op.execute(sa.text("DELETE FROM bookings WHERE " + held))  # nobody could give them back
    op.execute("UPDATE meetings SET status = 'cancelled' WHERE status = 'expired'")
    allow(tuple(status for status in STATUSES if status != "expired"))
    for table in ("negotiations", "meetings", "sessions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in CHECKS[table]:
                batch_op.drop_constraint(batch_op.f(f'ck_{table}_{name}'), type_='check')
    op.execute(UNNAMED)
    free_stages()
    op.execute(CLOSED)
    hold_stages(STAGES_BEFORE, STOPPED)
    for table, names in ENUMS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_constraint(batch_op.f(f'ck_{table}_{name}'), type_='check')
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.drop_column('finished_at')
        batch_op.drop_column('started_at')
        batch_op.drop_column('late_minutes')

    with op.batch_alter_table('places', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_places_hall_id_places'), type_='foreignkey')
        batch_op.drop_column('version')
        batch_op.drop_column('hall_id')

    with op.batch_alter_table('pitches', schema=None) as batch_op:
        batch_op.drop_column('finished_at')
        batch_op.drop_column('started_at')

    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.drop_column('time_zone')

    with op.batch_alter_table('negotiations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_negotiations_paused_by_id_organizations'), type_='foreignkey')
        batch_op.drop_index('ix_negotiations_stage')
        batch_op.drop_index('ix_negotiations_paused_until', sqlite_where=sa.text('paused_until IS NOT NULL'), postgresql_where=sa.text('paused_until IS NOT NULL'))
        batch_op.drop_index('ix_negotiations_due_on', sqlite_where=sa.text('due_on IS NOT NULL'), postgresql_where=sa.text('due_on IS NOT NULL'))
        batch_op.drop_column('recipient_reminded_on')
        batch_op.drop_column('provider_reminded_on')
        batch_op.drop_column('due_on')
        batch_op.drop_column('recipient_approving_since')
        batch_op.drop_column('provider_approving_since')
        batch_op.drop_column('paused_at')
        batch_op.drop_column('paused_by_id')
        batch_op.drop_column('paused_note')
        batch_op.drop_column('paused_until')
        batch_op.drop_column('paused_from')
        batch_op.drop_column('reveal')
        batch_op.drop_column('wanted_by')
        batch_op.drop_column('asker_kind')

    with op.batch_alter_table('meetings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_meetings_outcome_by_id_organizations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_meetings_interpreter_id_interpreters'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_meetings_move_by_id_organizations'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_meetings_move_to_place_id_places'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_meetings_listing_id_listings'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_meetings_missed_by_id_organizations'), type_='foreignkey')
        batch_op.drop_index('ix_meetings_place')
        batch_op.drop_index('ix_meetings_interpreter')
        batch_op.drop_index('ix_meetings_held_until')
        batch_op.drop_index('ix_meetings_fair')
        batch_op.drop_column('done_at')
        batch_op.drop_column('outcome_at')
        batch_op.drop_column('outcome_by_id')
        batch_op.drop_column('sequence')
        batch_op.drop_column('freed_at')
        batch_op.drop_column('missed_by_id')
        batch_op.drop_column('move_until')
        batch_op.drop_column('move_to')
        batch_op.drop_column('move_to_place_id')
        batch_op.drop_column('move_by_id')
        batch_op.drop_column('held_until')
        batch_op.drop_column('interpreter_id')
        batch_op.drop_column('to_language')
        batch_op.drop_column('from_language')
        batch_op.drop_column('origin')
        batch_op.drop_column('listing_id')

    op.drop_table('pitch_scores')
    with op.batch_alter_table('negotiation_document_reads', schema=None) as batch_op:
        batch_op.drop_index('ix_negotiation_document_reads_version_id')

    op.drop_table('negotiation_document_reads')
    with op.batch_alter_table('credit_shares', schema=None) as batch_op:
        batch_op.drop_index('ix_credit_shares_organization_id')

    op.drop_table('credit_shares')
    op.drop_table('credit_answers')
    with op.batch_alter_table('timetable_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_timetable_changes_pitch_id')
        batch_op.drop_index('ix_timetable_changes_fair')

    op.drop_table('timetable_changes')
    with op.batch_alter_table('pitch_reviews', schema=None) as batch_op:
        batch_op.drop_index('ix_pitch_reviews_person_id')

    op.drop_table('pitch_reviews')
    op.drop_table('negotiation_point_entries')
    with op.batch_alter_table('negotiation_document_versions', schema=None) as batch_op:
        batch_op.drop_index('ix_negotiation_document_versions_sha256')

    op.drop_table('negotiation_document_versions')
    with op.batch_alter_table('credit_splits', schema=None) as batch_op:
        batch_op.drop_index('uq_credit_splits_proposed', sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))
        batch_op.drop_index('uq_credit_splits_agreed', sqlite_where=sa.text("status = 'agreed'"), postgresql_where=sa.text("status = 'agreed'"))
        batch_op.drop_index('ix_credit_splits_fair')

    op.drop_table('credit_splits')
    with op.batch_alter_table('standbys', schema=None) as batch_op:
        batch_op.drop_index('ix_standbys_organization')
        batch_op.drop_index('ix_standbys_for')

    op.drop_table('standbys')
    with op.batch_alter_table('planned_meetings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_planned_meetings_wish_id'))

    op.drop_table('planned_meetings')
    with op.batch_alter_table('pitch_slides', schema=None) as batch_op:
        batch_op.drop_index('ix_pitch_slides_sha256')

    op.drop_table('pitch_slides')
    with op.batch_alter_table('pitch_applications', schema=None) as batch_op:
        batch_op.drop_index('ix_pitch_applications_rank')
        batch_op.drop_index('ix_pitch_applications_organization_id')

    op.drop_table('pitch_applications')
    with op.batch_alter_table('negotiation_points', schema=None) as batch_op:
        batch_op.drop_index('ix_negotiation_points_due')

    op.drop_table('negotiation_points')
    op.drop_table('negotiation_documents')
    with op.batch_alter_table('meeting_typed', schema=None) as batch_op:
        batch_op.drop_index('ix_meeting_typed_saved_at')
        batch_op.drop_index('ix_meeting_typed_person_id')

    op.drop_table('meeting_typed')
    op.drop_table('interest_answers')
    with op.batch_alter_table('door_interests', schema=None) as batch_op:
        batch_op.drop_index('ix_door_interests_person_id')
        batch_op.drop_index('ix_door_interests_organization_id')
        batch_op.drop_index('ix_door_interests_email')

    op.drop_table('door_interests')
    with op.batch_alter_table('meeting_wishes', schema=None) as batch_op:
        batch_op.drop_index('ix_meeting_wishes_organization')
        batch_op.drop_index('ix_meeting_wishes_about')

    op.drop_table('meeting_wishes')
    op.drop_table('listing_questions')
    op.drop_table('listing_question_sets')
    op.drop_table('walks')
    with op.batch_alter_table('place_closures', schema=None) as batch_op:
        batch_op.drop_index('ix_place_closures_place_id')

    op.drop_table('place_closures')
    with op.batch_alter_table('pitch_reviewers', schema=None) as batch_op:
        batch_op.drop_index('uq_pitch_reviewers_open', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index('ix_pitch_reviewers_person_id')

    op.drop_table('pitch_reviewers')
    op.drop_table('pitch_criteria')
    with op.batch_alter_table('delegates', schema=None) as batch_op:
        batch_op.drop_index('ix_delegates_organization')

    op.drop_table('delegates')
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.drop_index('ix_calendar_feeds_person_id')

    op.drop_table('calendar_feeds')
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.drop_index('ix_absences_person')
        batch_op.drop_index('ix_absences_organization')
        batch_op.drop_index('ix_absences_interpreter')

    op.drop_table('absences')
    with op.batch_alter_table('plan_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_plan_changes_fair')
        batch_op.drop_index('ix_plan_changes_at_work')

    op.drop_table('plan_changes')
    op.drop_table('pitch_calls')
    op.drop_table('negotiation_paces')
    op.drop_table('meeting_reminders')
    with op.batch_alter_table('meeting_plans', schema=None) as batch_op:
        batch_op.drop_index('ix_meeting_plans_fair')
        batch_op.drop_index('ix_meeting_plans_at_work')

    op.drop_table('meeting_plans')
    op.drop_table('meeting_calls')
    with op.batch_alter_table('interpreters', schema=None) as batch_op:
        batch_op.drop_index('ix_interpreters_fair_id')

    op.drop_table('interpreters')
    op.drop_table('conflict_levels')
