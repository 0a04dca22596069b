"""Users, roles, sessions, OAuth clients, allow lists of tokens; the tree of customers."""

from alembic import op

revision = "0014"
down_revision = "0013"
works_from = "0014"

UPGRADE = """
ALTER TABLE api_token
    ADD COLUMN client_id uuid,            -- the OAuth client that asked for it, of an access token
    ADD COLUMN networks cidr[] NOT NULL DEFAULT '{}';  -- it works from there; empty: from anywhere
CREATE INDEX api_token_expired ON api_token (expires_at) WHERE client_id IS NOT NULL;

-- A role that the tenant made itself; those that are built in are in the program.
CREATE TABLE role (
    tenant_id uuid NOT NULL REFERENCES tenant,
    name text NOT NULL,
    realm text NOT NULL,
    scopes text[] NOT NULL,
    note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE app_user (
    tenant_id uuid NOT NULL REFERENCES tenant,
    user_id uuid NOT NULL,
    login text NOT NULL CHECK (login = lower(login)),
    name text NOT NULL,
    email text,
    realm text NOT NULL,
    roles text[] NOT NULL,
    subject_id uuid,                      -- the customer, line or reseller it acts for, by realm
    networks cidr[] NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    password_hash text,                   -- Argon2id; none: it cannot log in yet
    second_factor_required boolean NOT NULL DEFAULT false,
    sealed_totp bytea,                    -- its TOTP secret, sealed
    totp_confirmed_at timestamptz,        -- from then on a login needs a code
    totp_step bigint NOT NULL DEFAULT 0,  -- of the last code taken: it and older ones never again
    recovery_hashes bytea[] NOT NULL DEFAULT '{}',  -- SHA-256 of codes that are left
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, login)
);

CREATE TABLE user_session (
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_hash bytea NOT NULL,          -- SHA-256 of the cookie, 256 random bits
    address inet,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES app_user
);
CREATE INDEX user_session_by_hash ON user_session (session_hash);
CREATE INDEX user_session_by_user ON user_session (tenant_id, user_id);
CREATE INDEX user_session_expired ON user_session (expires_at);

-- Failed logins in a row, by the login that was tried (there or not) and by address.
CREATE TABLE login_failure (
    tenant_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('login', 'address')),
    key text NOT NULL,
    failures integer NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now(),
    blocked_until timestamptz,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX login_failure_old ON login_failure (failed_at);

CREATE TABLE oauth_client (
    tenant_id uuid NOT NULL REFERENCES tenant,
    client_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,           -- SHA-256 of 256 random bits
    scopes text[] NOT NULL,
    networks cidr[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, client_id)
);
CREATE UNIQUE INDEX oauth_client_by_id ON oauth_client (client_id);

-- What customers of a class have where they and those above them say nothing.
CREATE TABLE customer_class (
    tenant_id uuid NOT NULL REFERENCES tenant,
    name text NOT NULL,
    defaults jsonb NOT NULL,
    note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name)
);

ALTER TABLE customer
    ADD COLUMN role text NOT NULL DEFAULT 'retail'
        CHECK (role IN ('retail', 'reseller', 'distributor', 'sub')),
    ADD COLUMN parent_id uuid,
    ADD COLUMN class_name text,
    ADD COLUMN defaults jsonb NOT NULL DEFAULT '{}',  -- its own; they are handed down
    ADD COLUMN marks text[] NOT NULL DEFAULT '{}',    -- its own statuses; the strongest is shown
    ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES customer,
    ADD FOREIGN KEY (tenant_id, class_name) REFERENCES customer_class;
CREATE INDEX customer_by_parent ON customer (tenant_id, parent_id, customer_id)
    WHERE parent_id IS NOT NULL;
CREATE INDEX customer_by_class ON customer (tenant_id, class_name) WHERE class_name IS NOT NULL;

CREATE TABLE customer_move (
    tenant_id uuid NOT NULL,
    move_id uuid NOT NULL,                -- time-ordered (UUIDv7)
    customer_id uuid NOT NULL,
    from_id uuid,
    to_id uuid,
    reason text NOT NULL,
    actor text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, move_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer
);
CREATE INDEX customer_move_by_customer ON customer_move (tenant_id, customer_id, move_id);

-- Out of service for the customer's sake, whatever its own status is.
ALTER TABLE subscriber_line ADD COLUMN barred boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
