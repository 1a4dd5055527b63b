//! Certificates of revoked versions, revoked where they were issued, too: at once if their server is there, and otherwise at
//! the next reconciliation with it. The version is revoked here either way; until its server says so an alert stands.

use std::collections::HashMap;

use super::core::Custodian;
use super::error::{CustodianError, ErrorClass};
use super::outcome::Outcome;
use crate::model::{Event, Issuer, RuleError, Time, VersionRef, name};
use crate::stores::StoreError;

/// What came of having a certificate revoked at its server.
#[derive(Debug, Clone)]
pub struct AtIssuer {
    /// Of which version, which is revoked here.
    pub version: VersionRef,
    /// The name of its key.
    pub name: Box<str>,
    /// Which certificate.
    pub issuer: Issuer,
    /// Since when it is revoked there, or why it is not, as a sentence.
    pub revoked: Result<Time, String>,
    /// The kind of end, where it is not.
    pub class: Option<ErrorClass>,
}

impl AtIssuer {
    /// What came of it and what to do, in a sentence or two.
    pub fn sentence(&self) -> String {
        let (store, serial) = (name::shown(&self.issuer.store), &self.issuer.serial);
        match &self.revoked {
            Ok(at) => format!("{store} revoked the certificate with the serial number {serial}, since {at}."),
            Err(trouble) => format!(
                "The certificate with the serial number {serial} is still to be revoked at {store} (PKI engine {}), and is trusted until then. {trouble} Then reconcile {store}, which has it revoked.",
                self.issuer.mount
            ),
        }
    }
}

impl Custodian {
    /// Has the certificates of these versions, which were revoked here just now, revoked where they were issued.
    pub(super) fn revoke_issued_of(&self, versions: &[VersionRef], outcome: &mut Outcome) {
        let asked = self.revoke_where_issued(&|version, _| versions.contains(&version));
        if asked.is_empty() {
            return;
        }
        outcome.gravest = asked.iter().filter_map(|one| one.class).chain(outcome.gravest).max();
        let sentences: Vec<String> = asked.iter().map(AtIssuer::sentence).collect();
        outcome.notice = Some(sentences.join(" "));
    }

    /// Has certificates of revoked versions revoked where they were issued and are not yet, as far as the log says. A server
    /// that is away or not logged in to is asked once.
    pub(super) fn revoke_where_issued(&self, wanted: &dyn Fn(VersionRef, &Issuer) -> bool) -> Vec<AtIssuer> {
        let mut unreached: HashMap<Box<str>, (String, ErrorClass)> = HashMap::new();
        let mut asked = Vec::new();
        for (version, name, issuer) in self.vouched_for(wanted) {
            let done = match unreached.get(&issuer.store) {
                Some(known) => Err(known.clone()),
                None => self.revoke_at(version, &issuer).map_err(|error| {
                    let why = (error.to_string(), error.class());
                    if is_of_the_store(&error) {
                        unreached.insert(issuer.store.clone(), why.clone());
                    }
                    why
                }),
            };
            let class = done.as_ref().err().map(|(_, class)| *class);
            asked.push(AtIssuer { version, name, issuer, revoked: done.map_err(|(why, _)| why), class });
        }
        asked
    }

    fn vouched_for(&self, wanted: &dyn Fn(VersionRef, &Issuer) -> bool) -> Vec<(VersionRef, Box<str>, Issuer)> {
        let now = self.now();
        self.read(|inventory| {
            let all = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key, version)));
            let open = all.flat_map(|(key, version)| {
                let of = VersionRef { key: key.id, version: version.number };
                version.still_vouched_for(now).map(move |issued| (of, key.name.clone(), issued.issuer.clone()))
            });
            open.filter(|(version, _, issuer)| wanted(*version, issuer)).collect()
        })
    }

    /// The same twice is the same: a server that did it already says since when.
    fn revoke_at(&self, version: VersionRef, issuer: &Issuer) -> Result<Time, CustodianError> {
        let at = self.ask_to_revoke(issuer)?;
        self.append(vec![Event::CertificateRevoked { version, issuer: Box::new(issuer.clone()), at }])?;
        Ok(at)
    }

    #[cfg(feature = "openbao")]
    fn ask_to_revoke(&self, issuer: &Issuer) -> Result<Time, CustodianError> {
        let store = self.store_of(&issuer.store)?;
        let reached = self.opened_server(&store)?;
        let revoked = reached.server().pki(&issuer.mount).revoke(&issuer.serial);
        let revoked = revoked.map_err(|error| CustodianError::from(reached.fault(error)));
        self.note_store(&store.name, revoked.as_ref().err());
        revoked
    }

    #[cfg(not(feature = "openbao"))]
    fn ask_to_revoke(&self, issuer: &Issuer) -> Result<Time, CustodianError> {
        let store = self.store_of(&issuer.store)?;
        let kind = store.kind;
        Err(super::engines::unreached(&store, kind).into())
    }
}

/// It will be the same for every other certificate of that server.
fn is_of_the_store(error: &CustodianError) -> bool {
    matches!(
        error,
        CustodianError::Store(StoreError::Absence { .. } | StoreError::Locked { .. } | StoreError::Unsupported { .. })
            | CustodianError::OpenerNeeded { .. }
            | CustodianError::Rule(RuleError::NoStore(_))
    )
}
