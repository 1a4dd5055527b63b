//! Shares that a person types line by line: each line is checked when it comes.

use zeroize::Zeroizing;

use super::OpenWith;
use crate::formats::backup::share::{Share, ShareError};
use crate::secret::{Passphrase, SecretBytes};

/// What was typed of shares so far. The lines are secrets in part, so it derives nothing but an empty start.
#[derive(Default)]
pub struct TypedShares {
    whole: Vec<SecretBytes>,
    lines: Vec<Passphrase>,
    needed: Option<u8>,
}

impl TypedShares {
    /// Takes the next line. Refused, nothing of it is kept.
    pub fn add(&mut self, line: &Passphrase) -> Result<(), ShareError> {
        let number = self.lines.len() + 1;
        let typed = line.expose().split_once(':').map_or(line.expose(), |(_, rest)| rest);
        self.lines.push(Passphrase::new(format!("{number}: {typed}")));
        let mut text = Zeroizing::new(String::with_capacity(self.lines.len() * 48));
        for line in &self.lines {
            text.push_str(line.expose());
            text.push('\n');
        }
        let sheet = format!("share {}", self.whole.len() + 1);
        match Share::parse(&text, &sheet) {
            Ok(share) => {
                self.needed = Some(share.needed());
                self.whole.push(SecretBytes::new(std::mem::take(&mut *text).into_bytes()));
                self.lines.clear();
                Ok(())
            }
            // It does not end here: more lines are to come.
            Err(ShareError::Lines(_)) => Ok(()),
            Err(error) => {
                self.lines.pop();
                Err(error)
            }
        }
    }

    /// Shares that are whole.
    pub fn whole(&self) -> usize {
        self.whole.len()
    }

    /// Lines of the share that is being typed.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// So many shares of the set are needed, once one was typed.
    pub fn needed(&self) -> Option<u8> {
        self.needed
    }

    /// Begins the share anew that is being typed.
    pub fn forget_lines(&mut self) {
        self.lines.clear();
    }

    /// What opens a backup with them.
    pub fn open_with(&self) -> OpenWith {
        OpenWith::Typed(self.whole.iter().map(|share| SecretBytes::new(share.expose().to_vec())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::backup::share::{Split, split};

    #[test]
    fn a_share_is_typed_line_by_line_and_a_wrong_line_is_told_at_once() {
        let shares = split(&Passphrase::new("seven quiet otters".into()), Split::new(2, 2).unwrap()).unwrap_or_default();
        let mut typed = TypedShares::default();
        let lines = shares[0].lines();
        for line in &lines {
            assert!(typed.add(&Passphrase::new("0000 0000 0000 0000 0000".into())).is_err());
            assert!(typed.add(&Passphrase::new(line.to_string())).is_ok());
        }
        assert_eq!((typed.whole(), typed.lines(), typed.needed()), (1, 0, Some(2)));
        let bare = shares[1].lines()[0].split_once(':').map(|(_, rest)| rest.to_owned());
        assert!(typed.add(&Passphrase::new(bare.unwrap_or_default())).is_ok());
        assert_eq!((typed.whole(), typed.lines()), (1, 1));
        typed.forget_lines();
        assert_eq!(typed.lines(), 0);
    }
}
