//! Rules every level of a request obeys: readable lengths, no reserved flags, nothing unknown with
//! the M bit, at most one of each single AVP.

use crate::codec::{AVP_RESERVED, Avp, AvpFault, Avps};
use crate::dictionary::AvpType;
use crate::failure::Failure;

/// Failures are rare and large: a pointer keeps the common path small.
pub(crate) type Outcome<T = ()> = Result<T, Box<Failure>>;

/// Groups inside groups we do not read; deeper nesting is refused rather than followed.
const MAXIMUM_DEPTH: usize = 16;

/// Names and identifiers are kept as long as a session lives: longer ones are refused, octets.
const LONGEST_TEXT: usize = 1_024;

/// Calls `handle` for each AVP after checking its length and flags.
#[inline]
pub(crate) fn each<'a>(avps: Avps<'a>, mut handle: impl FnMut(&Avp<'a>) -> Outcome) -> Outcome {
    for item in avps {
        let avp = match item {
            Ok(avp) => avp,
            Err(faulty) => return Err(Box::new(Failure::invalid_length(&faulty))),
        };
        if avp.flags & AVP_RESERVED != 0 {
            return Err(Box::new(Failure::invalid_bits(&avp)));
        }
        handle(&avp)?;
    }
    Ok(())
}

/// Calls `handle` for each AVP inside `group`; a failure names the group too.
#[inline]
pub(crate) fn each_inside<'a>(group: &Avp<'a>, handle: impl FnMut(&Avp<'a>) -> Outcome) -> Outcome {
    each(group.grouped(), handle).map_err(|failure| Box::new(failure.within(group.id)))
}

/// Stores the only value of a single AVP.
#[inline]
pub(crate) fn once<T>(slot: &mut Option<T>, avp: &Avp<'_>, value: Result<T, AvpFault>) -> Outcome {
    if slot.is_some() {
        return Err(Box::new(Failure::too_many(avp)));
    }
    *slot = Some(read(avp, value)?);
    Ok(())
}

/// Stores the only value of a single AVP that must not be empty, nor longer than a name is.
#[inline]
pub(crate) fn once_text<'a>(slot: &mut &'a str, avp: &Avp<'a>) -> Outcome {
    if !slot.is_empty() {
        return Err(Box::new(Failure::too_many(avp)));
    }
    *slot = read(avp, avp.utf8())?;
    if slot.is_empty() || slot.len() > LONGEST_TEXT {
        return Err(Box::new(Failure::invalid_value(avp)));
    }
    Ok(())
}

/// The value, or the failure of an AVP that cannot be read as its type.
#[inline]
pub(crate) fn read<T>(avp: &Avp<'_>, value: Result<T, AvpFault>) -> Outcome<T> {
    value.map_err(|fault| Box::new(Failure::unreadable(avp, fault)))
}

/// Number of an Enumerated as one of its values.
#[inline]
pub(crate) fn enumerated<T>(
    avp: &Avp<'_>,
    from: impl FnOnce(u32) -> Option<T>,
) -> Result<T, AvpFault> {
    from(avp.u32()?).ok_or(AvpFault::Value)
}

/// Passes over an AVP we have no use for. Unknown ones with the M bit are refused (RFC 6733 §4.1),
/// also inside known groups that are mandatory themselves.
#[inline]
pub(crate) fn pass_over(avp: &Avp<'_>) -> Outcome {
    pass_over_at(avp, 0)
}

fn pass_over_at(avp: &Avp<'_>, depth: usize) -> Outcome {
    if !avp.is_mandatory() {
        return Ok(());
    }
    match avp.id.definition() {
        None => Err(Box::new(Failure::unsupported(avp))),
        Some(definition) if definition.kind == AvpType::Grouped => {
            if depth == MAXIMUM_DEPTH {
                return Err(Box::new(Failure::invalid_value(avp)));
            }
            each_inside(avp, |inner| pass_over_at(inner, depth + 1))
        }
        Some(_) => Ok(()),
    }
}
