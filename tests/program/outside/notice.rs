//! A notice of revocation, held to its schema and checked as the one who receives it would.

use keystead::formats::notice::{self, Notice, Reason, Replacement};
use keystead::model::{Algorithm, Digest, KeyId};

use super::sshsig::{accepts, sign_into};
use crate::shell::schema;
use crate::support::{has, skip};

fn revoked(reason: (&str, u8, u8)) -> Notice {
    Notice {
        name: "shop.example.com".into(),
        key: KeyId([7; 16]),
        version: 1,
        algorithm: Algorithm::EcdsaP256,
        spki_sha256: Digest([1; 32]),
        ssh_fingerprint: Some(Digest([2; 32])),
        reason: Reason { word: reason.0.into(), rfc5280: reason.1, kmip: reason.2 },
        compromised_since: None,
        revoked_at: "2026-11-25T10:00:00Z".parse().unwrap(),
        revoked_by: "mira@laptop".into(),
        replacement: None,
    }
}

#[test]
fn a_notice_fits_its_schema() {
    for reason in [("key-compromise", 1, 2), ("cessation", 5, 6), ("unspecified", 0, 1)] {
        let bare = revoked(reason);
        let full = Notice {
            compromised_since: Some(bare.revoked_at.plus_days(-30)),
            replacement: Some(Replacement {
                version: 2,
                algorithm: Algorithm::MlDsa65,
                spki_sha256: Digest([3; 32]),
                ssh_fingerprint: None,
            }),
            ssh_fingerprint: None,
            ..bare.clone()
        };
        for notice in [bare, full] {
            schema::check("notice", &serde_json::from_str(&notice::json(&notice)).unwrap());
        }
    }
}

#[test]
fn the_command_that_a_notice_names_accepts_it() {
    if !has("ssh-keygen") {
        return skip("the_command_that_a_notice_names_accepts_it", "ssh-keygen is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let text = notice::text(&revoked(("superseded", 4, 5)));
    assert!(text.contains(&format!("ssh-keygen -Y verify -f ALLOWED_SIGNERS -I SENDER -n {} -s", notice::NAMESPACE)), "{text}");
    sign_into(folder.path(), Algorithm::Ed25519, notice::NAMESPACE, text.as_bytes());
    let (accepted, said) = accepts(folder.path(), "verify", notice::NAMESPACE);
    assert!(accepted, "{said}");
}
