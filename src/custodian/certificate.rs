//! Looking at certificates: the chain of each as it was found, and what the system's roots say of it. None
//! of it needs an unlock, and it may read files, so no frame calls it.

use super::core::Custodian;
use super::error::CustodianError;
use crate::formats::{certificate, certificate_details as details};
use crate::model::whole::{KeyCertificates, Link, Place, Standing, WholeCertificate};
use crate::model::{CertificateDetails, CertificateFacts, Digest, Event, Key, KeyId, RuleError, Time};

impl Custodian {
    /// The certificates of all versions of a key, those that were replaced too.
    pub fn certificates(&self, id: KeyId) -> Result<KeyCertificates, CustodianError> {
        let key = self.read(|inventory| inventory.key(id).cloned()).ok_or(RuleError::NoKey(id))?;
        let attached = self.attached(&key);
        let now = self.now();
        let mut all = Vec::new();
        for version in key.versions.iter().rev() {
            let current = version.certificate.as_deref();
            let mut seen: Vec<Digest> = Vec::new();
            let of_version = attached.iter().rev().filter(|one| one.version == version.number);
            let earlier = of_version.clone().map(|one| &*one.facts);
            for facts in current.into_iter().chain(earlier) {
                if seen.contains(&facts.sha256) {
                    continue;
                }
                seen.push(facts.sha256);
                let since = of_version.clone().find(|one| one.facts.sha256 == facts.sha256).map(|one| one.at);
                let replaced = current.is_some_and(|current| current.sha256 != facts.sha256);
                all.push(WholeCertificate { since, replaced, ..whole(version.number, facts, standing(facts, now)) });
            }
        }
        let good_until = all.iter().filter_map(|one| one.next_change(now)).min();
        Ok(KeyCertificates { key: id, all, good_until })
    }

    /// What the log tells of certificates of a key, oldest first. Without it there is what the inventory keeps.
    fn attached(&self, key: &Key) -> Vec<Attached> {
        // The log is not held while it is read.
        let reader = self.desk().log.reader();
        let records = reader.and_then(|reader| reader.records_at(&key.history)).unwrap_or_default();
        let of_record = records.into_iter().flat_map(|record| {
            let at = record.time;
            record.events.into_iter().filter_map(move |event| match event {
                Event::CertificateAttached { version, certificate, .. } if version.key == key.id => {
                    Some(Attached { version: version.version, at, facts: certificate })
                }
                _ => None,
            })
        });
        of_record.collect()
    }
}

/// A certificate that was attached, as the log tells it.
struct Attached {
    version: u32,
    at: Time,
    facts: Box<CertificateFacts>,
}

/// What this system's roots say of a certificate, whatever its names; `None` where this build does not
/// check that.
pub fn standing(facts: &CertificateFacts, now: Time) -> Option<Standing> {
    #[cfg(feature = "network")]
    {
        Some(crate::network::standing(facts, now))
    }
    #[cfg(not(feature = "network"))]
    {
        let _ = (facts, now);
        None
    }
}

/// A certificate of a version with its chain, put in order.
pub fn whole(version: u32, facts: &CertificateFacts, standing: Option<Standing>) -> WholeCertificate {
    let (trust, root) = standing.map_or((None, None), |standing| (Some(standing.trust), standing.root));
    let links = links(facts, root.as_deref());
    WholeCertificate { version, since: None, replaced: false, facts: facts.clone(), links, trust }
}

/// The subjects of the certificates that were found beside one, as they were found; one that cannot be read
/// says so.
pub fn chain_subjects(facts: &CertificateFacts) -> Vec<String> {
    let subject = |der: &[u8]| certificate::read(der).map_or_else(|_| "unreadable".into(), |parsed| parsed.facts.subject);
    facts.chain.iter().map(|one| subject(&one.0)).collect()
}

/// A certificate in PEM (RFC 7468 section 5).
pub fn pem(der: &[u8]) -> String {
    certificate::pem(der)
}

fn link(place: Place, der: &[u8]) -> Link {
    Link { place, der: der.into(), read: details::read(der).map(Box::new).map_err(|_| DAMAGED.to_owned()) }
}

/// What is said of a certificate that is none.
const DAMAGED: &str = "It is damaged and cannot be read.";

