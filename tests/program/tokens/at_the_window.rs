//! Keys that want the PIN for each use, at the line that the window holds: what it is asked, who waits meanwhile and who
//! does not, and what becomes of each answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::crypto::SignatureHash;
use keystead::custodian::agent::Client;
use keystead::custodian::at_stores::{StoreReport, StoreRequest};
use keystead::custodian::link::{AgentReport, Link, Report, Request, Ticket, pair};
use keystead::custodian::questions::{PinAnswer, PinQuestion};
use keystead::custodian::reconcile::Adoptee;
use keystead::custodian::store::Reach;
use keystead::custodian::{CustodianError, Outcome, serve};
use keystead::model::{AgentUse, Command, Format, KeyId, Purpose, RequestProfile, StoreKind, Target, VersionRef};
use keystead::stores::StoreError;
use keystead::stores::pkcs11::TokenError;

use super::super::alone::{alone_after, with_token};
use super::super::lab::{Lab, passphrase, spec};
use super::super::support::{PASSPHRASE, end_of, has, skip};
use super::{Hsm, PIN, function};

/// No answer takes longer on a busy machine.
const LONGEST: Duration = Duration::from_mins(1);

/// Each login for one use is noted: the second argument of `C_Login` is 2 then.
const COUNTED: &str = r#"if ((unsigned long)b == 2) { FILE *f = fopen("uses", "a"); fprintf(f, "%.*s\n", (int)d, c); fclose(f); }
    return real(a, b, c, d);"#;

/// The PINs that were given for one use each, in order.
fn uses() -> Vec<String> {
    std::fs::read_to_string("uses").unwrap_or_default().lines().map(str::to_owned).collect()
}

/// A window's end of the line, without the window.
struct Seat {
    link: Link,
    lab: Lab,
    /// What was told and not looked at yet.
    told: Vec<Report>,
}

type Ended = Result<Outcome, CustodianError>;

impl Seat {
    /// At an inventory of files that is open, with the token of a module in it, logged in.
    fn at(module: &str) -> Self {
        let lab = Lab::new();
        lab.set_up(StoreKind::Files).close();
        let (link, end) = pair();
        serve(lab.env(), end, Arc::new(|| ())).unwrap();
        let mut seat = Self { link, lab, told: Vec::new() };
        seat.asks(Request::Unlock(Some(passphrase(PASSPHRASE)))).unwrap();
        let add = StoreRequest::AddToken {
            name: "hsm".into(),
            module: module.into(),
            token: "office".into(),
            pin: Some(passphrase(PIN)),
        };
        seat.asks(Request::Stores(add)).unwrap();
        seat
    }

    /// With a key in the token that wants the PIN for each use, taken over.
    fn with_key(module: &str) -> (Self, KeyId) {
        let mut seat = Self::at(module);
        let ticket = seat.adopts();
        let (id, question) = seat.asked();
        assert_eq!((question.key, question.object.as_str()), (None, "0c"), "it is not in the inventory yet");
        assert_eq!(question.purpose, "a signature that proves it, to take it over as signature");
        seat.answers(id, PinAnswer::Typed(passphrase(PIN)));
        let key = seat.end_of(ticket).unwrap().keys[0];
        let _ = std::fs::remove_file("uses");
        (seat, key)
    }

    fn adopts(&mut self) -> Ticket {
        let (object, name) = ("0c".into(), "signature".into());
        let wanted = Adoptee { object, name, purpose: Purpose::Ssh, owner: String::new() };
        self.link.send(Request::Stores(StoreRequest::Adopt("hsm".into(), wanted)))
    }

    /// Has a request written for a key.
    fn requests(&mut self, key: KeyId, path: &Path) -> Ticket {
        let profile = RequestProfile { subject: "CN=a.example".into(), ..RequestProfile::default() };
        let (version, target) = (VersionRef { key, version: 1 }, Target::File { path: path.into(), replace: false });
        let command = Command::Request { version, profile, format: Format::RequestPem, recipient: None, target };
        self.link.send(Request::Run(command))
    }

