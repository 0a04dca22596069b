//! The client's side of Gy and Ro: for load generators and tests.

mod answer;
mod common;
mod request;

pub use answer::{AnsweredService, ClientAnswer, ClientAnswerError};
pub use common::{
    ClientIdentity, Identifiers, write_capabilities, write_disconnect, write_watchdog,
    write_watchdog_answer,
};
pub use request::{ClientRequest, ClientService, ServiceDetail};
