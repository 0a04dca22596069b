//! Indexes into a catalogue. Each is a position in the document's list of its kind, stable for one
//! document, so that journals may keep them beside the version they belong to.

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl $name {
            /// The compiler keeps every list within 16 bits.
            pub(crate) fn of(position: usize) -> Self {
                Self(u16::try_from(position).unwrap_or(u16::MAX))
            }

            pub(crate) const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A service.
    ServiceId
);
index!(
    /// A product. [`ProductId::NONE`] stands for a partner's rate tables, which are no product's.
    ProductId
);
index!(
    /// A rate table.
    TableId
);
index!(
    /// The rule of a bucket: allowance, quota or wallet.
    BucketRuleId
);
index!(
    /// An entry of a bucket's `pays`.
    PaysId
);
index!(
    /// A discount.
    DiscountId
);
index!(
    /// A partner: reseller or vendor.
    PartnerId
);

impl ProductId {
    /// No product: what a partner's rate tables decide.
    pub const NONE: Self = Self(u16::MAX);
}
