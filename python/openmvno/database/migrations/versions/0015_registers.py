"""Registers of the network as provisioning targets; SIM cards with their keys."""

from alembic import op

revision = "0015"
down_revision = "0014"
works_from = "0015"

# What is secret about a card is sealed with a key that is not in the database: sealed_keys (what
# authenticates it in the network) and sealed_codes (PIN, PUK, ADM).
UPGRADE = """
ALTER TABLE provisioning_target
    ADD COLUMN kind text NOT NULL DEFAULT 'webhook',
    ADD COLUMN template jsonb,            -- of kind http\\: which event makes which requests
    ALTER COLUMN sealed_secret DROP NOT NULL;

ALTER TABLE sim
    ADD COLUMN algorithm text,            -- milenage, comp128v1 …; null\\: we know no keys
    ADD COLUMN sealed_keys bytea,
    ADD COLUMN sealed_codes bytea;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
