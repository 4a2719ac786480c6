//! Cells one after the other.

mod dice;
mod lost;
mod markers;

use super::{Items, Plan};
use std::collections::HashMap;

/// A notebook whose cells all succeed.
#[derive(Default)]
struct Notebook {
    items: Items,
    evcxr: Evcxr,
    variables: Vec<(&'static str, &'static str)>,
}

impl Notebook {
    fn of(cells: &[&str]) -> Self {
        let mut notebook = Notebook::default();
        for cell in cells {
            notebook.run(cell);
        }
        notebook
    }

    fn with(mut self, variables: &[(&'static str, &'static str)]) -> Self {
        self.variables = variables.to_vec();
        self
    }

    fn plan(&self, cell: &str) -> Plan {
        self.items.plan(cell, self.variables.iter().copied())
    }

    /// Runs a cell, and gives the code that evcxr got.
    fn run(&mut self, cell: &str) -> String {
        let plan = self.plan(cell);
        let code = plan.code.clone();
        self.evcxr.run(&code);
        self.items.commit(plan);
        code
    }

    /// The variables that the cell would cost, with the reasons.
    fn lost(&self, cell: &str) -> Vec<(String, String)> {
        self.plan(cell).lost.into_iter().map(|lost| (lost.variable, lost.item)).collect()
    }

    #[track_caller]
    fn loses(&self, cell: &str, expected: &[(&str, &str)]) {
        let lost = self.lost(cell);
        let lost: Vec<(&str, &str)> = lost.iter().map(|(variable, item)| (variable.as_str(), item.as_str())).collect();
        assert_eq!(lost, expected, "{cell}");
    }
}

/// What evcxr keeps of the cells, as its `ContextState::apply` does.
#[derive(Default)]
struct Evcxr {
    by_name: HashMap<String, Vec<syn::ItemImpl>>,
    unnamed: Vec<syn::ItemImpl>,
}

impl Evcxr {
    fn run(&mut self, code: &str) {
        let code: String = code.lines().filter(|line| !line.starts_with(':')).flat_map(|line| [line, "\n"]).collect();
        let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{{code}}}")) else { return };
        let mut previous: Option<String> = None;
        for statement in block.stmts {
            let syn::Stmt::Item(item) = statement else { continue };
            let name = match &item {
                syn::Item::Const(item) => item.ident.to_string(),
                syn::Item::Fn(item) => item.sig.ident.to_string(),
                syn::Item::Struct(item) => item.ident.to_string(),
                syn::Item::Trait(item) => item.ident.to_string(),
                syn::Item::Impl(item) => {
                    let home = previous.as_ref().and_then(|name| self.by_name.get_mut(name));
                    home.unwrap_or(&mut self.unnamed).push(item.clone());
                    continue;
                }
                _ => continue,
            };
            self.by_name.insert(name.clone(), Vec::new());
            previous = Some(name);
        }
    }

    /// The functions in all `impl`s that are there.
    fn functions(&self) -> Vec<String> {
        let items = self.by_name.values().flatten().chain(&self.unnamed).flat_map(|item| &item.items);
        let mut names: Vec<String> = items
            .filter_map(|item| match item {
                syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                _ => None,
            })
            .collect();
        names.sort();
        names
    }
}

const NET: &str = "struct Net { w: f64, v: Vec<f64> }";
const OTHER_NET: &str = "struct Net { w: u64, v: String }";