    /// Waits for what fits; the rest stays to be looked at.
    #[track_caller]
    fn wait<R>(&mut self, what: &str, fits: impl Fn(Report) -> Result<R, Box<Report>>) -> R {
        let until = Instant::now() + LONGEST;
        loop {
            while let Some(report) = self.link.poll() {
                self.told.push(report);
            }
            let mut found = None;
            for report in std::mem::take(&mut self.told) {
                match if found.is_none() { fits(report) } else { Err(report.into()) } {
                    Ok(this) => found = Some(this),
                    Err(other) => self.told.push(*other),
                }
            }
            if let Some(found) = found {
                return found;
            }
            assert!(Instant::now() < until, "{what} did not come");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The question that is asked now.
    #[track_caller]
    fn asked(&mut self) -> (u64, PinQuestion) {
        self.wait("a question", |report: Report| match report {
            Report::PinAsked { id, question } => Ok((id, question)),
            other => Err(other.into()),
        })
    }

    #[track_caller]
    fn settled(&mut self, wanted: u64) {
        self.wait("the end of a question", |report: Report| match report {
            Report::PinSettled(id) if id == wanted => Ok(()),
            other => Err(other.into()),
        });
    }

    fn answers(&mut self, id: u64, answer: PinAnswer) {
        self.link.send(Request::AnswerPin { id, answer });
    }

    #[track_caller]
    fn end_of(&mut self, wanted: Ticket) -> Ended {
        self.wait("the end of a request", |report: Report| match report {
            Report::Finished { ticket, result } if ticket == wanted => Ok(result),
            other => Err(other.into()),
        })
    }

    #[track_caller]
    fn asks(&mut self, request: Request) -> Ended {
        let ticket = self.link.send(request);
        self.end_of(ticket)
    }

    /// Nothing of it was left half done.
    fn is_whole(&self) {
        let inventory = self.lab.look();
        assert!(inventory.read(|inventory| inventory.open_operations().is_empty()));
    }
}

/// `openssl` says that a request is signed.
fn verifies(path: &Path) {
    let mut openssl = std::process::Command::new("openssl");
    let said = end_of({
        openssl.args(["req", "-verify", "-noout", "-in"]).arg(path);
        openssl
    });
    assert!((said.text() + &said.stderr).contains("verify OK"), "{said:?}");
}

fn with_rsa(hsm: &Hsm) {
    hsm.tool(&["--keypairgen", "--key-type", "rsa:2048", "--id", "0c", "--always-auth", "--usage-sign"]);
}

fn token_error(ended: Ended) -> TokenError {
    match ended.unwrap_err() {
        CustodianError::Store(StoreError::Token(error)) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_use_waits_for_its_pin_and_holds_up_nothing_else() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let (mut seat, key) = Seat::with_key(&hsm.module_with("count", function::LOGIN, COUNTED));
        let path = seat.lab.path("request.pem");
        let ticket = seat.requests(key, &path);
        let (id, question) = seat.asked();
        assert_eq!((question.store.as_str(), question.key), ("hsm", Some(key)));
        assert_eq!(question.purpose, "a certificate request");
        assert!(!question.at_reader && !question.was_wrong);
        // The same token is looked at, the home store makes a key, and a second use of the key is asked for beside the first.
        seat.asks(Request::Stores(StoreRequest::Health(None))).unwrap();
        let open = |report: Report| match report {
            Report::Stores { told: StoreReport::Health(health), .. } if &*health.store.name == "hsm" => Ok(health.reach),
            other => Err(other.into()),
        };
        assert_eq!(seat.wait("how the token is", open), Reach::Open);
        let other = spec("other", seat.lab.now());
        seat.asks(Request::Run(Command::Generate(vec![other]))).unwrap();
        let second = seat.lab.path("second.pem");
        let beside = seat.requests(key, &second);
        let (next, _) = seat.asked();
        seat.answers(next, PinAnswer::Typed(passphrase(PIN)));
        seat.end_of(beside).unwrap();
        assert!(!path.exists() && uses().len() == 1);
        seat.answers(id, PinAnswer::Typed(passphrase(PIN)));
        seat.settled(id);
        seat.end_of(ticket).unwrap();
        verifies(&path);
        verifies(&second);
        assert_eq!(uses(), [PIN, PIN]);
    });
}

#[test]
fn a_wrong_pin_is_said_and_the_person_may_type_another() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let (mut seat, key) = Seat::with_key(&hsm.module_with("count", function::LOGIN, COUNTED));
        let path = seat.lab.path("request.pem");
        let ticket = seat.requests(key, &path);
        let (id, _) = seat.asked();
        seat.answers(id, PinAnswer::Typed(passphrase("0000")));
        let (again, question) = seat.asked();
        assert!(question.was_wrong && question.tries.contains("wrong"), "{question:?}");
        assert_eq!(uses(), ["0000"], "it was tried once");
        seat.answers(again, PinAnswer::Typed(passphrase(PIN)));
        seat.end_of(ticket).unwrap();
        verifies(&path);
        assert_eq!(uses(), ["0000", PIN]);
        // Cancelled after a wrong one, the token stays open and the key signs the next time.
        let ticket = seat.requests(key, &seat.lab.path("cancelled.pem"));
        let (id, _) = seat.asked();
        seat.answers(id, PinAnswer::Typed(passphrase("0000")));
        let (again, _) = seat.asked();
        seat.answers(again, PinAnswer::Refused);
        assert!(matches!(token_error(seat.end_of(ticket)), TokenError::UseRefused(_)));
        let third = seat.lab.path("third.pem");
        let ticket = seat.requests(key, &third);
        let (id, _) = seat.asked();
        seat.answers(id, PinAnswer::Typed(passphrase(PIN)));
        seat.end_of(ticket).unwrap();
        verifies(&third);
        assert_eq!(uses(), ["0000", PIN, "0000", PIN]);
    });
}

