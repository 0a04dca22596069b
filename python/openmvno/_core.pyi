"""The Rust core: Diameter edge, rating, charging engine, journal expansion.

One native call per buffer or batch, never per message; every call that does work releases the GIL.
Times are Unix milliseconds, amounts are integers of 10^-6 of the currency's major unit (micros),
identifiers are 16-byte UUIDs. See ``rust_core/README.md`` for what stands behind each call.
"""

from typing import final

__all__ = [
    "Batch",
    "CatalogError",
    "CoreError",
    "Engine",
    "Expansion",
    "Fenced",
    "LatestBalances",
    "RadiusGate",
    "RadiusWork",
    "Rehearsal",
    "Released",
    "Traced",
    "check_catalog",
    "check_peers",
    "describe",
    "expand",
    "explain",
    "international",
    "quote",
    "shard_of",
]

class CoreError(Exception):
    """The call cannot be served; the message says what to do. Nothing has changed."""

class CatalogError(CoreError):
    """A catalogue document does not compile. ``args[0]`` is a JSON array of {path, message}."""

class Fenced(CoreError):
    """Another engine owns the journal now: drop this one's state and stop."""

def shard_of(tenant: bytes, account: bytes, shards: int) -> int:
    """The shard that owns a payer account: hash(tenant, account) modulo ``shards``."""

def check_catalog(document: bytes) -> str:
    """Compile a catalogue document (JSON) and return a JSON summary; raises CatalogError."""

def check_peers(table: str) -> None:
    """Check a peer table (JSON, as for Engine.set_peers); raises CoreError saying what is wrong
    where."""

def quote(document: bytes, request: bytes) -> bytes:
    """What a usage would cost under a document and why, both JSON as in docs/catalogue.md; nothing
    changes. Raises CatalogError; CoreError with a sentence naming the field of a bad request."""

def explain(document: bytes, cdr: bytes) -> bytes:
    """A charge made again from its CDR (the row's columns, JSON) under the document that priced
    it, and compared: JSON as in docs/catalogue.md. Raises CatalogError; CoreError for a row that is
    not one."""

def international(document: bytes, number: str) -> str:
    """A number in international digits, as the document's numbering has it."""

@final
class Rehearsal:
    """Usage rated under a document without any engine: every line is its own payer with unlimited
    balance and the buckets its products grant."""

    def __new__(cls, document: bytes, lines: list[tuple[str, list[str]]]) -> Rehearsal:
        """``lines``: product and add-ons of each line. Raises CatalogError; CoreError for a
        product the document does not have."""
    def rate(
        self,
        line: bytes,
        service: bytes,
        direction: bytes,
        at: bytes,
        usage: bytes,
        rating_group: bytes,
        destination: bytes,
        destination_end: bytes,
        inputs: bytes,
        inputs_end: bytes,
        wallets: bool,
    ) -> tuple[bytes, bytes]:
        """Rate a batch of usage in its order; the state of the lines goes on from batch to batch.

        Little-endian columns: line u32 (position in ``lines``), service u16 (position in the
        document's services), direction u8 (0 originating, 1 terminating, 2 forwarded), at i64
        (ms), usage u64, rating_group i64 (-1 none); the destinations, and the inputs of the CDRs
        (JSON; empty when there are none), as one UTF-8 text with the u32 end of each. Returns
        amounts (i64, micros) and results (u8: 0 rated, 1 forbidden, 2 no_rate, 3 not_sold,
        4 unknown_zone, 5 blocked, 6 overflow)."""

