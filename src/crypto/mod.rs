//! Algorithms: generate, sign. The one place that names a crypto crate for key work.