#[test]
fn a_use_that_is_cancelled_leaves_nothing_half_done() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let module = hsm.module_with("count", function::LOGIN, COUNTED);
        let mut seat = Seat::at(&module);
        let ticket = seat.adopts();
        let (id, _) = seat.asked();
        seat.answers(id, PinAnswer::Refused);
        assert!(matches!(token_error(seat.end_of(ticket)), TokenError::UseRefused(_)));
        assert_eq!(seat.lab.look().read(|inventory| inventory.keys().len()), 0, "it was not taken over");
        let ticket = seat.adopts();
        let (id, _) = seat.asked();
        seat.answers(id, PinAnswer::Typed(passphrase(PIN)));
        let key = seat.end_of(ticket).unwrap().keys[0];
        let path = seat.lab.path("request.pem");
        let ticket = seat.requests(key, &path);
        let (id, _) = seat.asked();
        // Whoever locks meanwhile ends it as well.
        seat.asks(Request::Lock).unwrap();
        seat.settled(id);
        assert!(seat.end_of(ticket).is_err());
        assert!(!path.exists());
        seat.answers(id, PinAnswer::Typed(passphrase(PIN)));
        seat.is_whole();
        assert_eq!(uses(), [PIN], "the answer came too late for any use");
    });
}

#[test]
fn a_use_that_nobody_answers_is_cancelled_in_time() {
    if !has("softhsm2-util") || !has("pkcs11-tool") || !has("cc") {
        return skip("a_use_that_nobody_answers_is_cancelled_in_time", "SoftHSM is not installed");
    }
    alone_after(&["env", "SOFTHSM2_CONF=softhsm2.conf", "KEYSTEAD_TEST_PIN_PATIENCE=1500"], || {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let mut seat = Seat::at(&hsm.module_with("count", function::LOGIN, COUNTED));
        let ticket = seat.adopts();
        let (id, _) = seat.asked();
        seat.settled(id);
        let error = token_error(seat.end_of(ticket));
        assert!(error.to_string().contains("was not given in time") && error.to_string().contains("is as it was"), "{error}");
        assert_eq!(uses(), [""; 0]);
    });
}

