//! Credit-Control-Request (RFC 8506 §3.1).

use smallvec::SmallVec;

use super::context::AnswerContext;
use super::enumerated::{RequestType, RequestedAction, SubscriptionId, SubscriptionKind};
use super::service_information::{ServiceInformation, quality};
use super::units::{Units, UsedUnits, read_units, read_used_units};
use crate::codec::{Avp, AvpFault, Header, Message};
use crate::dictionary::{self as avp, APPLICATION_CREDIT_CONTROL, AvpId};
use crate::failure::Failure;
use crate::walk::{Outcome, each, each_inside, enumerated, once, once_text, pass_over, read};

/// One Multiple-Services-Credit-Control of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultipleServices<'a> {
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// Service-Identifier, any number.
    pub service_identifiers: SmallVec<[u32; 1]>,
    /// Requested-Service-Unit: `None` asks for nothing, empty units leave the size to us.
    pub requested: Option<Units>,
    /// Used-Service-Unit, any number.
    pub used: SmallVec<[UsedUnits; 1]>,
    /// 3GPP-Reporting-Reason at this level, or else the one of the first used units that has one.
    pub reporting_reason: Option<u32>,
    /// QoS-Information/QoS-Class-Identifier of this service (TS 32.299 §6.4.2).
    pub qos_class: Option<u32>,
    /// 3GPP-RAT-Type of this service, its octet.
    pub rat_type: Option<u8>,
    /// Refund-Information at this level (TS 32.299 §6.4.2).
    pub refund_information: Option<&'a [u8]>,
}

