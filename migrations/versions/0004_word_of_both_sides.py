"""what both sides say of a contract, signing shows, published figures, closed days, follow-ups, reports of deals"""

import hashlib
import re
import unicodedata

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'

APPEND_ONLY = (
    "figures", "figure_withdrawals", "closes", "confirmation_answers", "verification_codes", "followup_answers", "hands", "evidence",
)  # fmt: skip
CHECKS = {
    "floor": "floor_minor IS NULL OR floor_minor BETWEEN 1 AND 1000000000000000",
    "cap": "cap_minor IS NULL OR cap_minor BETWEEN 1 AND 1000000000000000",
    "floor_of_cap": "floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor",
    "royalty": "royalty_bp IS NULL OR royalty_bp BETWEEN 1 AND 10000",
    "valid": "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
    "registration": "(registered_on IS NULL) = (registration_number IS NULL)",
}
MEASURES = (
    "measure IN ('count', 'total', 'high_tech_count', 'high_tech_total', 'high_tech_count_share', 'high_tech_total_share', 'first')"
)
PARTIES = sa.table(
    "parties", sa.column("id", sa.Uuid()), sa.column("name"), sa.column("country"), sa.column("organization_id", sa.Uuid()), sa.column("who")
)


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


ALIKE = {
    # Cyrillic letters, by the look of the small or the capital form
    "а": "a", "в": "b", "ԁ": "d", "е": "e", "һ": "h", "н": "h", "і": "i", "ӏ": "i", "ј": "j", "к": "k", "м": "m", "о": "o",
    "р": "p", "ԛ": "q", "с": "c", "ѕ": "s", "т": "t", "ѵ": "v", "ԝ": "w", "х": "x", "у": "y", "ү": "y",
    # Greek letters, by the look of the capital form
    "α": "a", "β": "b", "ε": "e", "ζ": "z", "η": "h", "ι": "i", "κ": "k", "μ": "m", "ν": "n", "ο": "o", "ρ": "p", "τ": "t",
    "υ": "y", "χ": "x", "ϲ": "c", "ϳ": "j",
    # Latin letters that copy another
    "ı": "i", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ȷ": "j",
}  # fmt: skip
GREEK_SMALL = {"γ": "y", "η": "n", "μ": "u", "ν": "v", "σ": "o", "υ": "u", "ω": "w"}
LATIN = re.compile(r"[A-Za-z]")
INVISIBLE_MARKS = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def fold(name: str) -> str:
    """What two spellings of one name share, as the product compared names when this was written."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", INVISIBLE_MARKS.sub("", name)))
    if LATIN.search(text):
        text = text.translate(str.maketrans(GREEK_SMALL))
    text = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(str.maketrans(ALIKE))
    key = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] in "LMN")
    return key if len(key) <= 240 else key[:176] + hashlib.sha256(key.encode()).hexdigest()


def fill_who() -> None:
    """The parties so far get the key that the product makes for new ones: the two are compared."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(PARTIES)).all()
    change = sa.update(PARTIES).where(PARTIES.c.id == sa.bindparam("row", type_=sa.Uuid())).values(who=sa.bindparam("key"))
    if rows:
        connection.execute(change, [{"row": row.id, "key": f"o:{row.organization_id}" if row.organization_id else f"n:{row.country}:{fold(row.name)}"} for row in rows])


