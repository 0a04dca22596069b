//! What a node is told at start.

use crate::diameter_answer::OnFailure;
use openmvno_charging::Limits;
use openmvno_diameter::credit_control::{DebitingFailureHandling, FailureHandling};
use openmvno_diameter::peer::{LocalIdentity, PeerSettings, ServedRealms};
use openmvno_rating::Numbering;
use serde::Deserialize;
use std::fmt;

/// The configuration of an engine, in JSON; unknown fields are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// Shards of the installation, fixed at its creation.
    pub shards: u16,
    /// Names this run of the engine in the journal.
    pub owner: u64,
    /// Origin-Host of the door.
    pub origin_host: String,
    /// Origin-Realm of the door.
    pub origin_realm: String,
    /// Destination-Realms served besides our own; `None` serves whatever arrives.
    #[serde(default)]
    pub served_realms: Option<Vec<String>>,
    /// Origin-State-Id: the same over restarts, since sessions survive them.
    #[serde(default = "one")]
    pub origin_state_id: u32,
    /// Country code for numbers in national form.
    #[serde(default)]
    pub country_code: String,
    /// Octets of journal that may wait in one shard before new requests are refused.
    #[serde(default = "default_pending_bytes")]
    pub pending_bytes_per_shard: usize,
    /// Requests that may wait for one shard.
    #[serde(default = "default_queue")]
    pub queue_per_shard: usize,
    /// Open sessions and remembered answers of one shard.
    #[serde(default = "default_sessions")]
    pub sessions_and_answers_per_shard: usize,
    /// An answer not durable within this time is dropped: the retransmission gets it.
    #[serde(default = "default_answer_deadline")]
    pub answer_deadline_ms: i64,
    /// Requests admitted in a second, whatever door they come by; 0: any number.
    #[serde(default)]
    pub requests_per_second: u32,
    /// How long the oldest request may have waited for its answer when another is admitted,
    /// milliseconds; new work is refused from half of it. 0: any time.
    #[serde(default = "default_queue_age")]
    pub queue_age_ms: i64,
    /// One of how many sessions is traced; 0 for none.
    #[serde(default)]
    pub trace_one_in: u64,
    /// Largest Diameter message accepted, octets.
    #[serde(default = "default_message")]
    pub message_bytes: usize,
    /// How long a message may take from its first octet to its last, milliseconds.
    #[serde(default = "default_message_ms")]
    pub message_ms: i64,
    /// Re-Auth- and Abort-Session-Requests to one gateway in a second.
    #[serde(default = "default_orders_per_second")]
    pub orders_per_second: u32,
    /// Orders that may wait for one gateway; beyond them it is left to come by itself.
    #[serde(default = "default_orders_waiting")]
    pub orders_waiting: usize,
    /// CC-Session-Failover of our answers: any door of the cluster serves a session (RFC 8506 §8.4).
    #[serde(default = "yes")]
    pub session_failover: bool,
    /// Credit-Control-Failure-Handling of our answers; `None`: the client's own.
    #[serde(default)]
    pub failure_handling: Option<OnSessionFailure>,
    /// Direct-Debiting-Failure-Handling of our answers; `None`: the client's own.
    #[serde(default)]
    pub debiting_failure_handling: Option<OnEventFailure>,
    /// Requests of our doors that may be at other nodes, or wait until a shard has an owner.
    #[serde(default = "default_forwarded")]
    pub forwarded_requests: usize,
    /// Watchdog interval Twinit (RFC 3539), milliseconds.
    #[serde(default = "default_watchdog")]
    pub watchdog_ms: u64,
    /// How long a new connection may take to send its CER, milliseconds.
    #[serde(default = "default_handshake")]
    pub handshake_ms: u64,
    /// Connections without CER; the oldest makes room for one more.
    #[serde(default = "default_half_open")]
    pub half_open_connections: usize,
}

