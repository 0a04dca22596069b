"""Who may do what in the database: roles, row security by tenant, privileges by table.

Brought about at the end of every migration, for whatever tables there are then, so that a new table
with a ``tenant_id`` is closed to other tenants before its first row. What is right already is left
alone: nothing is locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from openmvno.database.errors import AccessError
from openmvno.database.roles import Role

TENANT_SETTING: Final = "openmvno.tenant"
"""The setting of a transaction that names its tenant."""

READ: Final = frozenset({"SELECT"})
APPEND: Final = frozenset({"SELECT", "INSERT"})
KEEP: Final = frozenset({"SELECT", "INSERT", "UPDATE"})
ALL: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})

Privileges = dict[Role, frozenset[str]]

INSTALLATION_TABLES: Final[dict[str, Privileges]] = {
    "alembic_version": dict.fromkeys(Role, READ),
    "installation": {
        Role.TENANT: READ,
        Role.ENGINE: KEEP,
        Role.WORKER: READ,
    },
    "journal": {Role.ENGINE: APPEND, Role.WORKER: READ},
    "snapshot_slice": {Role.ENGINE: ALL, Role.WORKER: READ},
    "command_sequence": {Role.TENANT: KEEP, Role.ENGINE: APPEND, Role.WORKER: KEEP},
    "materialiser_watermark": {Role.ENGINE: APPEND, Role.WORKER: KEEP},
    "engine_node": {Role.ENGINE: ALL},
    "schema_step": dict.fromkeys(Role, READ),
    "diameter_peer": {Role.TENANT: ALL, Role.ENGINE: READ},
    "process_report": {Role.TENANT: READ, Role.WORKER: ALL},
    "radius_client": {Role.TENANT: ALL, Role.RADIUS: READ},
}
"""Tables without a tenant. One that is not here is its owner's alone."""

ANY_TENANT_TABLE: Final[Privileges] = {Role.TENANT: ALL, Role.WORKER: READ}
"""A table with a ``tenant_id`` that is not among the next."""