def upgrade() -> None:
    op.create_table('board_targets',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('amount_minor IS NULL OR amount_minor BETWEEN 1 AND 1000000000000000000', name=op.f('ck_board_targets_amount')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_board_targets_fair_id_fairs')),
    sa.ForeignKeyConstraint(['set_by'], ['people.id'], name=op.f('fk_board_targets_set_by_people')),
    sa.PrimaryKeyConstraint('fair_id', name=op.f('pk_board_targets'))
    )
    op.create_table('carried_over',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('item', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['by'], ['people.id'], name=op.f('fk_carried_over_by_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_carried_over_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carried_over')),
    sa.UniqueConstraint('fair_id', 'day', 'item', name=op.f('uq_carried_over_fair_id_day_item'))
    )
    op.create_table('ceremonies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=True),
    sa.Column('title_zh', sa.String(length=200), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('planned', 'running', 'over', name='ceremonystate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('title_en IS NOT NULL OR title_zh IS NOT NULL', name=op.f('ck_ceremonies_title')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_ceremonies_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ceremonies'))
    )
    with op.batch_alter_table('ceremonies', schema=None) as batch_op:
        batch_op.create_index('ix_ceremonies_fair_id', ['fair_id', 'starts_at'], unique=False)

    op.create_table('close_proposals',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('signed_by', sa.Uuid(), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_close_proposals_fair_id_fairs')),
    sa.ForeignKeyConstraint(['signed_by'], ['people.id'], name=op.f('fk_close_proposals_signed_by_people')),
    sa.PrimaryKeyConstraint('fair_id', name=op.f('pk_close_proposals'))
    )
    op.create_table('confirmation_rules',
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('both_confirm', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['people.id'], name=op.f('fk_confirmation_rules_changed_by_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_confirmation_rules_fair_id_fairs')),
    sa.PrimaryKeyConstraint('fair_id', name=op.f('pk_confirmation_rules'))
    )
    op.create_table('figures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=11), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('scope_id', sa.Uuid(), nullable=False),
    sa.Column('axis', sa.String(length=10), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('public_seq', sa.Integer(), nullable=False),
    sa.Column('earlier_id', sa.Uuid(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('frozen_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("axis IN ('', 'kind', 'field', 'country') AND (axis = '') = (key = '')", name=op.f('ck_figures_filter')),
    sa.ForeignKeyConstraint(['earlier_id'], ['figures.id'], name=op.f('fk_figures_earlier_id_figures')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_figures_fair_id_fairs')),
    sa.ForeignKeyConstraint(['frozen_by'], ['people.id'], name=op.f('fk_figures_frozen_by_people')),
    sa.ForeignKeyConstraint(['scope_id'], ['scopes.id'], name=op.f('fk_figures_scope_id_scopes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_figures')),
    sa.UniqueConstraint('code', name=op.f('uq_figures_code')),
    sa.UniqueConstraint('scope_id', 'axis', 'key', 'public_seq', name=op.f('uq_figures_scope_id_axis_key_public_seq'))
    )
    with op.batch_alter_table('figures', schema=None) as batch_op:
        batch_op.create_index('ix_figures_of_fair', ['fair_id', 'frozen_at', 'id'], unique=False)

    op.create_table('closes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('first_by', sa.Uuid(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('second_by', sa.Uuid(), nullable=False),
    sa.Column('second_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('figure_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('first_by <> second_by', name=op.f('ck_closes_two_people')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_closes_fair_id_fairs')),
    sa.ForeignKeyConstraint(['figure_id'], ['figures.id'], name=op.f('fk_closes_figure_id_figures')),
    sa.ForeignKeyConstraint(['first_by'], ['people.id'], name=op.f('fk_closes_first_by_people')),
    sa.ForeignKeyConstraint(['second_by'], ['people.id'], name=op.f('fk_closes_second_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closes')),
    sa.UniqueConstraint('fair_id', 'day', name=op.f('uq_closes_fair_id_day'))
    )
    op.create_table('figure_withdrawals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('figure_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['figure_id'], ['figures.id'], name=op.f('fk_figure_withdrawals_figure_id_figures')),
    sa.ForeignKeyConstraint(['withdrawn_by'], ['people.id'], name=op.f('fk_figure_withdrawals_withdrawn_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_figure_withdrawals')),
    sa.UniqueConstraint('figure_id', name=op.f('uq_figure_withdrawals_figure_id'))
    )
    op.create_table('amendments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('before_hash', sa.String(length=64), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('outcome', sa.Enum('open', 'approved', 'turned_down', 'ended', name='outcome', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=1000), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_amendments_contract_id_contracts')),
    sa.ForeignKeyConstraint(['decided_by'], ['people.id'], name=op.f('fk_amendments_decided_by_people')),
    sa.ForeignKeyConstraint(['proposed_by'], ['people.id'], name=op.f('fk_amendments_proposed_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_amendments')),
    sa.UniqueConstraint('contract_id', 'number', name=op.f('uq_amendments_contract_id_number'))
    )
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.create_index('uq_amendments_open', ['contract_id'], unique=True, sqlite_where=sa.text("outcome = 'open'"), postgresql_where=sa.text("outcome = 'open'"))

    op.create_table('contract_distinctions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_contract_distinctions_contract_id_contracts')),
    sa.ForeignKeyConstraint(['other_id'], ['contracts.id'], name=op.f('fk_contract_distinctions_other_id_contracts')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_contract_distinctions_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_distinctions')),
    sa.UniqueConstraint('contract_id', 'other_id', name=op.f('uq_contract_distinctions_contract_id_other_id'))
    )
    with op.batch_alter_table('contract_distinctions', schema=None) as batch_op:
        batch_op.create_index('ix_contract_distinctions_other_id', ['other_id'], unique=False)

    op.create_table('deal_reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=20), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('reported_by', sa.Uuid(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('status', sa.Enum('waiting', 'logged', 'merged', 'refused', name='reportstatus', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'refused') = (reason IS NOT NULL)", name=op.f('ck_deal_reports_refused_why')),
    sa.CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name=op.f('ck_deal_reports_settled')),
    sa.CheckConstraint("(status IN ('logged', 'merged')) = (contract_id IS NOT NULL)", name=op.f('ck_deal_reports_settled_into')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_deal_reports_contract_id_contracts')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_deal_reports_fair_id_fairs')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_deal_reports_organization_id_organizations')),
    sa.ForeignKeyConstraint(['reported_by'], ['people.id'], name=op.f('fk_deal_reports_reported_by_people')),
    sa.ForeignKeyConstraint(['settled_by'], ['people.id'], name=op.f('fk_deal_reports_settled_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deal_reports')),
    sa.UniqueConstraint('reference', name=op.f('uq_deal_reports_reference'))
    )
    with op.batch_alter_table('deal_reports', schema=None) as batch_op:
        batch_op.create_index('ix_deal_reports_contract_id', ['contract_id'], unique=False)
        batch_op.create_index('ix_deal_reports_desk', ['fair_id', 'status', 'created_at'], unique=False)
        batch_op.create_index('ix_deal_reports_organization_id', ['organization_id', 'created_at'], unique=False)

    op.create_table('followups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('days IN (30, 90, 180)', name=op.f('ck_followups_days')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_followups_contract_id_contracts')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_followups_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_followups')),
    sa.UniqueConstraint('contract_id', 'days', name=op.f('uq_followups_contract_id_days'))
    )
    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.create_index('ix_followups_fair', ['fair_id', 'due_on'], unique=False)

    op.create_table('other_amounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('planned_investment', 'fund_size', 'annualised_intention', name='otherkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.CheckConstraint('amount_minor BETWEEN 1 AND 1000000000000000', name=op.f('ck_other_amounts_amount')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_other_amounts_contract_id_contracts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_other_amounts')),
    sa.UniqueConstraint('contract_id', 'kind', name=op.f('uq_other_amounts_contract_id_kind'))
    )
    op.create_table('run_items',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('ceremony_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('line_en', sa.String(length=500), nullable=True),
    sa.Column('line_zh', sa.String(length=500), nullable=True),
    sa.Column('state', sa.Enum('ready', 'called', 'signed', 'postponed', name='itemstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('last_press', sa.Enum('call', 'back', 'sign', 'undo', 'postpone', 'restore', name='press', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('pressed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pressed_by', sa.Uuid(), nullable=True),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['ceremony_id'], ['ceremonies.id'], name=op.f('fk_run_items_ceremony_id_ceremonies')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_run_items_contract_id_contracts')),
    sa.ForeignKeyConstraint(['pressed_by'], ['people.id'], name=op.f('fk_run_items_pressed_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run_items')),
    sa.UniqueConstraint('contract_id', name=op.f('uq_run_items_contract_id'))
    )
    with op.batch_alter_table('run_items', schema=None) as batch_op:
        batch_op.create_index('ix_run_items_ceremony_id', ['ceremony_id', 'position'], unique=False)

    op.create_table('verification_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=13), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('verified_on', sa.Date(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_verification_codes_contract_id_contracts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification_codes')),
    sa.UniqueConstraint('code', name=op.f('uq_verification_codes_code')),
    sa.UniqueConstraint('contract_id', name=op.f('uq_verification_codes_contract_id'))
    )
    op.create_table('confirmation_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('amendment_id', sa.Uuid(), nullable=True),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('status', sa.Enum('open', 'answered', 'superseded', 'withdrawn', name='requeststatus', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['amendment_id'], ['amendments.id'], name=op.f('fk_confirmation_requests_amendment_id_amendments')),
    sa.ForeignKeyConstraint(['asked_by'], ['people.id'], name=op.f('fk_confirmation_requests_asked_by_people')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_confirmation_requests_contract_id_contracts')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_confirmation_requests_fair_id_fairs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmation_requests')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_confirmation_requests_secret_hash'))
    )
    with op.batch_alter_table('confirmation_requests', schema=None) as batch_op:
        batch_op.create_index('ix_confirmation_requests_contract_id', ['contract_id', 'status'], unique=False)
        batch_op.create_index('uq_confirmation_requests_open', ['contract_id', 'side', 'content_hash'], unique=True, sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))

    op.create_table('followup_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('followup_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('outcome', sa.Enum('signed', 'talking', 'dropped', name='outcome', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('contract_reference', sa.String(length=60), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("outcome <> 'dropped' OR reason IS NOT NULL", name=op.f('ck_followup_answers_dropped')),
    sa.CheckConstraint("outcome = 'signed' OR (amount_minor IS NULL AND contract_reference IS NULL)", name=op.f('ck_followup_answers_signed')),
    sa.CheckConstraint('(amount_minor IS NULL) = (currency IS NULL)', name=op.f('ck_followup_answers_amount')),
    sa.CheckConstraint('amount_minor IS NULL OR amount_minor BETWEEN 1 AND 1000000000000000', name=op.f('ck_followup_answers_bounds')),
    sa.ForeignKeyConstraint(['followup_id'], ['followups.id'], name=op.f('fk_followup_answers_followup_id_followups')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_followup_answers_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_followup_answers'))
    )
    with op.batch_alter_table('followup_answers', schema=None) as batch_op:
        batch_op.create_index('ix_followup_answers_followup', ['followup_id', 'answered_at'], unique=False)

    op.create_table('followup_answerers',
    sa.Column('answer_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['followup_answers.id'], name=op.f('fk_followup_answerers_answer_id_followup_answers')),
    sa.PrimaryKeyConstraint('answer_id', name=op.f('pk_followup_answerers'))
    )
    op.create_table('followup_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('followup_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['followup_id'], ['followups.id'], name=op.f('fk_followup_links_followup_id_followups')),
    sa.ForeignKeyConstraint(['made_by'], ['people.id'], name=op.f('fk_followup_links_made_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_followup_links')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_followup_links_secret_hash'))
    )
    with op.batch_alter_table('followup_links', schema=None) as batch_op:
        batch_op.create_index('ix_followup_links_followup', ['followup_id', 'side'], unique=False)

    op.create_table('confirmation_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.Enum('provider', 'recipient', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('corrections', sa.JSON(), nullable=False),
    sa.Column('show_names', sa.Boolean(), nullable=False),
    sa.Column('show_title', sa.Boolean(), nullable=False),
    sa.Column('show_amount', sa.Boolean(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_confirmation_answers_contract_id_contracts')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_confirmation_answers_organization_id_organizations')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_confirmation_answers_person_id_people')),
    sa.ForeignKeyConstraint(['request_id'], ['confirmation_requests.id'], name=op.f('fk_confirmation_answers_request_id_confirmation_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmation_answers')),
    sa.UniqueConstraint('request_id', name=op.f('uq_confirmation_answers_request_id'))
    )
    with op.batch_alter_table('confirmation_answers', schema=None) as batch_op:
        batch_op.create_index('ix_confirmation_answers_contract_id', ['contract_id', 'content_hash'], unique=False)

    op.create_table('confirmation_answerers',
    sa.Column('answer_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('position', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['confirmation_answers.id'], name=op.f('fk_confirmation_answerers_answer_id_confirmation_answers')),
    sa.PrimaryKeyConstraint('answer_id', name=op.f('pk_confirmation_answerers'))
    )
    op.create_table('mismatches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('answer_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('fair_id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_how', sa.Enum('edit', 'note', 'new_answer', 'ended', name='settled', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('note', sa.String(length=1000), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['confirmation_answers.id'], name=op.f('fk_mismatches_answer_id_confirmation_answers')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts.id'], name=op.f('fk_mismatches_contract_id_contracts')),
    sa.ForeignKeyConstraint(['fair_id'], ['fairs.id'], name=op.f('fk_mismatches_fair_id_fairs')),
    sa.ForeignKeyConstraint(['settled_by'], ['people.id'], name=op.f('fk_mismatches_settled_by_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mismatches')),
    sa.UniqueConstraint('answer_id', name=op.f('uq_mismatches_answer_id'))
    )
    with op.batch_alter_table('mismatches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mismatches_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_mismatches_open', ['fair_id', 'settled_at', 'opened_at'], unique=False)

    with op.batch_alter_table('contracts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('framework_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('intent_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('announced_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('announced_where', sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column('payment_mode', sa.Enum('lump_sum', 'instalments', 'royalty', 'upfront_plus_royalty', 'equity', name='paymentmode', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('royalty_bp', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('milestones', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('floor_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('cap_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('valid_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('valid_to', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('ip_kinds', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('plan_category', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('purpose', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('related_parties', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('in_force_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('registration_number', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('registered_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('registered_technology_minor', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('performed_on', sa.Date(), nullable=True))
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(f'ck_contracts_{name}'), condition)
        batch_op.create_index('ix_contracts_achievement_id', ['achievement_id'], unique=False)
        batch_op.create_index('ix_contracts_framework_id', ['framework_id'], unique=False)
        batch_op.create_index('ix_contracts_intent_id', ['intent_id'], unique=False)
        batch_op.create_index('ix_contracts_largest', ['fair_id', 'status', 'currency', 'total_minor'], unique=False)
        batch_op.create_index('ix_contracts_number', ['number'], unique=False)
        batch_op.create_index('uq_contracts_registration_number', ['registration_number'], unique=True, sqlite_where=sa.text("status <> 'void'"), postgresql_where=sa.text("status <> 'void'"))
        batch_op.create_foreign_key(batch_op.f('fk_contracts_framework_id_contracts'), 'contracts', ['framework_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_contracts_intent_id_contracts'), 'contracts', ['intent_id'], ['id'])

    with op.batch_alter_table('parties', schema=None) as batch_op:
        batch_op.add_column(sa.Column('legal_type', sa.String(length=3), nullable=True))
        batch_op.add_column(sa.Column('region', sa.String(length=6), nullable=True))
        batch_op.add_column(sa.Column('who', sa.String(length=300), nullable=True))
        batch_op.create_index('ix_parties_who', ['who', 'contract_id'], unique=False)

    with op.batch_alter_table('record_figures', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_record_figures_measure'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_record_figures_measure'), MEASURES)
    fill_who()
    for table in APPEND_ONLY:
        for statement in triggers(table, op.get_bind().dialect.name):
            op.execute(statement)



def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in ("hands", "evidence"):
        for verb in ("update", "delete") if dialect == "sqlite" else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + (f" ON {table}" if dialect == "postgresql" else ""))
    op.execute("DELETE FROM record_figures WHERE measure NOT IN ('count', 'total')")
    with op.batch_alter_table('record_figures', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_record_figures_measure'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_record_figures_measure'), "measure IN ('count', 'total')")
    with op.batch_alter_table('parties', schema=None) as batch_op:
        batch_op.drop_index('ix_parties_who')
        batch_op.drop_column('who')
        batch_op.drop_column('region')
        batch_op.drop_column('legal_type')

    with op.batch_alter_table('contracts', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_contracts_intent_id_contracts'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_contracts_framework_id_contracts'), type_='foreignkey')
        for name in (*CHECKS, 'paymentmode'):
            batch_op.drop_constraint(batch_op.f(f'ck_contracts_{name}'), type_='check')
        batch_op.drop_index('uq_contracts_registration_number', sqlite_where=sa.text("status <> 'void'"), postgresql_where=sa.text("status <> 'void'"))
        batch_op.drop_index('ix_contracts_number')
        batch_op.drop_index('ix_contracts_largest')
        batch_op.drop_index('ix_contracts_intent_id')
        batch_op.drop_index('ix_contracts_framework_id')
        batch_op.drop_index('ix_contracts_achievement_id')
        batch_op.drop_column('performed_on')
        batch_op.drop_column('registered_technology_minor')
        batch_op.drop_column('registered_on')
        batch_op.drop_column('registration_number')
        batch_op.drop_column('in_force_on')
        batch_op.drop_column('related_parties')
        batch_op.drop_column('purpose')
        batch_op.drop_column('plan_category')
        batch_op.drop_column('ip_kinds')
        batch_op.drop_column('valid_to')
        batch_op.drop_column('valid_from')
        batch_op.drop_column('cap_minor')
        batch_op.drop_column('floor_minor')
        batch_op.drop_column('milestones')
        batch_op.drop_column('royalty_bp')
        batch_op.drop_column('payment_mode')
        batch_op.drop_column('announced_where')
        batch_op.drop_column('announced_on')
        batch_op.drop_column('intent_id')
        batch_op.drop_column('framework_id')

    with op.batch_alter_table('mismatches', schema=None) as batch_op:
        batch_op.drop_index('ix_mismatches_open')
        batch_op.drop_index(batch_op.f('ix_mismatches_contract_id'))

    op.drop_table('mismatches')
    op.drop_table('confirmation_answerers')
    with op.batch_alter_table('confirmation_answers', schema=None) as batch_op:
        batch_op.drop_index('ix_confirmation_answers_contract_id')

    op.drop_table('confirmation_answers')
    with op.batch_alter_table('followup_links', schema=None) as batch_op:
        batch_op.drop_index('ix_followup_links_followup')

    op.drop_table('followup_links')
    op.drop_table('followup_answerers')
    with op.batch_alter_table('followup_answers', schema=None) as batch_op:
        batch_op.drop_index('ix_followup_answers_followup')

    op.drop_table('followup_answers')
    with op.batch_alter_table('confirmation_requests', schema=None) as batch_op:
        batch_op.drop_index('uq_confirmation_requests_open', sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"))
        batch_op.drop_index('ix_confirmation_requests_contract_id')

    op.drop_table('confirmation_requests')
    op.drop_table('verification_codes')
    with op.batch_alter_table('run_items', schema=None) as batch_op:
        batch_op.drop_index('ix_run_items_ceremony_id')

    op.drop_table('run_items')
    op.drop_table('other_amounts')
    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.drop_index('ix_followups_fair')

    op.drop_table('followups')
    with op.batch_alter_table('deal_reports', schema=None) as batch_op:
        batch_op.drop_index('ix_deal_reports_organization_id')
        batch_op.drop_index('ix_deal_reports_desk')
        batch_op.drop_index('ix_deal_reports_contract_id')

    op.drop_table('deal_reports')
    with op.batch_alter_table('contract_distinctions', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_distinctions_other_id')

    op.drop_table('contract_distinctions')
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.drop_index('uq_amendments_open', sqlite_where=sa.text("outcome = 'open'"), postgresql_where=sa.text("outcome = 'open'"))

    op.drop_table('amendments')
    op.drop_table('figure_withdrawals')
    op.drop_table('closes')
    with op.batch_alter_table('figures', schema=None) as batch_op:
        batch_op.drop_index('ix_figures_of_fair')

    op.drop_table('figures')
    op.drop_table('confirmation_rules')
    op.drop_table('close_proposals')
    with op.batch_alter_table('ceremonies', schema=None) as batch_op:
        batch_op.drop_index('ix_ceremonies_fair_id')

    op.drop_table('ceremonies')
    op.drop_table('carried_over')
    op.drop_table('board_targets')
