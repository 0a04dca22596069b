//! Add-ons of equal precedence that price the same thing: which one decides would be chance.

use std::collections::BTreeMap;

use crate::conditions::Conditions;
use crate::facts::Direction;
use crate::ids::{ProductId, ServiceId};
use crate::mistakes::Mistakes;
use crate::product::{Product, ProductKind};
use crate::selectors::Effective;

use super::uses::{TableUses, Used, Uses};

type Subject<'a> = (u16, ServiceId, Direction, Option<&'a Conditions>);

struct Priced<'a> {
    product: ProductId,
    effective: Effective,
    used: &'a Used,
}

/// `used` stands beside `products`.
pub(super) fn check(
    products: &[Product],
    used: &[Uses],
    uses: &TableUses<'_>,
    mistakes: &mut Mistakes,
) {
    let mut subjects: BTreeMap<Subject<'_>, Vec<Priced<'_>>> = BTreeMap::new();
    for (position, (product, used)) in products.iter().zip(used).enumerate() {
        if product.kind != ProductKind::Addon {
            continue;
        }
        for used in used {
            let when = uses.conditions(used.table);
            let subject = (product.precedence, used.service, used.direction, when);
            let table = uses.tables.list.get(used.table.table.index());
            let effective = table.and_then(Option::as_ref).map(|table| table.effective);
            let new = Priced {
                product: ProductId::of(position),
                effective: effective.unwrap_or(Effective::ALWAYS),
                used,
            };
            let earlier = subjects.entry(subject).or_default();
            let clash = earlier.iter().find(|earlier| {
                earlier.product != new.product
                    && earlier.effective.overlaps(new.effective)
                    && product.excludes.binary_search(&earlier.product).is_err()
            });
            if let Some(clash) = clash {
                let message = format!(
                    "conflicts with {}: give one product a higher precedence, or let one exclude \
                     the other",
                    clash.used.path
                );
                mistakes.add(&used.path, message);
            }
            earlier.push(new);
        }
    }
}
