//! Credit-Control-Request and -Answer as typed values (RFC 8506 §3, TS 32.299 §6.4).

mod answer;
mod context;
mod enumerated;
mod final_unit;
mod location;
mod request;
mod service_information;
mod units;

pub use crate::failure::Failure;
pub use answer::{
    CostInformation, CreditControlAnswer, DebitingFailureHandling, FailureHandling, GrantedService,
    GrantedUnits,
};
pub use context::AnswerContext;
pub use enumerated::{RequestType, RequestedAction, SubscriptionId, SubscriptionKind};
pub use final_unit::{Filters, FinalUnit, RedirectAddressType};
pub use location::{UserLocation, address_string, e164_address};
pub use request::{CreditControlRequest, MultipleServices};
pub use service_information::ServiceInformation;
pub use units::{Money, Units, UsedUnits};

pub(crate) use answer::write_money;
pub(crate) use units::read_units;
