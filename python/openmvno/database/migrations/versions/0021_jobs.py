"""Jobs: what is done to many lines, accounts or numbers at once."""

from alembic import op

revision = "0021"
down_revision = "0020"
works_from = "0020"

UPGRADE = """
CREATE TABLE bulk_job (
    tenant_id uuid NOT NULL REFERENCES tenant,
    job_id uuid NOT NULL,                 -- time-ordered (UUIDv7)
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'running', 'done', 'cancelled')),
    is_text boolean NOT NULL,             -- rows of a CSV file
    total integer NOT NULL CHECK (total > 0),
    done integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    created_by text NOT NULL,
    actor jsonb NOT NULL,                 -- request, token, user, address: for the audit log
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, job_id),
    CHECK (done + failed <= total)
);
CREATE INDEX bulk_job_open ON bulk_job (tenant_id, job_id) WHERE finished_at IS NULL;

CREATE TABLE bulk_job_row (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    number integer NOT NULL,              -- of a CSV file: the line
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'applied', 'done', 'failed')),
    content jsonb,                        -- until it has been worked
    commands jsonb,                       -- places of the engine commands it waits for
    undo jsonb,
    code text,
    message text,
    field text,
    PRIMARY KEY (tenant_id, job_id, number),
    FOREIGN KEY (tenant_id, job_id) REFERENCES bulk_job
);
CREATE INDEX bulk_job_row_waiting ON bulk_job_row (tenant_id, job_id, number)
    WHERE state = 'waiting';
CREATE INDEX bulk_job_row_applied ON bulk_job_row (tenant_id, job_id, number)
    WHERE state = 'applied';
CREATE INDEX bulk_job_row_failed ON bulk_job_row (tenant_id, job_id, number)
    WHERE state = 'failed';
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(UPGRADE)
