//! Figures in words, and what is wrong with one as a sentence.

use jiff::tz::TimeZone;

use crate::model::policy::{LONGEST_DAYS, Steps};
use crate::model::time::short_date;
use crate::model::{Figure, Policy, PolicyError, RotationMode, profile};

/// A figure as screens show it: “398 days, 200 from 15 Mar 2026”.
pub fn in_words(figure: Figure, policy: &Policy) -> String {
    match figure {
        Figure::Algorithms => list(policy.algorithms.iter().map(|algorithm| algorithm.name())),
        Figure::LeastStrength => steps(&policy.least_strength, "bit", "bits"),
        Figure::Cryptoperiod => steps(&policy.cryptoperiod, "day", "days"),
        Figure::Warnings if policy.warn_days.is_empty() => "None".into(),
        Figure::Warnings => format!("{} days before expiry", list(policy.warn_days.iter())),
        Figure::RotateBefore => days(policy.rotate_before_days),
        Figure::Overlap => days(policy.overlap_days),
        Figure::Rotation if policy.rotation == RotationMode::ByItself => "By itself".into(),
        Figure::Rotation => "A person is asked".into(),
        Figure::Stores if policy.stores.is_empty() => "Any".into(),
        Figure::Stores => list(policy.stores.iter().map(|kind| kind.name())),
        Figure::DestructionWait => days(policy.destruction_wait_days),
        Figure::Exportable => if policy.exportable { "Yes" } else { "No" }.into(),
    }
}

fn list(words: impl Iterator<Item = impl ToString>) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join(", ")
}

fn days(days: u32) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

/// The unit stands once, at the first value.
fn steps(steps: &Steps, one: &str, many: &str) -> String {
    let unit = |value: u32| if value == 1 { one.to_owned() } else { many.to_owned() };
    list(steps.0.iter().enumerate().map(|(number, step)| {
        let value = if number == 0 { format!("{} {}", step.value, unit(step.value)) } else { step.value.to_string() };
        match step.from {
            Some(from) => format!("{value} from {}", short_date(from, &TimeZone::UTC)),
            None => value,
        }
    }))
}

/// What is wrong, as a sentence that stands at its figure.
pub fn complaint(error: &PolicyError) -> String {
    match error {
        PolicyError::Unreadable { wanted, .. } => format!("Write {wanted}."),
        PolicyError::TooLong { days, .. } => format!("{days} days are more than {LONGEST_DAYS}, a century."),
        PolicyError::StepsOutOfOrder(_) => "Write the first value without a date, the others in the order of their dates.".into(),
        error => {
            let text = error.to_string();
            let mut letters = text.chars();
            let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
            format!("{first}{}.", letters.as_str())
        }
    }
}

/// The name of a policy's profile as screens show it.
pub fn title(policy: &Policy) -> String {
    match profile::named(&policy.profile) {
        Some(profile) => profile.title.clone(),
        None if policy.profile.is_empty() => "No profile".into(),
        None => crate::model::name::shown(&policy.profile).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Purpose;

    #[test]
    fn figures_are_said_in_words() {
        let mut policy = profile::standard(Purpose::TlsServer).clone();
        assert_eq!(
            in_words(Figure::Cryptoperiod, &policy),
            "398 days, 200 from 15 Mar 2026, 100 from 15 Mar 2027, 47 from 15 Mar 2029"
        );
        policy.warn_days.clear();
        assert_eq!(in_words(Figure::Warnings, &policy), "None");
        policy.overlap_days = 1;
        assert_eq!(in_words(Figure::Overlap, &policy), "1 day");
        assert_eq!(in_words(Figure::Stores, &policy), "Any");
        assert_eq!(title(&policy), "CA/Browser Forum");
    }

    #[test]
    fn what_is_wrong_is_a_sentence() {
        let mut policy = profile::standard(Purpose::Ssh).clone();
        let error = Figure::Overlap.read("soon", &mut policy).unwrap_err();
        assert_eq!(complaint(&error), "Write days, such as 14d.");
        policy.overlap_days = 300;
        assert!(complaint(&policy.check().unwrap_err()).starts_with("An overlap of 300 days is longer"));
    }
}
