//! To whom something can be sealed: asked of the address book, before a secret is touched.

use super::Inventory;
use crate::model::handover::Format;
use crate::model::name;
use crate::model::recipient::Recipient;
use crate::model::sealing::{SealFault, SealedTo};
use crate::model::time::Time;

impl Inventory {
    /// The recipients of these names, each once, with the key that the form takes.
    pub fn sealed_to(&self, names: &[String], format: Format, now: Time) -> Result<Vec<SealedTo>, SealFault> {
        let found = self.those_named(names)?;
        if format.is_byok() && found.len() > 1 {
            return Err(SealFault::One(format.name()));
        }
        found.into_iter().map(|recipient| fitting(recipient, format, now)).collect()
    }

    /// The form that fits all of them where none was asked for: age before CMS. What is for a cloud service is asked for
    /// by name, because the service cannot be told from its key.
    pub fn sealing_form(&self, names: &[String]) -> Result<Format, SealFault> {
        let found = self.those_named(names)?;
        let fits = |format: Format| {
            let has = |recipient: &&Recipient| recipient.keys.iter().any(|key| format.seals_to(key.kind));
            found.iter().all(has)
        };
        let has = |recipient: &&Recipient| {
            let kinds: Vec<_> = recipient.keys.iter().map(|key| key.kind.name()).collect();
            let kinds = if kinds.is_empty() { "no key".to_owned() } else { kinds.join(" and ") };
            format!("{} has {kinds}", name::shown(&recipient.name))
        };
        [Format::Age, Format::Cms]
            .into_iter()
            .find(|format| fits(*format))
            .ok_or_else(|| SealFault::NoCommonForm(found.iter().map(has).collect::<Vec<_>>().join("; ")))
    }

    fn those_named(&self, names: &[String]) -> Result<Vec<&Recipient>, SealFault> {
        let mut found: Vec<&Recipient> = Vec::with_capacity(names.len());
        for name in names {
            let recipient = self.recipient(name).ok_or_else(|| SealFault::Unknown(name::shown(name).into_owned()))?;
            if !found.iter().any(|known| known.name == recipient.name) {
                found.push(recipient);
            }
        }
        if found.is_empty() { Err(SealFault::Nobody) } else { Ok(found) }
    }
}

fn fitting(recipient: &Recipient, format: Format, now: Time) -> Result<SealedTo, SealFault> {
    let name = recipient.name.clone();
    if let Some(key) = recipient.key(now, |kind| format.seals_to(kind)) {
        return Ok(SealedTo { name, key: key.clone() });
    }
    let dated = recipient.keys.iter().filter(|key| format.seals_to(key.kind)).find_map(|key| key.dated_out(&name, now));
    Err(dated.unwrap_or_else(|| SealFault::NoKey {
        name: name::shown(&name).into_owned(),
        format: format.name(),
        wanted: format.seals_to_words(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Digest;
    use crate::model::recipient::{RecipientKey, RecipientKeyKind as Kind};

    const NOW: i64 = 1_800_000_000;

    fn at(second: i64) -> Time {
        Time::from_second(second)
    }

    fn key(kind: Kind, begins: Option<i64>, expires: Option<i64>) -> RecipientKey {
        let (begins, expires) = (begins.map(at), expires.map(at));
        let (sha256, service_id) = (Digest([7; 32]), "".into());
        RecipientKey { kind, encoded: "x".into(), sha256, begins, expires, service_id, confirmed: None }
    }

    fn book(recipients: Vec<(&str, Vec<RecipientKey>)>) -> Inventory {
        let recipients =
            recipients.into_iter().map(|(name, keys)| Recipient { name: name.into(), note: "".into(), keys }).collect();
        Inventory { recipients, ..Inventory::default() }
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_key_that_fits_the_form_and_its_dates_is_taken() {
        let (old, new) = (key(Kind::Certificate, None, Some(NOW)), key(Kind::Certificate, None, Some(NOW + 1)));
        let inventory = book(vec![("Jonas", vec![old.clone(), key(Kind::SshRsa, None, None), new.clone()]), ("Old", vec![old])]);
        let sealed = |names: &[&str], format| inventory.sealed_to(&named(names), format, at(NOW));
        assert_eq!(sealed(&["Jonas", "Jonas"], Format::Cms).unwrap(), [SealedTo { name: "Jonas".into(), key: new }]);
        assert_eq!(sealed(&["Jonas"], Format::Age).unwrap()[0].key.kind, Kind::SshRsa);
        assert!(matches!(sealed(&["Old"], Format::Cms), Err(SealFault::Expired { .. })));
        assert!(matches!(sealed(&["Old"], Format::Age), Err(SealFault::NoKey { .. })));
        assert!(matches!(sealed(&["Nobody"], Format::Age), Err(SealFault::Unknown(_))));
        assert!(matches!(sealed(&[], Format::Age), Err(SealFault::Nobody)));
    }

    #[test]
    fn a_key_that_is_not_valid_yet_says_from_when_on() {
        let inventory = book(vec![("Jonas", vec![key(Kind::Certificate, Some(NOW + 86_400), None)])]);
        let fault = inventory.sealed_to(&named(&["Jonas"]), Format::Cms, at(NOW)).unwrap_err().to_string();
        assert_eq!(fault, "The X.509 certificate of Jonas is valid only from 2027-01-16 on. Nothing was sealed");
    }

    #[test]
    fn age_comes_before_cms_and_a_service_is_named() {
        let keys = |kinds: &[Kind]| kinds.iter().map(|kind| key(*kind, None, None)).collect();
        let inventory = book(vec![
            ("A", keys(&[Kind::Certificate, Kind::AgeX25519])),
            ("B", keys(&[Kind::Certificate])),
            ("C", keys(&[Kind::WrappingKey])),
            ("D", keys(&[Kind::SshEd25519])),
        ]);
        let form = |names: &[&str]| inventory.sealing_form(&named(names));
        assert_eq!(form(&["A", "D"]), Ok(Format::Age));
        assert_eq!(form(&["A", "B"]), Ok(Format::Cms));
        assert!(matches!(form(&["B", "D"]), Err(SealFault::NoCommonForm(_))));
        assert!(matches!(form(&["C"]), Err(SealFault::NoCommonForm(_))));
        let two = inventory.sealed_to(&named(&["C", "A"]), Format::ByokAws, at(NOW));
        assert!(matches!(two, Err(SealFault::One(_))));
    }
}
