"""Diameter peers, and SIM cards found by their number alone."""

from alembic import op

revision = "0006"
down_revision = "0005"

# Peers are the installation's: one gateway serves many tenants on one connection.
UPGRADE = """
CREATE TABLE diameter_peer (
    host text PRIMARY KEY,                -- an Origin-Host, *.realm or *, in lower case
    addresses text[] NOT NULL,            -- addresses and CIDR ranges; empty: any
    certificate text,                     -- a name its TLS certificate must have
    connections integer NOT NULL CHECK (connections BETWEEN 1 AND 65535),
    profile text NOT NULL,
    enabled boolean NOT NULL,
    note text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (host = lower(host))
);

-- A gateway that names the card does not say whose it is.
CREATE INDEX sim_in_use_by_iccid ON sim (iccid) WHERE state = 'in_use';
"""


def upgrade() -> None:
    op.execute(UPGRADE)
