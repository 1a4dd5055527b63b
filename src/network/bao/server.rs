//! One server or one cluster: asks its addresses in turn until one answers for all of them.
//!
//! A call that may be repeated is sent again when a connection breaks, since it changes nothing or the same thing twice.
//! Any other is sent again only where it is certain that nothing came of the last time; otherwise
//! [`BaoError::Unsettled`] says so, and whoever asked looks first (see [`Server::settled`]).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::answer::{self, Away, Refusal, Verdict};
use super::call::{Call, Repeat};
use super::error::{BaoError, Capability};
use super::session::Session;
use crate::network::Cancel;
use crate::network::http::{Answer, Bounds, Endpoint, Http, HttpError, Identity, Method, Request, Roots};

/// The pause before the second round; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// So often all addresses are asked when nothing says that waiting helps.
const ROUNDS: u32 = 3;

/// So often one call follows a server that names another.
const REDIRECTS: u32 = 3;

/// So often a change is looked for and sent again.
const SETTLINGS: u32 = 3;

/// How to reach a server.
pub struct Connection {
    /// Its addresses, those of one cluster.
    pub addresses: Vec<Endpoint>,
    /// The namespace in which everything lies, if any.
    pub namespace: Option<String>,
    /// Who vouches for it.
    pub roots: Roots,
    /// A certificate of one's own.
    pub identity: Option<Identity>,
    /// How long to wait.
    pub bounds: Bounds,
}

/// A server of OpenBao or Vault, or a cluster.
pub struct Server {
    http: Http,
    addresses: Vec<Endpoint>,
    /// The one that answered last.
    current: AtomicUsize,
    namespace: Option<Box<str>>,
    pub(super) session: RwLock<Option<Session>>,
    cancel: RwLock<Cancel>,
}

/// Asked to wait, perhaps for so long.
#[derive(Copy, Clone)]
struct Busy(Option<Duration>);

/// What the tries so far came to.
#[derive(Default)]
struct Tries {
    away: Vec<(String, HttpError)>,
    /// The most telling answer that was no answer to the question.
    trouble: Option<BaoError>,
    /// Waiting helps: a leader is being chosen.
    passing: bool,
    /// Something broke at once, so that asking again costs nothing.
    quick: bool,
    /// Asked to wait.
    busy: Option<Busy>,
}

impl Server {
    /// Nothing is sent yet.
    pub fn new(connection: Connection) -> Result<Self, BaoError> {
        let Connection { addresses, namespace, roots, identity, bounds } = connection;
        let first = addresses.first().map(ToString::to_string).unwrap_or_default();
        if first.is_empty() {
            return Err(BaoError::Invalid("a server has at least one address".into()));
        }
        let http = Http::new(&roots, identity.as_ref(), bounds).map_err(|fault| BaoError::Barred { address: first, fault })?;
        let namespace = namespace.map(|name| name.trim_matches('/').to_owned()).filter(|name| !name.is_empty());
        Ok(Self {
            http,
            addresses,
            current: AtomicUsize::new(0),
            namespace: namespace.map(Into::into),
            session: RwLock::default(),
            cancel: RwLock::default(),
        })
    }

    /// From here on, this stops every call.
    pub fn set_cancel(&self, cancel: Cancel) {
        *self.cancel.write().unwrap_or_else(PoisonError::into_inner) = cancel;
    }

