//! How others verify a signature that was made here: the command of a program that they have, ready to be sent.

use std::path::Path;

use crate::formats::openssh;
use crate::model::{Algorithm, SignatureForm, Version};

/// What to send with a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HowToVerify {
    /// For a POSIX shell, in the folder of both files.
    pub command: String,
    /// What it needs besides them, as a sentence; empty where it needs nothing.
    pub needs: &'static str,
}

/// How a signature by a version over a file is verified by others. Of both files only the names are told: theirs lie
/// elsewhere. `namespace` counts for OpenSSH's form alone.
pub fn how_to_verify(
    signer: &str,
    version: &Version,
    form: SignatureForm,
    namespace: &str,
    file: &Path,
    signature: &Path,
) -> HowToVerify {
    let (file, signature) = (quoted(&name(file)), quoted(&name(signature)));
    let pem = "pub.pem is the public key in PEM: export it, and send it with the file.";
    match form {
        SignatureForm::SshSig => ssh_keygen(signer, version, namespace, &file, &signature),
        SignatureForm::Cms if version.algorithm == Algorithm::Ed25519 => HowToVerify {
            command: cms(&file, &signature),
            needs: "ca.pem is the root certificate that they trust. OpenSSL 3.0 reads no Ed25519 in CMS; newer ones may.",
        },
        SignatureForm::Cms => {
            HowToVerify { command: cms(&file, &signature), needs: "ca.pem is the root certificate that they trust." }
        }
        SignatureForm::Jws if !jose_knows(version.algorithm) => HowToVerify {
            command: format!("keystead verify {file} --signature {signature}"),
            needs: "They import the public key first. The program jose does not know its algorithm; other JOSE libraries may.",
        },
        SignatureForm::Jws => HowToVerify {
            command: format!("jose jws ver -i {signature} -I {file} -k pub.jwk -O /dev/null && echo good"),
            needs: "pub.jwk is the public key as JWK: export it, and send it with the file.",
        },
        SignatureForm::Raw => HowToVerify { command: openssl(version.algorithm, &file, &signature), needs: pem },
    }
}

/// With the key in the command, so that a line is all that has to be sent (ssh-keygen(1), ALLOWED SIGNERS).
fn ssh_keygen(signer: &str, version: &Version, namespace: &str, file: &str, signature: &str) -> HowToVerify {
    let who: String = signer.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
    let Ok(line) = openssh::line(&version.public_key, "") else {
        // Nothing was signed in this form by such a key.
        let command = format!("keystead verify {file} --signature {signature}");
        return HowToVerify { command, needs: "They import the public key first." };
    };
    let allowed = quoted(&format!("{who} {}", line.trim()));
    let namespace = quoted(namespace);
    HowToVerify {
        command: format!(
            "echo {allowed} > allowed_signers\nssh-keygen -Y verify -f allowed_signers -I {who} -n {namespace} -s {signature} < {file}"
        ),
        needs: "",
    }
}

fn cms(file: &str, signature: &str) -> String {
    format!("openssl cms -verify -binary -inform DER -in {signature} -content {file} -CAfile ca.pem -out /dev/null")
}

/// What `jose alg` lists.
const fn jose_knows(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::EcdsaP256
            | Algorithm::EcdsaP384
            | Algorithm::EcdsaP521
            | Algorithm::EcdsaSecp256k1
            | Algorithm::Rsa2048
            | Algorithm::Rsa3072
            | Algorithm::Rsa4096
            | Algorithm::Rsa(_)
    )
}

/// ECDSA hashes by the size of its curve here, RSA always with SHA-256.
fn openssl(algorithm: Algorithm, file: &str, signature: &str) -> String {
    let hash = match algorithm {
        Algorithm::EcdsaP256
        | Algorithm::EcdsaSecp256k1
        | Algorithm::Rsa2048
        | Algorithm::Rsa3072
        | Algorithm::Rsa4096
        | Algorithm::Rsa(_)
        | Algorithm::RsaPss(_) => "sha256",
        Algorithm::EcdsaP384 => "sha384",
        Algorithm::EcdsaP521 => "sha512",
        _ => return format!("openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in {file} -sigfile {signature}"),
    };
    format!("openssl dgst -{hash} -verify pub.pem -signature {signature} {file}")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '@')
}

/// For a POSIX shell; a name that begins with a dash would be taken for an option.
fn quoted(text: &str) -> String {
    let text = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    if !text.is_empty() && text.chars().all(|letter| plain(letter) || letter == '/') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_shell() {
        assert_eq!(quoted("a-b_1.tar.gz"), "a-b_1.tar.gz");
        assert_eq!(quoted("it's; rm -rf ~"), r"'it'\''s; rm -rf ~'");
        assert_eq!(quoted("-x"), "./-x");
        assert_eq!(quoted(""), "''");
    }
}
