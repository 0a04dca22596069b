//! The engine of one node.

use crate::batch::{PyBatch, PyReleased, outcome_list, written};
use crate::errors::{CoreError, catalog_error, config_error, node_error};
use crate::traces::traced;
use openmvno_charging::{CommandRow, Uuid};
use openmvno_node::{EngineConfig, Node, Transport};
use openmvno_rating::Catalog;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};

fn uuid(bytes: &[u8]) -> PyResult<Uuid> {
    let id = bytes
        .try_into()
        .map_err(|_| CoreError::new_err("an identifier has 16 bytes"))?;
    Ok(Uuid(id))
}

/// The shard that owns a payer account.
#[pyfunction]
pub fn shard_of(tenant: &[u8], account: &[u8], shards: u16) -> PyResult<u16> {
    if shards == 0 {
        return Err(CoreError::new_err("shards must be at least 1"));
    }
    Ok(openmvno_charging::shard_of(
        uuid(tenant)?,
        uuid(account)?,
        shards,
    ))
}

/// Compiles a catalogue document and tells what is in it.
#[pyfunction]
pub fn check_catalog(py: Python<'_>, document: &[u8]) -> PyResult<String> {
    let catalog = py
        .detach(|| Catalog::compile(document))
        .map_err(|mistakes| catalog_error(&mistakes))?;
    let services: Vec<_> = catalog
        .services()
        .iter()
        .map(|service| &service.code)
        .collect();
    let products: Vec<_> = catalog
        .products()
        .iter()
        .map(|product| &product.code)
        .collect();
    let summary = serde_json::json!({
        "currency": catalog.currency().code(),
        "services": services,
        "products": products,
        "rates": catalog.rates().len(),
        "buckets": catalog.bucket_rules().iter().map(|rule| &rule.code).collect::<Vec<_>>(),
        "discounts": catalog.discount_rules().iter().map(|rule| &rule.code).collect::<Vec<_>>(),
        "partners": catalog.partners().iter().map(|partner| &partner.code).collect::<Vec<_>>(),
        "zones": catalog.zones(),
    });
    Ok(summary.to_string())
}

/// Checks a peer table.
#[pyfunction]
pub fn check_peers(table: &str) -> PyResult<()> {
    openmvno_node::check_peers(table).map_err(|error| CoreError::new_err(error.0))
}

#[pyclass(name = "Engine", module = "openmvno._core", frozen)]
pub struct PyEngine(Node);

#[pymethods]
impl PyEngine {
    #[new]
    fn new(config: &str) -> PyResult<Self> {
        let config = EngineConfig::from_json(config).map_err(|error| config_error(&error))?;
        Ok(Self(Node::new(config)))
    }

    fn load_catalog(
        &self,
        py: Python<'_>,
        tenant: &[u8],
        version: u64,
        document: &[u8],
    ) -> PyResult<()> {
        let tenant = uuid(tenant)?;
        py.detach(|| self.0.load_catalog(tenant, version, document))
            .map_err(|mistakes| catalog_error(&mistakes))
    }

    fn restore_slice(
        &self,
        py: Python<'_>,
        shard: u16,
        slice: i32,
        seq: u64,
        payload: &[u8],
    ) -> PyResult<()> {
        py.detach(|| self.0.restore_slice(shard, slice, seq, payload))
            .map_err(|error| node_error(&error))
    }

    fn replay_from(&self, shard: u16) -> PyResult<u64> {
        self.0
            .replay_from(shard)
            .map_err(|error| node_error(&error))
    }

