//! The Python face of the core: the only crate that knows Python.
//!
//! Every call that does work releases the GIL in one doorway ([`py.detach`](pyo3::Python::detach)),
//! and every error becomes one of three exceptions in `errors`. What the calls mean stands in
//! `python/openmvno/_core.pyi`.

// What Python sees is documented in the stub, which a test compares with this module.
#![allow(missing_docs, unreachable_pub)]

mod batch;
mod engine;
mod errors;
mod expansion;
mod quotes;
mod radius;
mod traces;

use pyo3::pymodule;

#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::batch::{PyBatch, PyReleased};
    #[pymodule_export]
    use crate::engine::{PyEngine, check_catalog, check_peers, shard_of};
    #[pymodule_export]
    use crate::errors::{CatalogError, CoreError, Fenced};
    #[pymodule_export]
    use crate::expansion::{PyExpansion, PyLatestBalances, describe, expand};
    #[pymodule_export]
    use crate::quotes::{PyRehearsal, explain, international, quote};
    #[pymodule_export]
    use crate::radius::{PyGate, PyWork};
    #[pymodule_export]
    use crate::traces::PyTraced;
}
