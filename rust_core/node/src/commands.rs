//! Rows of `engine_command`.

use crate::directory::identities_of;
use crate::shard_cell::ShardCore;
use openmvno_charging::{CommandRow, Identity, Uuid};

use crate::node::{Node, NodeError};

impl Node {
    /// The next `engine_command` row of a shard. A row already applied is ignored.
    ///
    /// # Errors
    /// [`NodeError::CommandGap`] when it is not the next.
    pub fn command(
        &self,
        token: u64,
        shard: u16,
        row: CommandRow<'_>,
        now: i64,
    ) -> Result<(), NodeError> {
        let mut core = self.cell(shard)?.lock();
        let core = &mut *core;
        if !core.owned {
            return Err(NodeError::NotOwned(shard));
        }
        let expected = core.shard.command_seq() + 1;
        if row.seq < expected {
            return Ok(());
        }
        if row.seq > expected {
            return Err(NodeError::CommandGap(expected));
        }
        let before = self.identities_before(core, row.json);
        let (outcome, slot) = core
            .shard
            .administer(row, &self.directory, now, &mut core.journal);
        let changed = slot.and_then(|slot| Some((slot, core.shard.account_at(slot)?)));
        if let Some((slot, account)) = changed {
            let of = (core.shard.tenant_of(account), account);
            self.directory.refresh(core.id, slot, of, &before);
        }
        core.held.outcomes.push((token, outcome.into_boxed_bytes()));
        Ok(())
    }

    /// The identities that a command may take from its account.
    pub(crate) fn identities_before(&self, core: &ShardCore, json: &str) -> Vec<Identity> {
        #[derive(serde::Deserialize)]
        struct Target {
            tenant: Uuid,
            account: Uuid,
        }
        if !json.contains("change_line") && !json.contains("release_line") {
            return Vec::new();
        }
        let target = serde_json::from_str::<Target>(json).ok();
        let account = target.and_then(|target| core.shard.account(target.tenant, target.account));
        account.map(identities_of).unwrap_or_default()
    }

    /// The seq of the last command applied on a shard.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`].
    pub fn command_seq(&self, shard: u16) -> Result<u64, NodeError> {
        Ok(self.cell(shard)?.lock().shard.command_seq())
    }
}
