//! Reading `rate_tables`.

use openmvno_money::Rounding;
use serde_json::Value;

use crate::document::Object;
use crate::fields::{Codes, code, effective, known, limited};
use crate::ids::ServiceId;
use crate::mistakes::Mistakes;
use crate::rate::Rate;
use crate::selectors::Effective;
use crate::table::{RateTable, Switch};

use super::conditions::{DIRECTIONS, Names};
use super::formulas::Formulas;
use super::rates::Rates;

#[derive(Default)]
pub(super) struct Tables {
    pub(super) codes: Codes,
    /// `None` for one whose service or direction is not known.
    pub(super) list: Vec<Option<RateTable>>,
    pub(super) rates: Vec<Rate>,
}

pub(super) fn read(
    document: &Object<'_>,
    rounding: Rounding,
    (names, formulas): (&Names<'_>, &Formulas),
    mistakes: &mut Mistakes,
) -> Tables {
    let mut tables = Tables::default();
    let mut rates = Rates::new(names, formulas, rounding);
    for (path, value) in limited(document.list("rate_tables", mistakes), mistakes) {
        tables.table(value, path, &mut rates, mistakes);
    }
    tables.rates = rates.list;
    tables
}

impl Tables {
    fn table(
        &mut self,
        value: &Value,
        path: String,
        rates: &mut Rates<'_>,
        mistakes: &mut Mistakes,
    ) {
        const FIELDS: &[&str] = &[
            "code",
            "service",
            "direction",
            "calendar",
            "switch",
            "effective_from",
            "effective_until",
            "rates",
        ];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        let code = code(&object, &mut self.codes, self.list.len(), mistakes);
        let services = &rates.names.services.codes;
        object.required_string("service", mistakes);
        let service = object
            .get("service")
            .filter(|service| service.is_string())
            .and_then(|_| known(&object, "service", "service", services, mistakes));
        let direction = object.choice("direction", Some(<_>::default()), DIRECTIONS, mistakes);
        let calendars = &rates.names.calendars.codes;
        let calendar = known(&object, "calendar", "calendar", calendars, mistakes);
        let calendar = calendar.and_then(|position| u16::try_from(position).ok());
        let switch = object.choice("switch", Some(Switch::default()), SWITCHES, mistakes);
        let effective = effective(&object, mistakes);
        let selectors = rates.read(&object, calendar, mistakes);
        let table = service
            .zip(direction)
            .map(|(service, direction)| RateTable {
                code: code.unwrap_or_default(),
                service: ServiceId::of(service),
                direction,
                calendar,
                switch: switch.unwrap_or_default(),
                effective: effective.unwrap_or(Effective::ALWAYS),
                selectors,
            });
        self.list.push(table);
    }
}

const SWITCHES: &[(&str, Switch)] = &[("split", Switch::Split), ("start", Switch::Start)];