TENANT_TABLES: Final[dict[str, Privileges]] = {
    "tenant": {Role.TENANT: READ | {"UPDATE"}, Role.WORKER: READ},  # its own row, to lock it
    "api_token": {Role.TENANT: KEEP, Role.WORKER: READ},
    "login_failure": {Role.TENANT: ALL},
    "user_session": {Role.TENANT: ALL},
    "user_invitation": {Role.TENANT: ALL},
    "tenant_branding": {Role.TENANT: ALL},
    "audit_entry": {Role.TENANT: APPEND, Role.WORKER: APPEND},
    "audit_read_subject": {Role.TENANT: APPEND},
    "audit_unsealed": {Role.TENANT: READ, Role.WORKER: READ | {"DELETE"}},  # written by a trigger
    "audit_link": {Role.TENANT: READ, Role.WORKER: APPEND},
    "audit_anchor": {Role.TENANT: READ, Role.WORKER: APPEND},
    "idempotency_key": {Role.TENANT: ALL},  # a refused request gives its key back
    "engine_command": {Role.TENANT: APPEND, Role.ENGINE: READ, Role.WORKER: KEEP},
    "catalog_version": {Role.TENANT: ALL, Role.ENGINE: READ},
    "sim": {Role.TENANT: ALL, Role.ENGINE: READ, Role.WORKER: ALL},
    "sim_imsi": {Role.TENANT: ALL, Role.WORKER: ALL},
    "sim_import": {Role.TENANT: ALL, Role.WORKER: KEEP},
    "sim_import_piece": {Role.TENANT: ALL, Role.WORKER: ALL},
    "sim_import_rejection": {Role.TENANT: ALL, Role.WORKER: APPEND},
    "msisdn": {Role.TENANT: ALL, Role.WORKER: KEEP},
    "port_request": {Role.TENANT: ALL, Role.WORKER: KEEP},
    # What a port closes or gives another number:
    "subscriber_line": {Role.TENANT: ALL, Role.WORKER: KEEP},
    "line_product": {Role.TENANT: ALL, Role.WORKER: KEEP},
    "closed_user_group_member": {Role.TENANT: ALL, Role.WORKER: ALL},
    "cdr": {Role.TENANT: READ, Role.ENGINE: READ, Role.WORKER: APPEND, Role.RADIUS: READ},
    "posting": {Role.TENANT: READ, Role.WORKER: APPEND},
    "account_balance": {Role.TENANT: READ, Role.WORKER: KEEP},
    "engine_event": {Role.TENANT: READ, Role.WORKER: APPEND},
    "identity_map": {Role.TENANT: ALL, Role.WORKER: ALL, Role.RADIUS: READ},
    "line_password": {Role.TENANT: ALL, Role.RADIUS: READ},
    "ledger_entry": {Role.TENANT: APPEND, Role.WORKER: APPEND},
    # Deleted with the sign-up that the engine refused.
    "top_up": {Role.TENANT: APPEND | {"DELETE"}, Role.WORKER: APPEND},
    "payment": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "payment_method": {Role.TENANT: ALL, Role.WORKER: APPEND},
    "payment_method_setup": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "payment_movement": {Role.TENANT: APPEND, Role.WORKER: APPEND},
    "payment_event": {Role.TENANT: APPEND},
    "payment_refund": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "auto_top_up_run": {Role.TENANT: READ, Role.WORKER: KEEP},
    "payer_change": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "transfer": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "voucher_series": {Role.TENANT: KEEP},
    "voucher_batch": {Role.TENANT: APPEND, Role.WORKER: READ},
    "voucher": {Role.TENANT: KEEP, Role.WORKER: READ},
    "voucher_redemption": {Role.TENANT: APPEND, Role.WORKER: READ},
    "statistic": {Role.TENANT: READ, Role.WORKER: KEEP},
    "statistic_note": {Role.TENANT: APPEND, Role.WORKER: ALL},
    "books_check": {Role.TENANT: READ, Role.WORKER: APPEND},
    "bulk_job": {Role.TENANT: KEEP, Role.WORKER: READ},
    "outbox": {Role.TENANT: KEEP, Role.WORKER: KEEP},
    "outbox_delivery": {Role.TENANT: KEEP, Role.WORKER: KEEP},
}

# A sub-select, so that the setting is read once for a statement and not once for a row. Where no
# tenant is named the setting is absent or empty: no row has that tenant.
_OF_TENANT: Final[LiteralString] = (
    "tenant_id = (SELECT nullif(current_setting('openmvno.tenant', true), '')::uuid)"
)
POLICIES: Final[dict[str, LiteralString]] = {
    "of_tenant": f"TO openmvno_tenant USING ({_OF_TENANT}) WITH CHECK ({_OF_TENANT})",
    "of_installation": "TO openmvno_engine, openmvno_worker, openmvno_radius"
    " USING (true) WITH CHECK (true)",
}


@dataclass(frozen=True, slots=True)
class Function:
    """What roles may have done as the schema's owner (SECURITY DEFINER)."""

    signature: LiteralString
    roles: tuple[Role, ...]
    body: LiteralString


# Whose a token is has to be found before it is known which tenant asks.
TOKEN_HOLDER: Final = Function(
    "token_holder(bytea)",
    (Role.TENANT,),
    """
CREATE FUNCTION token_holder(hash bytea)
    RETURNS TABLE (tenant_id uuid, token_id uuid, name text, scopes text[], networks cidr[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
    SELECT t.tenant_id, t.token_id, t.name, t.scopes, t.networks
    FROM api_token t JOIN tenant USING (tenant_id)
    WHERE t.token_hash = hash AND t.revoked_at IS NULL AND tenant.status = 'active'
      AND (t.expires_at IS NULL OR t.expires_at > now())
$$""",
)

