"""Languages of users, invitations, the look of a tenant; words of names, to find customers by."""

from collections.abc import Sequence
from typing import Any

from alembic import op

revision = "0020"
down_revision = "0019"
works_from = "0019"

# May run twice: the second half is not of one transaction with the first.
UPGRADE = """
ALTER TABLE app_user ADD COLUMN IF NOT EXISTS language text NOT NULL DEFAULT 'en';

-- A code that lets somebody choose login and password of a user, once.
CREATE TABLE IF NOT EXISTS user_invitation (
    tenant_id uuid NOT NULL,
    invitation_id uuid NOT NULL,          -- time-ordered (UUIDv7)
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,             -- SHA-256 of 80 random bits
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, invitation_id),
    UNIQUE (tenant_id, code_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES app_user
);
CREATE INDEX IF NOT EXISTS user_invitation_by_user ON user_invitation (tenant_id, user_id);
CREATE INDEX IF NOT EXISTS user_invitation_expired ON user_invitation (expires_at);

-- How a tenant's self-care pages look; anybody may read it.
CREATE TABLE IF NOT EXISTS tenant_branding (
    tenant_id uuid PRIMARY KEY REFERENCES tenant,
    name text NOT NULL,
    accent text NOT NULL,                 -- #rrggbb
    on_accent text NOT NULL CHECK (on_accent IN ('white', 'black')),
    support text NOT NULL,
    language text NOT NULL,
    currency char(3) NOT NULL,
    logo bytea,
    logo_type text,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((logo IS NULL) = (logo_type IS NULL))
);

-- The words of customers' names, small and without accents. Kept by a trigger: whoever writes a
-- customer writes them, the release before included.
CREATE TABLE IF NOT EXISTS customer_word (
    tenant_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, word, customer_id)
);

CREATE INDEX IF NOT EXISTS customer_word_of ON customer_word (tenant_id, customer_id, word);

CREATE OR REPLACE FUNCTION folded_words(name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT array_agg(DISTINCT word COLLATE "C") FROM (
        SELECT left(w, 100) AS word FROM regexp_split_to_table(
            translate(
                regexp_replace(normalize(lower(name), NFKD), U&'[\\0300-\\036f]', '', 'g'),
                'đłøßæœı', 'dlosaoi'),
            '[^[\\:alnum\\:]]+') AS w) AS split
    WHERE word <> ''
$$;

CREATE OR REPLACE FUNCTION keep_customer_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM customer_word c USING unnest(folded_words(OLD.name)) AS w (word)
        WHERE c.tenant_id = OLD.tenant_id AND c.word = w.word AND c.customer_id = OLD.customer_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO customer_word (tenant_id, word, customer_id)
        SELECT NEW.tenant_id, w, NEW.customer_id FROM unnest(folded_words(NEW.name)) AS w
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER customer_words AFTER INSERT OR DELETE OR UPDATE OF name ON customer
    FOR EACH ROW EXECUTE FUNCTION keep_customer_words();
"""

# The names that are there already, a slice at a time.
FILL = """
WITH slice AS (
    SELECT tenant_id, customer_id, name FROM customer
    WHERE (tenant_id, customer_id) > (%s::uuid, %s::uuid)
    ORDER BY tenant_id, customer_id LIMIT 5000),
kept AS (
    INSERT INTO customer_word (tenant_id, word, customer_id)
    SELECT s.tenant_id, w, s.customer_id FROM slice s, unnest(folded_words(s.name)) AS w
    ON CONFLICT DO NOTHING)
SELECT tenant_id, customer_id FROM slice ORDER BY tenant_id DESC, customer_id DESC LIMIT 1
"""
NOWHERE = ("00000000-0000-0000-0000-000000000000",) * 2

INDEXES = {
    "port_request_by_line": "ON port_request (tenant_id, line_id, port_id)"
    " WHERE line_id IS NOT NULL",
    "payment_refund_by_account": "ON payment_refund (tenant_id, account_id, refund_id)"
    " WHERE account_id IS NOT NULL",
}
LEFT_OVER = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    op.execute(UPGRADE)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("SET lock_timeout = 0")
        for name, definition in INDEXES.items():
            if connection.exec_driver_sql(LEFT_OVER, (name,)).first():
                connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}")
            connection.exec_driver_sql(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}"
            )
        last: Sequence[Any] | None = NOWHERE
        while last is not None:
            last = connection.exec_driver_sql(FILL, tuple(last)).first()
        connection.exec_driver_sql("SET lock_timeout = '300ms'")
