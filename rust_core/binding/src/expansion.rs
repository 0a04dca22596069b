//! The journal for the materialiser and for people.

use crate::errors::CoreError;
use openmvno_node::{Expansion, LatestBalances};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::collections::BTreeMap;

#[pyclass(name = "Expansion", module = "openmvno._core", frozen)]
pub struct PyExpansion(Expansion);

#[pymethods]
impl PyExpansion {
    #[getter]
    fn cdr_copy<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.cdr_copy)
    }

    #[getter]
    fn cdr_count(&self) -> u64 {
        self.0.cdr_count
    }

    #[getter]
    fn posting_copy<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.posting_copy)
    }

    #[getter]
    fn posting_count(&self) -> u64 {
        self.0.posting_count
    }

    #[getter]
    fn event_copy<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.event_copy)
    }

    #[getter]
    fn event_count(&self) -> u64 {
        self.0.event_count
    }

    #[getter]
    fn outcomes(&self) -> Vec<(u16, u64, String)> {
        self.0.outcomes.clone()
    }

    #[getter]
    fn records(&self) -> u64 {
        self.0.records
    }

    #[getter]
    fn charged(&self) -> BTreeMap<String, i64> {
        self.0.charged.clone()
    }

    #[getter]
    fn sums<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = self
            .0
            .sums
            .iter()
            .map(|sum| {
                (
                    PyBytes::new(py, &sum.tenant.0),
                    sum.minute,
                    sum.measure.as_str(),
                    sum.kind.as_str(),
                    sum.detail.as_str(),
                    sum.currency.as_str(),
                    sum.events,
                    sum.usage.to_string(),
                    sum.amount.to_string(),
                )
                    .into_pyobject(py)
            })
            .collect();
        PyList::new(py, rows?)
    }
}

#[pyclass(name = "LatestBalances", module = "openmvno._core")]
#[derive(Default)]
pub struct PyLatestBalances(LatestBalances);

#[pymethods]
impl PyLatestBalances {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn collect(&mut self, expansion: &PyExpansion) {
        self.0.collect(&expansion.0.balances);
    }

    fn collect_older(&mut self, older: &Self) {
        self.0.collect_older(&older.0);
    }

    fn copies<'py>(&self, py: Python<'py>, rows: usize) -> Vec<Bound<'py, PyBytes>> {
        let copies = py.detach(|| self.0.copies(rows));
        copies.iter().map(|copy| PyBytes::new(py, copy)).collect()
    }
}

/// Expands journal rows into the rows they stand for.
#[pyfunction]
pub fn expand(py: Python<'_>, rows: Vec<(u16, u64, Bound<'_, PyBytes>)>) -> PyResult<PyExpansion> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(shard, seq, payload)| (*shard, *seq, payload.as_bytes()))
        .collect();
    py.detach(|| openmvno_node::expand(rows.iter().copied()))
        .map(PyExpansion)
        .map_err(|error| CoreError::new_err(error.to_string()))
}

/// The records of a journal payload as JSON.
#[pyfunction]
pub fn describe(py: Python<'_>, payload: &[u8]) -> PyResult<String> {
    py.detach(|| openmvno_node::describe(payload))
        .map_err(|error| CoreError::new_err(error.to_string()))
}