# Made as a plain table and attached: that takes no lock which would stop readers or writers.
ADD_PARTITION: Final = Function(
    "add_partition(text, text, text, text)",
    (Role.ENGINE, Role.WORKER),
    f"""
CREATE FUNCTION add_partition(parent text, name text, low text, high text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    IF NOT (parent IN ('journal', 'cdr', 'posting') AND starts_with(name, parent || '_')) THEN
        RAISE EXCEPTION 'no partitions are made of %', parent;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
    IF parent <> 'journal' THEN  -- row security is not copied with the table
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($x$CREATE POLICY of_tenant ON %I
            {POLICIES["of_tenant"]}$x$, name);
        EXECUTE format($x$CREATE POLICY of_installation ON %I
            {POLICIES["of_installation"]}$x$, name);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, name, low, high);
END $$""",
)
SESSION_HOLDER: Final = Function(
    "session_holder(bytea, interval, interval)",
    (Role.TENANT,),
    """
CREATE FUNCTION session_holder(hash bytea, idle interval, noted interval)
    RETURNS TABLE (tenant_id uuid, user_id uuid, login text, realm text, roles text[],
                   own_scopes text[], networks cidr[], limited boolean, subject_id uuid)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
    WITH running AS (
        SELECT * FROM user_session
        WHERE session_hash = hash AND expires_at > now() AND seen_at > now() - idle),
    seen AS (
        UPDATE user_session s SET seen_at = now() FROM running r
        WHERE s.tenant_id = r.tenant_id AND s.session_id = r.session_id
          AND r.seen_at < now() - noted)
    SELECT u.tenant_id, u.user_id, u.login, u.realm, u.roles,
           ARRAY(SELECT DISTINCT unnest(o.scopes) FROM role o
                 WHERE o.tenant_id = u.tenant_id AND o.realm = u.realm AND o.name = ANY (u.roles)),
           u.networks, u.second_factor_required AND u.totp_confirmed_at IS NULL, u.subject_id
    FROM running r JOIN app_user u ON u.tenant_id = r.tenant_id AND u.user_id = r.user_id
    JOIN tenant t ON t.tenant_id = u.tenant_id
    WHERE u.status = 'active' AND t.status = 'active'
$$""",
)
TENANT_NAMED: Final = Function(
    "tenant_named(text)",
    (Role.TENANT,),
    """
CREATE FUNCTION tenant_named(named text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$ SELECT tenant_id FROM tenant WHERE code = named AND status = 'active' $$""",
)
CLIENT_HOLDER: Final = Function(
    "client_holder(uuid)",
    (Role.TENANT,),
    """
CREATE FUNCTION client_holder(id uuid)
    RETURNS TABLE (tenant_id uuid, name text, secret_hash bytea, scopes text[], networks cidr[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
    SELECT c.tenant_id, c.name, c.secret_hash, c.scopes, c.networks
    FROM oauth_client c JOIN tenant USING (tenant_id)
    WHERE c.client_id = id AND c.revoked_at IS NULL AND tenant.status = 'active'
$$""",
)
# How old the figures are that everyone is shown; journal and watermarks stay closed.
MATERIALISER_LAG: Final = Function(
    "materialiser_lag()",
    (Role.TENANT,),
    """
CREATE FUNCTION materialiser_lag() RETURNS float8
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
    SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(j.written_at)), 0))
    FROM materialiser_watermark w CROSS JOIN LATERAL (
        SELECT written_at FROM journal WHERE shard = w.shard AND seq > w.seq
        ORDER BY seq LIMIT 1) AS j
$$""",
)
# Of every tenant, and no more than how much waits: what it is stays closed. Bounded, since a target
# that is away for days has very many.
DELIVERIES_WAITING: Final = Function(
    "deliveries_waiting()",
    (Role.TENANT,),
    """
CREATE FUNCTION deliveries_waiting()
    RETURNS TABLE (tenant text, target text, waiting bigint, dead bigint,
                   oldest_waiting_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $$
    SELECT t.code, p.name, count(*) FILTER (WHERE d.state = 'pending'),
           count(*) FILTER (WHERE d.state = 'dead'),
           min(d.created_at) FILTER (WHERE d.state = 'pending')
    FROM provisioning_target p JOIN tenant t ON t.tenant_id = p.tenant_id
    CROSS JOIN LATERAL (
        SELECT w.state, o.created_at FROM outbox_delivery w
        JOIN outbox o ON o.tenant_id = w.tenant_id AND o.event_id = w.event_id
        WHERE w.tenant_id = p.tenant_id AND w.target = p.name AND w.state IN ('pending', 'dead')
        LIMIT 10000) AS d
    GROUP BY t.code, p.name
$$""",
)
FUNCTIONS: Final = (
    TOKEN_HOLDER,
    SESSION_HOLDER,
    TENANT_NAMED,
    CLIENT_HOLDER,
    ADD_PARTITION,
    MATERIALISER_LAG,
    DELIVERIES_WAITING,
)

