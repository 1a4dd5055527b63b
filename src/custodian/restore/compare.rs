//! How a backup stands to the inventory here: what is newer, missing, different; nothing is touched.

use std::collections::HashSet;
use std::sync::PoisonError;

use super::open::Found;
use super::{Restoration, RestoreMode, Standing, name_of};
use crate::custodian::core::Custodian;
use crate::custodian::environment::Environment;
use crate::custodian::error::CustodianError;
use crate::model::{Inventory, Relation};

impl Found {
    /// All that is known of it, before anything is done.
    pub(super) fn restoration(
        &self,
        env: &Environment,
        custodian: Option<&Custodian>,
        mode: RestoreMode,
    ) -> Result<Restoration, CustodianError> {
        let lacks = self.manifest.lacks.iter().map(|one| (one.name.clone(), one.version, one.why.clone()));
        Ok(Restoration {
            mode,
            backup: self.manifest.backup.clone(),
            program: self.head.program.clone(),
            keys: self.inventory.keys().len(),
            secrets: self.objects.len(),
            lacks: lacks.collect(),
            standing: custodian.map(|custodian| self.standing(custodian)).transpose()?,
            kept: None,
            recorded: false,
            as_files: false,
            name: name_of(env),
            folder: env.folder.clone(),
        })
    }

    pub(super) fn standing(&self, custodian: &Custodian) -> Result<Standing, CustodianError> {
        let relation = self.relation(custodian)?;
        let here = custodian.items_here();
        let lies_here = |object: &str| here.as_ref().is_none_or(|here| here.contains(object));
        let in_backup = |object: &str| self.objects.contains(object);
        let now = custodian.now();
        Ok(custodian.read(|inventory| Standing {
            relation,
            seq: inventory.seq(),
            at: inventory.floor(),
            only_here: self.only_here(inventory),
            plan: inventory.plan_merge(&self.inventory, relation, now, &lies_here, &in_backup),
            setbacks: inventory.setbacks(&self.inventory, now, &in_backup),
        }))
    }

    /// Which log goes on from which: the hash of a record vouches for all before it.
    fn relation(&self, custodian: &Custodian) -> Result<Relation, CustodianError> {
        let desk = custodian.desk();
        if desk.inventory.id() != self.head.inventory {
            return Ok(Relation::Foreign);
        }
        let (here, there) = (desk.log.head(), self.log.head());
        let same = if here.seq >= there.seq {
            desk.log.hash_at(there.seq)? == Some(there.hash)
        } else {
            self.log.hash_at(here.seq)? == Some(here.hash)
        };
        Ok(match (same, here.seq >= there.seq) {
            (true, true) => Relation::Earlier,
            (true, false) => Relation::Later,
            (false, _) => Relation::Diverged,
        })
    }

    fn only_here(&self, inventory: &Inventory) -> Vec<Box<str>> {
        let unknown = inventory.keys().iter().filter(|key| self.inventory.key(key.id).is_none() && !key.is_destroyed());
        unknown.map(|key| key.name.clone()).collect()
    }
}

impl Custodian {
    /// The items that lie in the home store; `None` where it cannot be asked now.
    pub(super) fn items_here(&self) -> Option<HashSet<String>> {
        let home = self.home.read().unwrap_or_else(PoisonError::into_inner);
        if !self.is_unlocked() {
            return None;
        }
        home.store().list().ok().map(|items| items.into_iter().collect())
    }
}