/// A Credit-Control-Request, borrowed from its message.
#[derive(Clone, Debug)]
pub struct CreditControlRequest<'a> {
    /// Header: identifiers, P and T bits.
    pub header: Header,
    /// Session-Id.
    pub session_id: &'a str,
    /// Origin-Host.
    pub origin_host: &'a str,
    /// Origin-Realm.
    pub origin_realm: &'a str,
    /// Destination-Realm.
    pub destination_realm: &'a str,
    /// Destination-Host.
    pub destination_host: Option<&'a str>,
    /// Service-Context-Id.
    pub service_context_id: &'a str,
    /// CC-Request-Type.
    pub request_type: RequestType,
    /// CC-Request-Number.
    pub request_number: u32,
    /// Requested-Action: always there in an event; other requests may carry it without meaning.
    pub requested_action: Option<RequestedAction>,
    /// Origin-State-Id.
    pub origin_state_id: Option<u32>,
    /// User-Name.
    pub user_name: Option<&'a str>,
    /// CC-Sub-Session-Id.
    pub sub_session_id: Option<u64>,
    /// Event-Timestamp, Unix seconds.
    pub event_timestamp: Option<i64>,
    /// Subscription-Id, any number.
    pub subscription_ids: SmallVec<[SubscriptionId<'a>; 3]>,
    /// Service-Identifier at command level.
    pub service_identifier: Option<u32>,
    /// Termination-Cause.
    pub termination_cause: Option<u32>,
    /// Requested-Service-Unit at command level.
    pub requested: Option<Units>,
    /// Used-Service-Unit at command level.
    pub used: SmallVec<[UsedUnits; 1]>,
    /// Multiple-Services-Indicator is MULTIPLE_SERVICES_SUPPORTED.
    pub multiple_services_indicator: bool,
    /// Multiple-Services-Credit-Control, any number.
    pub services: SmallVec<[MultipleServices<'a>; 2]>,
    /// CC-Correlation-Id.
    pub correlation_id: Option<&'a [u8]>,
    /// Refund-Information at command level (TS 32.299 §7.2.171).
    pub refund_information: Option<&'a [u8]>,
    /// Whether an agent relayed the request (Route-Record present).
    pub route_record: bool,
    /// Whether the client takes overload reports (OC-Supported-Features present, RFC 7683 §5.1).
    pub overload_control: bool,
    /// Proxy-Info AVPs in their wire form, without padding.
    pub proxy_info: SmallVec<[&'a [u8]; 1]>,
    /// Service-Information.
    pub service_information: ServiceInformation<'a>,
}

impl<'a> CreditControlRequest<'a> {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// 5001, 5004, 5005, 5009, 5014 or 3009 with the AVP to show in Failed-AVP; see [`Failure`].
    pub fn parse(message: &Message<'a>) -> Result<Self, Failure> {
        let mut request = Self::unread(message);
        request.read(message).map_err(|failure| *failure)?;
        Ok(request)
    }

    /// Reads and checks a request into one that is [`unread`](Self::unread): a request is large, and
    /// read in place it is never copied.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn read(&mut self, message: &Message<'a>) -> Result<(), Box<Failure>> {
        let mut single = Single::default();
        each(message.avps(), |avp| self.take(&mut single, avp))?;
        self.require(&single)
    }

    /// Whether the request may be a retransmission (T bit).
    #[must_use]
    pub const fn is_retransmitted(&self) -> bool {
        self.header.is_retransmitted()
    }

    /// What the answer has to repeat.
    #[must_use]
    pub fn answer_context(&self) -> AnswerContext {
        let mut context = AnswerContext::from_header(&self.header);
        context.session_id = SmallVec::from_slice(self.session_id.as_bytes());
        context.request_type = Some(self.request_type as u32);
        context.request_number = Some(self.request_number);
        for raw in &self.proxy_info {
            context.push_proxy_info(raw);
        }
        context
    }

    /// The first Subscription-Id of a kind.
    #[must_use]
    pub fn subscription(&self, kind: SubscriptionKind) -> Option<&'a str> {
        self.subscription_ids
            .iter()
            .find(|id| id.kind == kind)
            .map(|id| id.data)
    }

    /// A request of which nothing but the header has been read.
    #[must_use]
    #[inline]
    pub fn unread(message: &Message<'a>) -> Self {
        Self {
            header: message.header,
            session_id: "",
            origin_host: "",
            origin_realm: "",
            destination_realm: "",
            destination_host: None,
            service_context_id: "",
            request_type: RequestType::Initial,
            request_number: 0,
            requested_action: None,
            origin_state_id: None,
            user_name: None,
            sub_session_id: None,
            event_timestamp: None,
            subscription_ids: SmallVec::new(),
            service_identifier: None,
            termination_cause: None,
            requested: None,
            used: SmallVec::new(),
            multiple_services_indicator: false,
            services: SmallVec::new(),
            correlation_id: None,
            refund_information: None,
            route_record: false,
            overload_control: false,
            proxy_info: SmallVec::new(),
            service_information: ServiceInformation::default(),
        }
    }

    #[inline]
    fn take(&mut self, single: &mut Single, inner: &Avp<'a>) -> Outcome {
        match inner.id {
            avp::SESSION_ID => once_text(&mut self.session_id, inner),
            avp::ORIGIN_HOST => once_text(&mut self.origin_host, inner),
            avp::ORIGIN_REALM => once_text(&mut self.origin_realm, inner),
            avp::DESTINATION_REALM => once_text(&mut self.destination_realm, inner),
            avp::DESTINATION_HOST => once(&mut self.destination_host, inner, inner.utf8()),
            avp::SERVICE_CONTEXT_ID => once_text(&mut self.service_context_id, inner),
            avp::AUTH_APPLICATION_ID => {
                let ours = |id: u32| (id == APPLICATION_CREDIT_CONTROL).then_some(());
                once(&mut single.application, inner, enumerated(inner, ours))
            }
            avp::CC_REQUEST_TYPE => {
                let kind = enumerated(inner, RequestType::from_number);
                once(&mut single.request_type, inner, kind)
            }
            avp::CC_REQUEST_NUMBER => once(&mut single.request_number, inner, inner.u32()),
            avp::REQUESTED_ACTION => {
                let action = enumerated(inner, RequestedAction::from_number);
                once(&mut self.requested_action, inner, action)
            }
            avp::EVENT_TIMESTAMP => once(&mut self.event_timestamp, inner, inner.time()),
            avp::SUBSCRIPTION_ID => {
                self.subscription_ids.push(subscription(inner)?);
                Ok(())
            }
            avp::MULTIPLE_SERVICES_INDICATOR => {
                let indicator = enumerated(inner, |value| match value {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                });
                once(&mut single.multiple_services_indicator, inner, indicator)
            }
            avp::MULTIPLE_SERVICES_CREDIT_CONTROL => {
                self.services.push(MultipleServices::default());
                match self.services.last_mut() {
                    Some(services) => services.fill(inner),
                    None => Ok(()),
                }
            }
            avp::SERVICE_INFORMATION => {
                if single.service_information.replace(()).is_some() {
                    return Err(Box::new(Failure::too_many(inner)));
                }
                self.service_information.fill(inner)
            }
            _ => self.take_rare(inner),
        }
    }

    fn take_rare(&mut self, inner: &Avp<'a>) -> Outcome {
        match inner.id {
            avp::ORIGIN_STATE_ID => once(&mut self.origin_state_id, inner, inner.u32()),
            avp::USER_NAME => once(&mut self.user_name, inner, inner.utf8()),
            avp::CC_SUB_SESSION_ID => once(&mut self.sub_session_id, inner, inner.u64()),
            avp::SERVICE_IDENTIFIER => once(&mut self.service_identifier, inner, inner.u32()),
            avp::TERMINATION_CAUSE => once(&mut self.termination_cause, inner, inner.u32()),
            avp::REQUESTED_SERVICE_UNIT => read_units(&mut self.requested, inner),
            avp::USED_SERVICE_UNIT => {
                let mut used = UsedUnits::default();
                read_used_units(&mut used, inner)?;
                self.used.push(used);
                Ok(())
            }
            avp::CC_CORRELATION_ID => once(&mut self.correlation_id, inner, Ok(inner.data)),
            avp::REFUND_INFORMATION => once(&mut self.refund_information, inner, Ok(inner.data)),
            avp::ROUTE_RECORD => {
                self.route_record = true;
                Ok(())
            }
            avp::OC_SUPPORTED_FEATURES => {
                self.overload_control = true;
                Ok(())
            }
            avp::PROXY_INFO => {
                self.proxy_info.push(inner.raw);
                Ok(())
            }
            _ => pass_over(inner),
        }
    }

    /// Required AVPs in the order of RFC 8506 §3.1.
    fn require(&mut self, single: &Single) -> Outcome {
        let texts = [
            (self.session_id, avp::SESSION_ID),
            (self.origin_host, avp::ORIGIN_HOST),
            (self.origin_realm, avp::ORIGIN_REALM),
            (self.destination_realm, avp::DESTINATION_REALM),
        ];
        for (text, id) in texts {
            if text.is_empty() {
                return missing(id);
            }
        }
        if single.application.is_none() {
            return missing(avp::AUTH_APPLICATION_ID);
        }
        if self.service_context_id.is_empty() {
            return missing(avp::SERVICE_CONTEXT_ID);
        }
        let Some(request_type) = single.request_type else {
            return missing(avp::CC_REQUEST_TYPE);
        };
        let Some(request_number) = single.request_number else {
            return missing(avp::CC_REQUEST_NUMBER);
        };
        // RFC 8506 §6: an event without its action says nothing.
        if request_type == RequestType::Event && self.requested_action.is_none() {
            return missing(avp::REQUESTED_ACTION);
        }
        self.request_type = request_type;
        self.request_number = request_number;
        self.multiple_services_indicator = single.multiple_services_indicator.unwrap_or(false);
        Ok(())
    }
}

