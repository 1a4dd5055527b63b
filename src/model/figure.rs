//! The figures of a policy by their names: how each is read and written by people and scripts.

use super::algorithm::Algorithm;
use super::policy::{Overrides, Policy, PolicyError, RotationMode, Step, Steps};
use super::store::StoreKind;
use super::time::Time;

/// A figure of a policy.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
pub enum Figure {
    /// [`Policy::algorithms`]
    Algorithms,
    /// [`Policy::least_strength`]
    LeastStrength,
    /// [`Policy::cryptoperiod`]
    Cryptoperiod,
    /// [`Policy::warn_days`]
    Warnings,
    /// [`Policy::rotate_before_days`]
    RotateBefore,
    /// [`Policy::overlap_days`]
    Overlap,
    /// [`Policy::rotation`]
    Rotation,
    /// [`Policy::stores`]
    Stores,
    /// [`Policy::destruction_wait_days`]
    DestructionWait,
    /// [`Policy::exportable`]
    Exportable,
}

impl Figure {
    /// Every figure in the order screens show them.
    pub const ALL: [Self; 10] = [
        Self::Algorithms,
        Self::LeastStrength,
        Self::Cryptoperiod,
        Self::Warnings,
        Self::RotateBefore,
        Self::Overlap,
        Self::Rotation,
        Self::Stores,
        Self::DestructionWait,
        Self::Exportable,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Algorithms => "algorithms",
            Self::LeastStrength => "least-strength",
            Self::Cryptoperiod => "cryptoperiod",
            Self::Warnings => "warnings",
            Self::RotateBefore => "rotate-before",
            Self::Overlap => "overlap",
            Self::Rotation => "rotation",
            Self::Stores => "stores",
            Self::DestructionWait => "destruction-wait",
            Self::Exportable => "exportable",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Algorithms => "Algorithms",
            Self::LeastStrength => "Least strength",
            Self::Cryptoperiod => "Cryptoperiod",
            Self::Warnings => "Warnings",
            Self::RotateBefore => "Rotate before expiry",
            Self::Overlap => "Overlap",
            Self::Rotation => "Rotation",
            Self::Stores => "Stores",
            Self::DestructionWait => "Wait before destruction",
            Self::Exportable => "Private half exportable",
        }
    }

    /// What can be written, for a person.
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Algorithms => "names of algorithms with commas between, the preferred one first",
            Self::LeastStrength => "bits, such as 128, or with dates 112,2031-01-01:128",
            Self::Cryptoperiod => "days, such as 365d, or with dates of activation 200d,2027-03-15:100d",
            Self::Warnings => "days before expiry with commas between, such as 30,14,7, or none",
            Self::RotateBefore | Self::Overlap | Self::DestructionWait => "days, such as 14d",
            Self::Rotation => "ask or by-itself",
            Self::Stores => "any, or kinds of store with commas between",
            Self::Exportable => "yes or no",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Result<Self, PolicyError> {
        let found = Self::ALL.into_iter().find(|figure| figure.id().eq_ignore_ascii_case(id));
        found.ok_or_else(|| PolicyError::NoFigure(id.chars().take(40).collect(), Self::ALL.map(Self::id).join(", ")))
    }

    /// The figure as it can be written again.
    pub fn written(self, policy: &Policy) -> String {
        match self {
            Self::Algorithms => join(&policy.algorithms, |algorithm| algorithm.id().to_owned()),
            Self::LeastStrength => steps(&policy.least_strength, ""),
            Self::Cryptoperiod => steps(&policy.cryptoperiod, "d"),
            Self::Warnings if policy.warn_days.is_empty() => "none".to_owned(),
            Self::Warnings => join(&policy.warn_days, ToString::to_string),
            Self::RotateBefore => format!("{}d", policy.rotate_before_days),
            Self::Overlap => format!("{}d", policy.overlap_days),
            Self::Rotation => policy.rotation.id().to_owned(),
            Self::Stores if policy.stores.is_empty() => "any".to_owned(),
            Self::Stores => join(&policy.stores, |kind| kind.id().to_owned()),
            Self::DestructionWait => format!("{}d", policy.destruction_wait_days),
            Self::Exportable => if policy.exportable { "yes" } else { "no" }.to_owned(),
        }
    }

    /// Takes a written value into a policy.
    pub fn read(self, value: &str, policy: &mut Policy) -> Result<(), PolicyError> {
        let unreadable =
            || PolicyError::Unreadable { figure: self, value: value.chars().take(80).collect(), wanted: self.wanted() };
        let value = value.trim();
        match self {
            Self::Algorithms => policy.algorithms = list(value, Algorithm::from_id).ok_or_else(unreadable)?,
            Self::LeastStrength => policy.least_strength = read_steps(value, bits).ok_or_else(unreadable)?,
            Self::Cryptoperiod => policy.cryptoperiod = read_steps(value, days).ok_or_else(unreadable)?,
            Self::Warnings => {
                let mut warnings = if value == "none" { Vec::new() } else { list(value, days).ok_or_else(unreadable)? };
                warnings.sort_unstable_by(|a, b| b.cmp(a));
                warnings.dedup();
                policy.warn_days = warnings;
            }
            Self::RotateBefore => policy.rotate_before_days = days(value).ok_or_else(unreadable)?,
            Self::Overlap => policy.overlap_days = days(value).ok_or_else(unreadable)?,
            Self::Rotation => {
                policy.rotation = match value {
                    "ask" => RotationMode::Ask,
                    "by-itself" => RotationMode::ByItself,
                    _ => return Err(unreadable()),
                };
            }
            Self::Stores if value == "any" => policy.stores.clear(),
            Self::Stores => policy.stores = list(value, StoreKind::from_id).ok_or_else(unreadable)?,
            Self::DestructionWait => policy.destruction_wait_days = days(value).ok_or_else(unreadable)?,
            Self::Exportable => {
                policy.exportable = match value {
                    "yes" => true,
                    "no" => false,
                    _ => return Err(unreadable()),
                };
            }
        }
        Ok(())
    }

    /// Copies the figure of one policy into the overrides of a key; warning times are the key's own anyway.
    pub fn override_with(self, policy: &Policy, overrides: &mut Overrides) {
        match self {
            Self::Algorithms => overrides.algorithms = Some(policy.algorithms.clone()),
            Self::LeastStrength => overrides.least_strength = Some(policy.least_strength.clone()),
            Self::Cryptoperiod => overrides.cryptoperiod = Some(policy.cryptoperiod.clone()),
            Self::Warnings => {}
            Self::RotateBefore => overrides.rotate_before_days = Some(policy.rotate_before_days),
            Self::Overlap => overrides.overlap_days = Some(policy.overlap_days),
            Self::Rotation => overrides.rotation = Some(policy.rotation),
            Self::Stores => overrides.stores = Some(policy.stores.clone()),
            Self::DestructionWait => overrides.destruction_wait_days = Some(policy.destruction_wait_days),
            Self::Exportable => overrides.exportable = Some(policy.exportable),
        }
    }

    /// Takes the figure out of the overrides of a key: its purpose's holds again.
    pub fn clear(self, overrides: &mut Overrides) {
        match self {
            Self::Algorithms => overrides.algorithms = None,
            Self::LeastStrength => overrides.least_strength = None,
            Self::Cryptoperiod => overrides.cryptoperiod = None,
            Self::Warnings => {}
            Self::RotateBefore => overrides.rotate_before_days = None,
            Self::Overlap => overrides.overlap_days = None,
            Self::Rotation => overrides.rotation = None,
            Self::Stores => overrides.stores = None,
            Self::DestructionWait => overrides.destruction_wait_days = None,
            Self::Exportable => overrides.exportable = None,
        }
    }

    /// The overrides of a key have the figure.
    pub const fn is_in(self, overrides: &Overrides) -> bool {
        match self {
            Self::Algorithms => overrides.algorithms.is_some(),
            Self::LeastStrength => overrides.least_strength.is_some(),
            Self::Cryptoperiod => overrides.cryptoperiod.is_some(),
            Self::Warnings => false,
            Self::RotateBefore => overrides.rotate_before_days.is_some(),
            Self::Overlap => overrides.overlap_days.is_some(),
            Self::Rotation => overrides.rotation.is_some(),
            Self::Stores => overrides.stores.is_some(),
            Self::DestructionWait => overrides.destruction_wait_days.is_some(),
            Self::Exportable => overrides.exportable.is_some(),
        }
    }

    /// The figures that a key can have of its own; its warning times it has anyway.
    pub fn of_keys() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|figure| *figure != Self::Warnings)
    }

    /// Both policies have the same value here.
    pub fn same(self, one: &Policy, other: &Policy) -> bool {
        self.written(one) == self.written(other)
    }
}

