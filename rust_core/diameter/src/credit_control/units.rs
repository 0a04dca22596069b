//! Service units: what is asked for, granted and used (RFC 8506 §8.17 to §8.19).

use crate::codec::{Avp, AvpFault};
use crate::dictionary as avp;
use crate::failure::Failure;
use crate::walk::{Outcome, each_inside, once, pass_over};

/// An amount of money as it travels: `value_digits` × 10^`exponent` (RFC 8506 §8.8 and §8.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Value-Digits: the significant digits.
    pub value_digits: i64,
    /// Exponent, 0 when absent.
    pub exponent: i32,
    /// Currency-Code, the ISO 4217 number, when present.
    pub currency: Option<u32>,
}

/// Units of one Requested-, Granted- or Used-Service-Unit. All fields absent: an empty group, which
/// in a request leaves the size to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// CC-Time, seconds.
    pub time: Option<u32>,
    /// CC-Total-Octets.
    pub total_octets: Option<u64>,
    /// CC-Input-Octets: from the user.
    pub input_octets: Option<u64>,
    /// CC-Output-Octets: to the user.
    pub output_octets: Option<u64>,
    /// CC-Service-Specific-Units: events, messages.
    pub service_specific: Option<u64>,
    /// CC-Money, not negative.
    pub money: Option<Money>,
}

impl Units {
    /// Volume: CC-Total-Octets, or input plus output when a gateway reports only those.
    #[must_use]
    pub fn octets(&self) -> Option<u64> {
        match (self.total_octets, self.input_octets, self.output_octets) {
            (Some(total), _, _) => Some(total),
            (None, None, None) => None,
            (None, input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }

    /// Whether the group carries no unit at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One Used-Service-Unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsedUnits {
    /// What was used since the last report.
    pub units: Units,
    /// 3GPP-Reporting-Reason of these units (TS 32.299 §7.2.175).
    pub reporting_reason: Option<u32>,
    /// Tariff-Change-Usage: 0 before, 1 after the tariff change, 2 indeterminate.
    pub tariff_change_usage: Option<u32>,
}

/// Reads the only Requested- or Granted-Service-Unit of a message or service into its place.
pub(crate) fn read_units(slot: &mut Option<Units>, group: &Avp<'_>) -> Outcome {
    if slot.is_some() {
        return Err(Box::new(Failure::too_many(group)));
    }
    let units = slot.insert(Units::default());
    each_inside(group, |inner| match unit(units, inner)? {
        true => Ok(()),
        false => pass_over(inner),
    })?;
    check(group, units)
}

/// Reads a Used-Service-Unit into fresh `used`.
pub(crate) fn read_used_units(used: &mut UsedUnits, group: &Avp<'_>) -> Outcome {
    each_inside(group, |inner| {
        if unit(&mut used.units, inner)? {
            return Ok(());
        }
        match inner.id {
            // May occur several times here (TS 32.299 §7.2.212): the first one is the reason.
            avp::TGPP_REPORTING_REASON if used.reporting_reason.is_some() => Ok(()),
            avp::TGPP_REPORTING_REASON => once(&mut used.reporting_reason, inner, inner.u32()),
            avp::TARIFF_CHANGE_USAGE => once(&mut used.tariff_change_usage, inner, inner.u32()),
            _ => pass_over(inner),
        }
    })?;
    check(group, &used.units)
}

/// Takes `inner` if it is a unit.
#[inline]
fn unit(units: &mut Units, inner: &Avp<'_>) -> Outcome<bool> {
    match inner.id {
        avp::CC_TIME => once(&mut units.time, inner, inner.u32())?,
        avp::CC_TOTAL_OCTETS => once(&mut units.total_octets, inner, inner.u64())?,
        avp::CC_INPUT_OCTETS => once(&mut units.input_octets, inner, inner.u64())?,
        avp::CC_OUTPUT_OCTETS => once(&mut units.output_octets, inner, inner.u64())?,
        avp::CC_SERVICE_SPECIFIC_UNITS => {
            once(&mut units.service_specific, inner, inner.u64())?;
        }
        avp::CC_MONEY => {
            let money = read_money(inner)?;
            once(&mut units.money, inner, Ok(money))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Values no accounting can carry: input plus output beyond 64 bits.
fn check(group: &Avp<'_>, units: &Units) -> Outcome {
    let (input, output) = (units.input_octets, units.output_octets);
    if input
        .unwrap_or(0)
        .checked_add(output.unwrap_or(0))
        .is_none()
    {
        return Err(Box::new(Failure::invalid_value(group)));
    }
    Ok(())
}

/// Reads CC-Money. A negative amount can neither be asked for nor used.
fn read_money(group: &Avp<'_>) -> Outcome<Money> {
    let mut value = None;
    let mut currency = None;
    each_inside(group, |inner| match inner.id {
        avp::UNIT_VALUE => {
            let unit_value = read_unit_value(inner)?;
            once(&mut value, inner, Ok(unit_value))
        }
        avp::CURRENCY_CODE => once(&mut currency, inner, inner.u32()),
        _ => pass_over(inner),
    })?;
    let Some((value_digits, exponent)) = value else {
        let missing = Failure::missing(avp::UNIT_VALUE).within(group.id);
        return Err(Box::new(missing));
    };
    Ok(Money {
        value_digits,
        exponent,
        currency,
    })
}

/// Reads Unit-Value as digits and exponent.
fn read_unit_value(group: &Avp<'_>) -> Outcome<(i64, i32)> {
    let mut digits = None;
    let mut exponent = None;
    each_inside(group, |inner| match inner.id {
        avp::VALUE_DIGITS => {
            let value = match inner.i64() {
                Ok(negative) if negative < 0 => Err(AvpFault::Value),
                other => other,
            };
            once(&mut digits, inner, value)
        }
        avp::EXPONENT => once(&mut exponent, inner, inner.i32()),
        _ => pass_over(inner),
    })?;
    let Some(digits) = digits else {
        let missing = Failure::missing(avp::VALUE_DIGITS).within(group.id);
        return Err(Box::new(missing));
    };
    Ok((digits, exponent.unwrap_or(0)))
}
