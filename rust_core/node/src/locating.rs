//! Finding the line a request is about.

use crate::diameter_request::kind;
use crate::identities::identities;
use openmvno_charging::{IdentityDirectory, Kind, LineAddress, ResultCode, shard_of};
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::peer::Profile;
use openmvno_diameter::{CreditControlRequest, dictionary as avp};

use crate::node::Node;
use crate::shard_cell::ShardCore;

impl Node {
    /// The line a request is about: by Subscription-Id, or by its open session when it names none.
    pub(crate) fn locate(
        &self,
        request: &CreditControlRequest<'_>,
        profile: &Profile,
    ) -> Result<LineAddress, Failure> {
        let running = matches!(kind(request), Kind::Update | Kind::Terminate);
        let by_identity = self.named_line(request, profile);
        if running {
            return self
                .locate_session(request.session_id, by_identity)
                .or(by_identity)
                .ok_or_else(|| result(ResultCode::UNKNOWN_SESSION_ID));
        }
        if request.subscription_ids.is_empty() {
            return Err(Failure::missing(avp::SUBSCRIPTION_ID));
        }
        let line = by_identity.ok_or_else(|| result(ResultCode::USER_UNKNOWN))?;
        let about = (request.session_id, kind(request), request.request_number);
        Ok(self.locate_answer(about, line, None).unwrap_or(line))
    }

    /// The line that a request names.
    pub(crate) fn named_line(
        &self,
        request: &CreditControlRequest<'_>,
        profile: &Profile,
    ) -> Option<LineAddress> {
        let mut named = identities(request, self.directory.numbering(), profile);
        let holder = |identity| self.directory.holder(identity);
        let by_card = || self.card(request, profile).and_then(holder);
        named.find_map(holder).or_else(by_card)
    }

    /// Where the answer to a first request or an event is remembered when the line has come from
    /// another payer since: a repetition gets that answer, and is not charged again.
    pub(crate) fn locate_answer(
        &self,
        (session, kind, number): (&str, Kind, u32),
        line: LineAddress,
        held: Option<&ShardCore>,
    ) -> Option<LineAddress> {
        let traveller = self.directory.traveller(line)?;
        traveller.payers.iter().find_map(|&payer| {
            let shard = shard_of(traveller.tenant, payer, self.config.shards);
            let there = |core: &ShardCore| {
                let answered = core.shard.has_answered(session, kind, number);
                let place = core.shard.place_of(payer, traveller.line);
                place.filter(|_| answered)
            };
            let (account, line) = match held {
                Some(core) if core.id == shard => there(core),
                Some(_) => None,
                None => there(&self.shards[usize::from(shard)].lock()),
            }?;
            Some(LineAddress {
                shard,
                account,
                line,
            })
        })
    }

    /// Where a session is open or remembered: on its subscriber's shard, or on any when the
    /// request names no subscriber or the subscriber has moved.
    pub(crate) fn locate_session(
        &self,
        session: &str,
        hint: Option<LineAddress>,
    ) -> Option<LineAddress> {
        let on = |shard: u16, hint: Option<LineAddress>| {
            let core = self.shards[usize::from(shard)].lock();
            match core.shard.session_owner(session) {
                Some((account, line)) => Some(LineAddress {
                    shard,
                    account,
                    line,
                }),
                None if core.shard.remembers(session) => Some(hint.unwrap_or(LineAddress {
                    shard,
                    account: 0,
                    line: 0,
                })),
                None => None,
            }
        };
        if let Some(found) = hint.and_then(|hint| on(hint.shard, Some(hint))) {
            return Some(found);
        }
        let others = 0..self.config.shards;
        others
            .filter(|&shard| hint.is_none_or(|hint| hint.shard != shard))
            .find_map(|shard| on(shard, None))
    }
}

pub(crate) fn result(code: ResultCode) -> Failure {
    let words = match code {
        ResultCode::USER_UNKNOWN => "no line has this Subscription-Id",
        _ => "no such session is open",
    };
    Failure::new(u32::from(code.0), words)
}