/// What a client does with a session when no server answers (RFC 8506 §8.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSessionFailure {
    /// The service ends.
    Terminate,
    /// The service goes on.
    Continue,
    /// Another server is asked before the service ends.
    RetryAndTerminate,
}

/// What a client does with an event when no server answers (RFC 8506 §8.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEventFailure {
    /// The service is not rendered; a request sent already is kept and sent again.
    TerminateOrBuffer,
    /// The service is rendered.
    Continue,
}

/// Requests a second that a limit may be; their thousandths since 1970 fit a word.
const MAXIMUM_RATE: u32 = 1_000_000;

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

const fn default_pending_bytes() -> usize {
    8 << 20
}

const fn default_queue() -> usize {
    8_192
}

fn default_sessions() -> usize {
    Limits::default().sessions_and_answers
}

const fn default_answer_deadline() -> i64 {
    5_000
}

const fn default_queue_age() -> i64 {
    2_000
}

const fn default_message() -> usize {
    64 << 10
}

const fn default_message_ms() -> i64 {
    10_000
}

const fn default_orders_per_second() -> u32 {
    200
}

const fn default_orders_waiting() -> usize {
    10_000
}

const fn default_forwarded() -> usize {
    20_000
}

const fn default_watchdog() -> u64 {
    30_000
}

const fn default_handshake() -> u64 {
    10_000
}

const fn default_half_open() -> usize {
    256
}

/// The configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "engine configuration: {}", self.0)
    }
}

impl std::error::Error for ConfigError {}

impl EngineConfig {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`ConfigError`] with what is wrong.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let config: Self =
            serde_json::from_str(json).map_err(|error| ConfigError(error.to_string()))?;
        if config.shards == 0 || config.shards > 1_024 {
            return Err(ConfigError("shards must be 1 to 1024".into()));
        }
        if config.origin_host.is_empty() || config.origin_realm.is_empty() {
            return Err(ConfigError(
                "origin_host and origin_realm must not be empty".into(),
            ));
        }
        if config.requests_per_second > MAXIMUM_RATE || config.queue_age_ms < 0 {
            return Err(ConfigError(format!(
                "requests_per_second must be 0 to {MAXIMUM_RATE}, queue_age_ms not below 0"
            )));
        }
        Ok(config)
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            sessions_and_answers: self.sessions_and_answers_per_shard,
            ..Limits::default()
        }
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        OnFailure {
            session_failover: self.session_failover,
            sessions: self.failure_handling.map(|handling| match handling {
                OnSessionFailure::Terminate => FailureHandling::Terminate,
                OnSessionFailure::Continue => FailureHandling::Continue,
                OnSessionFailure::RetryAndTerminate => FailureHandling::RetryAndTerminate,
            }),
            events: self
                .debiting_failure_handling
                .map(|handling| match handling {
                    OnEventFailure::TerminateOrBuffer => DebitingFailureHandling::TerminateOrBuffer,
                    OnEventFailure::Continue => DebitingFailureHandling::Continue,
                }),
        }
    }

    pub(crate) fn number_plan(&self) -> Numbering {
        Numbering::of_country(&self.country_code)
    }

    pub(crate) fn identity(&self) -> LocalIdentity {
        LocalIdentity {
            origin_host: self.origin_host.clone(),
            origin_realm: self.origin_realm.clone(),
            product_name: "OpenMVNO".into(),
            vendor_id: 0,
            firmware_revision: None,
            origin_state_id: self.origin_state_id,
            supported_vendors: vec![10_415],
        }
    }

    pub(crate) fn peer_settings(&self) -> PeerSettings {
        let realms = self
            .served_realms
            .clone()
            .map_or(ServedRealms::Any, ServedRealms::Listed);
        PeerSettings {
            realms,
            watchdog_ms: self.watchdog_ms,
            handshake_ms: self.handshake_ms,
            ..PeerSettings::default()
        }
    }
}
