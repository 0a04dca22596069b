//! What an answer says of a grant beside its size, as the catalogue has it (TS 32.299 §6.5).

use openmvno_charging::{GrantTerms, Measure, ResultCode, UnitAnswer};
use openmvno_diameter::credit_control::{Filters, FinalUnit, RedirectAddressType};
use openmvno_diameter::peer::{Profile, Redirection};
use openmvno_rating::{self as rating, RedirectTo};

/// What happens when the grant is used up: the throttled profile of a used-up bucket, or the service's
/// last action.
pub(crate) fn final_unit<'a>(
    unit: &UnitAnswer,
    terms: Option<&GrantTerms<'a>>,
    profile: &Profile,
) -> Option<FinalUnit<'a>> {
    let rule = |terms: &GrantTerms<'a>| terms.catalog.bucket_rule(unit.throttle?);
    if let Some(rule) = terms.and_then(rule) {
        // A gateway that cannot restrict lets the usage go on all the same.
        return (profile.redirection == Redirection::Supported).then_some(FinalUnit::Throttle {
            filter_id: &rule.throttle,
        });
    }
    unit.last.then(|| {
        let decided = terms.map_or(FinalUnit::Terminate, |terms| action(terms.final_unit()));
        profile.final_unit(decided)
    })
}

/// The answer for a gateway that cannot lead a user elsewhere: without units there is nothing more.
pub(crate) fn as_told(unit: &UnitAnswer, profile: &Profile) -> UnitAnswer {
    let led = unit.last && unit.granted.is_none() && unit.result == ResultCode::SUCCESS;
    if !led || profile.redirection == Redirection::Supported {
        return *unit;
    }
    UnitAnswer {
        result: ResultCode::CREDIT_LIMIT_REACHED,
        last: false,
        validity: 0,
        ..*unit
    }
}

fn action(final_unit: &rating::FinalUnit) -> FinalUnit<'_> {
    match final_unit {
        rating::FinalUnit::Terminate => FinalUnit::Terminate,
        rating::FinalUnit::Redirect {
            to,
            address,
            filters,
        } => FinalUnit::Redirect {
            address_type: match to {
                RedirectTo::Ipv4 => RedirectAddressType::Ipv4,
                RedirectTo::Ipv6 => RedirectAddressType::Ipv6,
                RedirectTo::Url => RedirectAddressType::Url,
                RedirectTo::SipUri => RedirectAddressType::SipUri,
            },
            address,
            filters: reached(filters),
        },
        rating::FinalUnit::Restrict(filters) => FinalUnit::RestrictAccess(reached(filters)),
    }
}

fn reached(filters: &rating::Filters) -> Filters<'_> {
    Filters {
        ids: &filters.ids,
        rules: &filters.rules,
    }
}

/// Quota-Holding-Time, of a grant.
pub(crate) fn holding_time(unit: &UnitAnswer, terms: Option<&GrantTerms<'_>>) -> Option<u32> {
    unit.granted?;
    terms?.service.grant.holding_time_seconds
}

/// Trigger, of what is served.
pub(crate) fn triggers<'a>(unit: &UnitAnswer, terms: Option<&GrantTerms<'a>>) -> Option<&'a [u32]> {
    let served = unit.result == ResultCode::SUCCESS && unit.granted.is_some();
    terms
        .filter(|_| served)
        .and_then(|terms| terms.service.triggers.as_deref())
}

/// Time-, Volume- or Unit-Quota-Threshold, as the service counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Thresholds {
    pub(crate) time: Option<u32>,
    pub(crate) volume: Option<u32>,
    pub(crate) units: Option<u32>,
}

impl Thresholds {
    /// Of a grant that is larger, since the client would come back at once else, and not the last one,
    /// after which there is nothing to ask for.
    pub(crate) fn of(unit: &UnitAnswer, terms: Option<&GrantTerms<'_>>) -> Self {
        let threshold = terms.and_then(|terms| terms.service.grant.threshold);
        let granted = unit.granted.filter(|_| !unit.last).unwrap_or(0);
        let left = threshold.filter(|&left| u64::from(left) < granted);
        let none = Self::default();
        match unit.measure {
            Measure::Seconds => Self { time: left, ..none },
            Measure::Octets => Self {
                volume: left,
                ..none
            },
            Measure::Events => Self {
                units: left,
                ..none
            },
            Measure::Money => none,
        }
    }
}
