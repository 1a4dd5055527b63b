//! Pictures of the screens, compared with those in `snapshots`, and what a person does in them.
//! `UPDATE_SNAPSHOTS=1` writes pictures anew; look at them before they are accepted.

#![cfg(feature = "window")]
#![expect(clippy::expect_used, reason = "a test stops where its world does not hold together")]

mod agent;
mod backups;
mod behaviour;
mod certificates;
mod discover;
mod discover_whole;
mod export_private;
mod gallery;
mod harness;
mod import;
mod life;
mod life_pictures;
mod notice;
mod paper;
mod pictures;
mod policies;
mod policy_pictures;
mod recipients;
mod rows;
mod sealing;
mod servers;
mod signing;
mod stage;
mod stores;
mod timeline;
mod together;
mod undo;
mod world;
