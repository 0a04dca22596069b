//! What live traces saw.

use openmvno_node::Traced;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::sync::Arc;

/// One request of a traced subscriber and its answer.
#[pyclass(name = "Traced", module = "openmvno._core", frozen)]
pub struct PyTraced(Arc<Traced>);

#[pymethods]
impl PyTraced {
    #[getter]
    fn door(&self) -> &str {
        self.0.door
    }

    #[getter]
    fn peer(&self) -> &str {
        &self.0.peer
    }

    #[getter]
    fn session(&self) -> &str {
        &self.0.session
    }

    #[getter]
    fn shard(&self) -> Option<u16> {
        self.0.shard
    }

    #[getter]
    fn at(&self) -> i64 {
        self.0.at
    }

    #[getter]
    fn answered(&self) -> i64 {
        self.0.answered
    }

    #[getter]
    fn request<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.request)
    }

    #[getter]
    fn answer<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.answer)
    }

    #[getter]
    fn journal<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.journal)
    }

    #[getter]
    fn before(&self) -> &str {
        &self.0.before
    }

    #[getter]
    fn after(&self) -> &str {
        &self.0.after
    }
}

pub(crate) fn traced<'py>(
    py: Python<'py>,
    exchanges: &[Arc<Traced>],
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(
        py,
        exchanges
            .iter()
            .map(|exchange| PyTraced(Arc::clone(exchange))),
    )
}
