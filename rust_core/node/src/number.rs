//! Telephone numbers as networks write them, brought to international digits.

use smallvec::SmallVec;

/// The digits of a number; at most 15 by ITU-T E.164, more are cut as no prefix is that long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits(SmallVec<[u8; 24]>);

impl Digits {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever pushed.
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// How national numbers become international ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberPlan {
    country_code: Vec<u8>,
}

impl NumberPlan {
    /// A plan for a country code; without one, national numbers keep their form.
    #[must_use]
    pub fn new(country_code: &str) -> Self {
        let digits = country_code.bytes().filter(u8::is_ascii_digit).take(3);
        Self {
            country_code: digits.collect(),
        }
    }

    /// The international digits of a `tel:` or `sip:` URI (RFC 3966 §3, RFC 3261 §19.1.6) or of a
    /// bare number: `+` and `00` mark an international number, a single `0` a national one.
    #[must_use]
    pub fn normalise(&self, address: &str) -> Digits {
        let number = user_part(address);
        let international = number.starts_with('+');
        let mut digits: SmallVec<[u8; 24]> =
            number.bytes().filter(u8::is_ascii_digit).take(24).collect();
        if international {
            return Digits(digits);
        }
        if digits.starts_with(b"00") {
            digits.drain(..2);
        } else if digits.first() == Some(&b'0') && !self.country_code.is_empty() {
            digits.remove(0);
            digits.insert_from_slice(0, &self.country_code);
        }
        Digits(digits)
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
        let plan = NumberPlan::new("+385");
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
        let plan = NumberPlan::new("385");
        assert_eq!(plan.normalise("112").as_str(), "112");
        assert_eq!(plan.normalise("sip:alice@example.com").as_str(), "");
        assert_eq!(NumberPlan::default().normalise("0911").as_str(), "0911");
    }
}
