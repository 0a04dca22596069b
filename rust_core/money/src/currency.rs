//! ISO 4217 currencies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::currency_table::{CURRENCIES, Entry};

/// A currency of the ISO 4217 list, kept as its three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A code that is not in the ISO 4217 list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 currency")]
pub struct UnknownCurrency(String);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// From three capital letters.
    ///
    /// # Errors
    /// Any code outside the list, also in small letters.
    pub fn from_code(code: &str) -> Result<Self, UnknownCurrency> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .and_then(Self::from_bytes)
            .ok_or_else(|| UnknownCurrency(code.chars().take(16).collect()))
    }

    /// From the bytes of [`Currency::to_bytes`].
    #[must_use]
    pub fn from_bytes(code: [u8; 3]) -> Option<Self> {
        position(code).map(|_| Self(code))
    }

    /// From the numeric code, as in the Currency-Code AVP (RFC 8506 §8.11).
    ///
    /// # Errors
    /// A number outside the list.
    pub fn from_numeric(numeric: u16) -> Result<Self, UnknownCurrency> {
        CURRENCIES
            .iter()
            .find(|entry| entry.numeric == numeric)
            .map(|entry| Self(entry.code))
            .ok_or_else(|| UnknownCurrency(format!("{numeric:03}")))
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only codes of the table are ever stored, and these are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The three letters as bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        self.0
    }

    /// The ISO 4217 number, as in the Currency-Code AVP (RFC 8506 §8.11).
    #[must_use]
    pub fn numeric(self) -> u16 {
        self.entry().numeric
    }

    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn minor_digits(self) -> u8 {
        self.entry().minor_digits
    }

    fn entry(self) -> &'static Entry {
        // Construction went through `position`, so the fallback is never taken.
        &CURRENCIES[position(self.0).unwrap_or_default()]
    }
}

fn position(code: [u8; 3]) -> Option<usize> {
    CURRENCIES
        .binary_search_by_key(&code, |entry| entry.code)
        .ok()
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Currency({})", self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        Self::from_code(code)
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        Self::from_code(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}
