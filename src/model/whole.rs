//! A certificate shown whole: everything it says, the chain as it was found, and what the roots of this
//! system say of it. The facts that the inventory keeps are in `certificate`.

use super::certificate::CertificateFacts;
use super::ids::{Digest, KeyId};
use super::server::Trust;
use super::time::Time;

/// Everything that a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateDetails {
    /// What the inventory keeps of it.
    pub facts: CertificateFacts,
    /// SHA-1 of its DER in hexadecimal; many tools still name certificates by it. It proves nothing.
    pub sha1: String,
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki_sha256: Digest,
    /// The algorithm of its key in words; an unknown one as its object identifier.
    pub key: String,
    /// The strength of its key in bits (SP 800-57 part 1 table 2); 0 where it is not known.
    pub key_bits: u16,
    /// The algorithm of its signature in words; an unknown one as its object identifier.
    pub signature: String,
    /// The signature is made over MD2, MD5 or SHA-1, for which others can find collisions (RFC 6194, RFC 6151).
    pub weak_signature: bool,
    /// Every alternative name as text, also of kinds that no one types (RFC 5280 section 4.2.1.6).
    pub names: Vec<String>,
    /// How many authorities may stand below it (RFC 5280 section 4.2.1.9).
    pub path_length: Option<u8>,
    /// Bits of the key usage extension in words (RFC 5280 section 4.2.1.3).
    pub usages: Vec<String>,
    /// Purposes of the extended key usage extension in words (RFC 5280 section 4.2.1.12).
    pub purposes: Vec<String>,
    /// The identifier of its key, in hexadecimal (RFC 5280 section 4.2.1.2).
    pub subject_key: Option<String>,
    /// The identifier of its issuer's key, in hexadecimal (RFC 5280 section 4.2.1.1).
    pub issuer_key: Option<String>,
    /// Object identifiers of the policies it was issued under (RFC 5280 section 4.2.1.4).
    pub policies: Vec<String>,
    /// Where its status is asked for by OCSP (RFC 5280 section 4.2.2.1).
    pub ocsp: Vec<String>,
    /// Where its issuer's certificate lies (RFC 5280 section 4.2.2.1).
    pub issuer_at: Vec<String>,
    /// Where revocation lists lie (RFC 5280 section 4.2.1.13).
    pub revocation_lists: Vec<String>,
    /// Other extensions: their names, or their object identifiers.
    pub others: Vec<String>,
    /// The extensions that whoever does not understand them must refuse (RFC 5280 section 4.2).
    pub critical: Vec<String>,
}

/// Something about a certificate that wants attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// It is over.
    Expired(Time),
    /// It does not hold yet.
    NotYet(Time),
    /// Its signature stands on a broken hash; the name of the algorithm.
    WeakSignature(String),
    /// Its key is weaker than 112 bits (SP 800-131A revision 2 section 3); its name.
    WeakKey(String),
}

/// SP 800-131A revision 2 section 3: less is disallowed.
const LEAST_BITS: u16 = 112;

impl CertificateDetails {
    /// It names itself as its issuer.
    pub fn is_own_issuer(&self) -> bool {
        self.facts.subject == self.facts.issuer
    }

    /// What about it wants attention at an instant, the gravest first. Nobody relies on the signature by which a root vouches for itself.
    pub fn concerns(&self, now: Time) -> Vec<Concern> {
        let facts = &self.facts;
        let dates = match () {
            () if facts.not_after < now => Some(Concern::Expired(facts.not_after)),
            () if facts.not_before > now => Some(Concern::NotYet(facts.not_before)),
            () => None,
        };
        let signature = (self.weak_signature && !self.is_own_issuer()).then(|| Concern::WeakSignature(self.signature.clone()));
        let key = (1..LEAST_BITS).contains(&self.key_bits).then(|| Concern::WeakKey(self.key.clone()));
        dates.into_iter().chain(signature).chain(key).collect()
    }
}

/// Where a certificate stands in a chain.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is the one asked about.
    Leaf,
    /// It issued the one before it.
    Issuer,
    /// It is a root of this system, and ends the chain.
    Root,
    /// It ends the chain by vouching for itself, and is no root of this system.
    OwnIssuer,
    /// It was found beside the others, and issued none of them.
    Beside,
}

/// A certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it stands.
    pub place: Place,
    /// It, in DER, as it was found.
    pub der: Box<[u8]>,
    /// What it says; why it cannot be read where it cannot.
    pub read: Result<Box<CertificateDetails>, String>,
}

/// What the roots of this system say of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether its chain leads to one of them.
    pub trust: Trust,
    /// The one it leads to, in DER.
    pub root: Option<Box<[u8]>>,
}

