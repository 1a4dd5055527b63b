//! The real window on a virtual display.
