"""Payments through providers, automatic top-ups, transfers, and the daily check of the books."""

from alembic import op

revision = "0018"
down_revision = "0017"
works_from = "0018"

# (shard, command_seq) names the engine_command a row waits for, as in 0002.
UPGRADE = """
CREATE TABLE payment_provider (
    tenant_id uuid NOT NULL REFERENCES tenant,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cash_desk', 'bank_transfer', 'stripe')),
    api_url text NOT NULL DEFAULT '',
    sealed_api_key bytea,                 -- sealed with a key that is not in the database
    sealed_webhook_secret bytea,
    enabled boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name),
    CHECK ((kind = 'stripe') = (sealed_api_key IS NOT NULL))
);

-- What the provider calls the payer of an account.
CREATE TABLE payment_customer (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    customer_ref text NOT NULL,
    PRIMARY KEY (tenant_id, account_id, provider)
);

CREATE TABLE payment_method (
    tenant_id uuid NOT NULL,
    method_id uuid NOT NULL,              -- time-ordered (UUIDv7)
    account_id uuid NOT NULL,
    provider text NOT NULL,
    method_ref text NOT NULL,             -- the provider's; a card number never comes here
    brand text NOT NULL,
    last4 text NOT NULL,
    expires text,                         -- 2030-04
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, method_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account
);
CREATE INDEX payment_method_by_account ON payment_method (tenant_id, account_id, method_id);

-- What is asked for, or simply came. What came of it and where it went: payment_movement.
CREATE TABLE payment (
    tenant_id uuid NOT NULL,
    payment_id uuid NOT NULL,             -- time-ordered (UUIDv7)
    account_id uuid,                      -- NULL: nobody knows yet whose it is
    provider text NOT NULL,
    method_id uuid,
    currency char(3) NOT NULL,
    asked_micros bigint CHECK (asked_micros > 0),
    state text NOT NULL
        CHECK (state IN ('pending', 'requires_action', 'received', 'failed', 'cancelled')),
    provider_ref text,
    client_secret text,                   -- for the payer's browser, where it has to confirm
    failure text,
    reference text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, payment_id)
);
CREATE INDEX payment_by_account ON payment (tenant_id, account_id, payment_id);
CREATE UNIQUE INDEX payment_by_provider_ref ON payment (tenant_id, provider, provider_ref)
    WHERE provider_ref IS NOT NULL;
CREATE INDEX payment_pending ON payment (updated_at) WHERE state = 'pending';

-- Every movement of a payment's money, each with its legs in ledger_entry under movement_id.
CREATE TABLE payment_movement (
    tenant_id uuid NOT NULL,
    movement_id uuid NOT NULL,            -- time-ordered (UUIDv7)
    payment_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('receipt', 'fee', 'allocation', 'withdrawal', 'payout',
        'chargeback', 'offset', 'recovery', 'chargeback_won', 'restitution')),
    amount_micros bigint NOT NULL CHECK (amount_micros > 0),
    account_id uuid,
    refund_id uuid,                       -- of a withdrawal or payout
    provider_ref text,                    -- the provider's name of it: it is booked once
    shard integer,
    command_seq bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, movement_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment,
    CHECK ((shard IS NULL) = (command_seq IS NULL))
);
CREATE INDEX payment_movement_by_payment ON payment_movement (tenant_id, payment_id, movement_id);
CREATE UNIQUE INDEX payment_movement_once
    ON payment_movement (tenant_id, payment_id, kind, provider_ref) WHERE provider_ref IS NOT NULL;

-- First the balance gives the money back, then the provider does.
CREATE TABLE payment_refund (
    tenant_id uuid NOT NULL,
    refund_id uuid NOT NULL,              -- time-ordered (UUIDv7)
    payment_id uuid NOT NULL,
    account_id uuid,                      -- NULL: it was not allocated
    amount_micros bigint NOT NULL CHECK (amount_micros > 0),
    reason text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('withdrawing', 'paying', 'paid', 'refused', 'failed')),
    failure text,
    shard integer,
    command_seq bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, refund_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment
);
CREATE INDEX payment_refund_by_payment ON payment_refund (tenant_id, payment_id, refund_id);
CREATE INDEX payment_refund_open ON payment_refund (updated_at)
    WHERE state IN ('withdrawing', 'paying');

-- What providers told us, each event once.
CREATE TABLE payment_event (
    tenant_id uuid NOT NULL,
    provider text NOT NULL,
    event_ref text NOT NULL,
    kind text NOT NULL,
    payment_id uuid,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, provider, event_ref)
);

CREATE TABLE auto_top_up (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    method_id uuid NOT NULL,
    threshold_micros bigint NOT NULL CHECK (threshold_micros >= 0),
    amount_micros bigint NOT NULL CHECK (amount_micros > 0),
    daily_limit_micros bigint NOT NULL CHECK (daily_limit_micros >= amount_micros),
    enabled boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account,
    FOREIGN KEY (tenant_id, method_id) REFERENCES payment_method
);

-- One for each low balance the engine told of; event_id is that of engine_event.
CREATE TABLE auto_top_up_run (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'started', 'skipped')),
    reason text,
    payment_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX auto_top_up_run_due ON auto_top_up_run (created_at) WHERE state = 'due';
CREATE INDEX auto_top_up_run_by_account ON auto_top_up_run (tenant_id, account_id, event_id);

-- What subscribers of a tenant may send each other, by currency.
CREATE TABLE transfer_terms (
    tenant_id uuid NOT NULL REFERENCES tenant,
    currency char(3) NOT NULL,
    least_micros bigint NOT NULL CHECK (least_micros > 0),
    most_micros bigint NOT NULL CHECK (most_micros >= least_micros),
    daily_micros bigint NOT NULL CHECK (daily_micros >= 0),
    daily_count integer NOT NULL CHECK (daily_count >= 0),
    remaining_micros bigint NOT NULL CHECK (remaining_micros >= 0),
    fee_micros bigint NOT NULL CHECK (fee_micros >= 0),
    fee_per_mille integer NOT NULL CHECK (fee_per_mille BETWEEN 0 AND 1000),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, currency)
);

-- (shard, command_seq): the command it waits for now: the debit, then the credit or the return.
CREATE TABLE transfer (
    tenant_id uuid NOT NULL,
    transfer_id uuid NOT NULL,            -- time-ordered (UUIDv7)
    from_account_id uuid NOT NULL,
    to_account_id uuid NOT NULL,
    currency char(3) NOT NULL,
    amount_micros bigint NOT NULL CHECK (amount_micros > 0),
    fee_micros bigint NOT NULL CHECK (fee_micros >= 0),
    state text NOT NULL CHECK (state IN
        ('debiting', 'crediting', 'returning', 'completed', 'refused', 'returned')),
    refusal text,                         -- the engine's code
    reference text NOT NULL DEFAULT '',
    shard integer NOT NULL,
    command_seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, transfer_id),
    CHECK (from_account_id <> to_account_id),
    FOREIGN KEY (tenant_id, from_account_id) REFERENCES account,
    FOREIGN KEY (tenant_id, to_account_id) REFERENCES account
);
CREATE INDEX transfer_from ON transfer (tenant_id, from_account_id, transfer_id);
CREATE INDEX transfer_to ON transfer (tenant_id, to_account_id, transfer_id);
CREATE INDEX transfer_in_transit ON transfer (updated_at)
    WHERE state IN ('debiting', 'crediting', 'returning');

-- What the daily check of the books found.
CREATE TABLE books_check (
    tenant_id uuid NOT NULL REFERENCES tenant,
    checked_at timestamptz NOT NULL,
    accounts bigint NOT NULL,
    legs bigint NOT NULL,
    mismatches integer NOT NULL,
    first_mismatch text,
    PRIMARY KEY (tenant_id, checked_at)
);
"""


def upgrade() -> None:
    op.execute(UPGRADE)
