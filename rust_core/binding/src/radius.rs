//! The RADIUS door's mapping.

use crate::errors::CoreError;
use openmvno_charging::IdentityKind;
use openmvno_node::{Chain, Drained, Gate, Socket};
use openmvno_radius::Port;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[pyclass(name = "RadiusGate", module = "openmvno._core", frozen)]
pub struct PyGate(Mutex<Gate>);

#[pyclass(name = "RadiusWork", module = "openmvno._core", frozen)]
pub struct PyWork(Drained);

/// Which of the identities asked about is a line's, and its password.
type Found = Option<(usize, Vec<u8>)>;

type Datagram<'py> = (Bound<'py, PyBytes>, Bound<'py, PyTuple>);

#[pymethods]
impl PyGate {
    #[new]
    fn new(country_code: &str) -> Self {
        Self(Mutex::new(Gate::new(country_code)))
    }

    fn set_clients(&self, clients: &[u8]) -> PyResult<()> {
        self.gate().set_clients(clients).map_err(CoreError::new_err)
    }

    fn receive(
        &self,
        py: Python<'_>,
        accounting: bool,
        datagrams: Vec<Datagram<'_>>,
        now_ms: i64,
    ) -> PyResult<PyWork> {
        let port = if accounting {
            Port::Accounting
        } else {
            Port::Authentication
        };
        let all = sources(&datagrams)?;
        Ok(self.work(py, |gate| {
            for (source, datagram) in &all {
                gate.receive(port, *source, datagram, now_ms);
            }
        }))
    }

    fn outcomes(
        &self,
        py: Python<'_>,
        ids: Vec<u64>,
        outcomes: Vec<Bound<'_, PyBytes>>,
        now_ms: i64,
    ) -> PyWork {
        let outcomes: Vec<&[u8]> = outcomes.iter().map(|one| one.as_bytes()).collect();
        self.work(py, |gate| {
            for (id, outcome) in ids.iter().zip(&outcomes) {
                gate.outcome(*id, outcome, now_ms);
            }
        })
    }

    fn found(&self, py: Python<'_>, lines: Vec<(u64, Found)>, now_ms: i64) -> PyWork {
        self.work(py, |gate| {
            for (id, line) in lines {
                gate.found(id, line, now_ms);
            }
        })
    }

    fn chain(
        &self,
        py: Python<'_>,
        id: u64,
        bases: Vec<u64>,
        recorded: u64,
        now_ms: i64,
    ) -> PyWork {
        self.work(py, |gate| gate.chain(id, Chain { bases, recorded }, now_ms))
    }

    fn give_up(&self, ids: Vec<u64>) {
        let mut gate = self.gate();
        for id in ids {
            gate.give_up(id);
        }
    }

    fn answered(&self, datagrams: Vec<Datagram<'_>>) -> PyResult<()> {
        let mut gate = self.gate();
        for (source, datagram) in sources(&datagrams)? {
            gate.answered(source, datagram);
        }
        Ok(())
    }

    fn tick(&self, py: Python<'_>, now_ms: i64) -> PyWork {
        self.work(py, |gate| gate.tick(now_ms))
    }

    fn statistics(&self, py: Python<'_>) -> String {
        py.detach(|| self.gate().statistics())
    }
}

impl PyGate {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, py: Python<'_>, work: impl FnOnce(&mut Gate) + Send) -> PyWork {
        PyWork(py.detach(|| {
            let mut gate = self.gate();
            work(&mut gate);
            gate.drain()
        }))
    }
}

/// Datagrams with the addresses that asyncio gives with them.
fn sources<'a>(datagrams: &'a [Datagram<'_>]) -> PyResult<Vec<(SocketAddr, &'a [u8])>> {
    let source = |(datagram, address): &'a Datagram<'_>| {
        let host = address.get_item(0)?;
        let host: IpAddr = host
            .extract::<&str>()?
            .parse()
            .map_err(|_| CoreError::new_err("an IP address and a port are expected"))?;
        let port: u16 = address.get_item(1)?.extract()?;
        Ok((SocketAddr::new(host, port), datagram.as_bytes()))
    };
    datagrams.iter().map(source).collect()
}

#[pymethods]
impl PyWork {
    #[getter]
    fn sends<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = self
            .0
            .sends
            .iter()
            .map(|out| {
                let socket = match out.socket {
                    Socket::Authentication => 0u8,
                    Socket::Accounting => 1,
                    Socket::Dynamic => 2,
                };
                let to = (out.to.ip().to_string(), out.to.port());
                (socket, PyBytes::new(py, &out.datagram), to).into_pyobject(py)
            })
            .collect();
        PyList::new(py, rows?)
    }

    #[getter]
    fn ids(&self) -> Vec<u64> {
        self.0.requests.iter().map(|(id, _)| *id).collect()
    }

    #[getter]
    fn requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let requests = self.0.requests.iter();
        PyList::new(py, requests.map(|(_, json)| PyBytes::new(py, json)))
    }

    #[getter]
    fn lookups(&self) -> Vec<(u64, Vec<(&'static str, String)>)> {
        let word = |kind: &IdentityKind| match kind {
            IdentityKind::Msisdn => "msisdn",
            IdentityKind::Imsi => "imsi",
        };
        let lookups = self.0.lookups.iter();
        lookups
            .map(|(id, candidates)| {
                let named = candidates.iter();
                let named = named.map(|(kind, digits)| (word(kind), digits.clone()));
                (*id, named.collect())
            })
            .collect()
    }

    #[getter]
    fn searches(&self) -> Vec<(u64, String)> {
        self.0.searches.clone()
    }
}
