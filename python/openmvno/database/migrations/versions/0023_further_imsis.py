"""SIM cards with several IMSIs, each with keys of its own; targets that serve some IMSIs."""

from alembic import op

revision = "0023"
down_revision = "0022"
works_from = "0022"

# sim.imsi is a card's first IMSI. An IMSI is in one of the two tables only: whoever adds one holds
# the tenant's lock of IMSIs (openmvno.sims.loading).
UPGRADE = """
CREATE TABLE sim_imsi (
    tenant_id uuid NOT NULL,
    imsi text NOT NULL,
    iccid text NOT NULL,
    ordinal smallint NOT NULL CHECK (ordinal BETWEEN 2 AND 9),
    algorithm text,                       -- null\\: we know no keys
    sealed_keys bytea,                    -- sealed with a key that is not in the database
    PRIMARY KEY (tenant_id, imsi),
    UNIQUE (tenant_id, iccid, ordinal),
    FOREIGN KEY (tenant_id, iccid) REFERENCES sim ON DELETE CASCADE
);

ALTER TABLE subscriber_line ADD COLUMN further_imsis text[] NOT NULL DEFAULT '{}';

-- The beginnings of the IMSIs a target is told of; empty\\: all.
ALTER TABLE provisioning_target ADD COLUMN imsi_prefixes text[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.execute(UPGRADE)
