//! The system's file dialogs: asked for by dialogs of the window, answered later, never awaited.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use egui::Context;

/// A person needs longer than this to send a file dialog away; a system without one does not.
const NO_DIALOG: Duration = Duration::from_millis(1_200);

/// What is to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// Where to save.
    Save {
        /// Over the dialog.
        title: String,
        /// The name proposed.
        name: String,
    },
    /// A file to read.
    Open {
        /// Over the dialog.
        title: String,
    },
    /// Files to read.
    OpenMany {
        /// Over the dialog.
        title: String,
    },
    /// A folder.
    Folder {
        /// Over the dialog.
        title: String,
    },
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// A path; the system's dialog has already asked before it replaces.
    Path(PathBuf),
    /// Several files.
    Paths(Vec<PathBuf>),
    /// A person sent it away.
    Cancelled,
    /// No dialog answered.
    NoDialog,
}

/// At most one file dialog at a time, until its answer is in.
#[derive(Default)]
pub struct Picker {
    wanted: Option<Pick>,
    open: Option<(Receiver<Option<Picked>>, Instant)>,
    given: Option<Picked>,
}

impl Picker {
    /// Asks for a dialog; it opens at the end of the frame. A second one is not opened.
    pub fn ask(&mut self, pick: Pick) {
        if self.open.is_none() {
            self.wanted = Some(pick);
        }
    }

    /// A dialog is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some() || self.wanted.is_some()
    }

    /// What was asked for and not opened yet; whoever takes it has to answer.
    pub fn take_wanted(&mut self) -> Option<Pick> {
        self.wanted.take()
    }

    /// Answers in the place of the system's dialog.
    pub fn answer(&mut self, picked: Picked) {
        self.given = Some(picked);
    }

    /// Opens what was asked for, over the window.
    pub fn start(&mut self, ctx: &Context, parent: &eframe::Frame) {
        let Some(pick) = self.wanted.take() else { return };
        let dialog = rfd::AsyncFileDialog::new().set_parent(parent);
        let (answer, answers) = channel();
        let ctx = ctx.clone();
        let tell = move |picked: Option<Picked>| {
            let _ = answer.send(picked);
            ctx.request_repaint();
        };
        let send = |path: Option<rfd::FileHandle>| path.map(|handle| Picked::Path(handle.path().to_owned()));
        let spawned = match pick {
            Pick::Save { title, name } => {
                let chosen = dialog.set_title(title).set_file_name(name).save_file();
                wait(move || tell(send(pollster::block_on(chosen))))
            }
            Pick::Open { title } => {
                let chosen = dialog.set_title(title).pick_file();
                wait(move || tell(send(pollster::block_on(chosen))))
            }
            Pick::OpenMany { title } => {
                let chosen = dialog.set_title(title).pick_files();
                wait(move || {
                    let handles = pollster::block_on(chosen);
                    tell(handles.map(|all| Picked::Paths(all.iter().map(|handle| handle.path().to_owned()).collect())));
                })
            }
            Pick::Folder { title } => {
                let chosen = dialog.set_title(title).pick_folder();
                wait(move || tell(send(pollster::block_on(chosen))))
            }
        };
        // Without a thread the channel is closed, which reads as “no dialog”.
        let _ = spawned;
        self.open = Some((answers, Instant::now()));
    }

    /// The answer, once it is in.
    pub fn poll(&mut self) -> Option<Picked> {
        if let Some(picked) = self.given.take() {
            return Some(picked);
        }
        let (answers, since) = self.open.as_ref()?;
        let picked = match answers.try_recv() {
            Ok(Some(picked)) => picked,
            Ok(None) if since.elapsed() < NO_DIALOG => Picked::NoDialog,
            Ok(None) => Picked::Cancelled,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Picked::NoDialog,
        };
        self.open = None;
        Some(picked)
    }
}

fn wait(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name("file dialog".into()).spawn(work).map(drop)
}
