//! The peer table as Python hands it over, in JSON.

use openmvno_diameter::peer::{
    IdentityForm, Overload, PeerRule, PeerTable, Profile, Redirection, RepeatedTermination,
    UnknownMandatory,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::ConfigError;

/// `{"profiles": {name: {...}}, "peers": [...] | null}`; without peers everybody may connect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableJson {
    #[serde(default)]
    profiles: BTreeMap<String, ProfileJson>,
    peers: Option<Vec<PeerJson>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerJson {
    host: String,
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    certificate: Option<String>,
    #[serde(default = "default_connections")]
    connections: u32,
    #[serde(default = "standard")]
    profile: String,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProfileJson {
    /// For people.
    #[serde(rename = "description", skip_serializing)]
    _description: String,
    unknown_mandatory_avps: UnknownMandatoryJson,
    overload: OverloadJson,
    repeated_termination: RepeatedTerminationJson,
    redirect: RedirectJson,
    rating_group: Option<u32>,
    depleted_updates: Option<u8>,
    identities: Option<Vec<IdentityJson>>,
    country_code: String,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnknownMandatoryJson {
    #[default]
    Refused,
    Ignored,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OverloadJson {
    #[default]
    ByDestination,
    TooBusy,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RepeatedTerminationJson {
    #[default]
    SameRequest,
    Answered,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RedirectJson {
    #[default]
    Supported,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum IdentityJson {
    E164,
    NationalMsisdn,
    Imsi,
    SipUri,
    Nai,
    Iccid,
}

fn standard() -> String {
    Profile::default().name
}

const fn default_connections() -> u32 {
    16
}

const fn yes() -> bool {
    true
}

fn error(place: &str, problem: impl std::fmt::Display) -> ConfigError {
    ConfigError(format!("{place}: {problem}"))
}

/// Compiles a peer table.
///
/// # Errors
/// [`ConfigError`]: what is wrong and where.
pub(crate) fn compile(json: &str) -> Result<PeerTable, ConfigError> {
    let table: TableJson = serde_json::from_str(json).map_err(|problem| error("peers", problem))?;
    let mut profiles = BTreeMap::from([(standard(), Arc::new(Profile::default()))]);
    for (name, profile) in &table.profiles {
        let compiled = profile.compile(name)?;
        if profiles.insert(name.clone(), Arc::new(compiled)).is_some() && *name == standard() {
            let problem = "this name is the one of what the standards say; take another";
            return Err(error(&format!("profiles.{name}"), problem));
        }
    }
    let Some(peers) = &table.peers else {
        return Ok(PeerTable::open());
    };
    let rules: Result<Vec<_>, _> = peers.iter().map(|peer| peer.compile(&profiles)).collect();
    Ok(PeerTable::new(rules?))
}

/// A profile as a table holds it under its name, for another node.
pub(crate) fn profile_json(profile: &Profile) -> serde_json::Value {
    let json = serde_json::to_value(ProfileJson::of(profile));
    serde_json::json!({ &profile.name: json.unwrap_or_default() })
}

/// The profile that [`profile_json`] made of one.
///
/// # Errors
/// [`ConfigError`]: it is none that this release knows.
pub(crate) fn read_profile(json: &serde_json::Value) -> Result<Profile, ConfigError> {
    let read: BTreeMap<String, ProfileJson> =
        serde_json::from_value(json.clone()).map_err(|problem| error("profile", problem))?;
    let (name, profile) = read
        .first_key_value()
        .ok_or_else(|| error("profile", "none"))?;
    profile.compile(name)
}

impl PeerJson {
    fn compile(&self, profiles: &BTreeMap<String, Arc<Profile>>) -> Result<PeerRule, ConfigError> {
        let place = |field: &str| format!("peer {}: {field}", self.host);
        let hosts = self.host.parse();
        let addresses: Result<Vec<_>, _> = self
            .addresses
            .iter()
            .map(|text| {
                let range = text.parse();
                range.map_err(|problem| error(&place("addresses"), format!("{text}: {problem}")))
            })
            .collect();
        let profile = profiles.get(&self.profile).cloned().ok_or_else(|| {
            let known: Vec<_> = profiles.keys().map(String::as_str).collect();
            let known = known.join(", ");
            let problem = format!("there is no {:?}; there are {known}", self.profile);
            error(&place("profile"), problem)
        })?;
        if self.certificate.as_deref() == Some("") {
            return Err(error(
                &place("certificate"),
                "a name of a certificate, or null",
            ));
        }
        Ok(PeerRule {
            hosts: hosts.map_err(|problem| error(&place("host"), problem))?,
            addresses: addresses?,
            certificate: self.certificate.clone(),
            connections: self.connections,
            profile,
            enabled: self.enabled,
        })
    }
}

impl ProfileJson {
    fn of(profile: &Profile) -> Self {
        Self {
            unknown_mandatory_avps: match profile.unknown_mandatory {
                UnknownMandatory::Refused => UnknownMandatoryJson::Refused,
                UnknownMandatory::Ignored => UnknownMandatoryJson::Ignored,
            },
            overload: match profile.overload {
                Overload::ByDestination => OverloadJson::ByDestination,
                Overload::AlwaysTooBusy => OverloadJson::TooBusy,
            },
            repeated_termination: match profile.repeated_termination {
                RepeatedTermination::SameRequest => RepeatedTerminationJson::SameRequest,
                RepeatedTermination::Answered => RepeatedTerminationJson::Answered,
            },
            redirect: match profile.redirection {
                Redirection::Supported => RedirectJson::Supported,
                Redirection::Ignored => RedirectJson::Ignored,
            },
            rating_group: profile.rating_group,
            depleted_updates: profile.depleted_updates,
            identities: Some(
                profile
                    .identities
                    .iter()
                    .map(|&form| IdentityJson::of(form))
                    .collect(),
            ),
            country_code: profile.country_code.clone(),
            ..Self::default()
        }
    }

    fn compile(&self, name: &str) -> Result<Profile, ConfigError> {
        let place = |field: &str| format!("profile {name}: {field}");
        if self.depleted_updates == Some(0) {
            return Err(error(&place("depleted_updates"), "1 to 255, or null"));
        }
        let digits = self.country_code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || self.country_code.len() > 3 {
            let problem = "an E.164 country code of at most three digits";
            return Err(error(&place("country_code"), problem));
        }
        let identities = self.identities.as_deref();
        if identities.is_some_and(<[_]>::is_empty) {
            return Err(error(&place("identities"), "at least one form"));
        }
        let national =
            identities.is_some_and(|forms| forms.contains(&IdentityJson::NationalMsisdn));
        if national == self.country_code.is_empty() {
            let problem = "national_msisdn and a country_code need each other";
            return Err(error(&place("identities"), problem));
        }
        let standard = Profile::default();
        Ok(Profile {
            name: name.to_owned(),
            unknown_mandatory: match self.unknown_mandatory_avps {
                UnknownMandatoryJson::Refused => UnknownMandatory::Refused,
                UnknownMandatoryJson::Ignored => UnknownMandatory::Ignored,
            },
            overload: match self.overload {
                OverloadJson::ByDestination => Overload::ByDestination,
                OverloadJson::TooBusy => Overload::AlwaysTooBusy,
            },
            repeated_termination: match self.repeated_termination {
                RepeatedTerminationJson::SameRequest => RepeatedTermination::SameRequest,
                RepeatedTerminationJson::Answered => RepeatedTermination::Answered,
            },
            redirection: match self.redirect {
                RedirectJson::Supported => Redirection::Supported,
                RedirectJson::Ignored => Redirection::Ignored,
            },
            rating_group: self.rating_group,
            depleted_updates: self.depleted_updates,
            identities: identities.map_or(standard.identities, |forms| {
                forms.iter().map(|form| form.form()).collect()
            }),
            country_code: self.country_code.clone(),
        })
    }
}

impl IdentityJson {
    fn of(form: IdentityForm) -> Self {
        match form {
            IdentityForm::E164 => Self::E164,
            IdentityForm::NationalMsisdn => Self::NationalMsisdn,
            IdentityForm::Imsi => Self::Imsi,
            IdentityForm::SipUri => Self::SipUri,
            IdentityForm::Nai => Self::Nai,
            IdentityForm::Iccid => Self::Iccid,
        }
    }

    fn form(self) -> IdentityForm {
        match self {
            Self::E164 => IdentityForm::E164,
            Self::NationalMsisdn => IdentityForm::NationalMsisdn,
            Self::Imsi => IdentityForm::Imsi,
            Self::SipUri => IdentityForm::SipUri,
            Self::Nai => IdentityForm::Nai,
            Self::Iccid => IdentityForm::Iccid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{compile, profile_json, read_profile};
    use openmvno_diameter::peer::{Overload, Profile, Redirection};

    fn problem(json: &str) -> String {
        compile(json).expect_err("refused").0
    }

    #[test]
    fn a_profile_is_the_same_at_another_node() {
        let json = r#"{"profiles": {"x": {"unknown_mandatory_avps": "ignored",
            "overload": "too_busy", "repeated_termination": "answered", "redirect": "ignored",
            "rating_group": 7, "depleted_updates": 3, "country_code": "385",
            "identities": ["national_msisdn", "imsi", "iccid", "nai", "sip_uri", "e164"]}},
            "peers": [{"host": "a.b", "profile": "x"}]}"#;
        compile(json).expect("compiles");
        let differing = Profile {
            name: "x".to_owned(),
            overload: Overload::AlwaysTooBusy,
            redirection: Redirection::Ignored,
            rating_group: Some(7),
            depleted_updates: Some(3),
            ..Profile::default()
        };
        for profile in [differing, Profile::default()] {
            assert_eq!(read_profile(&profile_json(&profile)), Ok(profile));
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let cases = [
            (
                r#"{"peers": [{"host": "a b"}]}"#,
                "peer a b: host: an Origin-Host",
            ),
            (
                r#"{"peers": [{"host": "a.b", "addresses": ["10.0.0.1/8"]}]}"#,
                "peer a.b: addresses: 10.0.0.1/8: the address has bits set",
            ),
            (
                r#"{"peers": [{"host": "a.b", "profile": "x"}]}"#,
                "peer a.b: profile: there is no \"x\"; there are standard",
            ),
            (
                r#"{"profiles": {"x": {"country_code": "3851"}}, "peers": null}"#,
                "profile x: country_code",
            ),
            (
                r#"{"profiles": {"x": {"identities": []}}, "peers": null}"#,
                "profile x: identities: at least one form",
            ),
            (
                r#"{"profiles": {"x": {"country_code": "385"}}, "peers": null}"#,
                "profile x: identities: national_msisdn and a country_code",
            ),
            (
                r#"{"profiles": {"x": {"depleted_updates": 0}}, "peers": null}"#,
                "profile x: depleted_updates",
            ),
            (
                r#"{"profiles": {"x": {"redirects": "ignored"}}, "peers": null}"#,
                "unknown field `redirects`",
            ),
            (
                r#"{"profiles": {"standard": {}}, "peers": null}"#,
                "profiles.standard: this name",
            ),
        ];
        for (json, expected) in cases {
            let said = problem(json);
            assert!(said.contains(expected), "{said}");
        }
    }
}
