//! What disk, clock and hostile files do to it; killed at any moment.

mod away;
mod begin;
mod between;
pub mod calls;
mod clock;
mod disk;
mod due;
mod durable;
mod import;
pub mod kill;
mod life;
mod log;
mod loose;
mod meanwhile;
mod removal;
mod replay;
mod restoring;
mod secrets;
mod shell;
mod tracked;
mod unmounted;
mod writers;