_TABLES: Final = """
SELECT c.relname, c.relispartition, c.relrowsecurity AND c.relforcerowsecurity,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id'
               AND NOT attisdropped),
       ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid)
FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname
"""
_GRANTED: Final = """
SELECT c.relname, r.rolname, a.privilege_type
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND r.rolname = ANY (%s)
"""


def establish(connection: psycopg.Connection[Any]) -> None:
    """Bring about roles, row security and privileges, in the caller's transaction.

    Raises:
        AccessError: the connecting role may not; the message has what an administrator can run.
    """
    ensure_roles(connection)
    tables = connection.execute(_TABLES).fetchall()
    for name, _, protected, of_tenant, policies in tables:
        if of_tenant:
            _protect(connection, name, protected=protected, policies=policies)
    _grant(
        connection,
        {name: of_tenant for name, partition, _, of_tenant, _ in tables if not partition},
    )
    # The functions keep this path: nobody's temporary table comes before one of ours.
    connection.execute(
        "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
    )
    for function in FUNCTIONS:
        # Replacing could not change what it returns.
        connection.execute(f"DROP FUNCTION IF EXISTS {function.signature}")
        connection.execute(function.body)
        connection.execute(f"REVOKE ALL ON FUNCTION {function.signature} FROM PUBLIC")
        grantees = sql.SQL(", ").join(map(sql.Identifier, function.roles))
        connection.execute(
            sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(
                sql.SQL(function.signature), grantees
            )
        )


def _protect(
    connection: psycopg.Connection[Any], table: str, *, protected: bool, policies: list[str]
) -> None:
    """Close a table to other tenants, as far as it is not: to its owner, too, by FORCE."""
    name = sql.Identifier(table)
    if not protected:
        connection.execute(
            sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY").format(
                name
            )
        )
    for policy, rule in POLICIES.items():
        if policy not in policies:
            connection.execute(
                sql.SQL("CREATE POLICY {} ON {} {}").format(
                    sql.Identifier(policy), name, sql.SQL(rule)
                )
            )


def privileges(table: str, *, of_tenant: bool) -> Privileges:
    """What each role may do to a table."""
    if of_tenant:
        return TENANT_TABLES.get(table, ANY_TENANT_TABLE)
    return INSTALLATION_TABLES.get(table, {})


