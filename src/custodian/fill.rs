//! Filling an inventory with synthetic keys, for benchmarks and pictures. The names, owners and
//! dates are made up; everything else goes the way of every key.

use zeroize::Zeroizing;

use super::core::Custodian;
use super::error::CustodianError;
use super::outcome::Progress;
use crate::crypto;
use crate::formats;
use crate::model::policy::Steps;
use crate::model::{
    Activation, Algorithm, Event, Intent, KeyId, KeySpec, Locator, NewKey, NewVersion, OperationId, Purpose, RuleError, profile,
};
use crate::secret::SecretBytes;

const GROUP: u32 = 500;
const PLACES: [&str; 6] = ["prod-eu-west", "prod-us-east", "staging", "ci", "edge", "lab"];
const SERVICES: [&str; 8] = ["api", "auth", "billing", "cdn", "deploy", "gateway", "mail", "search"];
const OWNERS: [&str; 6] = ["Mira", "Jonas", "Platform", "Identity", "Security", "Legal"];
const TAGS: [&str; 7] = ["prod", "staging", "ci", "edge", "backup", "mobile", "pqc"];

/// So many new P-256 keys as one PEM text, which nobody uses.
pub fn synthetic_pem(count: u32) -> Result<SecretBytes, CustodianError> {
    let mut text = Zeroizing::new(String::with_capacity(count as usize * 256));
    for _ in 0..count {
        text.push_str(&formats::pkcs8_pem(&crypto::generate(Algorithm::EcdsaP256)?.private));
    }
    Ok(SecretBytes::new(std::mem::take(&mut *text).into_bytes()))
}

impl Custodian {
    /// Adds `count` keys: with real secrets in the home store, or as facts only, whose private
    /// halves were made and thrown away.
    pub fn fill(&self, count: u32, with_secrets: bool, progress: &dyn Progress) -> Result<(), CustodianError> {
        let first = self.read(|inventory| inventory.keys().len() as u32);
        self.allow_ten_years()?;
        let mut done = 0;
        while done < count && !progress.cancelled() {
            let group = GROUP.min(count - done);
            let specs: Vec<KeySpec> = (first + done..first + done + group).map(|number| self.synthetic(number)).collect();
            if with_secrets {
                self.generate(&specs, progress)?;
            } else {
                self.fill_facts(specs)?;
            }
            done += group;
            progress.report(u64::from(done), u64::from(count));
        }
        Ok(())
    }

    /// Synthetic keys last up to ten years, and that is within their policies.
    fn allow_ten_years(&self) -> Result<(), CustodianError> {
        let policies = Purpose::ALL.map(|purpose| {
            let mut policy = self.read(|inventory| inventory.policy(purpose).clone());
            policy.cryptoperiod = Steps::always(3_660);
            policy.algorithms = Algorithm::GENERATED.to_vec();
            Event::PolicySet { purpose, policy: Box::new(policy) }
        });
        self.append(policies.into()).map(drop)
    }

    fn synthetic(&self, number: u32) -> KeySpec {
        let pick = |list: &[&'static str], step: u32| list[(number / step) as usize % list.len()];
        let purpose = Purpose::ALL[number as usize % Purpose::ALL.len()];
        let (service, place) = (pick(&SERVICES, 1), pick(&PLACES, 3));
        let now = self.now();
        let mut spec =
            KeySpec::for_purpose(format!("{service}-{number:06}.{place}.example.com"), purpose, profile::standard(purpose), now);
        spec.algorithm = if number.is_multiple_of(4) { Algorithm::EcdsaP256 } else { Algorithm::Ed25519 };
        spec.owner = pick(&OWNERS, 2).to_owned();
        spec.tags = vec![pick(&TAGS, 5).to_owned(), pick(&TAGS, 7).to_owned()];
        // Spread over ten years past the first fortnight, so that few are in their warning time.
        let days = 3 + i64::from(number.wrapping_mul(2_654_435_761) % 3_650);
        spec.expires = Some(now.plus_days(days));
        if number.is_multiple_of(50) {
            spec.activates = Activation::At(now.plus_days(days / 2));
        }
        spec
    }

    fn fill_facts(&self, specs: Vec<KeySpec>) -> Result<(), CustodianError> {
        let store = self.read(|inventory| inventory.home().map(|store| store.name.clone()));
        let store = store.ok_or_else(|| RuleError::NoStore("home".into()))?;
        let keys = specs.into_iter().map(|spec| self.facts_of(spec, &store)).collect::<Result<Vec<_>, _>>()?;
        let operation = OperationId(crypto::random()?);
        self.append(vec![Event::Begun { operation, intent: Intent::Generate { keys } }])?;
        self.append(vec![Event::Done { operation }]).map(drop)
    }

    fn facts_of(&self, spec: KeySpec, store: &str) -> Result<NewKey, CustodianError> {
        let pair = crypto::generate(spec.algorithm)?;
        let object = OperationId(crypto::random()?).to_string().into_boxed_str();
        let activates = match spec.activates {
            Activation::At(time) => Some(time),
            Activation::Now => Some(self.now()),
            Activation::Later => None,
        };
        let mut tags: Vec<Box<str>> = spec.tags.into_iter().map(Into::into).collect();
        tags.sort_unstable();
        tags.dedup();
        Ok(NewKey {
            id: KeyId(crypto::random()?),
            name: spec.name.into(),
            purpose: spec.purpose,
            owner: spec.owner.into(),
            tags,
            warn_days: spec.warn_days.into(),
            note: "".into(),
            version: NewVersion {
                number: 1,
                algorithm: spec.algorithm,
                locator: Locator { store: store.into(), object, engine_version: None },
                spki_sha256: crypto::sha256(&pair.public_key),
                ssh_sha256: formats::openssh::fingerprint(&pair.public_key),
                public_key: pair.public_key,
                activates,
                expires: spec.expires,
                zone: self.env.zone_name().into(),
                mac: None,
                origin: None,
            },
        })
    }
}