fn join<T>(list: &[T], word: impl Fn(&T) -> String) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(",")
}

fn steps(steps: &Steps, unit: &str) -> String {
    join(&steps.0, |step| match step.from {
        Some(from) => format!("{}:{}{unit}", from.timestamp().strftime("%Y-%m-%d"), step.value),
        None => format!("{}{unit}", step.value),
    })
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    value.split(',').map(|word| read(word.trim())).collect()
}

/// A number of days; whole years count as 365.
fn days(word: &str) -> Option<u32> {
    let (number, unit) = word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len()));
    let number: u32 = number.parse().ok()?;
    match unit {
        "" | "d" => Some(number),
        "w" => number.checked_mul(7),
        "y" => number.checked_mul(365),
        _ => None,
    }
}

fn bits(word: &str) -> Option<u32> {
    word.parse().ok()
}

/// Steps hold from midnight UTC of their day, as those of the field's documents do.
fn read_steps(value: &str, read: impl Fn(&str) -> Option<u32>) -> Option<Steps> {
    let step = |word: &str| match word.split_once(':') {
        Some((day, value)) => {
            let from: Time = format!("{}T00:00:00Z", day.trim()).parse().ok()?;
            Some(Step { from: Some(from), value: read(value.trim())? })
        }
        None => Some(Step { from: None, value: read(word)? }),
    };
    Some(Steps(list(value, step)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, profile};

    #[test]
    fn each_figure_is_read_as_it_is_written() {
        for purpose in Purpose::ALL {
            for profile in profile::all() {
                let Some(policy) = profile.policy(purpose) else { continue };
                for figure in Figure::ALL {
                    let mut other = profile::standard(Purpose::Ssh).clone();
                    figure.read(&figure.written(policy), &mut other).unwrap();
                    assert!(figure.same(policy, &other), "{figure:?}");
                    assert_eq!(Figure::from_id(figure.id()), Ok(figure));
                }
            }
        }
    }

    #[test]
    fn no_warning_is_written_too() {
        let mut policy = profile::standard(Purpose::Ssh).clone();
        policy.warn_days.clear();
        let mut other = profile::standard(Purpose::Ssh).clone();
        Figure::Warnings.read(&Figure::Warnings.written(&policy), &mut other).unwrap();
        assert!(other.warn_days.is_empty());
    }

    #[test]
    fn a_figure_of_its_own_is_taken_and_given_back() {
        let policy = profile::standard(Purpose::Ssh);
        for figure in Figure::of_keys() {
            let mut own = Overrides::default();
            figure.override_with(policy, &mut own);
            assert!(figure.is_in(&own) && Figure::of_keys().filter(|other| other.is_in(&own)).count() == 1, "{figure:?}");
            figure.clear(&mut own);
            assert!(own.is_empty(), "{figure:?}");
        }
        let mut own = Overrides::default();
        Figure::Warnings.override_with(policy, &mut own);
        assert!(own.is_empty() && !Figure::Warnings.is_in(&own));
    }

    #[test]
    fn what_cannot_be_read_says_what_can() {
        let mut policy = profile::standard(Purpose::Ssh).clone();
        let error = Figure::Rotation.read("sometimes", &mut policy).unwrap_err();
        assert_eq!(error.to_string(), "“sometimes” cannot be read as rotation: ask or by-itself");
        for (figure, value) in [
            (Figure::Algorithms, "dsa"),
            (Figure::LeastStrength, "many"),
            (Figure::Cryptoperiod, "200d,soon:100d"),
            (Figure::Warnings, "30;14"),
            (Figure::RotateBefore, "-1d"),
            (Figure::Overlap, "99999999999d"),
            (Figure::Stores, "cellar"),
            (Figure::Exportable, "maybe"),
        ] {
            let error = figure.read(value, &mut policy).unwrap_err();
            assert!(error.figure() == Some(figure) && error.to_string().contains(figure.id()), "{error}");
        }
        assert!(Figure::from_id("colour").unwrap_err().to_string().contains("destruction-wait"));
    }
}
