//! Telephone numbers as networks write them, brought to international digits.

use smallvec::SmallVec;

/// Digits kept of a number: 15 by ITU-T E.164, and room for a carrier's prefix before them.
const LONGEST: usize = 32;

/// The digits of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digits(SmallVec<[u8; LONGEST]>);

impl Digits {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever pushed.
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// `head` in place of the first `cut` digits.
    fn with_head(mut self, head: &[u8], cut: usize) -> Self {
        self.0.drain(..cut);
        self.0.insert_from_slice(0, head);
        self.0.truncate(LONGEST);
        self
    }
}

/// How a catalogue's numbers become international digits without `+`. Without rules (the default) `+` is
/// dropped and nothing else changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    pub(crate) country_code: String,
    pub(crate) international_prefixes: Vec<String>,
    pub(crate) national_prefix: Option<String>,
    /// Prefix and what stands in its place, longest first.
    pub(crate) replace: Vec<(String, String)>,
    pub(crate) short_numbers: usize,
}

impl Numbering {
    /// What holds where a catalogue has no numbering: `00` marks an international number and, where
    /// a country code is given, `0` a national one.
    #[must_use]
    pub fn of_country(code: &str) -> Self {
        let digits = code.bytes().filter(u8::is_ascii_digit).take(3);
        let country_code: String = digits.map(char::from).collect();
        Self {
            national_prefix: (!country_code.is_empty()).then(|| "0".to_owned()),
            country_code,
            international_prefixes: vec!["00".to_owned()],
            ..Self::default()
        }
    }

    /// Whether there are any rules.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        *self != Self::default()
    }

    /// The international digits of a `tel:` or `sip:` URI (RFC 3966 §3, RFC 3261 §19.1.6) or of a bare
    /// number. In this order: a leading `+` means international; the longest prefix of `replace`; short
    /// numbers stay; international prefix; national prefix; anything else is international already.
    #[must_use]
    pub fn normalise(&self, raw: &str) -> Digits {
        let number = user_part(raw);
        let all = number.bytes().filter(u8::is_ascii_digit);
        let digits = Digits(all.take(LONGEST).collect());
        if number.starts_with('+') {
            return digits;
        }
        let begins = |prefix: &str| digits.0.starts_with(prefix.as_bytes());
        if let Some((prefix, with)) = self.replace.iter().find(|(prefix, _)| begins(prefix)) {
            return digits.with_head(with.as_bytes(), prefix.len());
        }
        if digits.0.len() <= self.short_numbers {
            return digits;
        }
        let international = self.international_prefixes.iter();
        let international = international
            .filter(|prefix| begins(prefix))
            .map(String::len)
            .max();
        let national = self.national_prefix.as_ref();
        let national = national.filter(|prefix| begins(prefix)).map(String::len);
        // `00` and `0` both begin 0049…: the longer one is meant.
        match (international, national) {
            (Some(cut), other) if other.is_none_or(|other| other <= cut) => {
                digits.with_head(b"", cut)
            }
            (_, Some(cut)) => digits.with_head(self.country_code.as_bytes(), cut),
            _ => digits,
        }
    }
}

/// What stands between the scheme and `@`, `;` or `?`.
fn user_part(address: &str) -> &str {
    let address = address.trim();
    let rest = ["tel:", "sip:", "sips:"]
        .iter()
        .find_map(|scheme| {
            let head = address.get(..scheme.len())?;
            head.eq_ignore_ascii_case(scheme)
                .then(|| &address[scheme.len()..])
        })
        .unwrap_or(address);
    rest.split(['@', ';', '?']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_number() {
        let plan = Numbering::of_country("+385");
        for address in [
            "+385911234567",
            "tel:+385-91-123-4567",
            "sip:+385911234567@ims.example;user=phone",
            "SIP:00385911234567@ims.example",
            "0911234567",
            "tel:(091) 123.4567;phone-context=+385",
            "385911234567",
        ] {
            assert_eq!(
                plan.normalise(address).as_str(),
                "385911234567",
                "{address}"
            );
        }
    }

    #[test]
    fn short_codes_and_names_stay() {
        let plan = Numbering::of_country("385");
        assert_eq!(plan.normalise("112").as_str(), "112");
        assert_eq!(plan.normalise("sip:alice@example.com").as_str(), "");
        assert_eq!(Numbering::of_country("").normalise("0911").as_str(), "0911");
    }
}
