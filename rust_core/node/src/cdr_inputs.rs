//! The inputs of a CDR's price, read back from the JSON that tables hold.

use openmvno_charging::Context;
use serde::Deserialize;
use std::borrow::Cow;

/// What a price depended on, as far as it was not the usual; the reverse of what the expansion
/// writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CdrInputs<'a> {
    #[serde(borrow)]
    plmn: Cow<'a, str>,
    #[serde(borrow)]
    msc: Cow<'a, str>,
    #[serde(borrow)]
    cell: Cow<'a, str>,
    #[serde(borrow)]
    apn: Cow<'a, str>,
    #[serde(borrow)]
    slice: Cow<'a, str>,
    #[serde(borrow)]
    access_network: Cow<'a, str>,
    rat_type: Option<u8>,
    qos_class: Option<u8>,
    on_net: bool,
    cug: bool,
    favourite: bool,
}

impl<'a> CdrInputs<'a> {
    /// Reads the JSON; no text at all says nothing.
    ///
    /// # Errors
    /// When it is not what the expansion writes.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text)
    }

    /// Where and how the user was served; `None` when nothing is known of it.
    #[must_use]
    pub fn context(&self) -> Option<Context<'_>> {
        let context = Context {
            plmn: &self.plmn,
            msc: &self.msc,
            cell: &self.cell,
            apn: &self.apn,
            slice: &self.slice,
            access_network: &self.access_network,
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net: self.on_net,
            cug: self.cug,
        };
        context.if_known()
    }

    /// Whether the other party was on the line's Friends & Family list.
    #[must_use]
    pub const fn favourite(&self) -> bool {
        self.favourite
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let text = r#"{"plmn": "310260", "time_zone": "UTC", "rat_type": 6, "on_net": true}"#;
        let inputs = CdrInputs::read(text).expect("JSON");
        let context = inputs.context().expect("something is known");
        assert_eq!((context.plmn, context.rat_type), ("310260", Some(6)));
        assert!(context.on_net && !context.cug && !inputs.favourite());
        let nothing = CdrInputs::read("").expect("nothing");
        assert_eq!(nothing.context(), None);
        assert!(
            CdrInputs::read(r#"{"favourite": true}"#)
                .expect("JSON")
                .favourite()
        );
        assert!(CdrInputs::read("[").is_err());
    }
}
