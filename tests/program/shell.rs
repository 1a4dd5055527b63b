//! Every line of the command line's grammar.
