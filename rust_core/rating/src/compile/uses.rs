//! Reading `rate_tables` of products and partners: which tables they use, and when.

use openmvno_money::Currency;
use serde_json::Value;

use crate::conditions::Conditions;
use crate::document::Object;
use crate::facts::Direction;
use crate::fields::reference;
use crate::ids::{ServiceId, TableId};
use crate::mistakes::Mistakes;
use crate::product::TableUse;

use super::calendars::Scope;
use super::conditions::{self, Names};
use super::tables::Tables;

/// A rate table where it is named.
pub(super) struct Used {
    pub(super) service: ServiceId,
    pub(super) direction: Direction,
    pub(super) table: TableUse,
    pub(super) path: String,
}

pub(super) type Uses = Vec<Used>;

/// Who uses a table first.
struct Owner {
    path: String,
    /// `None` for a product: the document's currency.
    partner: Option<Currency>,
}

pub(super) struct TableUses<'a> {
    names: &'a Names<'a>,
    pub(super) tables: &'a Tables,
    pub(super) whens: Vec<Conditions>,
    owners: Vec<Option<Owner>>,
}

impl<'a> TableUses<'a> {
    pub(super) fn new(names: &'a Names<'a>, tables: &'a Tables) -> Self {
        Self {
            names,
            tables,
            whens: Vec::new(),
            owners: tables.list.iter().map(|_| None).collect(),
        }
    }

    /// The tables an object names. `partner`: its currency, when the object is one.
    pub(super) fn read(
        &mut self,
        object: &Object<'_>,
        partner: Option<Currency>,
        mistakes: &mut Mistakes,
    ) -> Uses {
        let mut uses = Uses::new();
        for (path, value) in object.list("rate_tables", mistakes) {
            let Some(used) = self.table(value, path, mistakes) else {
                continue;
            };
            if uses
                .iter()
                .any(|earlier: &Used| self.hides(earlier.table, used.table))
            {
                mistakes.add(
                    &used.path,
                    "is in the list already, so it is never reached here",
                );
            }
            self.own(&used, partner, mistakes);
            uses.push(used);
        }
        uses
    }

    fn table(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) -> Option<Used> {
        let codes = &self.tables.codes;
        let (position, when) = if value.is_object() {
            let object = Object::open(value, path.clone(), &["table", "when"], mistakes)?;
            if object.get("table").is_none() {
                mistakes.add(&object.at("table"), "is required");
            }
            let position = object.get("table").and_then(|table| {
                reference(&object.at("table"), table, "rate table", codes, mistakes)
            });
            (position, self.when(&object, position, mistakes))
        } else {
            (reference(&path, value, "rate table", codes, mistakes), None)
        };
        let position = position?;
        let table = self.tables.list.get(position)?.as_ref()?;
        Some(Used {
            service: table.service,
            direction: table.direction,
            table: TableUse {
                table: TableId::of(position),
                when,
            },
            path,
        })
    }

    /// Index of the conditions of `when`; `None` when there are none.
    fn when(
        &mut self,
        object: &Object<'_>,
        table: Option<usize>,
        mistakes: &mut Mistakes,
    ) -> Option<u32> {
        let value = object.get("when")?;
        let when = Object::open(value, object.at("when"), conditions::FIELDS, mistakes)?;
        let table = table.and_then(|table| self.tables.list.get(table)?.as_ref());
        // Of a table that is not known no period is wrong.
        let scope = table.map_or(Scope::Anywhere, |table| Scope::Table(table.calendar));
        let conditions = conditions::read(&when, self.names, scope, mistakes);
        if conditions == Conditions::default() {
            return None;
        }
        self.whens.push(conditions);
        u32::try_from(self.whens.len() - 1).ok()
    }

    pub(super) fn conditions(&self, table: TableUse) -> Option<&Conditions> {
        self.whens.get(table.when? as usize)
    }

    /// Whether nothing is left for the later use of a table.
    fn hides(&self, earlier: TableUse, later: TableUse) -> bool {
        let same = earlier.table == later.table;
        same && (earlier.when.is_none() || self.conditions(earlier) == self.conditions(later))
    }

    /// A table has one currency: that of whoever uses it.
    fn own(&mut self, used: &Used, partner: Option<Currency>, mistakes: &mut Mistakes) {
        let owner = &mut self.owners[used.table.table.index()];
        let Some(first) = owner else {
            *owner = Some(Owner {
                path: used.path.clone(),
                partner,
            });
            return;
        };
        let mixed = match (first.partner, partner) {
            (None, None) => return,
            (Some(first), Some(now)) if first == now => return,
            (Some(first), Some(now)) => {
                format!("is priced in {} and in {}", first.code(), now.code())
            }
            _ => "is a partner's rate table and a product's".to_owned(),
        };
        mistakes.add(&used.path, format!("{mixed}: see {}", first.path));
    }
}