    pub(super) fn cancel(&self) -> Cancel {
        self.cancel.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests were sent so far.
    pub fn requests(&self) -> u64 {
        self.http.sent()
    }

    /// The address that answered last.
    pub fn address(&self) -> String {
        self.addresses.get(self.current.load(Ordering::Relaxed)).map(ToString::to_string).unwrap_or_default()
    }

    /// Asks, and returns the answer with the address it came from.
    pub(super) fn call(&self, call: &Call<'_>) -> Result<Answer, BaoError> {
        if self.cancel().is_cancelled() {
            return Err(BaoError::Cancelled);
        }
        if call.with_token {
            self.renew_if_due();
        }
        let until = Instant::now() + self.http.bounds().patience;
        let mut pause = FIRST_PAUSE;
        for round in 1.. {
            let tries = match self.round(call, until)? {
                Ok(answer) => return Ok(answer),
                Err(tries) => tries,
            };
            if let Some(Busy(Some(wait))) = tries.busy {
                pause = pause.max(wait);
            }
            let in_time = Instant::now() + pause < until;
            if !in_time || !(tries.passing || tries.busy.is_some() || (tries.quick && round < ROUNDS)) {
                return Err(tries.end(&self.address()));
            }
            self.rest(pause)?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(BaoError::Cancelled)
    }

    /// Every address once, the one that answered last first.
    fn round(&self, call: &Call<'_>, until: Instant) -> Result<Result<Answer, Tries>, BaoError> {
        let mut tries = Tries::default();
        let (count, first) = (self.addresses.len(), self.current.load(Ordering::Relaxed));
        for step in 0..count {
            let mut index = (first + step) % count;
            for _ in 0..=REDIRECTS {
                if call.at_leader && self.follows(index) {
                    tries.passing = true;
                    tries.trouble.get_or_insert(BaoError::NoLeader { address: self.name(index) });
                    break;
                }
                let answer = match self.send(index, call, until) {
                    Ok(answer) => answer,
                    Err(fault) => {
                        self.note(&mut tries, index, call, fault)?;
                        break;
                    }
                };
                match self.weigh(&mut tries, index, call, &answer)? {
                    Weighed::Done => {
                        self.current.store(index, Ordering::Relaxed);
                        return Ok(Ok(answer));
                    }
                    Weighed::Next => break,
                    Weighed::At(other) => index = other,
                }
            }
            if tries.busy.is_some() {
                break;
            }
        }
        Ok(Err(tries))
    }

    /// Another one leads, as far as this one knows. A lone address may be that of many servers, and is asked as it is.
    fn follows(&self, index: usize) -> bool {
        self.addresses.len() > 1 && self.health_at(index).is_ok_and(|health| health.standby)
    }

    fn send(&self, index: usize, call: &Call<'_>, until: Instant) -> Result<Answer, HttpError> {
        let endpoint = self.addresses.get(index).ok_or_else(|| HttpError::Machine("it has no such address".into()))?;
        // A copy, so that no lock is held while the network is waited for.
        let token =
            self.session.read().unwrap_or_else(PoisonError::into_inner).as_ref().filter(|_| call.with_token).map(Session::copy);
        let mut headers: Vec<(&'static str, &[u8])> = vec![("x-vault-request", b"true")];
        headers.extend(token.as_ref().map(|token| ("x-vault-token", token.expose())));
        let namespace = self.namespace.as_deref().filter(|_| !call.of_server);
        headers.extend(namespace.map(|name| ("x-vault-namespace", name.as_bytes())));
        let path = format!("v1/{}", call.path);
        let body = call.body.as_ref();
        let request = Request { method: call.method, path: &path, headers, body };
        self.http.send(endpoint, &request, until, &self.cancel())
    }

    /// A try without an answer.
    fn note(&self, tries: &mut Tries, index: usize, call: &Call<'_>, fault: HttpError) -> Result<(), BaoError> {
        let address = self.name(index);
        match fault {
            HttpError::Cancelled if call.repeat == Repeat::Safe => return Err(BaoError::Cancelled),
            fault if call.repeat == Repeat::Never && fault.may_have_arrived() => {
                let cause = Box::new(BaoError::Away(vec![(address, fault)]));
                return Err(BaoError::Unsettled { what: call.what(), cause });
            }
            fault if !fault.is_of_this_address() => return Err(BaoError::Barred { address, fault }),
            fault => {
                tries.quick |= matches!(fault, HttpError::Refused | HttpError::Closed | HttpError::Unreachable(_));
                tries.away.push((address, fault));
            }
        }
        Ok(())
    }

    fn weigh(&self, tries: &mut Tries, index: usize, call: &Call<'_>, answer: &Answer) -> Result<Weighed, BaoError> {
        let address = self.name(index);
        match answer::judge(answer, &address) {
            Verdict::Done => return Ok(Weighed::Done),
            Verdict::Later => tries.busy = Some(Busy(answer.retry_after)),
            Verdict::Elsewhere(Away::Shut) => tries.trouble = Some(self.shut(index)),
            Verdict::Elsewhere(Away::NoLeader) => {
                tries.passing = true;
                tries.trouble = Some(BaoError::NoLeader { address });
            }
            Verdict::Elsewhere(Away::Redirect(to)) => {
                // Whoever is sent on by a standby waits for its leader, should that one be gone.
                if let Some(other) = self.addresses.iter().position(|one| one.covers(&to)).filter(|other| *other != index) {
                    tries.passing = true;
                    tries.trouble.get_or_insert(BaoError::NoLeader { address });
                    return Ok(Weighed::At(other));
                }
                tries.trouble = Some(BaoError::Redirected { address, to });
            }
            Verdict::Unknown(error) if call.repeat == Repeat::Never => {
                return Err(BaoError::Unsettled { what: call.what(), cause: Box::new(self.fault_without_secrets(error)) });
            }
            Verdict::Unknown(error) => {
                tries.quick = true;
                tries.trouble = Some(self.fault_without_secrets(error));
            }
            Verdict::No(no) => return Err(self.refusal(no, call)),
        }
        Ok(Weighed::Next)
    }

    fn refusal(&self, no: Refusal, call: &Call<'_>) -> BaoError {
        match no {
            Refusal::Forbidden if !call.with_token => {
                BaoError::LoginRefused { method: call.login, reason: "permission denied".into() }
            }
            Refusal::Forbidden => self.why_forbidden(call),
            Refusal::Mount => BaoError::NoMount { mount: call.mount.to_owned() },
            Refusal::Absent => BaoError::Absent { path: call.shown_path().to_owned() },
            Refusal::Path => {
                let version = self.health().map(|health| health.version).unwrap_or_default();
                BaoError::OtherVersion { version, lacks: "know this request" }
            }
            Refusal::Invalid(words) if !call.login.is_empty() => {
                BaoError::LoginRefused { method: call.login, reason: self.without_secrets(&words) }
            }
            Refusal::Invalid(words) => BaoError::Invalid(self.without_secrets(&words)),
        }
    }

    /// Of an ended token and a missing capability the answer is the same; the token may ask about itself.
    fn why_forbidden(&self, call: &Call<'_>) -> BaoError {
        let (path, capability): (_, Capability) = (call.shown_path().to_owned(), call.need);
        let may_look = match &*self.session.read().unwrap_or_else(PoisonError::into_inner) {
            None => return BaoError::LoggedOut,
            Some(session) => session.may_look(),
        };
        let own = Call::read("auth/token/lookup-self", "auth/token");
        let index = self.current.load(Ordering::Relaxed);
        match self.send(index, &own, Instant::now() + self.http.bounds().answer) {
            Ok(answer) if answer.status == 200 => BaoError::Denied { path, capability },
            Ok(answer) if answer.status == 403 && may_look => BaoError::TokenEnded,
            _ => BaoError::Refused { path, capability },
        }
    }

    /// Sealed, or never set up.
    fn shut(&self, index: usize) -> BaoError {
        let address = self.name(index);
        match self.health_at(index) {
            Ok(health) if !health.initialised => BaoError::NotInitialised { address },
            _ => BaoError::Sealed { address },
        }
    }

    /// Words of the server in which nothing stands that this side keeps secret.
    fn without_secrets(&self, words: &str) -> String {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let token = session.as_ref().and_then(|session| std::str::from_utf8(session.token().expose()).ok());
        token.filter(|token| !token.is_empty()).map_or_else(|| words.to_owned(), |token| words.replace(token, "…"))
    }

    fn fault_without_secrets(&self, error: BaoError) -> BaoError {
        match error {
            BaoError::Fault { address, status, words } => {
                BaoError::Fault { address, status, words: self.without_secrets(&words) }
            }
            error => error,
        }
    }

    pub(super) fn send_to(&self, index: usize, method: Method, path: &str) -> Result<Answer, HttpError> {
        let call = Call { method, with_token: false, of_server: true, ..Call::read(path, "sys") };
        self.send(index, &call, Instant::now() + self.http.bounds().answer)
    }

    pub(super) fn name(&self, index: usize) -> String {
        self.addresses.get(index).map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn addresses(&self) -> usize {
        self.addresses.len()
    }

    /// Waits, unless a person stops it.
    fn rest(&self, pause: Duration) -> Result<(), BaoError> {
        let (until, cancel) = (Instant::now() + pause, self.cancel());
        while !cancel.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
        Err(BaoError::Cancelled)
    }

    /// A change that must not be made twice: sends it, and where it is not known whether it was carried out, looks, and
    /// sends it again only if it was not.
    pub(super) fn settled<T>(
        &self,
        late: Late,
        act: impl Fn() -> Result<T, BaoError>,
        happened: impl Fn() -> Result<Option<T>, BaoError>,
    ) -> Result<T, BaoError> {
        let mut pause = FIRST_PAUSE;
        for round in 0.. {
            let (what, cause) = match act() {
                Err(BaoError::Unsettled { what, cause }) if !self.cancel().is_cancelled() => (what, *cause),
                other => return other,
            };
            match happened() {
                Ok(Some(done)) => return Ok(done),
                Ok(None) if late == Late::Doubles && cause.may_still_come() => {
                    return Err(BaoError::Unsettled { what, cause: Box::new(cause) });
                }
                Ok(None) => {}
                Err(cause) => return Err(BaoError::Unsettled { what, cause: Box::new(cause) }),
            }
            // It was looked for and is not there, so that this is all that is wrong.
            if round == SETTLINGS {
                return Err(cause);
            }
            self.rest(pause)?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(BaoError::Cancelled)
    }
}

/// What becomes of a change that a server carries out later than it was waited for, when it was sent again meanwhile.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Late {
    /// Nothing: it finds done what it was to do.
    Harmless,
    /// It is done twice.
    Doubles,
}

/// What follows from one answer.
enum Weighed {
    Done,
    Next,
    At(usize),
}

impl Tries {
    /// The error that says most.
    fn end(self, address: &str) -> BaoError {
        match (self.busy, self.trouble) {
            (Some(Busy(wait)), _) => BaoError::Busy(wait),
            (None, Some(trouble)) => trouble,
            (None, None) => {
                let distrusted = self.away.iter().find(|(_, fault)| matches!(fault, HttpError::Distrusted(_)));
                match distrusted {
                    Some((address, fault)) => BaoError::Barred { address: address.clone(), fault: fault.clone() },
                    None if self.away.is_empty() => BaoError::NoLeader { address: address.to_owned() },
                    None => BaoError::Away(self.away),
                }
            }
        }
    }
}
