//! The part that carries out what a person asks: one file a use case.
