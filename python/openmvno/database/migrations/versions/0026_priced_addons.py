"""Add-ons that cost something; the engine is told every IMSI of a card."""

from alembic import op

revision = "0026"
down_revision = "0025"
works_from = "0026"  # journal format 7

# May run twice: the second half is not of one transaction with the first. The price is in the
# currency of the line's account; add-ons of before cost nothing.
UPGRADE = """
ALTER TABLE line_product
    ADD COLUMN IF NOT EXISTS pay text NOT NULL DEFAULT 'none',
    ADD COLUMN IF NOT EXISTS price_micros bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT IF EXISTS line_product_pay,
    DROP CONSTRAINT IF EXISTS line_product_price;
ALTER TABLE line_product
    ADD CONSTRAINT line_product_pay CHECK (pay IN ('balance', 'cash', 'none')) NOT VALID,
    ADD CONSTRAINT line_product_price CHECK (price_micros >= 0) NOT VALID;
"""
VALIDATE = """
ALTER TABLE line_product VALIDATE CONSTRAINT line_product_pay, VALIDATE CONSTRAINT line_product_price
"""

# The engine knew the first IMSI of a card alone. Told twice it is told the same. Lines are locked
# first and numbers taken then, as whoever changes a line does it; a line's columns name the
# command, so that a line whose command was refused is told anew with its next change.
TELL = """
WITH locked AS MATERIALIZED (
    SELECT l.tenant_id, l.line_id, l.account_id, l.further_imsis
    FROM subscriber_line l WHERE l.further_imsis <> '{}' AND l.status <> 'closed'
    ORDER BY l.line_id FOR UPDATE),
several AS MATERIALIZED (
    SELECT locked.*, a.shard, row_number() OVER (PARTITION BY a.shard ORDER BY line_id) AS place
    FROM locked JOIN account a USING (tenant_id, account_id)),
counted AS MATERIALIZED (SELECT shard, count(*) AS lines FROM several GROUP BY shard),
numbered AS (
    INSERT INTO command_sequence (shard, last_seq)
    SELECT shard, lines FROM counted ORDER BY shard
    ON CONFLICT (shard) DO UPDATE SET last_seq = command_sequence.last_seq + EXCLUDED.last_seq
    RETURNING shard, last_seq),
placed AS MATERIALIZED (
    SELECT several.*, last_seq - lines + place AS seq
    FROM several JOIN counted USING (shard) JOIN numbered USING (shard)),
told AS (
    INSERT INTO engine_command (shard, seq, command_id, tenant_id, command)
    SELECT shard, seq, gen_random_uuid(), tenant_id, jsonb_build_object('type', 'change_line',
        'tenant', tenant_id, 'account', account_id, 'line', line_id,
        'further_imsis', to_jsonb(further_imsis))
    FROM placed)
UPDATE subscriber_line l SET shard = placed.shard, command_seq = placed.seq FROM placed
WHERE l.tenant_id = placed.tenant_id AND l.line_id = placed.line_id
"""
INDEXES: dict[str, str] = {}


def upgrade() -> None:
    op.execute(UPGRADE)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("SET lock_timeout = 0")
        connection.exec_driver_sql(VALIDATE)
        connection.exec_driver_sql(TELL)
        connection.exec_driver_sql("SET lock_timeout = '300ms'")
