"""Audit: whence and by which user, reads of personal data, the hash chain and its anchors."""

from alembic import op

revision = "0013"
down_revision = "0011"
works_from = "0013"

# The chain is a tenant's own, so that it lies with the tenant's rows in a distributed PostgreSQL.
# Entries become visible in no order that their ids tell, so each leaves a note in audit_unsealed in
# its own transaction; the worker that seals takes the notes away.
UPGRADE = """
ALTER TABLE audit_entry
    ADD COLUMN kind text NOT NULL DEFAULT 'change' CHECK (kind IN ('change', 'read')),
    ADD COLUMN user_id uuid,
    ADD COLUMN address inet;              -- where the request came from
CREATE INDEX audit_entry_by_actor ON audit_entry (tenant_id, actor, entry_id);
CREATE INDEX audit_entry_by_action ON audit_entry (tenant_id, action, entry_id);
CREATE INDEX audit_entry_by_request ON audit_entry (tenant_id, request_id);
CREATE INDEX audit_entry_by_address ON audit_entry (tenant_id, address, entry_id)
    WHERE address IS NOT NULL;

-- Whose data a list showed, to find the reads of one subject.
CREATE TABLE audit_read_subject (
    tenant_id uuid NOT NULL,
    subject_id text NOT NULL,
    entry_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, subject_id, entry_id)
);

CREATE TABLE audit_unsealed (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, entry_id)
);
INSERT INTO audit_unsealed SELECT tenant_id, entry_id FROM audit_entry;
CREATE FUNCTION note_unsealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS
    $$ BEGIN
        INSERT INTO audit_unsealed SELECT tenant_id, entry_id FROM written;
        RETURN NULL;
    END $$;
CREATE TRIGGER audit_entry_is_to_be_sealed AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed();

-- number: 1, 2, 3 … of the tenant. hash: SHA-256 over the hash before it and the entry's content.
CREATE TABLE audit_link (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    entry_id uuid NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, number),
    UNIQUE (tenant_id, entry_id)
);

-- What the chain was at a time, signed with a key that is not in the database.
CREATE TABLE audit_anchor (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    anchored_at timestamptz NOT NULL,
    signature bytea NOT NULL,             -- HMAC-SHA-256
    PRIMARY KEY (tenant_id, number)
);
CREATE TRIGGER audit_link_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_anchor_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""


def upgrade() -> None:
    op.execute(UPGRADE)
