//! Logins that wait for a person: the page that is to be opened for one in the browser, who is shown it, and who may give
//! the login up. What is sent to a server is the business of `key_servers`.

use std::time::Duration;

use super::at_stores::StoreReport;
use super::outcome::{NoProgress, Progress};

/// A page at which somebody is to log in to a store. The login waits for it meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginPage {
    /// The store.
    pub store: String,
    /// The address of the page.
    pub url: String,
    /// The login waits so long.
    pub left: Duration,
}

/// Shows a person the page at which to log in to a store, where nobody is told of it otherwise.
pub type PageSource = Box<dyn Fn(&LoginPage) + Send + Sync>;

/// Who waits for a login.
#[cfg_attr(not(feature = "openbao"), expect(dead_code, reason = "nothing but a server is waited for"))]
pub(super) struct Waiting<'a> {
    /// Asked whether it was given up.
    pub(super) progress: &'a dyn Progress,
    /// Told of the page; where there is none, whoever shows pages is.
    pub(super) tell: Option<&'a (dyn Fn(StoreReport) + Sync)>,
}

impl Waiting<'_> {
    /// A login on the way to something else, which nobody can stop.
    pub(super) const fn unasked() -> Self {
        Self { progress: &NoProgress, tell: None }
    }
}

#[cfg(feature = "openbao")]
mod with_server {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::time::Duration;

    use super::{LoginPage, Waiting};
    use crate::custodian::at_stores::StoreReport;
    use crate::custodian::browser;
    use crate::custodian::core::hold;
    use crate::custodian::engines::{Engines, is_quiet};
    use crate::custodian::error::CustodianError;
    use crate::network::Cancel;
    use crate::network::bao::Server;
    use crate::stores::StoreError;

    /// How soon it is noticed that a person gave a login up.
    const SLICE: Duration = Duration::from_millis(50);

    impl Waiting<'_> {
        /// Does something with a server that ends soon after a person gave it up.
        pub(in crate::custodian) fn stoppable<R>(
            &self,
            server: &Server,
            work: impl FnOnce() -> Result<R, CustodianError>,
        ) -> Result<R, CustodianError> {
            let (cancel, progress) = (Cancel::default(), self.progress);
            server.set_cancel(cancel.clone());
            let done = std::thread::scope(|scope| {
                let (working, over) = channel::<()>();
                let watch = move || {
                    while over.recv_timeout(SLICE) == Err(RecvTimeoutError::Timeout) {
                        if progress.cancelled() {
                            return cancel.cancel();
                        }
                    }
                };
                // Without a thread it can only be waited for.
                let _ = std::thread::Builder::new().name("give-up".into()).spawn_scoped(scope, watch);
                let done = work();
                drop(working);
                done
            });
            server.set_cancel(Cancel::default());
            done.map_err(|error| if progress.cancelled() { CustodianError::Cancelled } else { error })
        }

        /// Shows the page at which to log in and opens it in the browser, while `wait` waits for the login. A page that
        /// nobody sees is not opened.
        pub(in crate::custodian) fn at_page<R>(
            &self,
            engines: &Engines,
            page: LoginPage,
            wait: impl FnOnce() -> R,
        ) -> Result<R, CustodianError> {
            let Some(tell) = self.tell else {
                show(engines, &page)?;
                // Its address was shown, so that nothing is lost where no browser starts.
                let _ = browser::open(&page.url);
                return Ok(wait());
            };
            let url = page.url.clone();
            tell(StoreReport::Page(page));
            Ok(std::thread::scope(|scope| {
                let open = move || tell(StoreReport::Browser { opened: browser::open(&url), url });
                let _ = std::thread::Builder::new().name("browser".into()).spawn_scoped(scope, open);
                wait()
            }))
        }
    }

    fn show(engines: &Engines, page: &LoginPage) -> Result<(), CustodianError> {
        match &*hold(&engines.pages) {
            Some(show) if !is_quiet() => show(page),
            _ => return Err(StoreError::Locked { store: page.store.clone() }.into()),
        }
        Ok(())
    }
}
