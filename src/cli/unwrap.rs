//! `unwrap`: what was wrapped under a key of a token becomes a key of it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{json, line};
use super::select;
use super::session::Session;
use super::words;
use crate::custodian::Unwrap;
use crate::model::{Algorithm, Format, Purpose};

/// No wrapped key and no file with a public half is longer, in bytes.
const LONGEST: u64 = 1 << 20;

#[derive(Args)]
#[command(after_help = "\
The key above lies in a token, and what was wrapped is unwrapped there: this machine never sees it. From then on it cannot be
taken out; that it came from outside stays on record. Under an AES key it is aes-kwp (RFC 5649) or aes-kw (RFC 3394), under an RSA
key rsa-oaep. A pair is PKCS#8, a symmetric key its bytes. The public half of an elliptic curve does not follow from what
is wrapped and comes from a file with it or with the certificate.

Example:
  keystead unwrap signer --in signer.wrapped --under transport-key --algorithm p256 --public signer.pem --pin-fd 3 3<pin.txt")]
pub(super) struct UnwrapArgs {
    /// What it is to be called
    name: String,
    /// The file that was wrapped
    #[arg(long = "in", value_name = "FILE")]
    file: PathBuf,
    /// The key it was wrapped under
    #[arg(long, value_name = "KEY")]
    under: String,
    /// What it is: aes128, aes192, aes256, p256, p384, p521, ed25519, rsa2048, rsa3072 or rsa4096
    #[arg(long, value_name = "A", value_parser = words::algorithm)]
    algorithm: Algorithm,
    /// aes-kwp, aes-kw or rsa-oaep [default: what fits the key above]
    #[arg(long, value_name = "F", value_parser = words::wrapped_format)]
    format: Option<Format>,
    /// A file with its public half or its certificate
    #[arg(long, value_name = "FILE")]
    public: Option<PathBuf>,
    /// What it is for
    #[arg(long, value_name = "P", default_value = "custom", value_parser = words::purpose)]
    purpose: Purpose,
}

/// Unwraps a key.
pub(super) fn run(args: &UnwrapArgs, common: &Common) -> Ends {
    let wrapped = read(&args.file)?;
    let public = args.public.as_deref().map(read).transpose()?;
    let session = Session::work(common)?;
    let under = select::version(&session.custodian, &args.under, None)?;
    let wanted = Unwrap {
        name: args.name.clone(),
        purpose: args.purpose,
        algorithm: args.algorithm,
        under,
        format: args.format,
        place: std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone()).to_string_lossy().into_owned(),
        wrapped,
        public,
    };
    let outcome = session.custodian.unwrap_key(&wanted)?;
    session.close();
    if common.json {
        json(&Done::from(&outcome))?;
    } else if let Some(notice) = &outcome.notice {
        line(notice)?;
    }
    Ok(End::Done)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let trouble = |cause| Failure::failed(format!("{} cannot be read: {cause}. Nothing was made.", path.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(trouble)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::wrong_use(format!("{} is longer than any wrapped key.", path.display())));
    }
    Ok(bytes)
}
