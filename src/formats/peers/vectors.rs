//! The test material of other projects: each file is read, or refused for a reason its source gives.