    fn replay(&self, py: Python<'_>, rows: Vec<(u16, u64, Bound<'_, PyBytes>)>) -> PyResult<u64> {
        let rows: Vec<_> = rows
            .iter()
            .map(|(shard, seq, payload)| (*shard, *seq, payload.as_bytes()))
            .collect();
        py.detach(|| self.0.replay(&rows))
            .map_err(|error| node_error(&error))
    }

    fn journal_seq(&self, shard: u16) -> PyResult<u64> {
        self.0
            .journal_seq(shard)
            .map_err(|error| node_error(&error))
    }

    fn begin(&self, py: Python<'_>, shards: Vec<u16>, now_ms: i64) -> PyResult<()> {
        py.detach(|| self.0.begin(&shards, now_ms))
            .map_err(|error| node_error(&error))
    }

    fn give(&self, py: Python<'_>, shard: u16) -> PyResult<()> {
        py.detach(|| self.0.give(shard))
            .map_err(|error| node_error(&error))
    }

    fn follow(&self, py: Python<'_>, now_ms: i64) {
        py.detach(|| self.0.follow(now_ms));
    }

    fn set_owner(&self, shard: u16, owner: u64) {
        self.0.set_owner(shard, owner);
    }

    fn owner_of(&self, shard: u16) -> u64 {
        self.0.owner_of(shard)
    }

    fn owned_shards(&self) -> Vec<u16> {
        self.0.owned_shards()
    }

    fn set_forwarding(&self, on: bool) {
        self.0.set_forwarding(on);
    }

    fn link_up(&self, node: u64) {
        self.0.link_up(node);
    }

    fn link_down(&self, node: u64) {
        self.0.link_down(node);
    }

    fn outgoing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let batches = self.0.outgoing();
        let rows = batches.iter();
        PyList::new(
            py,
            rows.map(|(node, batch)| (*node, PyBytes::new(py, batch))),
        )
    }

    fn forward_answers(&self, py: Python<'_>, node: u64, batch: &[u8], now_ms: i64) -> PyReleased {
        PyReleased(py.detach(|| self.0.forward_answers(node, batch, now_ms)))
    }

    fn forward_turn(&self, py: Python<'_>, now_ms: i64) -> PyReleased {
        PyReleased(py.detach(|| self.0.forward_turn(now_ms)))
    }

    fn open_link(&self, origin_host: &str, origin_realm: &str) -> u32 {
        self.0.open_link(origin_host, origin_realm)
    }

    fn close_link(&self, link: u32) {
        self.0.close_link(link);
    }

    fn serve_link<'py>(
        &self,
        py: Python<'py>,
        link: u32,
        batch: &[u8],
        now_ms: i64,
    ) -> Bound<'py, PyBytes> {
        let out = py.detach(|| self.0.serve_link(link, batch, now_ms));
        PyBytes::new(py, &out)
    }

    #[pyo3(signature = (remote, local, certificate_names, now_ms))]
    fn connect(
        &self,
        remote: &str,
        local: &str,
        certificate_names: Option<Vec<String>>,
        now_ms: i64,
    ) -> PyResult<(u32, Option<u32>)> {
        let address = |text: &str| {
            let address = text.parse();
            address.map_err(|_| CoreError::new_err(format!("{text:?} is not an IP address")))
        };
        let transport = Transport {
            remote: address(remote)?,
            local: address(local)?,
            certificate_names,
        };
        Ok(self.0.connect(transport, now_ms))
    }

    fn feed<'py>(
        &self,
        py: Python<'py>,
        connection: u32,
        data: &[u8],
        now_ms: i64,
    ) -> (Bound<'py, PyBytes>, Option<String>, bool) {
        let (feed, pending) = py.detach(|| {
            let feed = self.0.feed(connection, data, now_ms);
            let pending = self.0.is_pending();
            (feed, pending)
        });
        (PyBytes::new(py, &feed.write), feed.close, pending)
    }

    fn disconnect(&self, connection: u32) -> Option<String> {
        self.0.disconnect(connection)
    }

    fn set_peers<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        now_ms: i64,
    ) -> PyResult<Bound<'py, PyList>> {
        let all = py
            .detach(|| self.0.set_peers(table, now_ms))
            .map_err(|error| CoreError::new_err(error.0))?;
        written(py, all)
    }

    fn peer_connections(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.peer_connections())
    }

    fn disconnect_peers<'py>(&self, py: Python<'py>, now_ms: i64) -> PyResult<Bound<'py, PyList>> {
        let all = py.detach(|| self.0.disconnect_peers(now_ms));
        written(py, all)
    }

    fn submit<'py>(
        &self,
        py: Python<'py>,
        number: u64,
        requests: Vec<Bound<'py, PyBytes>>,
        now_ms: i64,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let requests: Vec<&[u8]> = requests.iter().map(|one| one.as_bytes()).collect();
        let outcomes = py.detach(|| self.0.submit_all(number, &requests, now_ms));
        outcomes.map(|all| outcome_list(py, &all)).transpose()
    }

    fn abandon<'py>(&self, py: Python<'py>, number: u64) -> PyResult<Option<Bound<'py, PyList>>> {
        let outcomes = self.0.abandon(number);
        outcomes.map(|all| outcome_list(py, &all)).transpose()
    }

    #[pyo3(signature = (token, shard, seq, command_id, command, now_ms))]
    #[allow(clippy::too_many_arguments)]
    fn command(
        &self,
        py: Python<'_>,
        token: u64,
        shard: u16,
        seq: u64,
        command_id: &[u8],
        command: &[u8],
        now_ms: i64,
    ) -> PyResult<()> {
        let id = uuid(command_id)?;
        let json = std::str::from_utf8(command)
            .map_err(|_| CoreError::new_err("a command is JSON in UTF-8"))?;
        py.detach(|| {
            self.0
                .command(token, shard, CommandRow { seq, id, json }, now_ms)
        })
        .map_err(|error| node_error(&error))
    }

    fn command_seq(&self, shard: u16) -> PyResult<u64> {
        self.0
            .command_seq(shard)
            .map_err(|error| node_error(&error))
    }

    fn tick<'py>(&self, py: Python<'py>, now_ms: i64) -> PyResult<(Bound<'py, PyList>, bool)> {
        let (all, pending) = py.detach(|| {
            let all = self.0.tick(now_ms);
            let pending = self.0.is_pending();
            (all, pending)
        });
        Ok((written(py, all)?, pending))
    }

    fn balance<'py>(
        &self,
        py: Python<'py>,
        tenant: &[u8],
        account: &[u8],
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let json = self.0.balance(uuid(tenant)?, uuid(account)?);
        Ok(json.map(|json| PyBytes::new(py, json.as_bytes())))
    }

    fn sessions<'py>(
        &self,
        py: Python<'py>,
        tenant: &[u8],
        account: &[u8],
        line: &[u8],
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let json = self.0.sessions(uuid(tenant)?, uuid(account)?, uuid(line)?);
        Ok(json.map(|json| PyBytes::new(py, json.as_bytes())))
    }

    fn peer_clocks(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.peer_clocks())
    }

    fn trace_start(&self, subject: &[u8]) -> PyResult<Option<u64>> {
        self.0
            .trace_start(subject)
            .map_err(|error| CoreError::new_err(error.0))
    }

    fn trace_take<'py>(&self, py: Python<'py>, id: u64) -> PyResult<(Bound<'py, PyList>, u64)> {
        let (exchanges, dropped) = py.detach(|| self.0.trace_take(id));
        Ok((traced(py, &exchanges)?, dropped))
    }

    fn trace_stop(&self, id: u64) {
        self.0.trace_stop(id);
    }

    fn lookups<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let lookups = self.0.lookups();
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = lookups
            .into_iter()
            .map(|(id, lookup)| {
                let json = serde_json::to_vec(&lookup).unwrap_or_default();
                (id, PyBytes::new(py, &json)).into_pyobject(py)
            })
            .collect();
        PyList::new(py, rows?)
    }

    fn resume(&self, py: Python<'_>, lookup: u64, finding: &[u8], now_ms: i64) -> PyResult<()> {
        py.detach(|| self.0.resume(lookup, finding, now_ms))
            .map_err(|error| node_error(&error))
    }

    fn take_batch(&self, py: Python<'_>, now_ms: i64) -> Option<PyBatch> {
        let _ = now_ms;
        py.detach(|| self.0.take_batch()).map(PyBatch)
    }

    fn release(&self, py: Python<'_>, number: u64, now_ms: i64) -> PyResult<PyReleased> {
        py.detach(|| self.0.release(number, now_ms))
            .map(PyReleased)
            .map_err(|error| node_error(&error))
    }

    fn set_storage(&self, available: bool, now_ms: i64) {
        let _ = now_ms;
        self.0.set_storage(available);
    }

    fn snapshot_due<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyList>> {
        let slices = py.detach(|| self.0.snapshot_due(limit));
        let rows: PyResult<Vec<Bound<'py, PyTuple>>> = slices
            .into_iter()
            .map(|(shard, slice, seq, payload)| {
                (shard, slice, seq, PyBytes::new(py, &payload)).into_pyobject(py)
            })
            .collect();
        PyList::new(py, rows?)
    }

    fn statistics(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.statistics())
    }
}
