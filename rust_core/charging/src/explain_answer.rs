//! What explaining a charge answers.

use crate::cdr::CdrPart;
use crate::explain_parts::Checked;
use crate::explain_price::{Finder, Found};
use crate::explain_record::{Recorded, RecordedCharge};
use crate::quote_answer::{hundredths, major_units, payer_text, price_text};
use openmvno_rating::Catalog;
use serde_json::{Value, json};

/// An explanation on its way.
#[derive(Debug)]
pub(crate) struct Explained<'a> {
    record: &'a Recorded,
    recomputed: Option<i64>,
    differences: Vec<String>,
    steps: Vec<Value>,
    parts: Vec<Checked<'a>>,
    partners: Vec<Value>,
}

impl<'a> Explained<'a> {
    pub(crate) fn new(record: &'a Recorded) -> Self {
        Self {
            record,
            recomputed: None,
            differences: Vec::new(),
            steps: Vec::new(),
            parts: Vec::new(),
            partners: Vec::new(),
        }
    }

    pub(crate) fn differs(&mut self, difference: String) {
        self.differences.push(difference);
    }

    pub(crate) fn step(&mut self, name: &str, text: String) {
        self.steps.push(json!({"step": name, "text": text}));
    }

    /// What the whole charge comes to, micros.
    pub(crate) fn recompute(&mut self, amount: Option<i64>) {
        self.recomputed = amount;
    }

    /// All of it in one stretch at one price, paid by the balance.
    pub(crate) fn whole(
        &mut self,
        finder: &Finder<'_, 'a>,
        found: &Found<'a>,
        (billed, recorded, cost): (u64, i64, Option<i64>),
    ) {
        let catalog = finder.rater.catalog;
        let table = catalog.table(found.guided.table);
        let part = CdrPart {
            payer: "balance",
            code: "",
            bucket: None,
            money: true,
            rate: &self.record.rate,
            table: table.map_or("", |table| &table.code),
            period: catalog.period_code(found.guided.period),
            from: 0,
            to: billed,
            cost: recorded,
            discount: 0,
            continuing: false,
            since: self.record.began(),
            origin: 0,
            entry: None,
            covered: 0,
        };
        let one = Checked {
            part,
            found: Some(*found),
            discount: None,
            recomputed: cost,
            why: None,
        };
        self.price_steps(finder, std::slice::from_ref(&one));
        self.parts.push(one);
    }

    /// The parts, each with what it comes to; those that differ are told.
    pub(crate) fn parts(&mut self, finder: &Finder<'_, 'a>, parts: Vec<Checked<'a>>) {
        self.price_steps(finder, &parts);
        let differ = parts.iter().filter_map(Checked::difference);
        self.differences.extend(differ);
        self.parts = parts;
    }

    fn price_steps(&mut self, finder: &Finder<'_, 'a>, parts: &[Checked<'a>]) {
        let catalog = finder.rater.catalog;
        let own = finder.rater.products.first();
        let mut last = None;
        for one in parts {
            let part = &one.part;
            let price = (part.table, part.rate, part.period, part.since);
            if let Some(found) = one.found.filter(|_| last != Some(price)) {
                last = Some(price);
                let mut text = price_text(part, finder.rater.facts.destination);
                if own != Some(&found.product) {
                    let product = catalog.product(found.product);
                    let code = product.map_or("", |product| product.code.as_str());
                    text.push_str(&format!(", which product {code} has"));
                }
                self.step("price", text);
            }
            let mut text = payer_text(part, catalog);
            if let Some(code) = one.discount {
                text.push_str(&format!(" by {code}"));
            }
            if part.money || one.recomputed.is_some() {
                self.step("payer", text);
            } else {
                self.step(
                    "payer",
                    format!("{text}; taken as recorded: the record does not say by which entry"),
                );
            }
        }
    }

    pub(crate) fn partner(&mut self, charge: &RecordedCharge, recomputed: Option<i64>) {
        if recomputed != Some(charge.amount_micros) {
            let now = recomputed.map_or("nothing".to_owned(), |amount| amount.to_string());
            self.differs(format!(
                "partner {}: {} micros are recorded, {now} recomputed",
                charge.code, charge.amount_micros
            ));
        }
        self.partners.push(json!({
            "code": charge.code,
            "currency": charge.currency,
            "recorded_micros": charge.amount_micros,
            "recomputed_micros": recomputed,
        }));
    }

    /// The answer's JSON.
    pub(crate) fn json(mut self, catalog: &Catalog) -> Value {
        let recorded = self.record.amount_micros;
        if self.recomputed != Some(recorded) {
            let now = self.recomputed.map_or_else(
                || "it could not be recomputed".to_owned(),
                |amount| format!("{} recomputed", major_units(amount)),
            );
            let sum = format!("the charge: {} is recorded, {now}", major_units(recorded));
            self.differences.insert(0, sum);
        }
        let equal = self.differences.is_empty();
        let currency = catalog.currency();
        let currency = currency.code();
        let verdict = if equal {
            format!(
                "the charge is {} {currency}, as recorded",
                major_units(recorded)
            )
        } else {
            "NOT EQUAL: the record does not follow from the catalogue it names".to_owned()
        };
        self.step("result", verdict);
        json!({
            "equal": equal,
            "recorded_micros": recorded,
            "recomputed_micros": self.recomputed,
            "currency": currency,
            "differences": self.differences,
            "steps": self.steps,
            "parts": self.parts.iter().map(part_json).collect::<Vec<_>>(),
            "partners": self.partners,
        })
    }
}

fn part_json(one: &Checked<'_>) -> Value {
    let part = &one.part;
    let payer = match part.code {
        "" => part.payer.to_owned(),
        code => format!("{}:{code}", part.payer),
    };
    let shown = |cost: i64| {
        if part.money {
            major_units(cost)
        } else {
            cost.to_string()
        }
    };
    json!({
        "payer": payer,
        "rate": part.rate,
        "table": part.table,
        "period": part.period,
        "from": part.origin + part.from,
        "to": part.origin + part.to,
        "units": part.to.saturating_sub(part.from),
        "discount_percent": hundredths(i64::from(part.discount)),
        "cost": shown(part.cost),
        "recomputed": one.recomputed.map(shown),
        "equal": one.why.is_none() && one.recomputed.is_none_or(|cost| cost == part.cost),
    })
}
