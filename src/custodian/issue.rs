//! Certificates of a PKI engine: a request, signed where the key lies, goes to the server, and what comes back is attached.

use super::core::Custodian;
use super::error::CustodianError;
use super::outcome::Outcome;
use crate::model::{Event, Issuer, RequestProfile, Store, StoreKind, VersionRef, name};

/// Which certificate is wanted.
#[derive(Debug, Clone)]
pub struct Issue {
    /// For which version.
    pub version: VersionRef,
    /// For whom.
    pub profile: RequestProfile,
    /// Where the PKI engine is mounted.
    pub mount: String,
    /// The role that signs.
    pub role: String,
    /// How many days it is to be valid; the role's own number where none is named.
    pub days: Option<u32>,
    /// The store whose server it is; where none is named that of the key, or the only one.
    pub store: Option<String>,
}

impl Custodian {
    /// Has a certificate issued and attaches it. The request is sent once: where the connection breaks, a certificate may
    /// have been issued that nobody has, and the error says so.
    pub fn issue(&self, wanted: &Issue) -> Result<Outcome, CustodianError> {
        self.take_up();
        let store = self.issuing_store(wanted)?;
        let (_, der) = self.signed_request(wanted.version, &wanted.profile)?;
        let reached = self.opened_server(&store)?;
        let issued = reached.server().pki(&wanted.mount).sign(&wanted.role, &der, wanted.days);
        let issued = issued.map_err(|error| CustodianError::from(reached.fault(error)));
        self.note_store(&store.name, issued.as_ref().err());
        let issued = issued?;
        let facts = issued.certificate.facts;
        let notice = format!(
            "Issued by {}: serial number {}, valid until {}, with {} of its issuers.",
            name::shown(&store.name),
            issued.serial,
            facts.not_after,
            facts.chain.len()
        );
        let stays = || format!("A certificate with the serial number {} was issued and is not in the inventory", issued.serial);
        let issuer = Issuer { store: store.name.clone(), mount: wanted.mount.as_str().into(), serial: issued.serial.clone() };
        let attached =
            Event::CertificateAttached { version: wanted.version, certificate: Box::new(facts), issuer: Some(Box::new(issuer)) };
        self.append(vec![attached]).map_err(|error| error.after(stays()))?;
        Ok(Outcome { keys: vec![wanted.version.key], notice: Some(notice), ..Outcome::default() })
    }

    fn issuing_store(&self, wanted: &Issue) -> Result<Store, CustodianError> {
        if let Some(named) = &wanted.store {
            return self.store_of(named);
        }
        let (own, servers) = self.read(|inventory| {
            let own = inventory.key(wanted.version.key).and_then(|key| key.version(wanted.version.version));
            let own = own.and_then(|version| inventory.store(&version.locator.store)).cloned();
            let servers = inventory.stores().iter().filter(|store| store.kind == StoreKind::OpenBao).cloned();
            (own.filter(|store| store.kind == StoreKind::OpenBao), servers.collect::<Vec<_>>())
        });
        match (own, &servers[..]) {
            (Some(store), _) => Ok(store),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(CustodianError::Input(
                "No store of this inventory is a server that issues certificates. Add one: keystead store add openbao".into(),
            )),
            (None, _) => Err(CustodianError::Input("Several stores are servers. Name one with --store.".into())),
        }
    }
}
