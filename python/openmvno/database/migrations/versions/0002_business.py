"""The business floor: tenants, catalogue, customers, lines, resources, payments, files, outbox, audit."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Every key leads with tenant_id, so that a distributed PostgreSQL can spread by tenant; the one
# exception is identity_map, which says whose an MSISDN or IMSI is and is keyed by the identity.
# Amounts are bigint micros (10^-6 of the major unit) beside their currency.
# (shard, command_seq) names the engine_command a row waits for.
UPGRADE = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    currency char(3) NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_token (
    tenant_id uuid NOT NULL REFERENCES tenant,
    token_id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,     -- SHA-256; the token itself is never stored
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, token_id)
);

CREATE TABLE audit_entry (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    token_id uuid,
    request_id text NOT NULL,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    before jsonb,
    after jsonb,
    PRIMARY KEY (tenant_id, entry_id)
);
CREATE INDEX audit_entry_by_subject ON audit_entry (tenant_id, subject_type, subject_id, entry_id);
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$;
CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE idempotency_key (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,           -- SHA-256 of method, path and body
    response json,                        -- as it was sent: status, body, headers, engine commands waited for
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

CREATE TABLE catalog_version (
    tenant_id uuid NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what the engine and every CDR name
    number integer NOT NULL,                         -- 1, 2, 3 … of the tenant, for people
    state text NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    currency char(3) NOT NULL,
    products jsonb NOT NULL,                         -- of the document, to find them quickly
    document json NOT NULL,                          -- canonical text, read as a whole only
    digest bytea NOT NULL,                           -- SHA-256 of the canonical document
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    retired_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number)
);
CREATE UNIQUE INDEX catalog_version_published ON catalog_version (tenant_id)
    WHERE state = 'published';

CREATE TABLE customer (
    tenant_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    external_id text,
    kind text NOT NULL CHECK (kind IN ('person', 'organization')),
    name text NOT NULL,
    email text,
    phone text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, customer_id),
    UNIQUE (tenant_id, external_id)
);

CREATE TABLE account (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency char(3) NOT NULL,
    credit_limit_micros bigint NOT NULL DEFAULT 0 CHECK (credit_limit_micros >= 0),
    overrun text NOT NULL CHECK (overrun IN ('absorb', 'debt')),
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer
);
CREATE INDEX account_by_customer ON account (tenant_id, customer_id);

CREATE TABLE subscriber_line (
    tenant_id uuid NOT NULL,
    line_id uuid NOT NULL,
    account_id uuid NOT NULL,
    product text NOT NULL,
    msisdn text NOT NULL,
    imsi text NOT NULL,
    iccid text NOT NULL,
    status text NOT NULL
        CHECK (status IN ('preactive', 'active', 'blocked', 'suspended', 'closed')),
    version integer NOT NULL DEFAULT 1,
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, line_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account
);
CREATE INDEX subscriber_line_by_account ON subscriber_line (tenant_id, account_id);
CREATE INDEX subscriber_line_by_product ON subscriber_line (tenant_id, product)
    WHERE status <> 'closed';

-- One host network's gateway serves many tenants on one connection, so an identity belongs to one
-- live line of the whole installation.
CREATE TABLE identity_map (
    kind text NOT NULL CHECK (kind IN ('msisdn', 'imsi')),
    identity text NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    line_id uuid NOT NULL,
    PRIMARY KEY (kind, identity)
);

CREATE TABLE msisdn (
    tenant_id uuid NOT NULL,
    number text NOT NULL,
    state text NOT NULL CHECK (state IN ('available', 'reserved', 'assigned', 'quarantined')),
    line_id uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX msisdn_available ON msisdn (tenant_id, number) WHERE state = 'available';

CREATE TABLE sim_import (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    file_name text NOT NULL,
    content_key bytea NOT NULL,
    loaded integer NOT NULL,
    already_known integer NOT NULL,
    rejected integer NOT NULL,
    report jsonb NOT NULL,                -- [{line_number, code, message}] of the rejected lines
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, import_id)
);

CREATE TABLE sim (
    tenant_id uuid NOT NULL,
    iccid text NOT NULL,
    imsi text NOT NULL,
    state text NOT NULL CHECK (state IN ('available', 'in_use', 'lost', 'disposed')),
    line_id uuid,
    import_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, iccid),
    UNIQUE (tenant_id, imsi)
);
CREATE INDEX sim_available ON sim (tenant_id, iccid) WHERE state = 'available';

CREATE TABLE top_up (
    tenant_id uuid NOT NULL,
    top_up_id uuid NOT NULL,              -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    amount_micros bigint NOT NULL CHECK (amount_micros > 0),
    currency char(3) NOT NULL,
    reference text NOT NULL DEFAULT '',
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, top_up_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account
);
CREATE INDEX top_up_by_account ON top_up (tenant_id, account_id, top_up_id);

CREATE TABLE provisioning_target (
    tenant_id uuid NOT NULL REFERENCES tenant,
    name text NOT NULL,
    url text NOT NULL,
    sealed_secret bytea NOT NULL,         -- sealed with a key that is not in the database
    enabled boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name)
);

-- What happened, in order per subject (a line). It leaves once its engine command is applied.
CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    subject_id uuid NOT NULL,
    sequence bigint NOT NULL,             -- 1, 2, 3 … of the subject
    event text NOT NULL,
    payload jsonb NOT NULL,
    shard integer,
    command_seq bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, event_id),
    UNIQUE (tenant_id, subject_id, sequence)
);

-- One row for each target an event has to reach; at least once.
CREATE TABLE outbox_delivery (
    tenant_id uuid NOT NULL,
    target text NOT NULL,
    event_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    sequence bigint NOT NULL,
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'delivered', 'dead', 'discarded', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    delivered_at timestamptz,
    PRIMARY KEY (tenant_id, target, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES outbox,
    FOREIGN KEY (tenant_id, target) REFERENCES provisioning_target
);
-- Undelivered rows only: the queue stays small however long the history grows.
CREATE UNIQUE INDEX outbox_delivery_open ON outbox_delivery (tenant_id, target, subject_id, sequence)
    WHERE state IN ('pending', 'dead');
CREATE INDEX outbox_delivery_due ON outbox_delivery (next_attempt_at) WHERE state = 'pending';
CREATE INDEX outbox_delivery_dead ON outbox_delivery (tenant_id, event_id) WHERE state = 'dead';

CREATE TABLE usage_file (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,                -- time-ordered (UUIDv7)
    file_name text NOT NULL,
    content_key bytea NOT NULL,           -- SHA-256 of the file
    accepted integer NOT NULL,
    duplicates integer NOT NULL,
    rejected integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, file_id),
    UNIQUE (tenant_id, content_key)
);

CREATE TABLE usage_record (
    tenant_id uuid NOT NULL,
    file_id uuid NOT NULL,
    line_number integer NOT NULL,         -- in the file; the header is line 1
    record_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'duplicate', 'rejected')),
    code text,                            -- why it was rejected
    message text,
    content_key text,
    record jsonb NOT NULL,
    account_id uuid,
    line_id uuid,
    shard integer,
    command_seq bigint,
    PRIMARY KEY (tenant_id, file_id, line_number),
    FOREIGN KEY (tenant_id, file_id) REFERENCES usage_file
);
CREATE UNIQUE INDEX usage_record_once ON usage_record (tenant_id, record_id)
    WHERE state = 'accepted';
"""


def upgrade() -> None:
    op.execute(UPGRADE)
