//! The log on disk: append, verify, replay, checkpoint.
