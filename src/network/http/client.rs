//! One request to one address and its answer.
//!
//! Each request has a thread of its own: name service, proxies and TLS have moments in which nothing can be stopped, so a
//! person who cancels leaves the thread behind, which ends by its own time limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use ureq::http::{HeaderName, HeaderValue};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy, http};

use super::endpoint::Endpoint;
use super::fault::HttpError;
use super::identity::{Identity, Roots};
use crate::network::{Cancel, tls};
use crate::secret::SecretBytes;

/// How soon a stop is noticed.
const SLICE: Duration = Duration::from_millis(50);

/// No answer that is asked for is longer: a page of a thousand names has some 50 KiB, a batch of signatures some 200.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// No server needs more for its headers.
const MOST_HEADERS: usize = 64 * 1024;

/// How long to wait.
#[derive(Debug, Copy, Clone)]
pub struct Bounds {
    /// For a connection, with its handshake.
    pub connect: Duration,
    /// For an answer, once connected.
    pub answer: Duration,
    /// For all tries together, as while a cluster elects its leader.
    pub patience: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), answer: Duration::from_secs(15), patience: Duration::from_secs(45) }
    }
}

/// How something is asked for.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes, or computes something.
    Post,
    /// Removes.
    Delete,
}

/// One request.
pub struct Request<'a> {
    /// How.
    pub method: Method,
    /// What, without the server and without a slash before it.
    pub path: &'a str,
    /// Headers that are sent with it; their values count as secrets.
    pub headers: Vec<(&'static str, &'a [u8])>,
    /// JSON that is sent with it.
    pub body: Option<&'a SecretBytes>,
}

/// What came back, whatever its status.
pub struct Answer {
    /// The status code of HTTP.
    pub status: u16,
    /// What it says it is.
    pub content_type: Box<str>,
    /// For how long it asks to be left alone, if it says so in seconds.
    pub retry_after: Option<Duration>,
    /// Where it sends whoever asks.
    pub location: Option<Box<str>>,
    /// Its body, which may hold secrets.
    pub body: SecretBytes,
}

/// Who sends requests: with its roots, its certificate, its proxy and its patience.
pub struct Http {
    agent: Agent,
    /// The same without a proxy.
    direct: Agent,
    bounds: Bounds,
    sent: AtomicU64,
}

impl Http {
    /// Nothing is sent yet. The proxy is the one that the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`);
    /// none stands before this machine's own addresses, where a token would travel to it in clear.
    pub fn new(roots: &Roots, identity: Option<&Identity>, bounds: Bounds) -> Result<Self, HttpError> {
        tls::able().map_err(|error| HttpError::Machine(error.to_string()))?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(tls::provider())
            .root_certs(roots.read()?)
            .client_cert(identity.map(Identity::read).transpose()?)
            .build();
        let agent = |proxy| Self::agent(tls.clone(), proxy, bounds);
        let (agent, direct) = (agent(Proxy::try_from_env()), agent(None));
        Ok(Self { agent, direct, bounds, sent: AtomicU64::new(0) })
    }

    fn agent(tls: TlsConfig, proxy: Option<Proxy>, bounds: Bounds) -> Agent {
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MOST_HEADERS)
            .user_agent(concat!("keystead/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(bounds.connect))
            .timeout_connect(Some(bounds.connect))
            .timeout_global(Some(bounds.connect + bounds.answer))
            .build();
        config.new_agent()
    }

    /// How long it waits.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// How many requests were sent so far, tries that failed among them.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request and waits for its answer, for as long as the bounds say and no longer than until then.
    pub fn send(&self, endpoint: &Endpoint, request: &Request<'_>, until: Instant, cancel: &Cancel) -> Result<Answer, HttpError> {
        if cancel.is_cancelled() {
            return Err(HttpError::Cancelled);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let prepared = Prepared::new(endpoint, request)?;
        let agent = if endpoint.is_this_machine() { self.direct.clone() } else { self.agent.clone() };
        let (bounds, host) = (self.bounds, endpoint.host().to_owned());
        let (sender, receiver) = sync_channel(1);
        let work = move || drop(sender.send(prepared.run(&agent, &host, bounds)));
        let spawned = std::thread::Builder::new().name("http".into()).spawn(work);
        spawned.map_err(|cause| HttpError::Machine(cause.to_string()))?;
        let until = until.min(Instant::now() + bounds.connect + bounds.answer + SLICE);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match receiver.recv_timeout(left.min(SLICE)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return Err(HttpError::Closed),
                Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => return Err(HttpError::Cancelled),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(HttpError::NoAnswer(bounds.answer)),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// A request with all that its thread needs.
struct Prepared {
    method: Method,
    address: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<SecretBytes>,
}

impl Prepared {
    fn new(endpoint: &Endpoint, request: &Request<'_>) -> Result<Self, HttpError> {
        let header = |(name, value): &(&'static str, &[u8])| {
            let mut value = HeaderValue::from_bytes(value)
                .map_err(|_| HttpError::Machine(format!("its {name} holds letters that no header may")))?;
            // So that nothing that prints headers prints this one.
            value.set_sensitive(true);
            Ok((HeaderName::from_static(name), value))
        };
        Ok(Self {
            method: request.method,
            address: endpoint.with(request.path),
            headers: request.headers.iter().map(header).collect::<Result<_, _>>()?,
            body: request.body.map(|body| SecretBytes::new(body.expose().to_vec())),
        })
    }

    fn run(self, agent: &Agent, host: &str, bounds: Bounds) -> Result<Answer, HttpError> {
        let fault = |error| HttpError::from_ureq(error, host, [bounds.connect, bounds.answer]);
        let mut response = self.response(agent).map_err(fault)?;
        let text = |response: &http::Response<Body>, name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(|value| value.chars().take(500).collect::<String>().into_boxed_str())
        };
        let seconds = text(&response, "retry-after").and_then(|seconds| seconds.trim().parse().ok());
        let answer = Answer {
            status: response.status().as_u16(),
            content_type: text(&response, "content-type").unwrap_or_default(),
            retry_after: seconds.map(Duration::from_secs),
            location: text(&response, "location"),
            body: SecretBytes::new(response.body_mut().with_config().limit(MOST_BYTES as u64).read_to_vec().map_err(fault)?),
        };
        Ok(answer)
    }

    fn response(&self, agent: &Agent) -> Result<http::Response<Body>, ureq::Error> {
        match self.method {
            Method::Get => self.headed(agent.get(&self.address)).call(),
            Method::Delete => self.headed(agent.delete(&self.address)).call(),
            Method::Post => {
                let request = self.headed(agent.post(&self.address)).header("content-type", "application/json");
                request.send(self.body.as_ref().map_or(&b"{}"[..], SecretBytes::expose))
            }
        }
    }

    fn headed<B>(&self, mut request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }
}
