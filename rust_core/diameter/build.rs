//! Turns `dictionary.csv` into constants and the lookup used by the decoder.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=dictionary.csv");
    println!("cargo::rerun-if-changed=build.rs");
    let table = fs::read_to_string("dictionary.csv").expect("dictionary.csv is readable");
    let rows: Vec<Row> = table.lines().skip(1).map(Row::parse).collect();
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("dictionary.rs");
    fs::write(out, generate(&rows)).expect("OUT_DIR is writable");
}

struct Row {
    name: String,
    code: u32,
    vendor: u32,
    kind: String,
    mandatory: bool,
}

impl Row {
    fn parse(line: &str) -> Self {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, code, vendor, kind, mandatory] = fields[..] else {
            panic!("dictionary.csv: five columns expected in {line:?}");
        };
        Self {
            name: name.to_owned(),
            code: code.parse().expect("dictionary.csv: code is a number"),
            vendor: vendor.parse().expect("dictionary.csv: vendor is a number"),
            kind: kind.to_owned(),
            mandatory: mandatory == "M",
        }
    }

    fn constant(&self) -> String {
        self.name
            .replace("3GPP-", "TGPP-")
            .replace('-', "_")
            .to_uppercase()
    }
}

fn generate(rows: &[Row]) -> String {
    let mut code = String::new();
    for row in rows {
        writeln!(
            code,
            "/// `{}`\npub const {}: AvpId = AvpId {{ code: {}, vendor: {} }};",
            row.name,
            row.constant(),
            row.code,
            row.vendor
        )
        .expect("writing to a string");
    }
    code.push_str(
        "pub(super) fn find(id: AvpId) -> Option<&'static Definition> {\n    match id {\n",
    );
    for row in rows {
        writeln!(
            code,
            "        {} => Some(&Definition {{ id: {}, name: {:?}, kind: AvpType::{}, mandatory: {} }}),",
            row.constant(),
            row.constant(),
            row.name,
            row.kind,
            row.mandatory
        )
        .expect("writing to a string");
    }
    code.push_str("        _ => None,\n    }\n}\n");
    let all: Vec<String> = rows.iter().map(Row::constant).collect();
    writeln!(
        code,
        "/// Every AVP of the dictionary, by vendor and code.\npub const ALL: &[AvpId] = &[{}];",
        all.join(", ")
    )
    .expect("writing to a string");
    code
}
