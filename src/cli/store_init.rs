//! `store init-token`: a token is labelled and given its PINs. What was in it is gone, so it is asked for by its label.

use std::path::PathBuf;

use clap::Args;

use super::args::Common;
use super::end::Ends;

#[derive(Args)]
#[command(after_help = "\
Whatever is in the token is destroyed. A token that was initialised before is made anew only where --confirm-label names its
present label, and needs the PIN that its security officer has; for a blank one that PIN is a new one. --pin-fd is the new PIN of
its user. Without the descriptors each is asked for at the prompt, new ones twice. No PIN is kept or tried twice.

Examples:
  keystead store init-token --module /usr/lib/softhsm/libsofthsm2.so --slot 0 --label office
  keystead store init-token --module /usr/lib/softhsm/libsofthsm2.so --token old --label office --confirm-label old")]
pub(super) struct InitTokenArgs {
    /// The PKCS#11 library
    #[arg(long, value_name = "PATH")]
    module: PathBuf,
    /// The number of the slot that the token is in
    #[arg(long, value_name = "N", required_unless_present = "token", conflicts_with = "token")]
    slot: Option<u64>,
    /// The token's present label, or its serial number
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
    /// What it is to be called: 1 to 32 bytes
    #[arg(long, value_name = "LABEL")]
    label: String,
    /// Read the PIN of the token's security officer from this file descriptor
    #[arg(long, value_name = "N")]
    so_pin_fd: Option<u32>,
    /// The present label of a token that was initialised before: destroy whatever is in it
    #[arg(long, value_name = "LABEL")]
    confirm_label: Option<String>,
}

#[cfg(feature = "pkcs11")]
pub(super) use here::run;

#[cfg(feature = "pkcs11")]
mod here {
    use serde::Serialize;

    use super::{Common, Ends, InitTokenArgs};
    use crate::cli::end::{End, Failure};
    use crate::cli::output::{json, line, say};
    use crate::cli::passphrase::{Source, ask, can_ask};
    use crate::cli::session::Session;
    use crate::custodian::init_token::{InitToken, InitialisedToken, WhichToken};
    use crate::model::name;
    use crate::secret::Passphrase;

    /// Initialises a token.
    pub(in crate::cli) fn run(args: &InitTokenArgs, common: &Common) -> Ends {
        let session = Session::work(common)?;
        let token = match (args.slot, &args.token) {
            (Some(slot), _) => WhichToken::Slot(slot),
            (None, named) => WhichToken::Called(named.clone().unwrap_or_default()),
        };
        let (module, label) = (args.module.clone(), args.label.clone());
        let wanted = InitToken { module, token, label, confirmed: args.confirm_label.clone() };
        let before = session.custodian.may_init_token(&wanted)?;
        let so_pin = pin(args.so_pin_fd, "--so-pin", "PIN of the security officer: ", before.blank)?;
        let user = pin(common.openers.pin_fd, "--pin", "New PIN of the user: ", true)?;
        let made = session.custodian.init_token(&wanted, &so_pin, &user)?;
        session.close();
        told(&made, &before, common)
    }

    fn pin(fd: Option<u32>, option: &'static str, prompt: &str, is_new: bool) -> Result<Passphrase, Failure> {
        let source = Source { fd, file: None, option };
        if let Some(given) = source.read()? {
            return Ok(given);
        }
        if !can_ask() {
            return Err(Failure::wrong_use(format!("A PIN is needed. Give it with {option}-fd N, or at the prompt.")));
        }
        if is_new { source.read_or_ask_twice(prompt) } else { ask(prompt) }
    }

    #[derive(Serialize)]
    struct Facts<'a> {
        label: &'a str,
        serial: &'a str,
        product: &'a str,
        slot: u64,
        before: Option<&'a str>,
    }

    fn told(made: &InitialisedToken, before: &InitialisedToken, common: &Common) -> Ends {
        let InitialisedToken { label, serial, product, slot, .. } = made;
        if common.json {
            let before = (!before.blank).then_some(&*before.label);
            json(&Facts { label, serial, product, slot: *slot, before })?;
            return Ok(End::Done);
        }
        line(&format!("Initialised the token “{}”: {product}, serial number {}.", name::shown(label), name::shown(serial)))?;
        say("Keep the PIN of the security officer apart: with it a PIN that was locked can be set anew.");
        Ok(End::Done)
    }
}

/// Says that this build cannot.
#[cfg(not(feature = "pkcs11"))]
pub(super) fn run(args: &InitTokenArgs, _common: &Common) -> Ends {
    let _ = (&args.module, args.slot, &args.token, &args.label, args.so_pin_fd, &args.confirm_label);
    Err(super::end::Failure::wrong_use("This build of Keystead has no PKCS#11. `keystead --help` shows what it can do."))
}
