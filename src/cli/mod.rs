//! The same use cases for scripts.
