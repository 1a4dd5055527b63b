//! Secrets on the clipboard: marked so that clipboard managers skip them, cleared after a countdown, at lock and at quit,
//! and only while the clipboard still holds that very text. What is no secret goes through egui.
//!
//! The clipboard is spoken to on a thread of its own: another program that owns it may answer slowly or never.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::secret::Passphrase;

/// How long a secret stays on the clipboard.
pub const COUNTDOWN: Duration = Duration::from_secs(30);

/// How often it is looked whether the clipboard still holds it.
const LOOK: Duration = Duration::from_secs(1);

/// How long the end of the program waits for a clipboard that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A test would wait half a minute; only a debug build can be told of another countdown, in milliseconds.
fn countdown() -> Duration {
    let told = std::env::var("KEYSTEAD_TEST_CLIPBOARD").ok().filter(|_| cfg!(debug_assertions));
    told.and_then(|text| text.parse().ok()).map_or(COUNTDOWN, Duration::from_millis)
}

/// A clipboard.
pub trait Board {
    /// Puts a secret there, marked to be skipped by what keeps a history.
    fn put(&mut self, secret: &Passphrase) -> Result<(), String>;

    /// The text that is there, if there is one.
    fn text(&mut self) -> Result<Option<Passphrase>, String>;

    /// Takes away what is there.
    fn clear(&mut self) -> Result<(), String>;
}

/// How a countdown ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The secret was taken away.
    Cleared,
    /// Something else was copied meanwhile.
    Taken,
    /// Nobody holds anything on the clipboard any more.
    Gone,
    /// It never got there, or nobody can say; why.
    Failed(String),
}

/// What the window sees of the thread.
#[derive(Default)]
struct Seen {
    until: Option<Instant>,
    ended: Option<End>,
}

enum Job {
    Copy(Passphrase),
    Clear,
}

/// Opens a clipboard, on the thread that speaks to it.
pub type Open = Arc<dyn Fn() -> Result<Box<dyn Board>, String> + Send + Sync>;

/// A clock that only goes forward.
pub type Ticks = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The clipboard as far as secrets are concerned.
pub struct SecretClipboard {
    open: Open,
    ticks: Ticks,
    seen: Arc<Mutex<Seen>>,
    line: Option<(Sender<Job>, Receiver<()>)>,
}

impl Default for SecretClipboard {
    /// That of the system.
    fn default() -> Self {
        Self::of(Arc::new(|| System::open().map(|board| Box::new(board) as Box<dyn Board>)), Arc::new(Instant::now))
    }
}

impl SecretClipboard {
    /// Another one.
    pub fn of(open: Open, ticks: Ticks) -> Self {
        Self { open, ticks, seen: Arc::default(), line: None }
    }

    /// Puts a secret there and begins the countdown; `wake` is called when something ends.
    pub fn copy(&mut self, secret: Passphrase, wake: impl Fn() + Send + 'static) {
        if self.line.is_none() {
            self.line = self.start(wake);
        }
        let sent = self.line.as_ref().is_some_and(|(jobs, _)| jobs.send(Job::Copy(secret)).is_ok());
        if !sent {
            self.line = None;
            self.seen().ended = Some(End::Failed("The system gave no thread for it.".into()));
        }
    }

    /// Takes the secret away now, if it is still there.
    pub fn clear(&mut self) {
        if let Some((jobs, _)) = &self.line {
            // With its thread gone there is nothing of ours on the clipboard.
            let _ = jobs.send(Job::Clear);
        }
    }

    /// How long the secret stays, while one is there.
    pub fn left(&self) -> Option<Duration> {
        self.seen().until.map(|until| until.saturating_duration_since((self.ticks)()))
    }

    /// How the last countdown ended, told once.
    pub fn ended(&self) -> Option<End> {
        self.seen().ended.take()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        hold(&self.seen)
    }

    fn start(&self, wake: impl Fn() + Send + 'static) -> Option<(Sender<Job>, Receiver<()>)> {
        let (jobs, asked) = channel();
        let (gone, done) = channel();
        let (open, ticks, seen) = (self.open.clone(), self.ticks.clone(), self.seen.clone());
        let run = move || {
            Keeper { open, ticks, seen, board: None, held: None, wake: &wake }.run(&asked);
            drop(gone);
        };
        std::thread::Builder::new().name("clipboard".into()).spawn(run).ok()?;
        Some((jobs, done))
    }
}