def _grant(connection: psycopg.Connection[Any], tables: dict[str, bool]) -> None:
    granted: dict[tuple[str, str], set[str]] = {}
    for table, role, privilege in connection.execute(_GRANTED, (list(Role),)).fetchall():
        granted.setdefault((table, role), set()).add(privilege)
    for table, of_tenant in tables.items():
        wanted = privileges(table, of_tenant=of_tenant)
        for role in Role:
            due, has = wanted.get(role, frozenset()), granted.get((table, role), set())
            if has - due:
                _alter(connection, "REVOKE {} ON {} FROM {}", table, role, has - due)
            if due - has:
                _alter(connection, "GRANT {} ON {} TO {}", table, role, due - has)
    for role in Role:
        usable = connection.execute(
            "SELECT has_schema_privilege(%s, current_schema(), 'USAGE'), current_schema()",
            (role.value,),
        ).fetchone()
        if usable is not None and not usable[0]:
            connection.execute(
                sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
                    sql.Identifier(usable[1]), sql.Identifier(role)
                )
            )


def _alter(
    connection: psycopg.Connection[Any],
    statement: LiteralString,
    table: str,
    role: Role,
    rights: frozenset[str] | set[str],
) -> None:
    connection.execute(
        sql.SQL(statement).format(
            sql.SQL(", ").join(sql.SQL(right) for right in sorted(rights)),
            sql.Identifier(table),
            sql.Identifier(role),
        )
    )


def create_role(role: Role) -> str:
    """The statement that creates a role."""
    bypass = "BYPASSRLS" if role is Role.WORKER else "NOBYPASSRLS"
    return f"CREATE ROLE {role.value} NOLOGIN NOSUPERUSER {bypass}"


def ensure_roles(connection: psycopg.Connection[Any]) -> None:
    """Make sure that there are the roles, and that the connecting one may act as them.

    Raises:
        AccessError: as :func:`establish`.
    """
    user, superuser, version = connection.execute(
        "SELECT current_user, rolsuper, current_setting('server_version_num')::int"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone() or ("", False, 0)
    for role in Role:
        _ensure_role(connection, role, user)
        if not superuser and not _may_act_as(connection, role, version):
            _administer(
                connection,
                f"GRANT {role.value} TO {_quoted(user)}",
                f"{user} may not act as {role.value}",
                user,
            )


def _ensure_role(connection: psycopg.Connection[Any], role: Role, user: str) -> None:
    known = connection.execute(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", (role.value,)
    ).fetchone()
    if known is None:
        _administer(connection, create_role(role), f"there is no role {role.value}", user)
        return
    if role is Role.WORKER:
        if not known[0] and not known[1]:
            _administer(
                connection,
                f"ALTER ROLE {role.value} BYPASSRLS",
                f"{role.value} may not pass row security, and COPY needs it to",
                user,
            )
    elif known[0] or known[1]:
        raise AccessError(
            f"The database role {role.value} passes row security, so tenants would not be kept"
            f" apart. Have an administrator run: ALTER ROLE {role.value} NOSUPERUSER NOBYPASSRLS;"
        )


def _may_act_as(connection: psycopg.Connection[Any], role: Role, version: int) -> bool:
    # Before PostgreSQL 16 every member could set the role.
    setting = "SET" if version >= 160000 else "MEMBER"
    row = connection.execute(
        "SELECT pg_has_role(current_user, %s, %s) AND pg_has_role(current_user, %s, 'USAGE')",
        (role.value, setting, role.value),
    ).fetchone()
    return row is not None and bool(row[0])


def _administer(
    connection: psycopg.Connection[Any], statement: str, missing: str, user: str
) -> None:
    """Run what needs an administrator's rights.

    Raises:
        AccessError: we have not got them.
    """
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return  # another database of this server was migrated at the same moment
    except psycopg.errors.InsufficientPrivilege as error:
        needed = "; ".join([*map(create_role, Role), f"GRANT {', '.join(Role)} TO {_quoted(user)}"])
        raise AccessError(
            f"In the database {missing}, and {user} has not the right to change that"
            f" ({str(error).strip().splitlines()[0]}). Have an administrator run: {statement};"
            f" A new server needs all of: {needed};"
        ) from error


def _quoted(user: str) -> str:
    return '"' + user.replace('"', '""') + '"'
