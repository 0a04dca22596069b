//! What the generator needs of an answer.

use openmvno_diameter::client::ClientAnswer;
use openmvno_diameter::credit_control::Units;
use openmvno_diameter::result_code;

/// An answer in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Result-Code at command level.
    pub(crate) result: u32,
    /// Result-Code of the first service.
    pub(crate) service_result: Option<u32>,
    /// Units granted, of the first service or at command level.
    pub(crate) granted: Option<u64>,
    /// Validity-Time, seconds.
    pub(crate) validity_time: Option<u32>,
    /// The grant is the last.
    pub(crate) final_unit: bool,
}

impl Summary {
    pub(crate) fn of(answer: &ClientAnswer<'_>) -> Self {
        let service = answer.services.first();
        let of_service = service.and_then(|service| service.granted.as_ref());
        let action = service.and_then(|service| service.final_unit_action);
        Self {
            result: answer.result_code,
            service_result: service.and_then(|service| service.result_code),
            granted: of_service.or(answer.granted.as_ref()).and_then(units),
            validity_time: service
                .and_then(|service| service.validity_time)
                .or(answer.validity_time),
            final_unit: action.or(answer.final_unit_action).is_some(),
        }
    }

    /// Not applied by the server: the same request may be sent again (RFC 6733 §7.1.3).
    pub(crate) const fn is_refused(&self) -> bool {
        matches!(
            self.result,
            result_code::UNABLE_TO_DELIVER | result_code::TOO_BUSY
        )
    }

    /// Every part of the request succeeded.
    pub(crate) fn is_served(&self) -> bool {
        let service = self.service_result.unwrap_or(result_code::SUCCESS);
        self.result == result_code::SUCCESS && service == result_code::SUCCESS
    }
}

fn units(units: &Units) -> Option<u64> {
    units.time.map(u64::from).or_else(|| units.octets())
}