impl Drop for SecretClipboard {
    /// The program ends: what is on the clipboard goes first, unless the clipboard does not answer.
    fn drop(&mut self) {
        if let Some((jobs, done)) = self.line.take() {
            drop(jobs);
            let _ = done.recv_timeout(PATIENCE);
        }
    }
}

fn hold(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's side.
struct Keeper<'a> {
    open: Open,
    ticks: Ticks,
    seen: Arc<Mutex<Seen>>,
    /// Kept open: under X11 what is copied lives in the program that copied it.
    board: Option<Box<dyn Board>>,
    held: Option<(Passphrase, Instant)>,
    wake: &'a dyn Fn(),
}

impl Keeper<'_> {
    fn run(&mut self, asked: &Receiver<Job>) {
        loop {
            let job = match self.wait() {
                Some(wait) => asked.recv_timeout(wait),
                None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(Job::Copy(secret)) => self.copy(secret),
                Ok(Job::Clear) => self.clear(),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return self.clear(),
            }
        }
    }

    /// Until it is looked again.
    fn wait(&self) -> Option<Duration> {
        let (_, until) = self.held.as_ref()?;
        Some(until.saturating_duration_since((self.ticks)()).min(LOOK))
    }

    fn copy(&mut self, secret: Passphrase) {
        let board = match self.board.take() {
            Some(board) => Ok(board),
            None => (self.open)(),
        };
        let put = board.and_then(|mut board| {
            board.put(&secret)?;
            Ok(board)
        });
        match put {
            Ok(board) => {
                let until = (self.ticks)() + countdown();
                self.board = Some(board);
                self.held = Some((secret, until));
                let mut seen = hold(&self.seen);
                (seen.until, seen.ended) = (Some(until), None);
                drop(seen);
                (self.wake)();
            }
            Err(why) => {
                self.held = None;
                self.end(End::Failed(why));
            }
        }
    }

    /// The clipboard holds that very text; otherwise how it ended.
    fn holds(&mut self) -> Result<(), End> {
        let (Some(board), Some((secret, _))) = (&mut self.board, &self.held) else { return Err(End::Gone) };
        match board.text() {
            Ok(Some(text)) if text.same_as(secret) => Ok(()),
            Ok(Some(_)) => Err(End::Taken),
            Ok(None) => Err(End::Gone),
            Err(why) => Err(End::Failed(why)),
        }
    }

    fn look(&mut self) {
        let over = self.held.as_ref().is_some_and(|(_, until)| *until <= (self.ticks)());
        match self.holds() {
            Ok(()) if over => self.clear(),
            Ok(()) => {}
            Err(end) => self.end(end),
        }
    }

    fn clear(&mut self) {
        if self.held.is_none() {
            return;
        }
        let end = match self.holds() {
            Ok(()) => match self.board.as_mut().map(|board| board.clear()) {
                Some(Err(why)) => End::Failed(why),
                _ => End::Cleared,
            },
            Err(end) => end,
        };
        self.end(end);
    }

    fn end(&mut self, end: End) {
        self.held = None;
        let mut seen = hold(&self.seen);
        (seen.until, seen.ended) = (None, Some(end));
        drop(seen);
        (self.wake)();
    }
}

/// The clipboard of the system.
struct System(arboard::Clipboard);

impl System {
    fn open() -> Result<Self, String> {
        arboard::Clipboard::new().map(Self).map_err(|error| error.to_string())
    }

    /// What is set next is skipped by what keeps a history.
    fn marked(&mut self) -> arboard::Set<'_> {
        let set = self.0.set();
        #[cfg(all(unix, not(target_os = "macos")))]
        let set = arboard::SetExtLinux::exclude_from_history(set);
        #[cfg(target_os = "macos")]
        let set = arboard::SetExtApple::exclude_from_history(set);
        // It keeps out history and cloud as well.
        #[cfg(windows)]
        let set = arboard::SetExtWindows::exclude_from_monitoring(set);
        set
    }
}