/// A reader with a pad: without a PIN it has somebody type it, who is in a file.
const PAD: &str = r#"if (c) return 0x54; char pin[64] = {0}; FILE *f = fopen("pad", "r"); fgets(pin, 64, f); fclose(f);
    f = fopen("uses", "a"); if ((unsigned long)b == 2) fprintf(f, "%s\n", pin); fclose(f);
    return real(a, b, pin, strlen(pin));"#;

#[test]
fn a_reader_asks_for_each_use_itself_and_the_person_is_told() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let flag = "unsigned long r = real(a, b); *(unsigned long *)(b + 96) |= 0x100; return r;";
        let module = hsm.module_of("pad", &[(function::GET_TOKEN_INFO, flag), (function::LOGIN, PAD)]);
        std::fs::write("pad", PIN).unwrap();
        let mut seat = Seat::at(&module);
        let ticket = seat.adopts();
        let (id, question) = seat.asked();
        assert!(question.at_reader && !question.was_wrong);
        seat.settled(id);
        let key = seat.end_of(ticket).unwrap().keys[0];
        std::fs::remove_file("uses").unwrap();
        // A wrong one at the reader: it asks once more when the person says so, and not before.
        std::fs::write("pad", "0000").unwrap();
        let path = seat.lab.path("request.pem");
        let ticket = seat.requests(key, &path);
        let (first, _) = seat.asked();
        let (again, question) = seat.asked();
        seat.settled(first);
        assert!(question.at_reader && question.was_wrong);
        std::fs::write("pad", PIN).unwrap();
        assert_eq!(uses(), ["0000"]);
        seat.answers(again, PinAnswer::AtReader);
        seat.settled(again);
        seat.end_of(ticket).unwrap();
        verifies(&path);
        assert_eq!(uses(), ["0000", PIN]);
    });
}

#[test]
fn the_agent_asks_for_each_use_and_says_what_it_refused() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_rsa(&hsm);
        let (mut seat, key) = Seat::with_key(&hsm.module_with("count", function::LOGIN, COUNTED));
        let usage = Some(AgentUse { confirm: false, lifetime_seconds: None });
        seat.asks(Request::Run(Command::SetAgent { keys: vec![key], usage })).unwrap();
        seat.link.send(Request::ServeAgent(true));
        let on = |report: Report| match report {
            Report::Agent(AgentReport::On(path)) => Ok(path),
            other => Err(other.into()),
        };
        let place: PathBuf = seat.wait("the agent", on);
        let sign = move || {
            let mut client = Client::connect(&place).unwrap();
            let key = client.identities().unwrap().remove(0);
            client.sign(&key, b"what is signed", Some(SignatureHash::Sha512)).is_ok()
        };
        for (answer, signs) in [(PinAnswer::Typed(passphrase(PIN)), true), (PinAnswer::Refused, false)] {
            let asking = std::thread::spawn(sign.clone());
            let (id, question) = seat.asked();
            assert!(question.purpose.starts_with("data of another kind, asked by "), "{}", question.purpose);
            seat.answers(id, answer);
            assert_eq!(asking.join().unwrap(), signs);
        }
        let refused = |report: Report| match report {
            Report::AgentRefused(sentence) => Ok(sentence),
            other => Err(other.into()),
        };
        let told = seat.wait("what was refused", refused);
        assert!(told.contains("got no signature of signature. Cancelled: the PIN of hsm was not given"), "{told}");
        assert_eq!(uses(), [PIN]);
    });
}