/// Values of single AVPs until it is known that all required ones are there.
#[derive(Default)]
struct Single {
    application: Option<()>,
    request_type: Option<RequestType>,
    request_number: Option<u32>,
    multiple_services_indicator: Option<bool>,
    service_information: Option<()>,
}

#[cold]
fn missing(id: AvpId) -> Outcome {
    Err(Box::new(Failure::missing(id)))
}

fn subscription<'a>(group: &Avp<'a>) -> Outcome<SubscriptionId<'a>> {
    let mut kind = None;
    let mut data = None;
    each_inside(group, |inner| match inner.id {
        avp::SUBSCRIPTION_ID_TYPE => {
            let value = enumerated(inner, SubscriptionKind::from_number);
            once(&mut kind, inner, value)
        }
        avp::SUBSCRIPTION_ID_DATA => once(&mut data, inner, inner.utf8()),
        _ => pass_over(inner),
    })?;
    let absent = |id| Box::new(Failure::missing(id).within(group.id));
    Ok(SubscriptionId {
        kind: kind.ok_or_else(|| absent(avp::SUBSCRIPTION_ID_TYPE))?,
        data: data.ok_or_else(|| absent(avp::SUBSCRIPTION_ID_DATA))?,
    })
}

impl<'a> MultipleServices<'a> {
    fn fill(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::RATING_GROUP => once(&mut self.rating_group, inner, inner.u32()),
            avp::SERVICE_IDENTIFIER => {
                self.service_identifiers.push(read(inner, inner.u32())?);
                Ok(())
            }
            avp::REQUESTED_SERVICE_UNIT => read_units(&mut self.requested, inner),
            avp::USED_SERVICE_UNIT => {
                let mut used = UsedUnits::default();
                read_used_units(&mut used, inner)?;
                self.used.push(used);
                Ok(())
            }
            avp::TGPP_RAT_TYPE => {
                self.rat_type = self.rat_type.or(inner.data.first().copied());
                Ok(())
            }
            avp::QOS_INFORMATION => quality(&mut self.qos_class, inner),
            avp::TGPP_REPORTING_REASON => once(&mut self.reporting_reason, inner, inner.u32()),
            avp::REFUND_INFORMATION => {
                let value: Result<_, AvpFault> = Ok(inner.data);
                once(&mut self.refund_information, inner, value)
            }
            _ => pass_over(inner),
        })?;
        if self.reporting_reason.is_none() {
            self.reporting_reason = self.used.iter().find_map(|used| used.reporting_reason);
        }
        Ok(())
    }
}
