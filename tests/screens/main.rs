//! Pictures of the screens, compared with those in `snapshots`. `UPDATE_SNAPSHOTS=1` writes them anew;
//! look at them before they are accepted.

#[cfg(feature = "window")]
mod gallery;
#[cfg(feature = "window")]
mod harness;
#[cfg(feature = "window")]
mod rows;
