"""The stock: SIM cards and how they come in, numbers and their life."""

from alembic import op

revision = "0016"
down_revision = "0015"
works_from = "0016"

UPGRADE = """
-- What a target wants to hear of, as the beginnings of event names; empty\\: everything.
ALTER TABLE provisioning_target ADD COLUMN events text[] NOT NULL DEFAULT '{}';
UPDATE provisioning_target SET events = '{line.,register.}' WHERE kind = 'osmo_hlr';

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

ALTER TABLE msisdn DROP CONSTRAINT msisdn_state_check;
ALTER TABLE msisdn
    ADD CONSTRAINT msisdn_state_check CHECK (state IN
        ('available', 'reserved', 'assigned', 'quarantined', 'frozen', 'ported_out', 'ported_in')),
    ADD COLUMN class text NOT NULL DEFAULT 'standard',
    ADD COLUMN until timestamptz,         -- the end of a reservation or a quarantine
    ADD COLUMN reservation_id uuid,
    ADD COLUMN donor text,                -- the operator it came from by porting
    ADD COLUMN recipient text;            -- the operator it went to by porting
DROP INDEX msisdn_available;
CREATE INDEX msisdn_available ON msisdn (tenant_id, class, number) WHERE state = 'available';
CREATE INDEX msisdn_until ON msisdn (until) WHERE state IN ('reserved', 'quarantined');
CREATE INDEX msisdn_reserved ON msisdn (tenant_id, reservation_id) WHERE state = 'reserved';
CREATE INDEX msisdn_by_line ON msisdn (tenant_id, line_id) WHERE line_id IS NOT NULL;

ALTER TABLE subscriber_line
    ADD COLUMN sim_swapped_at timestamptz,
    ADD COLUMN blocked_by text CHECK (blocked_by IN ('subscriber', 'staff', 'fraud'));
UPDATE subscriber_line SET blocked_by = 'staff' WHERE status = 'blocked';

CREATE TABLE sim_policy (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    swap_cooling_hours integer NOT NULL CHECK (swap_cooling_hours BETWEEN 0 AND 8760),
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE number_policy (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    quarantine_days integer NOT NULL CHECK (quarantine_days BETWEEN 0 AND 3650),
    reservation_minutes integer NOT NULL CHECK (reservation_minutes BETWEEN 1 AND 525600),
    classes jsonb NOT NULL,               -- [{class, patterns}], the first that fits counts
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE port_request (
    tenant_id uuid NOT NULL,
    port_id uuid NOT NULL,                -- time-ordered (UUIDv7)
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    reference text NOT NULL,              -- what the clearing house calls it
    number text NOT NULL,
    other text NOT NULL,                  -- the operator at the other end
    line_id uuid,
    state text NOT NULL CHECK (state IN ('requested', 'validated', 'scheduled', 'activated',
        'rejected', 'cancelled', 'returned')),
    scheduled_at timestamptz,
    deadline_at timestamptz,              -- by when the next step is due
    reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, port_id),
    UNIQUE (tenant_id, reference)
);
CREATE UNIQUE INDEX port_request_open ON port_request (tenant_id, number)
    WHERE state IN ('requested', 'validated', 'scheduled');
CREATE INDEX port_request_due ON port_request (deadline_at)
    WHERE state IN ('requested', 'validated', 'scheduled');
"""


def upgrade() -> None:
    op.execute(UPGRADE)
