//! What a client reads of an answer, CEA, DWA and CCA alike.

use smallvec::SmallVec;
use thiserror::Error;

use crate::codec::{Avp, AvpFault, Header, Message};
use crate::credit_control::{Units, read_units};
use crate::dictionary as avp;

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClientAnswerError {
    /// The message is a request.
    #[error("the message is not an answer")]
    NotAnAnswer,
    /// An AVP cannot be read.
    #[error("an AVP of the answer cannot be read")]
    Malformed,
    /// There is no Result-Code.
    #[error("the answer has no Result-Code")]
    NoResultCode,
}

impl From<AvpFault> for ClientAnswerError {
    fn from(_: AvpFault) -> Self {
        Self::Malformed
    }
}

/// One Multiple-Services-Credit-Control of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnsweredService {
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// Service-Identifier.
    pub service_identifiers: SmallVec<[u32; 1]>,
    /// Result-Code of the service.
    pub result_code: Option<u32>,
    /// Granted-Service-Unit.
    pub granted: Option<Units>,
    /// Validity-Time, seconds.
    pub validity_time: Option<u32>,
    /// Final-Unit-Action of the Final-Unit-Indication.
    pub final_unit_action: Option<u32>,
}

/// An answer, borrowed from its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAnswer<'a> {
    /// Header: identifiers, command and E bit.
    pub header: Header,
    /// Result-Code.
    pub result_code: u32,
    /// Session-Id.
    pub session_id: Option<&'a str>,
    /// Origin-Host of the server.
    pub origin_host: Option<&'a str>,
    /// Origin-State-Id of the server.
    pub origin_state_id: Option<u32>,
    /// CC-Request-Type.
    pub request_type: Option<u32>,
    /// CC-Request-Number.
    pub request_number: Option<u32>,
    /// CC-Session-Failover.
    pub session_failover: Option<u32>,
    /// Granted-Service-Unit at command level.
    pub granted: Option<Units>,
    /// Validity-Time at command level, seconds.
    pub validity_time: Option<u32>,
    /// Final-Unit-Action at command level.
    pub final_unit_action: Option<u32>,
    /// Multiple-Services-Credit-Control.
    pub services: SmallVec<[AnsweredService; 2]>,
    /// Cost-Information: Value-Digits, Exponent and Currency-Code.
    pub cost: Option<(i64, i32, u32)>,
    /// Check-Balance-Result: 0 ENOUGH_CREDIT, 1 NO_CREDIT.
    pub check_balance_result: Option<u32>,
    /// Refund-Information.
    pub refund_information: Option<&'a [u8]>,
    /// CC-Correlation-Id.
    pub correlation_id: Option<&'a [u8]>,
    /// Content of Failed-AVP.
    pub failed_avp: Option<&'a [u8]>,
    /// Error-Message.
    pub error_message: Option<&'a str>,
}

impl<'a> ClientAnswer<'a> {
    /// Reads an answer; AVPs of no interest are passed over.
    ///
    /// # Errors
    /// See [`ClientAnswerError`].
    pub fn parse(message: &Message<'a>) -> Result<Self, ClientAnswerError> {
        if message.header.is_request() {
            return Err(ClientAnswerError::NotAnAnswer);
        }
        let mut answer = Self::empty(message.header);
        let mut result_code = None;
        for item in message.avps() {
            let inner = item.map_err(|_| ClientAnswerError::Malformed)?;
            if inner.id == avp::RESULT_CODE {
                result_code = Some(inner.u32()?);
            } else {
                answer.take(&inner)?;
            }
        }
        answer.result_code = result_code.ok_or(ClientAnswerError::NoResultCode)?;
        Ok(answer)
    }

    fn empty(header: Header) -> Self {
        Self {
            header,
            result_code: 0,
            session_id: None,
            origin_host: None,
            origin_state_id: None,
            request_type: None,
            request_number: None,
            session_failover: None,
            granted: None,
            validity_time: None,
            final_unit_action: None,
            services: SmallVec::new(),
            cost: None,
            check_balance_result: None,
            refund_information: None,
            correlation_id: None,
            failed_avp: None,
            error_message: None,
        }
    }

