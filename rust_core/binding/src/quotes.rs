//! Prices without an engine: single quotes and rehearsals in bulk.

use crate::errors::{CoreError, catalog_error};
use openmvno_charging::{Direction, Rehearsal, RehearsedUsage};
use openmvno_node::CdrInputs;
use openmvno_rating::Catalog;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, PoisonError};

/// What a usage would cost, JSON in and out.
#[pyfunction]
pub fn quote<'py>(
    py: Python<'py>,
    document: &[u8],
    request: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let catalog = py
        .detach(|| Catalog::compile(document))
        .map_err(|mistakes| catalog_error(&mistakes))?;
    let answer = openmvno_charging::quote(&catalog, request)
        .map_err(|error| CoreError::new_err(error.to_string()))?;
    Ok(PyBytes::new(py, answer.to_string().as_bytes()))
}

/// A CDR made again from what it says, JSON in and out.
#[pyfunction]
pub fn explain<'py>(py: Python<'py>, document: &[u8], cdr: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let catalog = py
        .detach(|| Catalog::compile(document))
        .map_err(|mistakes| catalog_error(&mistakes))?;
    let answer = openmvno_charging::explain(&catalog, cdr)
        .map_err(|error| CoreError::new_err(error.to_string()))?;
    Ok(PyBytes::new(py, answer.to_string().as_bytes()))
}

/// A number in international digits, as a document's numbering has it.
#[pyfunction]
pub fn international(py: Python<'_>, document: &[u8], number: &str) -> PyResult<String> {
    let catalog = py
        .detach(|| Catalog::compile(document))
        .map_err(|mistakes| catalog_error(&mistakes))?;
    Ok(catalog.numbering().normalise(number).as_str().to_owned())
}

#[pyclass(name = "Rehearsal", module = "openmvno._core", frozen)]
pub struct PyRehearsal(Mutex<Rehearsal>);

/// Packed columns of equal length.
struct Columns<'a> {
    line: &'a [u8],
    service: &'a [u8],
    direction: &'a [u8],
    at: &'a [u8],
    usage: &'a [u8],
    rating_group: &'a [u8],
    destination: Texts<'a>,
    inputs: Texts<'a>,
}

/// One text, and where each row's part of it ends.
#[derive(Clone, Copy)]
struct Texts<'a> {
    all: &'a str,
    ends: &'a [u8],
}

#[pymethods]
impl PyRehearsal {
    #[new]
    fn new(py: Python<'_>, document: &[u8], lines: Vec<(String, Vec<String>)>) -> PyResult<Self> {
        let catalog = py
            .detach(|| Catalog::compile(document))
            .map_err(|mistakes| catalog_error(&mistakes))?;
        let rehearsal = Rehearsal::new(catalog, lines).map_err(|unknown| {
            CoreError::new_err(format!("the catalogue has no product {}", unknown.0))
        })?;
        Ok(Self(Mutex::new(rehearsal)))
    }

    #[allow(clippy::too_many_arguments)]
    fn rate<'py>(
        &self,
        py: Python<'py>,
        line: &[u8],
        service: &[u8],
        direction: &[u8],
        at: &[u8],
        usage: &[u8],
        rating_group: &[u8],
        destination: &[u8],
        destination_end: &[u8],
        inputs: &[u8],
        inputs_end: &[u8],
        wallets: bool,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let columns = Columns {
            line,
            service,
            direction,
            at,
            usage,
            rating_group,
            destination: Texts::of("destination", destination, destination_end)?,
            inputs: Texts::of("inputs", inputs, inputs_end)?,
        };
        let rows = columns.check()?;
        let rated = py.detach(|| {
            let mut rehearsal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            columns.rate(&mut rehearsal, rows, wallets)
        });
        let (amounts, results) =
            rated.map_err(|error| CoreError::new_err(format!("column inputs: {error}")))?;
        Ok((PyBytes::new(py, &amounts), PyBytes::new(py, &results)))
    }
}

impl<'a> Texts<'a> {
    fn of(name: &str, all: &'a [u8], ends: &'a [u8]) -> PyResult<Self> {
        let all = std::str::from_utf8(all)
            .map_err(|_| CoreError::new_err(format!("column {name} is UTF-8 text")))?;
        let mut begin = 0;
        for end in ends.chunks_exact(4) {
            let end = number(end) as usize;
            if end < begin || !all.is_char_boundary(end) {
                return Err(CoreError::new_err(format!(
                    "column {name}_end does not rise within the text"
                )));
            }
            begin = end;
        }
        Ok(Self { all, ends })
    }

    fn row(&self, row: usize) -> &'a str {
        let end = |row: usize| number(&self.ends[row * 4..row * 4 + 4]) as usize;
        let begin = row.checked_sub(1).map_or(0, end);
        &self.all[begin..end(row)]
    }
}

impl Columns<'_> {
    /// The number of rows.
    fn check(&self) -> PyResult<usize> {
        let rows = self.direction.len();
        let widths = [
            ("line", self.line.len(), 4),
            ("service", self.service.len(), 2),
            ("at", self.at.len(), 8),
            ("usage", self.usage.len(), 8),
            ("rating_group", self.rating_group.len(), 8),
            ("destination_end", self.destination.ends.len(), 4),
            ("inputs_end", self.inputs.ends.len(), 4),
        ];
        for (name, length, width) in widths {
            if length != rows * width {
                let message = format!("column {name} has {length} bytes, not {rows} × {width}");
                return Err(CoreError::new_err(message));
            }
        }
        if self.direction.iter().any(|&direction| direction > 2) {
            return Err(CoreError::new_err("column direction holds 0, 1 and 2"));
        }
        Ok(rows)
    }

    fn rate(
        &self,
        rehearsal: &mut Rehearsal,
        rows: usize,
        wallets: bool,
    ) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
        let mut amounts = Vec::with_capacity(rows * 8);
        let mut results = Vec::with_capacity(rows);
        for row in 0..rows {
            let inputs = CdrInputs::read(self.inputs.row(row))?;
            let usage = self.row(row, &inputs);
            rehearsal.begin(usage.at);
            let (amount, result) = if wallets {
                rehearsal.charge(&usage)
            } else {
                rehearsal.price(&usage)
            };
            amounts.extend_from_slice(&amount.to_le_bytes());
            results.push(result as u8);
        }
        Ok((amounts, results))
    }

    fn row<'b>(&'b self, row: usize, inputs: &'b CdrInputs<'_>) -> RehearsedUsage<'b> {
        RehearsedUsage {
            line: number(&self.line[row * 4..row * 4 + 4]),
            service: u16::from_le_bytes([self.service[row * 2], self.service[row * 2 + 1]]),
            direction: match self.direction[row] {
                0 => Direction::Originating,
                1 => Direction::Terminating,
                _ => Direction::Forwarded,
            },
            at: wide(self.at, row),
            usage: u64::from_le_bytes(wide(self.usage, row).to_le_bytes()),
            rating_group: u32::try_from(wide(self.rating_group, row)).ok(),
            destination: self.destination.row(row),
            context: inputs.context(),
            favourite: inputs.favourite(),
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(bytes);
    u32::from_le_bytes(value)
}

fn wide(column: &[u8], row: usize) -> i64 {
    let mut value = [0; 8];
    value.copy_from_slice(&column[row * 8..row * 8 + 8]);
    i64::from_le_bytes(value)
}
