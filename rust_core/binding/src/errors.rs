//! The exceptions of the core.

use openmvno_node::{ConfigError, NodeError};
use openmvno_rating::Mistake;
use pyo3::exceptions::PyException;
use pyo3::{PyErr, create_exception};

create_exception!(
    openmvno._core,
    CoreError,
    PyException,
    "The call cannot be served; the message says what to do. Nothing has changed."
);
create_exception!(
    openmvno._core,
    CatalogError,
    CoreError,
    "A catalogue document does not compile. ``args[0]`` is a JSON array of {path, message}."
);
create_exception!(
    openmvno._core,
    Fenced,
    CoreError,
    "Another engine owns the journal now: drop this one's state and stop."
);

pub(crate) fn node_error(error: &NodeError) -> PyErr {
    CoreError::new_err(error.to_string())
}

pub(crate) fn config_error(error: &ConfigError) -> PyErr {
    CoreError::new_err(error.to_string())
}

pub(crate) fn catalog_error(mistakes: &[Mistake]) -> PyErr {
    let list: Vec<_> = mistakes
        .iter()
        .map(|mistake| serde_json::json!({"path": mistake.path, "message": mistake.message}))
        .collect();
    CatalogError::new_err(serde_json::Value::from(list).to_string())
}