/// A certificate of a version, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeCertificate {
    /// The version.
    pub version: u32,
    /// When it was attached or brought in, if the log tells.
    pub since: Option<Time>,
    /// Another one of the same version stands in its place now.
    pub replaced: bool,
    /// What the inventory keeps of it.
    pub facts: CertificateFacts,
    /// It, its issuers up to the root, and what was found beside them.
    pub links: Vec<Link>,
    /// Whether a root of this system vouches for it; `None` where this build does not check that.
    pub trust: Option<Trust>,
}

/// The certificates of all versions of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCertificates {
    /// The key.
    pub key: KeyId,
    /// The newest version first, and of each version the one that counts before those it replaced.
    pub all: Vec<WholeCertificate>,
    /// From then on trust has to be asked for again; `None` where no date lies ahead.
    pub good_until: Option<Time>,
}

impl WholeCertificate {
    /// The root of this system at which the chain ends.
    pub fn root(&self) -> Option<&CertificateDetails> {
        let root = self.links.iter().find(|link| link.place == Place::Root);
        // Where the system trusts the certificate itself, that is its root.
        let root = root.or_else(|| self.links.first().filter(|_| self.trust == Some(Trust::Trusted) && self.links.len() == 1));
        root.and_then(|link| link.read.as_deref().ok())
    }

    /// Whether it is trusted, and why not, as a sentence.
    pub fn trust_sentence(&self) -> String {
        let root = self.root().map(|root| root.facts.common_name());
        self.trust.as_ref().map_or_else(|| NOT_CHECKED.into(), |trust| trust.of_certificate(root))
    }

    /// The issuers that were found, up to the root.
    pub fn issuers(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().skip(1).filter(|link| link.place != Place::Beside)
    }

    /// The next instant at which one of its certificates begins or ceases to hold.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        let read = self.links.iter().filter_map(|link| link.read.as_deref().ok());
        let dates = read.flat_map(|details| [details.facts.not_before, details.facts.not_after.plus_seconds(1)]);
        dates.filter(|&date| date > now).min()
    }
}

/// What a build without the system's roots says of trust.
pub const NOT_CHECKED: &str = "Not checked: this build does not look at the system's roots.";

impl CertificateFacts {
    /// The common name of its subject, or the first part that it has.
    pub fn common_name(&self) -> &str {
        common_name(&self.subject)
    }
}

/// The common name of a distinguished name in the form of RFC 4514, or its first part.
pub fn common_name(name: &str) -> &str {
    let end = |text: &str| {
        let escaped = |at: usize| text[..at].bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1;
        text.match_indices([',', '+']).map(|(at, _)| at).find(|&at| !escaped(at)).unwrap_or(text.len())
    };
    let mut rest = name;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(end(rest));
        if let Some(value) = part.strip_prefix("CN=") {
            return value;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    &name[..end(name)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_is_found_wherever_it_stands() {
        assert_eq!(common_name("CN=a.example,O=X"), "a.example");
        assert_eq!(common_name("C=US,O=Internet\\, Group,CN=ISRG Root X1"), "ISRG Root X1");
        assert_eq!(common_name("O=A\\,CN=no,OU=B"), "O=A\\,CN=no");
        assert_eq!(common_name(""), "");
    }

    fn details(from: i64, until: i64) -> CertificateDetails {
        let at = Time::from_second;
        let facts = CertificateFacts {
            subject: "CN=a".into(),
            issuer: "CN=b".into(),
            serial: "01".into(),
            names: Vec::new(),
            not_before: at(from),
            not_after: at(until),
            sha256: Digest([0; 32]),
            der: Box::default(),
            usages: Vec::new(),
            authority: false,
            chain: Vec::new(),
        };
        CertificateDetails {
            facts,
            sha1: String::new(),
            spki_sha256: Digest([0; 32]),
            key: "RSA 1024".into(),
            key_bits: 80,
            signature: "RSA with SHA-1".into(),
            weak_signature: true,
            names: Vec::new(),
            path_length: None,
            usages: Vec::new(),
            purposes: Vec::new(),
            subject_key: None,
            issuer_key: None,
            policies: Vec::new(),
            ocsp: Vec::new(),
            issuer_at: Vec::new(),
            revocation_lists: Vec::new(),
            others: Vec::new(),
            critical: Vec::new(),
        }
    }

    #[test]
    fn concerns_follow_from_dates_signature_and_key() {
        let (mut read, at) = (details(100, 200), Time::from_second);
        let weak = [Concern::WeakSignature("RSA with SHA-1".into()), Concern::WeakKey("RSA 1024".into())];
        assert_eq!(read.concerns(at(100)), weak);
        // It holds at its last second (RFC 5280 section 4.1.2.5).
        assert_eq!(read.concerns(at(200)), weak);
        assert_eq!(read.concerns(at(201))[0], Concern::Expired(at(200)));
        assert_eq!(read.concerns(at(99))[0], Concern::NotYet(at(100)));
        (read.key_bits, read.facts.issuer) = (112, "CN=a".into());
        assert!(read.concerns(at(150)).is_empty(), "nobody relies on a root's own signature");
    }
}
