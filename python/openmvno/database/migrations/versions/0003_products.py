"""Add-ons, favourites, closed user groups, limits, wallets, and what the engine notices."""

from alembic import op

revision = "0003"
down_revision = "0002"

# (shard, command_seq) names the engine_command a row waits for, as in 0002.
#
# New words of posting.ledger_account: wallet (money moved into a bucket of money), partner_payable
# (what a reseller or vendor is owed or owes) and partner_cost (its counterpart). Those of partners
# are in the partner's currency and sum to zero in it.
UPGRADE = """
-- What a version offers, beside its products, to find it without reading the document.
ALTER TABLE catalog_version
    ADD COLUMN buckets jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN partners jsonb NOT NULL DEFAULT '[]';

ALTER TABLE account
    ADD COLUMN temporary_limit_micros bigint CHECK (temporary_limit_micros >= 0),
    ADD COLUMN temporary_limit_until timestamptz,
    ADD COLUMN limit_warning_micros bigint CHECK (limit_warning_micros >= 0),
    ADD COLUMN low_balance_micros bigint CHECK (low_balance_micros >= 0),
    ADD COLUMN time_zone text,                       -- IANA name; NULL: the catalogue's
    ADD COLUMN partners text[] NOT NULL DEFAULT '{}',  -- codes, nearest reseller first
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD CHECK ((temporary_limit_micros IS NULL) = (temporary_limit_until IS NULL));
CREATE INDEX account_with_partners ON account (tenant_id) WHERE partners <> '{}';

ALTER TABLE subscriber_line
    ADD COLUMN spending_cap_micros bigint CHECK (spending_cap_micros > 0),
    ADD COLUMN spending_cap_currency char(3),
    ADD COLUMN spending_cap_renew text CHECK (spending_cap_renew IN ('day', 'week', 'month')),
    ADD COLUMN own_balance boolean NOT NULL DEFAULT false,
    ADD COLUMN toll_free_barred boolean NOT NULL DEFAULT false,
    ADD CHECK ((spending_cap_micros IS NULL) = (spending_cap_renew IS NULL)),
    ADD CHECK ((spending_cap_micros IS NULL) = (spending_cap_currency IS NULL));

-- Add-ons; the main product is the line's own column.
CREATE TABLE line_product (
    tenant_id uuid NOT NULL,
    instance_id uuid NOT NULL,            -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    line_id uuid NOT NULL,
    product text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    shard integer NOT NULL,
    command_seq bigint NOT NULL,          -- of its add_product
    PRIMARY KEY (tenant_id, instance_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line
);
CREATE INDEX line_product_by_line ON line_product (tenant_id, line_id, instance_id);
CREATE INDEX line_product_in_use ON line_product (tenant_id, product) WHERE ended_at IS NULL;

-- Friends & Family: every whole list of a line; the last that the engine did not refuse counts.
CREATE TABLE line_favourites (
    tenant_id uuid NOT NULL,
    line_id uuid NOT NULL,
    version integer NOT NULL,             -- 1, 2, 3 … of the line
    numbers text[] NOT NULL,
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, line_id, version),
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line
);

CREATE TABLE closed_user_group (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, group_id)
);

CREATE TABLE closed_user_group_member (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    line_id uuid NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    shard integer NOT NULL,
    command_seq bigint NOT NULL,          -- of the set_groups that brought the line in
    PRIMARY KEY (tenant_id, group_id, line_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES closed_user_group,
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line
);
CREATE INDEX closed_user_group_member_by_line ON closed_user_group_member (tenant_id, line_id);

CREATE TABLE wallet_top_up (
    tenant_id uuid NOT NULL,
    wallet_top_up_id uuid NOT NULL,       -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    line_id uuid NOT NULL,
    bucket text NOT NULL,
    unit text NOT NULL,                   -- second | octet | event | money | unit
    top_up_option text,                   -- code in the bucket's top_ups
    amount bigint NOT NULL CHECK (amount > 0),  -- in the bucket's unit, micros for money
    days integer,
    pay text NOT NULL CHECK (pay IN ('balance', 'cash', 'none')),
    price_micros bigint NOT NULL CHECK (price_micros >= 0),
    currency char(3) NOT NULL,
    reference text NOT NULL DEFAULT '',
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, wallet_top_up_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES subscriber_line
);
CREATE INDEX wallet_top_up_by_line ON wallet_top_up (tenant_id, line_id, wallet_top_up_id);

-- What the engine noticed while charging; written by the materialiser, once each.
CREATE TABLE engine_event (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,               -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    line_id uuid,
    kind text NOT NULL,                   -- bucket_threshold | bucket_expiring | low_balance |
                                          -- limit_warning | cap_reached | throttled …
    detail jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,     -- the engine's clock
    recorded_at timestamptz NOT NULL DEFAULT now(),
    shard integer NOT NULL,
    journal_seq bigint NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX engine_event_by_account ON engine_event (tenant_id, account_id, event_id);
CREATE INDEX engine_event_by_line ON engine_event (tenant_id, line_id, event_id)
    WHERE line_id IS NOT NULL;

-- In the order the expansion of the journal writes them.
ALTER TABLE cdr
    ADD COLUMN parts jsonb NOT NULL DEFAULT '[]',     -- who paid which stretch of it, in order
    ADD COLUMN partners jsonb NOT NULL DEFAULT '[]',  -- what each partner charges for it, own currency
    ADD COLUMN inputs jsonb NOT NULL DEFAULT '{}';    -- what explaining and re-rating need further
"""


def upgrade() -> None:
    op.execute(UPGRADE)