    fn take(&mut self, inner: &Avp<'a>) -> Result<(), ClientAnswerError> {
        match inner.id {
            avp::SESSION_ID => self.session_id = Some(inner.utf8()?),
            avp::ORIGIN_HOST => self.origin_host = Some(inner.utf8()?),
            avp::ORIGIN_STATE_ID => self.origin_state_id = Some(inner.u32()?),
            avp::CC_REQUEST_TYPE => self.request_type = Some(inner.u32()?),
            avp::CC_REQUEST_NUMBER => self.request_number = Some(inner.u32()?),
            avp::CC_SESSION_FAILOVER => self.session_failover = Some(inner.u32()?),
            avp::GRANTED_SERVICE_UNIT => units(&mut self.granted, inner)?,
            avp::VALIDITY_TIME => self.validity_time = Some(inner.u32()?),
            avp::FINAL_UNIT_INDICATION => self.final_unit_action = final_unit_action(inner)?,
            avp::MULTIPLE_SERVICES_CREDIT_CONTROL => self.services.push(service(inner)?),
            avp::COST_INFORMATION => self.cost = Some(cost(inner)?),
            avp::CHECK_BALANCE_RESULT => self.check_balance_result = Some(inner.u32()?),
            avp::REFUND_INFORMATION => self.refund_information = Some(inner.data),
            avp::CC_CORRELATION_ID => self.correlation_id = Some(inner.data),
            avp::FAILED_AVP => self.failed_avp = Some(inner.data),
            avp::ERROR_MESSAGE => self.error_message = Some(inner.utf8()?),
            _ => {}
        }
        Ok(())
    }
}

fn units(slot: &mut Option<Units>, group: &Avp<'_>) -> Result<(), ClientAnswerError> {
    read_units(slot, group).map_err(|_| ClientAnswerError::Malformed)
}

fn final_unit_action(group: &Avp<'_>) -> Result<Option<u32>, ClientAnswerError> {
    let action = group.grouped().find(avp::FINAL_UNIT_ACTION);
    Ok(action.map(|action| action.u32()).transpose()?)
}

fn service(group: &Avp<'_>) -> Result<AnsweredService, ClientAnswerError> {
    let mut service = AnsweredService::default();
    for item in group.grouped() {
        let inner = item.map_err(|_| ClientAnswerError::Malformed)?;
        match inner.id {
            avp::RATING_GROUP => service.rating_group = Some(inner.u32()?),
            avp::SERVICE_IDENTIFIER => service.service_identifiers.push(inner.u32()?),
            avp::RESULT_CODE => service.result_code = Some(inner.u32()?),
            avp::GRANTED_SERVICE_UNIT => units(&mut service.granted, &inner)?,
            avp::VALIDITY_TIME => service.validity_time = Some(inner.u32()?),
            avp::FINAL_UNIT_INDICATION => {
                service.final_unit_action = final_unit_action(&inner)?;
            }
            _ => {}
        }
    }
    Ok(service)
}

fn cost(group: &Avp<'_>) -> Result<(i64, i32, u32), ClientAnswerError> {
    let value = group.grouped().find(avp::UNIT_VALUE);
    let value = value.ok_or(ClientAnswerError::Malformed)?;
    let digits = value.grouped().find(avp::VALUE_DIGITS);
    let digits = digits.ok_or(ClientAnswerError::Malformed)?.i64()?;
    let exponent = match value.grouped().find(avp::EXPONENT) {
        Some(exponent) => exponent.i32()?,
        None => 0,
    };
    let currency = group.grouped().find(avp::CURRENCY_CODE);
    let currency = currency.ok_or(ClientAnswerError::Malformed)?.u32()?;
    Ok((digits, exponent, currency))
}
