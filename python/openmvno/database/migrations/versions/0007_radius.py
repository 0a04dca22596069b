"""RADIUS clients, and the passwords lines log in with."""

from alembic import op

revision = "0007"
down_revision = "0006"

# A client belongs to the installation, not to a tenant: one host network serves several.
UPGRADE = """
CREATE TABLE radius_client (
    name text PRIMARY KEY,
    network cidr NOT NULL UNIQUE,         -- where its datagrams come from
    sealed_secret bytea NOT NULL,         -- nonce and AES-256-GCM
    message_authenticator boolean NOT NULL,
    trusted boolean NOT NULL,
    service text NOT NULL,                -- code in the tenants' catalogues
    rating_group bigint CHECK (rating_group BETWEEN 0 AND 4294967295),
    called_station text NOT NULL CHECK (called_station IN ('access_point', 'number', 'nothing')),
    reserve text NOT NULL CHECK (reserve IN ('all', 'share')),
    vendor text NOT NULL CHECK (vendor IN ('none', 'mikrotik', 'chillispot')),
    coa_port integer CHECK (coa_port BETWEEN 1 AND 65535),
    interim_seconds integer CHECK (interim_seconds >= 60),
    idle_seconds integer CHECK (idle_seconds >= 1),
    enabled boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE line_password (
    tenant_id uuid NOT NULL,
    line_id uuid NOT NULL,
    sealed_password bytea NOT NULL,       -- CHAP needs the password itself: no hash will do
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, line_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)
