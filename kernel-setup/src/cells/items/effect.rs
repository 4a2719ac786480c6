//! Which values can no longer be read when items are defined anew.
//!
//! evcxr tells a variable's type by its path, so a type of the same path and another shape would be read from memory that was
//! written for the old one.

use super::block::Block;
use super::shape::{DOWNCAST, Shape, type_mentions};
use super::{Items, Lost};
use std::collections::{BTreeMap, BTreeSet};

/// What a cell changes.
pub struct Changes<'a> {
    /// Names that had another shape.
    pub redefined: Vec<&'a str>,
    /// Names that were not defined by the notebook: what the notebook's items meant by them came from elsewhere.
    pub new: BTreeSet<&'a str>,
    /// Blocks that had another shape.
    pub blocks: Vec<&'a Block>,
}

/// The `variables` whose types depend on what is changed.
pub fn lost<'a>(
    items: &Items,
    changes: &Changes,
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<Lost> {
    let affected = Affected::of(items, changes);
    let lost = |(variable, type_text): (&str, &str)| {
        let item = type_mentions(type_text).iter().find_map(|name| affected.reason(name))?.to_owned();
        Some(Lost { variable: variable.to_owned(), item })
    };
    variables.into_iter().filter_map(lost).collect()
}

/// The names that stand for something else than before, directly or not.
struct Affected<'a> {
    items: &'a Items,
    new: &'a BTreeSet<&'a str>,
    /// For each name, the changed item that is the reason.
    reasons: BTreeMap<&'a str, &'a str>,
}

impl<'a> Affected<'a> {
    fn of(items: &'a Items, changes: &'a Changes) -> Self {
        let redefined = changes.redefined.iter().map(|&name| (name, name));
        let blocks = changes.blocks.iter().flat_map(|block| anchors(items, block).map(|name| (name, &*block.title)));
        let mut affected = Affected { items, new: &changes.new, reasons: blocks.chain(redefined).collect() };
        while affected.spread() {}
        affected
    }

    /// Takes one step from what is affected to what uses it; false if nothing was left to do.
    fn spread(&mut self) -> bool {
        let mut found = Vec::new();
        for (name, shape) in &self.items.definitions {
            found.extend(self.reason_of_shape(shape.as_ref()).map(|reason| (name.as_str(), reason)));
        }
        for block in self.items.blocks.values() {
            if let Some(reason) = self.reason_of_shape(block.shape.as_ref()).or_else(|| self.reason_of_default(block)) {
                found.extend(anchors(self.items, block).map(|name| (name, reason)));
            }
        }
        if let Some(reason) = self.reasons.values().next() {
            // A value of any type may be behind these.
            found.extend(DOWNCAST.map(|name| (name, *reason)));
        }
        let before = self.reasons.len();
        for (name, reason) in found {
            self.reasons.entry(name).or_insert(reason);
        }
        self.reasons.len() > before
    }

    fn reason(&self, name: &str) -> Option<&'a str> {
        self.reasons.get(name).copied().or_else(|| self.reason_by_glob(name))
    }

    /// `name` may come from an item whose content is imported by `use item::*`.
    fn reason_by_glob(&self, name: &str) -> Option<&'a str> {
        let brings = |glob: &String| {
            let shape = self.items.definitions.get(glob)?.as_ref()?;
            shape.tokens.iter().any(|token| token == name).then(|| self.reasons.get(glob.as_str()).copied())?
        };
        let is_item = self.items.definitions.contains_key(name);
        self.items.globs.iter().filter(|_| !is_item).find_map(brings)
    }

    fn reason_of_shape(&self, shape: Option<&'a Shape>) -> Option<&'a str> {
        let reason =
            |name: &'a String| self.reason(name).or_else(|| self.new.get(name.as_str()).map(|_| name.as_str()));
        shape?.mentions.iter().find_map(reason)
    }

    /// A constant of a trait may have a default value, which then counts for all types that implement the trait.
    fn reason_of_default(&self, block: &Block) -> Option<&'a str> {
        let name = block.trait_head.as_ref()?;
        let shape = self.items.definitions.get(name)?.as_ref()?;
        // `use` says nothing of the trait it brings in.
        let may_have_constants = shape.tokens.iter().any(|token| token == "const" || token == "use");
        self.reason(name).filter(|_| may_have_constants)
    }
}

/// The names without one of which no type can depend on what stands in a block: items in the type that the block is about; if there
/// are none, those in its trait's path; if these came by `use item::*`, whatever is in the type.
fn anchors<'a>(items: &'a Items, block: &'a Block) -> impl Iterator<Item = &'a str> {
    let defined = |names: &'a BTreeSet<String>| -> Vec<&'a str> {
        names.iter().map(String::as_str).filter(|name| items.definitions.contains_key(*name)).collect()
    };
    let mut anchors = defined(&block.subject_mentions);
    if anchors.is_empty() {
        anchors = defined(&block.trait_mentions);
    }
    if anchors.is_empty() {
        anchors = block.subject_mentions.iter().map(String::as_str).collect();
    }
    anchors.into_iter()
}
