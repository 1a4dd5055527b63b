//! Why a key is revoked, in the words of RFC 5280 and the codes of KMIP.

use serde::{Deserialize, Serialize};

use super::time::Time;
use super::transition::Transition;

/// Why a key is revoked (RFC 5280 section 5.3.1, the revocation reason
/// codes of KMIP 2.1). `certificateHold` is a
/// suspension here, and `removeFromCRL` a resumption.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RevocationReason {
    /// The private half is known or suspected to be in other hands.
    KeyCompromise,
    /// The authority's private half is.
    CaCompromise,
    /// The holder's name or organisation changed.
    AffiliationChanged,
    /// Another key took its place.
    Superseded,
    /// It is no longer needed.
    Cessation,
    /// The holder may no longer use it.
    PrivilegeWithdrawn,
    /// None of these.
    Unspecified,
}

impl RevocationReason {
    /// Every reason in the order screens show them.
    pub const ALL: [Self; 7] = [
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::Superseded,
        Self::Cessation,
        Self::AffiliationChanged,
        Self::PrivilegeWithdrawn,
        Self::Unspecified,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::Cessation => "cessation",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::Unspecified => "unspecified",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyCompromise => "Key compromise",
            Self::CaCompromise => "CA compromise",
            Self::AffiliationChanged => "Affiliation changed",
            Self::Superseded => "Superseded",
            Self::Cessation => "Cessation of operation",
            Self::PrivilegeWithdrawn => "Privilege withdrawn",
            Self::Unspecified => "Unspecified",
        }
    }

    /// What it means, in a few words.
    pub const fn means(self) -> &'static str {
        match self {
            Self::KeyCompromise => "The private half is, or may be, in other hands.",
            Self::CaCompromise => "An authority's private half may be in other hands.",
            Self::AffiliationChanged => "The name or organisation it stands for changed.",
            Self::Superseded => "Another key took its place.",
            Self::Cessation => "It is no longer needed.",
            Self::PrivilegeWithdrawn => "Its holder may no longer use it.",
            Self::Unspecified => "None of these.",
        }
    }

    /// The code of RFC 5280 section 5.3.1 (`CRLReason`).
    pub const fn rfc5280(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::Cessation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The code of KMIP 2.1 (enumeration `Revocation Reason Code`).
    pub const fn kmip(self) -> u8 {
        match self {
            Self::Unspecified => 1,
            Self::KeyCompromise => 2,
            Self::CaCompromise => 3,
            Self::AffiliationChanged => 4,
            Self::Superseded => 5,
            Self::Cessation => 6,
            Self::PrivilegeWithdrawn => 7,
        }
    }

    /// It leads to compromised; every other reason to deactivated.
    pub const fn compromises(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise)
    }

    /// The turn that a revocation at an instant is.
    pub fn turn(self, since: Option<Time>, now: Time) -> Transition {
        if self.compromises() {
            Transition::Compromise { since: since.unwrap_or(now) }
        } else {
            Transition::Deactivate { at: now }
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.id().eq_ignore_ascii_case(id))
    }
}

/// A version was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Why.
    pub reason: RevocationReason,
    /// When it was said.
    pub at: Time,
    /// Compromised since, as far as is known.
    pub since: Option<Time>,
    /// More about it, in the person's words.
    pub note: Box<str>,
    /// Holders who have been told.
    pub told: Vec<Box<str>>,
}
