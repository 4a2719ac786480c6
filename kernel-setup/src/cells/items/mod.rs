//! What the cells of a notebook have defined, and what a cell means for it.
//!
//! Two things that evcxr leaves open. A type may be defined anew while variables of the old one are there: they must be given up
//! first, or their memory would be read as the new type's. And an `impl` may be run again: evcxr would keep both, since it replaces
//! items by name only, each together with the `impl`s behind it in the same cell. So each `impl` gets a named item of its own before
//! it, a marker, and that of the `impl` that it is a new version of.

mod block;
mod cell;
mod effect;
mod rewrite;
mod shape;
mod tokens;

use block::Block;
use effect::Changes;
use rewrite::Insertions;
use shape::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// How the names of markers begin.
pub const MARKER: &str = "NNKERNEL_IMPL_";

/// What the cells of a notebook have defined.
#[derive(Default)]
pub struct Items {
    definitions: BTreeMap<String, Option<Shape>>,
    /// Where the paths of `use path::*` begin.
    globs: BTreeSet<String>,
    /// What has no name of its own, by the number of its marker.
    blocks: BTreeMap<usize, Block>,
    /// The lowest number that no marker has had.
    next_key: usize,
}

/// A variable that must be given up, and the item that is the reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost {
    pub variable: String,
    /// A name, or what stands before the brace of an `impl`.
    pub item: String,
}

/// What running a cell means.
#[derive(Default)]
pub struct Plan {
    /// The code for evcxr: the cell's, line by line, with markers.
    pub code: String,
    /// The variables that must be given up before the cell runs.
    pub lost: Vec<Lost>,
    insertions: Insertions,
    definitions: BTreeMap<String, Option<Shape>>,
    globs: Vec<String>,
    blocks: BTreeMap<usize, Block>,
    /// Markers that get nothing behind them.
    emptied: BTreeSet<usize>,
}

impl Plan {
    /// The column of the cell's line for one of the same line of `code`; lines and columns count from 1, columns in characters.
    pub fn original_column(&self, line: usize, column: usize) -> usize {
        self.insertions.original_column(line, column)
    }
}

impl Items {
    /// What running the cell `code` means, where the notebook has `variables`, each with the text of its type.
    pub fn plan<'a>(&self, code: &str, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Plan {
        let Some(cell) = cell::read(code) else { return Plan { code: code.to_owned(), ..Plan::default() } };
        // evcxr too keeps the last of a name.
        let definitions: BTreeMap<String, Option<Shape>> = cell.definitions.into_iter().collect();
        let mut markers = Vec::new();
        let mut blocks = BTreeMap::new();
        let mut outdated = BTreeSet::new();
        let mut next_key = self.next_key;
        for (start, block) in cell.blocks {
            let earlier = self.blocks.iter().filter(|(_, earlier)| block.replaces(earlier)).map(|(&key, _)| key);
            let key = earlier.clone().find(|key| !blocks.contains_key(key)).unwrap_or_else(|| {
                next_key += 1;
                next_key - 1
            });
            outdated.extend(earlier);
            blocks.insert(key, block);
            markers.push((start, marker(key)));
        }
        let went = |block: &Block| block.owners.iter().any(|owner| definitions.contains_key(owner));
        outdated.extend(self.blocks.iter().filter(|(_, block)| went(block)).map(|(&key, _)| key));
        let emptied: BTreeSet<usize> = outdated.into_iter().filter(|key| !blocks.contains_key(key)).collect();
        if let Some(start) = cell.first_item.filter(|_| !emptied.is_empty()) {
            markers.insert(0, (start, emptied.iter().copied().map(marker).collect()));
        }
        let lost = effect::lost(self, &self.changes(&definitions, &blocks, &emptied), variables);
        let (code, insertions) = Insertions::make(code, markers);
        Plan { code, lost, insertions, definitions, globs: cell.globs, blocks, emptied }
    }

    /// The cell of `plan` was run, and what it defines stands.
    pub fn commit(&mut self, plan: Plan) {
        self.definitions.extend(plan.definitions);
        self.globs.extend(plan.globs);
        self.blocks.retain(|key, _| !plan.emptied.contains(key));
        self.next_key = plan.blocks.keys().map(|key| key + 1).fold(self.next_key, usize::max);
        self.blocks.extend(plan.blocks);
    }

    fn changes<'a>(
        &'a self,
        definitions: &'a BTreeMap<String, Option<Shape>>,
        blocks: &BTreeMap<usize, Block>,
        emptied: &BTreeSet<usize>,
    ) -> Changes<'a> {
        let mut changes = Changes { redefined: Vec::new(), new: BTreeSet::new(), blocks: Vec::new() };
        for (name, shape) in definitions {
            match self.definitions.get(name) {
                Some(earlier) if earlier != shape => changes.redefined.push(name),
                None if shape.is_some() => {
                    changes.new.insert(name);
                }
                _ => {}
            }
        }
        for (key, earlier) in &self.blocks {
            let later = blocks.get(key);
            if emptied.contains(key) && earlier.shape.is_some()
                || later.is_some_and(|later| later.shape != earlier.shape)
            {
                changes.blocks.push(earlier);
            }
        }
        changes
    }
}

/// An item that does nothing but give its name to the `impl` behind it.
fn marker(key: usize) -> String {
    format!("const {MARKER}{key}: () = (); ")
}

#[cfg(test)]
mod tests;
