//! Products and partners: who names rate tables.

use openmvno_money::{Currency, Micros};
use serde::{Deserialize, Serialize};

use crate::facts::Direction;
use crate::ids::{BucketRuleId, DiscountId, ProductId, ServiceId, TableId};
use crate::service::FinalUnit;

/// What happens to usage beyond the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overrun {
    /// The operator bears it.
    #[default]
    Absorb,
    /// The customer owes it: the balance goes below zero.
    Debt,
}

/// What a product is to a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// A line has exactly one.
    #[default]
    Main,
    /// Beside the main product.
    Addon,
}

/// The Friends & Family list a product offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Favourites {
    /// How many numbers.
    pub limit: u16,
    /// How a number must begin: digits; none: any number.
    pub patterns: Vec<String>,
}

impl Favourites {
    /// Whether a number, international digits, may be on the list.
    #[must_use]
    pub fn allows(&self, digits: &str) -> bool {
        self.patterns.is_empty()
            || self
                .patterns
                .iter()
                .any(|pattern| digits.starts_with(pattern.as_str()))
    }
}

/// What a closed user group keeps its lines from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupBarring {
    /// Calls to numbers outside the group.
    pub outgoing_barred: bool,
    /// Calls from numbers outside the group.
    pub incoming_barred: bool,
}

/// A product of the catalogue.
#[derive(Clone, Debug)]
pub struct Product {
    /// Name in the catalogue.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// Main product or add-on.
    pub kind: ProductKind,
    /// Of add-ons: higher decides first. 0 of main products.
    pub precedence: u16,
    /// What happens to usage beyond the balance.
    pub overrun: Overrun,
    /// The buckets it grants.
    pub buckets: Vec<BucketRuleId>,
    /// Its discounts; the first that applies counts.
    pub discounts: Vec<DiscountId>,
    /// The main products an add-on may be added to, ascending; none: any.
    pub requires: Vec<ProductId>,
    /// The products it may not stand beside, ascending, whichever of the two says so.
    pub excludes: Vec<ProductId>,
    /// A line may have it more than once.
    pub multiple: bool,
    /// What an add-on costs when a line gets it; 0 of main products.
    pub price: Micros,
    /// Its Friends & Family list.
    pub favourites: Option<Favourites>,
    /// What it bars in closed user groups.
    pub closed_user_group: Option<GroupBarring>,
    /// What the client does when the last units of a service are used up, where it is not what the
    /// service says.
    pub final_units: Vec<(ServiceId, FinalUnit)>,
    pub(crate) tables: TableLists,
}

/// What a partner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerRole {
    /// Buys from the operator and sells on.
    Reseller,
    /// Sells to the operator.
    Vendor,
}

/// A party each usage is charged to, or costed by, beside the customer.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Name in the catalogue.
    pub code: String,
    /// What it is.
    pub role: PartnerRole,
    /// The currency of its rate tables.
    pub currency: Currency,
    pub(crate) tables: TableLists,
}

/// A rate table where a product or partner names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableUse {
    pub(crate) table: TableId,
    /// Index of its conditions in the catalogue; `None`: always.
    pub(crate) when: Option<u32>,
}

/// The tables of a product or partner, by service and direction, each in the order of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableLists(Vec<[Vec<TableUse>; 3]>);

impl TableLists {
    pub(crate) fn add(&mut self, service: ServiceId, direction: Direction, table: TableUse) {
        if self.0.len() <= service.index() {
            self.0.resize_with(service.index() + 1, Default::default);
        }
        self.0[service.index()][direction as usize].push(table);
    }

    pub(crate) fn get(&self, service: ServiceId, direction: Direction) -> &[TableUse] {
        self.0
            .get(service.index())
            .map_or(&[], |directions| &directions[direction as usize])
    }

    /// Whether there is a table of the service in any direction.
    pub(crate) fn sells(&self, service: ServiceId) -> bool {
        self.0
            .get(service.index())
            .is_some_and(|directions| directions.iter().any(|tables| !tables.is_empty()))
    }
}