impl Board for System {
    fn put(&mut self, secret: &Passphrase) -> Result<(), String> {
        self.marked().text(secret.expose()).map_err(|error| error.to_string())
    }

    fn text(&mut self) -> Result<Option<Passphrase>, String> {
        match self.0.get_text() {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(Passphrase::new(text))),
            Err(arboard::Error::ContentNotAvailable) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn clear(&mut self) -> Result<(), String> {
        self.0.clear().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clipboard that other programs write to as well; `None` where its owner is gone.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Option<String>>>);

    impl Shared {
        fn set(&self, text: Option<&str>) {
            *self.0.lock().unwrap() = text.map(str::to_owned);
        }

        fn get(&self) -> Option<String> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Board for Shared {
        fn put(&mut self, secret: &Passphrase) -> Result<(), String> {
            self.set(Some(secret.expose()));
            Ok(())
        }

        fn text(&mut self) -> Result<Option<Passphrase>, String> {
            Ok(self.get().map(Passphrase::new))
        }

        fn clear(&mut self) -> Result<(), String> {
            self.set(None);
            Ok(())
        }
    }

    /// A clipboard with a secret on it, and how far its clock was set forward.
    fn copied() -> (Shared, SecretClipboard, Arc<Mutex<Duration>>) {
        let (shared, ahead) = (Shared::default(), Arc::new(Mutex::new(Duration::ZERO)));
        let (board, read, start) = (shared.clone(), ahead.clone(), Instant::now());
        let open = Arc::new(move || Ok(Box::new(board.clone()) as Box<dyn Board>));
        let mut clipboard = SecretClipboard::of(open, Arc::new(move || start + *read.lock().unwrap()));
        clipboard.copy(Passphrase::new("seven words".into()), || {});
        until(|| clipboard.left().is_some());
        assert_eq!((shared.get().as_deref(), clipboard.left()), (Some("seven words"), Some(COUNTDOWN)));
        (shared, clipboard, ahead)
    }

    #[track_caller]
    fn until(mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(10), "it did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn end(clipboard: &SecretClipboard) -> End {
        let mut ended = None;
        until(|| {
            ended = ended.take().or_else(|| clipboard.ended());
            ended.is_some()
        });
        assert_eq!(clipboard.left(), None);
        ended.unwrap()
    }

    #[test]
    fn a_secret_is_cleared_when_the_countdown_is_over() {
        let (shared, clipboard, ahead) = copied();
        *ahead.lock().unwrap() = COUNTDOWN.checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(clipboard.left(), Some(Duration::from_secs(1)));
        assert!(shared.get().is_some());
        *ahead.lock().unwrap() = COUNTDOWN;
        assert_eq!((end(&clipboard), shared.get()), (End::Cleared, None));
    }

    #[test]
    fn it_is_cleared_at_once_when_that_is_asked_and_when_the_program_ends() {
        let (shared, mut clipboard, _) = copied();
        clipboard.clear();
        assert_eq!((end(&clipboard), shared.get()), (End::Cleared, None));
        let (shared, clipboard, _) = copied();
        drop(clipboard);
        assert_eq!(shared.get(), None);
    }

    #[test]
    fn what_another_program_put_there_stays() {
        let (shared, mut clipboard, ahead) = copied();
        shared.set(Some("something else"));
        assert_eq!(end(&clipboard), End::Taken);
        *ahead.lock().unwrap() = COUNTDOWN * 2;
        clipboard.clear();
        drop(clipboard);
        assert_eq!(shared.get().as_deref(), Some("something else"));
    }

    #[test]
    fn an_owner_that_is_gone_ends_the_countdown_quietly() {
        let (shared, clipboard, _) = copied();
        shared.set(None);
        assert_eq!(end(&clipboard), End::Gone);
    }

    #[test]
    fn a_clipboard_that_cannot_be_opened_is_told() {
        let mut clipboard = SecretClipboard::of(Arc::new(|| Err("no display".into())), Arc::new(Instant::now));
        clipboard.copy(Passphrase::new("seven words".into()), || {});
        assert_eq!(end(&clipboard), End::Failed("no display".into()));
    }
}
