//! The journal for the materialiser and for people.

use crate::errors::CoreError;
use openmvno_node::Expansion;
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
    fn balances<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = self
            .0
            .balances
            .iter()
            .map(|row| {
                let tenant = PyBytes::new(py, &row.tenant.0);
                let account = PyBytes::new(py, &row.account.0);
                (
                    tenant,
                    account,
                    row.currency.as_str(),
                    row.balance,
                    row.as_of,
                )
                    .into_pyobject(py)
            })
            .collect();
        PyList::new(py, rows?)
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
