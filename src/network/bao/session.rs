//! A login: its token, which stays in here, and how long it lasts.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::server::Server;
use crate::model::Time;
use crate::secret::SecretBytes;

/// A token is renewed when this part of its life is over, in hundredths: before half of it.
const RENEW_AT: u32 = 40;

/// A login that holds now.
pub(super) struct Session {
    token: SecretBytes,
    /// `None` for a token that does not end.
    life: Option<Life>,
    renewable: bool,
    may_look: bool,
    /// Since when it has had this life.
    since: Instant,
    who: Box<str>,
    policies: Box<[Box<str>]>,
}

#[derive(Copy, Clone)]
struct Life {
    length: Duration,
    end: Time,
}

/// What is known of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// As whom, in the server's words.
    pub who: Box<str>,
    /// Its policies.
    pub policies: Box<[Box<str>]>,
    /// When it ends unless renewed; `None` for one that does not end.
    pub end: Option<Time>,
    /// It can be renewed.
    pub renewable: bool,
}

/// What `auth/token/lookup-self` says, as far as it matters.
#[derive(Deserialize)]
struct OwnFacts {
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    renewable: bool,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    policies: Vec<String>,
}

/// The `auth` part of an answer.
#[derive(Deserialize)]
pub(super) struct Auth {
    pub(super) client_token: String,
    #[serde(default)]
    lease_duration: u64,
    #[serde(default)]
    renewable: bool,
    #[serde(default)]
    policies: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct WithAuth {
    pub(super) auth: Option<Auth>,
}

fn now() -> Time {
    Time::from_second(jiff::Timestamp::now().as_second())
}

impl Life {
    /// 0 seconds is how the server says for ever.
    fn of(seconds: u64) -> Option<Self> {
        let seconds_signed = i64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
        Some(Self { length: Duration::from_secs(seconds), end: now().plus_seconds(seconds_signed) })
    }
}

impl Session {
    pub(super) const fn token(&self) -> &SecretBytes {
        &self.token
    }

    pub(super) fn copy(&self) -> SecretBytes {
        SecretBytes::new(self.token.expose().to_vec())
    }

    /// The token may ask about itself.
    pub(super) const fn may_look(&self) -> bool {
        self.may_look
    }

    fn facts(&self) -> TokenFacts {
        let end = self.life.map(|life| life.end);
        TokenFacts { who: self.who.clone(), policies: self.policies.clone(), end, renewable: self.renewable }
    }

    /// It is time to renew it.
    fn is_due(&self) -> bool {
        self.renewable && self.life.is_some_and(|life| self.since.elapsed() >= life.length * RENEW_AT / 100)
    }
}

impl Server {
    /// What is known of the login that holds now.
    pub fn token(&self) -> Option<TokenFacts> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(Session::facts)
    }

    /// Takes up a token and asks what it is good for.
    pub fn log_in_with_token(&self, token: SecretBytes) -> Result<TokenFacts, BaoError> {
        let (life, may_look) = (None, true);
        let (who, policies) = (Box::default(), Box::default());
        self.take_up(Session { token, life, renewable: false, may_look, since: Instant::now(), who, policies });
        match self.look_up() {
            // Its policies lack the little that every token has by default; it may be good all the same.
            Err(BaoError::TokenEnded) if self.is_known_elsewhere() => {}
            Err(error) => {
                self.log_out();
                // It never worked here, so that nothing says that it once did.
                return Err(if error == BaoError::TokenEnded { BaoError::UnknownToken } else { error });
            }
            Ok(()) => {}
        }
        self.token().ok_or(BaoError::LoggedOut)
    }

    /// A token that may not ask about itself may still be asked what it may do with a path.
    fn is_known_elsewhere(&self) -> bool {
        let Ok(call) = Call::compute("sys/capabilities-self", "sys", &json!({ "paths": ["sys/health"] })) else { return false };
        let known = self.call(&call).is_ok();
        if known && let Some(session) = &mut *self.session.write().unwrap_or_else(PoisonError::into_inner) {
            session.may_look = false;
        }
        known
    }

    /// Takes up what a login gave.
    pub(super) fn log_in_as(&self, auth: Auth) -> Result<TokenFacts, BaoError> {
        let session = Session {
            token: SecretBytes::new(auth.client_token.into_bytes()),
            life: Life::of(auth.lease_duration),
            renewable: auth.renewable,
            may_look: true,
            since: Instant::now(),
            who: Box::default(),
            policies: auth.policies.into_iter().map(Into::into).collect(),
        };
        self.take_up(session);
        if matches!(self.look_up(), Err(BaoError::TokenEnded))
            && let Some(session) = &mut *self.session.write().unwrap_or_else(PoisonError::into_inner)
        {
            session.may_look = false;
        }
        self.token().ok_or(BaoError::LoggedOut)
    }

    fn take_up(&self, session: Session) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// Forgets the token; it stays good at the server until it ends.
    pub fn log_out(&self) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Ends the token at the server and forgets it.
    pub fn revoke_token(&self) -> Result<(), BaoError> {
        let ended = self.call(&Call::compute("auth/token/revoke-self", "auth/token", &json!({}))?);
        self.log_out();
        ended.map(drop)
    }

    /// Asks the server about the token.
    pub fn look_up(&self) -> Result<(), BaoError> {
        let answer = self.call(&Call::read("auth/token/lookup-self", "auth/token"))?;
        let own: OwnFacts = answer::data(&answer, &self.address())?;
        if let Some(session) = &mut *self.session.write().unwrap_or_else(PoisonError::into_inner) {
            session.life = Life::of(own.ttl);
            session.since = Instant::now();
            session.renewable = own.renewable;
            session.who = own.display_name.into();
            session.policies = own.policies.into_iter().map(Into::into).collect();
        }
        Ok(())
    }

    /// Renews the token now.
    pub fn renew(&self) -> Result<TokenFacts, BaoError> {
        let answer = self.call(&Call::compute("auth/token/renew-self", "auth/token", &json!({}))?)?;
        let renewed: WithAuth = answer::read(&answer, &self.address())?;
        let auth =
            renewed.auth.ok_or_else(|| BaoError::Unreadable { address: self.address(), what: "it names no token".into() })?;
        if let Some(session) = &mut *self.session.write().unwrap_or_else(PoisonError::into_inner) {
            session.life = Life::of(auth.lease_duration);
            session.since = Instant::now();
            session.renewable = auth.renewable;
        }
        self.token().ok_or(BaoError::LoggedOut)
    }

    /// In how long the token wants to be renewed; `None` for one that cannot be or need not be.
    pub fn renewal_due_in(&self) -> Option<Duration> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let session = session.as_ref().filter(|session| session.renewable)?;
        Some((session.life?.length * RENEW_AT / 100).saturating_sub(session.since.elapsed()))
    }

    /// Renews the token if that is due: before each call, and from time to time where nobody calls. A failure is nobody's
    /// business: the token still holds, its end is known, and it is tried again.
    pub fn renew_if_due(&self) {
        let due = {
            let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
            let due = session.as_ref().is_some_and(Session::is_due);
            // Whoever comes meanwhile does not renew it too, nor does the call that renews.
            if due && let Some(session) = &mut *session {
                session.since = Instant::now();
            }
            due
        };
        if due {
            let _ = self.renew();
        }
    }
}