/// The certificate, its issuers in order, the root, and what else was found beside it.
fn links(facts: &CertificateFacts, root: Option<&[u8]>) -> Vec<Link> {
    let mut links = vec![link(Place::Leaf, &facts.der)];
    let root = root.filter(|root| **root != *facts.der).map(|root| link(Place::Root, root));
    let of_root = |read: &CertificateDetails| {
        root.as_ref().and_then(|root| root.read.as_ref().ok()).is_some_and(|root| root.facts.subject == read.facts.issuer)
    };
    let mut found: Vec<Link> = facts.chain.iter().map(|one| link(Place::Beside, &one.0)).collect();
    // Another certificate of the root's name and key leads elsewhere; this system ends the chain here.
    while let Some(Ok(last)) = links.last().map(|link| &link.read)
        && !last.is_own_issuer()
        && !of_root(last)
    {
        let issued = |link: &Link| link.read.as_ref().is_ok_and(|read| read.facts.subject == last.facts.issuer);
        let Some(at) = found.iter().position(issued) else { break };
        let issuer = found.remove(at);
        let own = issuer.read.as_ref().is_ok_and(|read| read.is_own_issuer());
        links.push(Link { place: if own { Place::OwnIssuer } else { Place::Issuer }, ..issuer });
    }
    if let Some(root) = root {
        found.retain(|link| link.der != root.der);
        links.push(root);
    }
    links.append(&mut found);
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Der, Trust};
    use std::path::Path;
    use std::process::Command;

    /// Runs OpenSSL in a folder.
    fn openssl(folder: &Path, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// `root`, `middle` and `leaf`, each issued by the one before it.
    fn made() -> [CertificateFacts; 3] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let root = ["req", "-x509", "-days", "900", "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.pem"];
        openssl(at, &[&root[..], &ec[..]].concat());
        for (name, issuer, ext) in [
            ("middle", "root", "basicConstraints=critical,CA:TRUE"),
            ("leaf", "middle", "basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost"),
        ] {
            let (key, csr, pem) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
            let subject = format!("/CN={name}");
            openssl(at, &[&["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &csr][..], &ec[..]].concat());
            std::fs::write(at.join("ext"), ext).unwrap();
            let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
            let sign = ["x509", "-req", "-days", "90", "-in", &csr, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"];
            openssl(at, &[&sign[..], &["-extfile", "ext", "-out", &pem][..]].concat());
        }
        ["leaf", "middle", "root"]
            .map(|name| certificate::read(&std::fs::read(at.join(format!("{name}.pem"))).unwrap()).unwrap().facts)
    }

    fn places(whole: &WholeCertificate) -> Vec<(Place, &str)> {
        let name = |link: &Link| link.read.as_ref().map_or("damaged", |_| "read");
        whole.links.iter().map(|link| (link.place, name(link))).collect()
    }

    #[test]
    fn a_chain_in_any_order_is_put_in_order_and_what_is_damaged_stays_beside() {
        let [mut leaf, middle, root] = made();
        let damaged = Der(middle.der[..40].into());
        leaf.chain = vec![Der(root.der.clone()), damaged, Der(middle.der.clone())];
        let found = whole(1, &leaf, None);
        let read = |place| (place, "read");
        assert_eq!(places(&found), [read(Place::Leaf), read(Place::Issuer), read(Place::OwnIssuer), (Place::Beside, "damaged")]);
        assert_eq!(found.links[1].der, middle.der);
        assert!(found.trust_sentence().starts_with("Not checked: this build"));
    }

    #[test]
    fn the_root_of_the_system_ends_the_chain_once() {
        let [mut leaf, middle, root] = made();
        leaf.chain = vec![Der(middle.der.clone()), Der(root.der.clone())];
        let trusted = |root: &CertificateFacts| Some(Standing { trust: Trust::Trusted, root: Some(root.der.clone()) });
        let found = whole(1, &leaf, trusted(&root));
        assert_eq!(places(&found).last(), Some(&(Place::Root, "read")));
        assert_eq!(found.links.len(), 3);
        assert_eq!(found.trust_sentence(), "Trusted by this system: Root.");
        // The system may trust what stands in the middle; the root is only found beside it then.
        let found = whole(1, &leaf, trusted(&middle));
        let places: Vec<Place> = found.links.iter().map(|link| link.place).collect();
        assert_eq!(places, [Place::Leaf, Place::Root, Place::Beside]);
        // And the certificate itself.
        let found = whole(1, &root, trusted(&root));
        assert_eq!((found.links.len(), found.trust_sentence().as_str()), (1, "Trusted by this system: Root."));
    }
}
