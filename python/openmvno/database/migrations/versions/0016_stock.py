"""The stock: SIM cards and how they come in, numbers and their life."""

from alembic import op

revision = "0016"
down_revision = "0015"

UPGRADE = """
ALTER TABLE sim DROP CONSTRAINT sim_state_check;
ALTER TABLE sim
    ADD CONSTRAINT sim_state_check CHECK
        (state IN ('available', 'reserved', 'in_use', 'suspended', 'lost', 'disposed')),
    ADD COLUMN form text NOT NULL DEFAULT 'physical' CHECK (form IN ('physical', 'esim')),
    ADD COLUMN smdp text,                 -- address of the SM-DP+ that has the profile of an eSIM
    ADD COLUMN hlr text,
    ADD COLUMN description text,
    ADD COLUMN allocated_to text,         -- who has it to hand out\\: a reseller, a shop
    ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE INDEX sim_by_line ON sim (tenant_id, line_id) WHERE line_id IS NOT NULL;

ALTER TABLE sim_import
    ADD COLUMN state text NOT NULL DEFAULT 'done'
        CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{}',    -- how the file is to be read
    ADD COLUMN removed integer NOT NULL DEFAULT 0,
    ADD COLUMN lines integer NOT NULL DEFAULT 0,     -- of the file
    ADD COLUMN lines_read integer NOT NULL DEFAULT 0,
    ADD COLUMN ignored_columns text[] NOT NULL DEFAULT '{}',
    ADD COLUMN problem text,                         -- why the file as a whole failed
    ADD COLUMN finished_at timestamptz;
UPDATE sim_import SET finished_at = created_at;
CREATE INDEX sim_import_open ON sim_import (created_at) WHERE state IN ('waiting', 'running');

-- A file that waits to be read, in sealed pieces\\: it may hold keys.
CREATE TABLE sim_import_piece (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, import_id, number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES sim_import
);
ALTER TABLE sim_import_piece ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE sim_import_rejection (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line_number integer NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (tenant_id, import_id, line_number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES sim_import
);
INSERT INTO sim_import_rejection (tenant_id, import_id, line_number, code, message)
    SELECT DISTINCT ON (tenant_id, import_id, line_number)
        tenant_id, import_id, line_number, code, message
    FROM sim_import, jsonb_to_recordset(report)
        AS entry (line_number integer, code text, message text);
ALTER TABLE sim_import DROP COLUMN report;

-- Keys in a vendor's file are encrypted under one that operator and vendor share.
CREATE TABLE sim_transport_key (
    tenant_id uuid NOT NULL REFERENCES tenant,
    name text NOT NULL,
    algorithm text NOT NULL CHECK (algorithm IN ('aes', 'triple_des')),
    sealed_key bytea NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)
