//! What the screen says of purposes and figures, in words that are made when something changed.

use std::collections::BTreeMap;

use crate::desktop::desk::Desk;
use crate::desktop::figures::{Draft, in_words, title};
use crate::model::{AlertKind, Figure, Policy, Purpose, profile};

/// A purpose in the list.
pub struct PurposeFacts {
    /// Which.
    pub purpose: Purpose,
    /// The name of its profile, and how far it is followed.
    pub profile: String,
    /// Keys that are not destroyed.
    pub keys: usize,
    /// Those whose current version breaks the policy.
    pub marked: usize,
    /// Something of it is not saved.
    pub draft: bool,
}

/// A figure of the chosen purpose.
pub struct FigureFacts {
    /// Which.
    pub figure: Figure,
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub from: String,
    /// What holds until the draft is saved.
    pub before: Option<String>,
    /// What the profile says, where a person set something else.
    pub profile: Option<String>,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// Counts keys and marks anew; the marks stand among the alerts, which are kept up to date.
pub fn of_purposes(desk: &Desk) -> Vec<PurposeFacts> {
    let mut counts: BTreeMap<Purpose, (usize, usize)> = BTreeMap::new();
    for key in desk.inventory.keys().iter().filter(|key| !key.is_destroyed()) {
        counts.entry(key.purpose).or_default().0 += 1;
    }
    let marks = desk.alerts.iter().filter(|alert| matches!(alert.kind, AlertKind::BreaksPolicy(_)));
    for key in marks.filter_map(|alert| desk.inventory.key(alert.key?)) {
        counts.entry(key.purpose).or_default().1 += 1;
    }
    let fact = |purpose| {
        let (keys, marked) = counts.get(&purpose).copied().unwrap_or_default();
        PurposeFacts { purpose, profile: String::new(), keys, marked, draft: false }
    };
    Purpose::ALL.map(fact).into()
}

/// What drafts say of profiles.
pub fn refresh(purposes: &mut [PurposeFacts], desk: &Desk, drafts: &BTreeMap<Purpose, Draft>) {
    for fact in purposes {
        let holds = desk.inventory.policy(fact.purpose);
        let draft = drafts.get(&fact.purpose);
        let policy = draft.map_or(holds, Draft::policy);
        fact.draft = draft.is_some_and(|draft| draft.differs(holds));
        fact.profile = match differing(fact.purpose, policy) {
            0 => title(policy),
            1 => format!("{}, 1 figure differs", title(policy)),
            count => format!("{}, {count} figures differ", title(policy)),
        };
    }
}

/// How many figures differ from the profile.
fn differing(purpose: Purpose, policy: &Policy) -> usize {
    let shipped = profile::named(&policy.profile).and_then(|profile| profile.policy(purpose));
    shipped.map_or(0, |shipped| Figure::ALL.into_iter().filter(|figure| !figure.same(shipped, policy)).count())
}

/// Each figure of a purpose.
pub fn of_figures(desk: &Desk, purpose: Purpose, draft: Option<&Draft>) -> Vec<FigureFacts> {
    let holds = desk.inventory.policy(purpose);
    let policy = draft.map_or(holds, Draft::policy);
    let shipped = profile::named(&policy.profile).and_then(|profile| profile.policy(purpose));
    let fact = |figure: Figure| FigureFacts {
        figure,
        value: in_words(figure, policy),
        from: profile::clause_of(purpose, policy, figure).unwrap_or("Set by you").to_owned(),
        before: (!figure.same(holds, policy)).then(|| in_words(figure, holds)),
        profile: shipped.filter(|shipped| !figure.same(shipped, policy)).map(|shipped| in_words(figure, shipped)),
        wrong: draft.and_then(|draft| draft.complaint(figure)),
    };
    Figure::ALL.map(fact).into()
}
