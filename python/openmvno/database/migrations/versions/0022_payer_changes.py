"""Changes of payer: a line goes to another account."""

from alembic import op

revision = "0022"
down_revision = "0021"
works_from = "0022"  # journal format 6

# (shard, command_seq): the command it waits for now, as in 0018.
UPGRADE = """
ALTER TABLE subscriber_line ADD COLUMN moving boolean NOT NULL DEFAULT false;

CREATE TABLE payer_change (
    tenant_id uuid NOT NULL,
    payer_change_id uuid NOT NULL,        -- time-ordered (UUIDv7)
    line_id uuid NOT NULL,
    from_account_id uuid NOT NULL,
    to_account_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('freezing', 'exporting', 'importing', 'releasing',
        'completed', 'refused', 'returning', 'returned')),
    refusal text,                         -- the engine's code
    reason text NOT NULL DEFAULT '',
    actor text NOT NULL,                  -- who asked for it
    export_at timestamptz NOT NULL,       -- sessions of the line are waited for until then
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, payer_change_id),
    CHECK (from_account_id <> to_account_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line,
    FOREIGN KEY (tenant_id, from_account_id) REFERENCES account,
    FOREIGN KEY (tenant_id, to_account_id) REFERENCES account
);
CREATE INDEX payer_change_by_line ON payer_change (tenant_id, line_id, payer_change_id);
CREATE INDEX payer_change_under_way ON payer_change (updated_at)
    WHERE state IN ('freezing', 'exporting', 'importing', 'releasing', 'returning');
"""


def upgrade() -> None:
    op.execute(UPGRADE)
