//! Batches and what they release.

use openmvno_node::{Batch, Outcomes, Released, Written};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

#[pyclass(name = "Batch", module = "openmvno._core", frozen)]
pub struct PyBatch(pub(crate) Batch);

#[pymethods]
impl PyBatch {
    #[getter]
    fn number(&self) -> u64 {
        self.0.number
    }

    #[getter]
    fn rows(&self) -> u32 {
        self.0.rows
    }

    #[getter]
    fn records(&self) -> u32 {
        self.0.records
    }

    #[getter]
    fn shards<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.shards)
    }

    #[getter]
    fn seqs<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.seqs)
    }

    #[getter]
    fn payloads<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.payloads)
    }
}

#[pyclass(name = "Released", module = "openmvno._core", frozen)]
pub struct PyReleased(pub(crate) Released);

#[pymethods]
impl PyReleased {
    #[getter]
    fn writes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let writes = self.0.writes.iter();
        PyList::new(py, writes.map(|(id, bytes)| (*id, PyBytes::new(py, bytes))))
    }

    #[getter]
    fn outcomes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let outcomes = self.0.outcomes.iter();
        PyList::new(
            py,
            outcomes.map(|(token, json)| (*token, PyBytes::new(py, json))),
        )
    }

    #[getter]
    fn bundles<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = self
            .0
            .bundles
            .iter()
            .map(|(number, outcomes)| (*number, outcome_list(py, outcomes)?).into_pyobject(py))
            .collect();
        PyList::new(py, rows?)
    }

    #[getter]
    fn spans<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.spans)
    }
}

/// (connection, bytes, close) triples.
pub(crate) fn written<'py>(py: Python<'py>, all: Vec<Written>) -> PyResult<Bound<'py, PyList>> {
    let rows: PyResult<Vec<Bound<'py, PyTuple>>> = all
        .into_iter()
        .map(|(id, bytes, close)| (id, PyBytes::new(py, &bytes), close).into_pyobject(py))
        .collect();
    PyList::new(py, rows?)
}

pub(crate) fn outcome_list<'py>(
    py: Python<'py>,
    outcomes: &Outcomes,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, outcomes.iter().map(|json| PyBytes::new(py, json)))
}
