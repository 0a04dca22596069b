//! Which subscriber and service a session has: a pure function of the seed and the session's number.

use anyhow::Result;

use crate::options::{LoadOptions, ServiceAmounts, ServiceMix};

/// Kind of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Service {
    /// Packet data, TS 32.251.
    #[default]
    Data,
    /// A call, TS 32.260.
    Voice,
}

impl Service {
    /// Name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Voice => "voice",
        }
    }
}

/// Deals subscribers and services to sessions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    subscribers: u64,
    /// Steps of a fixed size visit every subscriber once before any a second time.
    stride: u64,
    offset: u64,
    mix: ServiceMix,
    seed: u64,
    data: ServiceAmounts,
    voice: ServiceAmounts,
}

impl Traffic {
    pub(crate) fn new(options: &LoadOptions) -> Result<Self> {
        let subscribers = if options.hot_account {
            1
        } else {
            options.subscribers
        };
        let mut stride = (scramble(options.seed) % subscribers).max(1);
        while greatest_common_divisor(stride, subscribers) != 1 {
            stride += 1;
        }
        Ok(Self {
            subscribers,
            stride,
            offset: scramble(options.seed ^ 1) % subscribers,
            mix: options.service,
            seed: options.seed,
            data: options.data()?,
            voice: options.voice()?,
        })
    }

    /// Index of the session's subscriber.
    pub(crate) fn subscriber(&self, session: u32) -> u64 {
        let step = u128::from(session) * u128::from(self.stride) + u128::from(self.offset);
        // The remainder is below a u64.
        u64::try_from(step % u128::from(self.subscribers)).unwrap_or(0)
    }

    /// A number for the digits in which calls differ.
    pub(crate) const fn called(&self, session: u32) -> u64 {
        scramble(self.seed ^ ((session as u64) << 30))
    }

    /// The session's service.
    pub(crate) fn service(&self, session: u32) -> Service {
        let data = match self.mix {
            ServiceMix::Data => true,
            ServiceMix::Voice => false,
            ServiceMix::Mix => scramble(self.seed ^ (u64::from(session) << 20)) & 1 == 0,
        };
        if data { Service::Data } else { Service::Voice }
    }

    /// Units of a service per request.
    pub(crate) const fn amounts(&self, service: Service) -> ServiceAmounts {
        match service {
            Service::Data => self.data,
            Service::Voice => self.voice,
        }
    }
}

/// The finaliser of SplitMix64: every bit of the input reaches every bit of the output.
const fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

const fn greatest_common_divisor(first: u64, second: u64) -> u64 {
    let (mut larger, mut smaller) = (first, second);
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    larger
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Cli;
    use clap::Parser;
    use std::collections::BTreeSet;

    fn traffic(arguments: &[&str]) -> Traffic {
        let cli = Cli::parse_from([&["loadgen"], arguments].concat());
        Traffic::new(&cli.load).expect("possible")
    }

    #[test]
    fn every_subscriber_has_its_turn_before_any_has_a_second() {
        for (subscribers, seed) in [(1, 1), (2, 9), (1_000, 3), (997, 77)] {
            let arguments = [
                format!("--subscribers={subscribers}"),
                format!("--seed={seed}"),
            ];
            let traffic = traffic(&arguments.each_ref().map(String::as_str));
            let visited: BTreeSet<u64> = (0..subscribers).map(|i| traffic.subscriber(i)).collect();
            assert_eq!(visited.len(), subscribers as usize);
            assert!(visited.iter().all(|index| *index < u64::from(subscribers)));
        }
    }

    #[test]
    fn a_mix_is_half_of_each_and_a_hot_account_is_one() {
        let mixed = traffic(&[]);
        let data = (0..10_000)
            .filter(|i| mixed.service(*i) == Service::Data)
            .count();
        assert!((4_700..5_300).contains(&data), "{data}");
        let hot = traffic(&["--hot-account", "--service=voice"]);
        assert!((0..100).all(|i| hot.subscriber(i) == 0 && hot.service(i) == Service::Voice));
    }
}
