"""Saving a card on a page of the provider's; payments whose payer's bank asks on a page of its own."""

from alembic import op

revision = "0024"
down_revision = "0023"
works_from = "0022"

UPGRADE = """
CREATE TABLE IF NOT EXISTS payment_method_setup (
    tenant_id uuid NOT NULL,
    setup_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    provider text NOT NULL,
    provider_ref text,                    -- the provider's; NULL: it has not answered yet
    url text,                             -- the provider's page, while it is open
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'saved', 'expired')),
    method_id uuid,                       -- what was saved
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, setup_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account,
    FOREIGN KEY (tenant_id, method_id) REFERENCES payment_method,
    CHECK ((state = 'saved') = (method_id IS NOT NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS payment_method_setup_by_provider_ref
    ON payment_method_setup (tenant_id, provider, provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX IF NOT EXISTS payment_method_setup_open
    ON payment_method_setup (updated_at) WHERE state = 'open';

-- The provider's page where the payer answers the bank, while the payment requires it.
ALTER TABLE payment ADD COLUMN IF NOT EXISTS action_url text;
"""

INDEXES = {"payment_unanswered": "ON payment (updated_at) WHERE state = 'requires_action'"}
LEFT_OVER = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    op.execute(UPGRADE)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("SET lock_timeout = 0")
        for name, definition in INDEXES.items():
            if connection.exec_driver_sql(LEFT_OVER, (name,)).first():
                connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}")
            connection.exec_driver_sql(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}"
            )
        connection.exec_driver_sql("SET lock_timeout = '300ms'")
