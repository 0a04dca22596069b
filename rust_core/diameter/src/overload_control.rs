//! Diameter Overload Indication Conveyance (RFC 7683), reporting node: what an answer tells a client
//! that takes overload reports. The algorithm is loss, the one every client has (§6).

use crate::codec::{Message, MessageWriter};
use crate::dictionary as avp;

/// OLR_DEFAULT_ALGO: loss (§7.2).
const LOSS: u64 = 1;
/// HOST_REPORT: about requests whose server is this host (§7.6).
const HOST_REPORT: u32 = 0;

/// How much less the host wants to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverloadReport {
    /// OC-Sequence-Number: higher than that of every earlier report of the host (§7.4).
    pub sequence: u64,
    /// OC-Reduction-Percentage, of what the client would send; 0: the overload is over (§7.7).
    pub reduction_percentage: u32,
    /// OC-Validity-Duration, seconds; 0 ends the overload, too (§7.5).
    pub validity_seconds: u32,
}

/// Whether a request says that its client takes overload reports (§5.1.1).
#[must_use]
pub fn is_supported_by(request: &Message<'_>) -> bool {
    request.avps().find(avp::OC_SUPPORTED_FEATURES).is_some()
}

/// Appends to the answer that begins at `start` and is the last of `out` what a client that takes
/// overload reports is told: the algorithm in every answer (§5.1.2), the report while there is one.
pub fn tell(out: &mut Vec<u8>, start: usize, report: Option<OverloadReport>) {
    let mut writer = MessageWriter::reopen(out, start);
    writer.group(avp::OC_SUPPORTED_FEATURES, |features| {
        features.u64(avp::OC_FEATURE_VECTOR, LOSS);
    });
    if let Some(report) = report {
        writer.group(avp::OC_OLR, |group| {
            group.u64(avp::OC_SEQUENCE_NUMBER, report.sequence);
            group.u32(avp::OC_REPORT_TYPE, HOST_REPORT);
            group.u32(avp::OC_REDUCTION_PERCENTAGE, report.reduction_percentage);
            group.u32(avp::OC_VALIDITY_DURATION, report.validity_seconds);
        });
    }
    writer.finish();
}
