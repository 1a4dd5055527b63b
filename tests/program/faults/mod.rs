//! What disk, clock and hostile files do to it; killed at any moment.

mod clock;
mod life;
mod log;
mod secrets;
