//! Signing a file: the store signs, the signature is verified, put on record, written, read back and verified again.

use std::path::Path;

use super::core::Custodian;
use super::error::CustodianError;
use super::export::Aim;
use super::outcome::Outcome;
use super::signed_file::SignedFile;
use crate::crypto::{self, SignatureHash};
use crate::formats::signature::{Message as _, Over, Read, SignatureError, cms, jws, sshsig};
use crate::model::{Digest, Event, SignatureForm, Target, Version, VersionRef, name};

/// For what OpenSSH's form is unless something else is named: what `ssh-keygen -Y sign -n file` writes.
pub const FILE_NAMESPACE: &str = "file";

impl From<SignatureError> for CustodianError {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Unread(sentence) => Self::Unread(sentence),
            error => Self::NotSigned(error),
        }
    }
}

impl Custodian {
    /// Signs a file and writes the signature beside it.
    pub(super) fn sign_file(
        &self,
        of: VersionRef,
        path: &Path,
        form: SignatureForm,
        namespace: Option<&str>,
        target: &Target,
    ) -> Result<Outcome, CustodianError> {
        let namespace = namespace_of(form, namespace)?;
        let now = self.now();
        let (name, version) =
            self.read(|inventory| inventory.may_sign(of, now).map(|(key, version)| (key.name.clone(), version.clone())))?;
        let file = SignedFile::open(path)?;
        let aim = Aim::of(target)?;
        if let Target::File { path: out, .. } = target
            && file.is_at(out)
        {
            return Err(CustodianError::Input("The signature would replace the file that is signed. Name another file.".into()));
        }
        let digest = sha256(&file)?;
        let bytes = self.signature_of(of, &version, &file, form, namespace)?;
        let fits = |bytes: &[u8]| self.is_by(form, bytes, &version, &file);
        if !fits(&bytes) || sha256(&file)? != digest {
            return Err(CustodianError::Unfit(path.to_owned()));
        }
        self.append(vec![Event::Signed { version: of, form, file: digest, signature: crypto::sha256(&bytes) }])?;
        let outcome = self.put(&aim, bytes, fits)?;
        let notice = format!("Signed by {}, version {} ({}).", name::shown(&name), of.version, version.algorithm.name());
        Ok(Outcome { keys: vec![of.key], notice: Some(notice), ..outcome })
    }

    fn signature_of(
        &self,
        of: VersionRef,
        version: &Version,
        file: &SignedFile,
        form: SignatureForm,
        namespace: &str,
    ) -> Result<Vec<u8>, CustodianError> {
        let spki = &version.public_key;
        match form {
            SignatureForm::Raw => self.sign(of, &file.whole()?),
            SignatureForm::SshSig => {
                let no_form = SignatureError::NoForm { algorithm: version.algorithm.name(), form: form.name() };
                if !version.algorithm.has_openssh_form() {
                    return Err(no_form.into());
                }
                let signature = self.sign(of, &sshsig::signed_data(namespace, file)?)?;
                Ok(sshsig::armoured(spki, namespace, &signature).map_err(|_| no_form)?.into_bytes())
            }
            SignatureForm::Jws => {
                let head = jws::head(spki)?;
                let signature = self.sign(of, &jws::signed_data(&head, file)?)?;
                Ok(jws::write(&head, version.algorithm, &signature)?.into_bytes())
            }
            SignatureForm::Cms => {
                let certificate = version.certificate.as_ref().ok_or(SignatureError::NoCertificate)?;
                let draft = cms::draft(version.algorithm, file, self.now())?;
                let signature = self.sign(of, draft.signed_data())?;
                let chain = certificate.chain.iter().map(|above| &*above.0);
                let certificates: Vec<&[u8]> = std::iter::once(&*certificate.der).chain(chain).collect();
                Ok(draft.finish(&certificates, &signature)?)
            }
        }
    }

    /// Whether a signature, read anew, is that of a version over the file.
    fn is_by(&self, form: SignatureForm, bytes: &[u8], version: &Version, file: &SignedFile) -> bool {
        match form {
            SignatureForm::Raw => {
                file.whole().is_ok_and(|whole| crypto::verify(&version.public_key, &whole, bytes).unwrap_or(false))
            }
            form => read(form, bytes, file).is_ok_and(|found| found.verify(&version.public_key).unwrap_or(false)),
        }
    }
}

/// Reads a signature of one of the forms that say how they were made.
pub(super) fn read(form: SignatureForm, bytes: &[u8], file: &SignedFile) -> Result<Read, SignatureError> {
    match form {
        SignatureForm::SshSig => sshsig::read(bytes, file),
        SignatureForm::Cms => cms::read(bytes, file),
        SignatureForm::Jws => jws::read(bytes, file),
        SignatureForm::Raw => Ok(Read {
            public_key: None,
            signer: None,
            certificate: None,
            said_at: None,
            namespace: None,
            over: Over::Bytes(file.whole()?, None),
            signature: bytes.to_vec(),
            fits: |_| true,
        }),
    }
}

/// SHA-256 of the file, in pieces.
pub(super) fn sha256(file: &SignedFile) -> Result<Digest, SignatureError> {
    let digest = file.digest(SignatureHash::Sha256)?;
    // It has 32 bytes by its name.
    Ok(Digest(digest.try_into().unwrap_or([0; 32])))
}

fn namespace_of(form: SignatureForm, namespace: Option<&str>) -> Result<&str, CustodianError> {
    match (form, namespace) {
        (SignatureForm::SshSig, None) => Ok(FILE_NAMESPACE),
        (SignatureForm::SshSig, Some(namespace)) if namespace.is_empty() || namespace.chars().any(char::is_control) => {
            Err(CustodianError::Input("A namespace is a word or an address, such as file or release@example.com.".into()))
        }
        (SignatureForm::SshSig, Some(namespace)) => Ok(namespace),
        (_, None) => Ok(""),
        (form, Some(_)) => Err(CustodianError::Input(format!(
            "A namespace goes with the OpenSSH form alone; a {} has none. Leave it out, or choose sshsig.",
            form.name()
        ))),
    }
}
