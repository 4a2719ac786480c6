//! What every cell is linked with: the variables that cells hand on to each other.
//!
//! evcxr puts all of this into the code of each cell, where it would be compiled anew each time. This is a crate of its
//! own, compiled once; only what depends on a variable's type is left to the cell.

pub mod instances;

use std::any::{Any, TypeId};
use std::collections::HashMap;

/// Variables by name, between two cells.
///
/// In memory this is what evcxr's own `VariableStore` is, one map and nothing else: a cell with evcxr's own code takes
/// over variables from one with this, and the other way round.
#[derive(Default)]
pub struct Variables {
    by_name: HashMap<String, Box<dyn Any>>,
}

impl Variables {
    /// No variables, owned by whoever has the pointer.
    pub fn create() -> *mut Variables {
        Box::into_raw(Box::default())
    }

    /// Hands a variable on.
    pub fn put(&mut self, name: &str, value: Box<dyn Any>) {
        self.by_name.insert(name.to_owned(), value);
    }

    /// Whether the variable, if it is there, has this type; prints `mark` and its name if not.
    pub fn check(&self, name: &str, expected: TypeId, mark: &str) -> bool {
        let is_another = self.by_name.get(name).is_some_and(|value| (**value).type_id() != expected);
        if is_another {
            eprintln!("The type of the variable {name} was redefined, so was lost.");
            println!("{mark}{name}");
        }
        !is_another
    }

    /// Takes a variable over.
    ///
    /// # Panics
    ///
    /// If there is none with this name and type: [`check`](Self::check) comes first.
    pub fn take(&mut self, name: &str, expected: TypeId) -> Box<dyn Any> {
        match self.by_name.remove(name) {
            Some(value) if (*value).type_id() == expected => value,
            Some(_) => panic!("the variable `{name}` has another type than before"),
            None => panic!("the variable `{name}` has gone missing"),
        }
    }
}