@final
class Batch:
    """What one commit makes durable: one journal row for each touched shard.

    ``shards``, ``seqs`` and ``payloads`` are PostgreSQL binary arrays (int4[], int8[], bytea[])
    of equal length, ready to be sent as binary parameters of one INSERT.
    """

    @property
    def number(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def shards(self) -> bytes: ...
    @property
    def seqs(self) -> bytes: ...
    @property
    def payloads(self) -> bytes: ...

@final
class Released:
    """What may leave after a commit: bytes for connections and outcomes for control tokens."""

    @property
    def writes(self) -> list[tuple[int, bytes]]: ...
    @property
    def outcomes(self) -> list[tuple[int, bytes]]:
        """(token, JSON outcome) of commands handed in by command()."""
    @property
    def bundles(self) -> list[tuple[int, list[bytes]]]:
        """(token, JSON outcomes) of requests handed in together by submit(), all durable now."""
    @property
    def spans(self) -> bytes:
        """JSON array of finished sampled requests: session, peer, type, result, times in ns."""

@final
class Traced:
    """One request of a traced subscriber and its answer, durable when it is told."""

    @property
    def door(self) -> str:
        """``diameter``, or ``engine`` for what came in JSON."""
    @property
    def peer(self) -> str: ...
    @property
    def session(self) -> str: ...
    @property
    def shard(self) -> int | None:
        """None: refused before any shard served it."""
    @property
    def at(self) -> int: ...
    @property
    def answered(self) -> int:
        """0: it was past its deadline, no answer left."""
    @property
    def request(self) -> bytes: ...
    @property
    def answer(self) -> bytes: ...
    @property
    def journal(self) -> bytes:
        """The records it caused, for describe()."""
    @property
    def before(self) -> str:
        """JSON {account_id, line, account, session} as balance() and sessions() have them; empty
        when no shard served it."""
    @property
    def after(self) -> str: ...

@final
class Engine:
    """The charging engine of one node: all its shards, indexes, connections and pending batches."""

    def __new__(cls, config: str) -> Engine:
        """``config``: JSON EngineConfig {shards, owner, origin_host, origin_realm, ...}."""

    # -- catalogue ---------------------------------------------------------------------------
    def load_catalog(self, tenant: bytes, version: int, document: bytes) -> None:
        """Compile and keep a catalogue version, so that a journaled activation can name it."""

    # -- recovery ----------------------------------------------------------------------------
    def restore_slice(self, shard: int, slice: int, seq: int, payload: bytes) -> None: ...  # noqa: A002
    def replay_from(self, shard: int) -> int:
        """The first journal seq to replay for this shard, given the slices restored."""
    def replay(self, rows: list[tuple[int, int, bytes]]) -> int:
        """Apply the effects of journal rows (shard, seq, payload), in seq order per shard.
        Returns the number of records applied."""
    def journal_seq(self, shard: int) -> int:
        """The seq of the shard's last journal row that was replayed or written."""
    def follow(self, now_ms: int) -> None:
        """Recovery is over: from now on replay() keeps the lines of shards that are not ours to be
        found."""

    # -- which shards are ours ---------------------------------------------------------------
    def begin(self, shards: list[int], now_ms: int) -> None:
        """Shards become ours, their journal replayed to its end: move session deadlines by the
        outage, stage this owner's first row of each (the fence) in the next batch, and open for
        traffic."""
    def give(self, shard: int) -> None:
        """Decide nothing more for a shard of ours: what is applied becomes durable with the next
        batches, what comes from now on waits for the next owner. Raises CoreError when it is not
        ours."""
    def set_owner(self, shard: int, owner: int) -> None:
        """Another engine has a shard; 0: nobody is known to."""
    def owner_of(self, shard: int) -> int:
        """The owner number of the engine that has a shard; 0: nobody is known to."""
    def owned_shards(self) -> list[int]:
        """Ours."""

    # -- other engines: our doors' requests for their shards -----------------------------------
    def set_forwarding(self, on: bool) -> None:
        """Whether there have been other engines; else what is not ours is refused at once."""
    def link_up(self, node: int) -> None:
        """The engine with this owner number can be sent batches."""
    def link_down(self, node: int) -> None:
        """It cannot any more: what it has not answered waits for the next owner of its shard."""
    def outgoing(self) -> list[tuple[int, bytes]]:
        """Batches to send, by owner number; to be asked for whenever feed(), submit() or another
        call says that something is pending."""
    def forward_answers(self, node: int, batch: bytes, now_ms: int) -> Released:
        """A batch that came back from an engine: what leaves by our doors."""
    def forward_turn(self, now_ms: int) -> Released:
        """Try again what waits for an owner, refuse what has waited too long."""

    # -- other engines: their doors' requests for our shards -----------------------------------
    def open_link(self, origin_host: str, origin_realm: str) -> int:
        """Another engine's door speaks to us, with this identity before its peers. What it is to
        be sent comes under the id returned, where connections have theirs."""
    def close_link(self, link: int) -> None: ...
    def serve_link(self, link: int, batch: bytes, now_ms: int) -> bytes:
        """A batch of another engine's door. Returns what to send back at once, if anything; the
        rest comes with release()."""

    # -- the Diameter door -------------------------------------------------------------------
    def connect(
        self, remote: str, local: str, certificate_names: list[str] | None, now_ms: int
    ) -> tuple[int, int | None]:
        """A transport connected between two IP addresses; ``certificate_names`` are those of the
        peer's certificate, None without TLS. Returns its connection id, and the connection without
        CER that has to be closed to make room for it, if any."""
    def feed(self, connection: int, data: bytes, now_ms: int) -> tuple[bytes, str | None, bool]:
        """Bytes arrived. Returns (bytes to write at once, why to close the transport after them,
        batch pending)."""
    def disconnect(self, connection: int) -> str | None:
        """A transport is gone. Returns why, when the peer has told by a DPR."""
    def set_peers(self, table: str, now_ms: int) -> list[tuple[int, bytes, str | None]]:
        """Put a peer table in force, JSON {"profiles": {name: {...}}, "peers": [{"host",
        "addresses", "certificate", "connections", "profile", "enabled"}] | null}; null admits
        everybody. Returns the DPRs for connections it does not admit any more. Raises CoreError
        saying what is wrong; then the table in force stays."""
    def peer_connections(self) -> str:
        """JSON array of open connections: {connection, origin_host, origin_realm, peer, profile,
        address, secure, state, since (ms)}; states are unproven (no CER yet), open, suspect,
        reopening, ending, closed."""

    # -- control: API, gRPC, timers ------------------------------------------------------------
    def submit(self, number: int, requests: list[bytes], now_ms: int) -> list[bytes] | None:
        """Charging requests in JSON (see rust_core/node/src/control.rs), at most 65,536. Their
        outcomes come together with release() under ``number`` (below 2**47), or are returned at
        once when nothing had to be journaled. What was not applied says so: {"error":"refused"}
        (overload, storage away) or {"error":"invalid_request"}."""
    def abandon(self, number: int) -> list[bytes] | None:
        """The outcomes of submit() are not awaited any longer: those known, and
        {"error":"unknown"} for the others. None when they were released already."""
    def command(
        self, token: int, shard: int, seq: int, command_id: bytes, command: bytes, now_ms: int
    ) -> None:
        """The next engine_command row of a shard; its outcome comes with release() under
        ``token``. seq must be command_seq(shard) + 1; a lower one is ignored (already applied:
        no outcome follows), a higher one raises CoreError."""
    def command_seq(self, shard: int) -> int:
        """The seq of the last engine_command applied (durable or in the pending batch)."""
    def tick(self, now_ms: int) -> tuple[list[tuple[int, bytes, str | None]], bool]:
        """Timers: session expiry, watchdogs. Returns ([(connection, bytes, why to close)],
        pending)."""
    def balance(self, tenant: bytes, account: bytes) -> bytes | None:
        """JSON of an account as rust_core/node/src/account_view.rs writes it: balance, limits,
        buckets, counters, lines. None when unknown."""

    def sessions(self, tenant: bytes, account: bytes, line: bytes) -> bytes | None:
        """JSON array of the open sessions of a line, as rust_core/node/src/session_view.rs writes
        it; None when the account is unknown."""

    # -- live traces -----------------------------------------------------------------------------
    def trace_start(self, subject: bytes) -> int | None:
        """Look at a subscriber from now on: JSON {"tenant", "line", "session", "identities":
        [[kind, digits], ...]}, line or session given. Returns the trace's number, None when too
        many run. Raises CoreError when it is no subject."""
    def trace_take(self, id: int) -> tuple[list[Traced], int]:  # noqa: A002
        """The exchanges since the last call, oldest first, and how many made room for them."""
    def trace_stop(self, id: int) -> None:  # noqa: A002
        """End a trace."""

    # -- what memory cannot know -----------------------------------------------------------------
    def lookups(self) -> list[tuple[int, bytes]]:
        """Questions to the database about parked requests: (lookup, JSON), each handed out once.
        {"about":"session","tenant","session","number"|null}: is there a CDR of this Session-Id (and
        event number)?
        {"about":"debit","tenant","account","cdr"|null,"correlation"}: the debit a refund names.
        {"about":"card","iccid"}: the IMSI on a SIM card.
        Ask for them after every feed(), submit() and tick()."""
    def resume(self, lookup: int, finding: bytes, now_ms: int) -> None:
        """The database's answer, JSON: {"found":"nothing"}, {"found":"charged"},
        {"found":"debit","cdr":uuid,"refundable":micros} or {"found":"card","imsi":digits}. The
        request's answer comes with the next batch."""
    def disconnect_peers(self, now_ms: int) -> list[tuple[int, bytes, str | None]]:
        """A DPR for every open connection, for a clean stop: [(connection, bytes, None)]."""

    # -- group commit --------------------------------------------------------------------------
    def take_batch(self, now_ms: int) -> Batch | None:
        """Everything pending, or None. At most one batch is out at a time; a batch of 0 rows
        holds answers only and is released without a commit."""
    def release(self, number: int, now_ms: int) -> Released:
        """Batch ``number`` is durable: its answers may leave."""
    def set_storage(self, available: bool, now_ms: int) -> None:
        """While storage is away new requests are refused (3004/3002); held answers stay held."""

    # -- snapshots -----------------------------------------------------------------------------
    def snapshot_due(self, limit: int) -> list[tuple[int, int, int, bytes]]:
        """Up to ``limit`` dirty slices (shard, slice, seq, payload), cut at the last batch taken.
        Call right after take_batch(); write them once that batch is durable."""

    # -- observation ---------------------------------------------------------------------------
    def statistics(self) -> str:
        """JSON of counters and gauges: ccr by (peer, type, result), sessions, reserved, queues,
        and how full and busy each shard is."""
    def peer_clocks(self) -> str:
        """JSON array {peer, ahead_ms, looks}: how far the clock of each connected host is ahead of
        ours, by the Event-Timestamp of its requests."""

@final
class RadiusWork:
    """What a RadiusGate wants done."""

    @property
    def sends(self) -> list[tuple[int, bytes, tuple[str, int]]]:
        """(socket, datagram, address): 0 authentication, 1 accounting, 2 dynamic authorisation."""
    @property
    def ids(self) -> list[int]:
        """Of ``requests``, in their order: they come back with the outcomes."""
    @property
    def requests(self) -> list[bytes]:
        """JSON for Engine.submit()."""
    @property
    def lookups(self) -> list[tuple[int, list[tuple[str, str]]]]:
        """(id, [(kind, identity)]): the password of the first that is a line's is wanted."""
    @property
    def searches(self) -> list[tuple[int, str]]:
        """(id, Session-Id): what its CDRs hold is wanted, see ``RadiusGate.chain``."""

@final
class RadiusGate:
    """RADIUS clients on one side, charging requests on the other; see
    rust_core/node/src/radius. Addresses are those of asyncio's datagram endpoints."""

    def __new__(cls, country_code: str) -> RadiusGate: ...
    def set_clients(self, clients: bytes) -> None:
        """The clients from now on, JSON; raises CoreError with what is wrong."""
    def receive(
        self, accounting: bool, datagrams: list[tuple[bytes, tuple[str, int]]], now_ms: int
    ) -> RadiusWork:
        """Datagrams of one of the two ports arrived."""
    def outcomes(self, ids: list[int], outcomes: list[bytes], now_ms: int) -> RadiusWork:
        """The engine's outcomes of requests."""
    def found(self, lines: list[tuple[int, tuple[int, bytes] | None]], now_ms: int) -> RadiusWork:
        """What lookups found: which of the identities, and the password; None: no such line, or
        it has no password."""
    def chain(self, id: int, bases: list[int], recorded: int, now_ms: int) -> RadiusWork:  # noqa: A002
        """What a search found: for each Session-Id of the chain that has CDRs the usage recorded
        before it, and what is recorded under all. The first Session-Id is the one asked for, each
        further one is that with "+" and the usage before it."""
    def give_up(self, ids: list[int]) -> None:
        """Nothing could be found out: the clients will ask again."""
    def answered(self, datagrams: list[tuple[bytes, tuple[str, int]]]) -> None:
        """Datagrams came to the socket for dynamic authorisation."""
    def tick(self, now_ms: int) -> RadiusWork:
        """Sends again what clients have not answered; every second."""
    def statistics(self) -> str:
        """JSON: requests by client, request and result; requests being served."""

@final
class Expansion:
    """Rows that a run of journal payloads stands for."""

    @property
    def cdr_copy(self) -> bytes:
        """COPY BINARY stream for table cdr."""
    @property
    def cdr_count(self) -> int: ...
    @property
    def posting_copy(self) -> bytes: ...
    @property
    def posting_count(self) -> int: ...
    @property
    def event_copy(self) -> bytes:
        """COPY BINARY stream for table engine_event, in the table's column order."""
    @property
    def event_count(self) -> int: ...
    @property
    def outcomes(self) -> list[tuple[int, int, str]]:
        """(shard, engine_command seq, JSON outcome)."""
    @property
    def records(self) -> int: ...
    @property
    def charged(self) -> dict[str, int]:
        """The amounts of the CDRs by currency, micros."""
    @property
    def sums(self) -> list[tuple[bytes, int, str, str, str, str, int, str, str]]:
        """What the rows add to the statistics: (tenant, the minute's beginning in ms, measure,
        kind, detail, currency, events, usage, micros), each key once. Usage and micros are decimal
        numbers without a limit."""

@final
class LatestBalances:
    """Balances that changed and are not written yet, each account's last."""

    def __init__(self) -> None: ...
    def collect(self, expansion: Expansion) -> None:
        """Note the balances of an expansion, newer than what is there."""
    def collect_older(self, older: LatestBalances) -> None:
        """Note balances that are older than what is there."""
    def copies(self, rows: int) -> list[bytes]:
        """COPY BINARY streams of (tenant, account, currency, balance micros, as of), in the order
        of tenant and account, each of ``rows`` at most."""

def expand(rows: list[tuple[int, int, bytes]]) -> Expansion:
    """Expand journal rows (shard, seq, payload) into CDR, posting and balance rows."""

def describe(payload: bytes) -> str:
    """The records of one journal payload as JSON, for people and for the auditor."""
