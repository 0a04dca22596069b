//! Reading `partners`.

use crate::document::Object;
use crate::fields::{Codes, code, currency, limited};
use crate::mistakes::Mistakes;
use crate::product::{Partner, PartnerRole, TableLists};

use super::uses::TableUses;

#[derive(Default)]
pub(super) struct Partners {
    pub(super) codes: Codes,
    pub(super) list: Vec<Partner>,
}

pub(super) fn read(
    document: &Object<'_>,
    uses: &mut TableUses<'_>,
    mistakes: &mut Mistakes,
) -> Partners {
    const FIELDS: &[&str] = &["code", "role", "currency", "rate_tables"];
    let mut partners = Partners::default();
    for (path, value) in limited(document.list("partners", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let code = code(&object, &mut partners.codes, partners.list.len(), mistakes);
        let role = object.choice("role", None, ROLES, mistakes);
        let Some(currency) = currency(&object, mistakes) else {
            continue;
        };
        let mut tables = TableLists::default();
        for used in uses.read(&object, Some(currency), mistakes) {
            tables.add(used.service, used.direction, used.table);
        }
        partners.list.push(Partner {
            code: code.unwrap_or_default(),
            role: role.unwrap_or(PartnerRole::Vendor),
            currency,
            tables,
        });
    }
    partners
}

const ROLES: &[(&str, PartnerRole)] = &[
    ("reseller", PartnerRole::Reseller),
    ("vendor", PartnerRole::Vendor),
];
