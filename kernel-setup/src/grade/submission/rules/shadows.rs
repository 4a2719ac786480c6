//! Items of a student's that have names which given cells use.
//!
//! All items of a graded notebook stand beside each other. A second item of a given one's name does not compile; and one of the name of
//! something that comes with `use nnlib::prelude::*` takes its place in all cells, the given ones included.

use super::Found;
use super::words::{is_mark, plain};
use crate::notebook::source as text_of;
use crate::passes::nbgrader::{Kind, checked};
use nbformat::v4;
use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::parse::Parser;

const TAKEN: &str = "the assignment has something of this name, and cells that are given use it: choose another name";
/// Longer paths are none of a library.
const MAX_PATH: usize = 200;

const MAIN: &str = "a notebook has no `main`: write the statements themselves";

/// The names of an assignment.
#[derive(Default)]
pub struct Given {
    /// Items that given cells define, or import, each with the path that it is imported from.
    defined: BTreeMap<String, Option<String>>,
    /// Names that given cells use: of functions that they call, and of macros.
    called: BTreeSet<String>,
    /// Names that stand anywhere in them, but for members and parts of paths.
    mentioned: BTreeSet<String>,
    /// Names of variables, parameters and fields of given cells: a call of these is no call of an item.
    bound: BTreeSet<String>,
    /// Items that solutions define: what is asked for.
    asked: BTreeSet<String>,
}

impl Given {
    /// Reads an assignment's source.
    pub fn of(source: &v4::Notebook) -> Self {
        let mut given = Given::default();
        for cell in source.cells.iter().filter(|cell| matches!(cell, v4::Cell::Code { .. })) {
            let Ok(tokens) = text_of(cell).parse::<TokenStream>() else { continue };
            let is_solution = matches!(checked(cell), Some((_, Kind::Solution)));
            if !is_solution {
                given.read(tokens.clone());
            }
            for item in syn::Block::parse_within.parse2(tokens).iter().flat_map(|statements| items(statements)) {
                match is_solution {
                    true => {
                        given.asked.insert(item.name);
                    }
                    false => {
                        given.defined.insert(item.name, item.path);
                    }
                }
            }
        }
        given
    }

    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let name = match token {
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    continue;
                }
                TokenTree::Ident(name) => plain(name),
                TokenTree::Punct(_) | TokenTree::Literal(_) => continue,
            };
            let before = index.checked_sub(1).map(|before| &tokens[before]);
            let behind = tokens.get(index + 1);
            let is_word =
                |token: Option<&TokenTree>, word: &str| matches!(token, Some(TokenTree::Ident(name)) if name == word);
            if is_mark(before, '.') || is_mark(before, ':') && index >= 2 && is_mark(tokens.get(index - 2), ':') {
                continue;
            }
            let has_type = is_mark(behind, ':') && !is_mark(tokens.get(index + 2), ':');
            if is_word(before, "let")
                || is_word(before, "mut")
                || is_word(before, "for")
                || is_mark(before, '|')
                || has_type
            {
                self.bound.insert(name.clone());
            }
            let is_macro = matches!(behind, Some(TokenTree::Punct(mark)) if mark.as_char() == '!' && mark.spacing() == Spacing::Alone);
            let is_call = matches!(behind, Some(TokenTree::Group(group)) if group.delimiter() == proc_macro2::Delimiter::Parenthesis);
            if (is_call || is_macro) && !is_word(before, "fn") {
                self.called.insert(name.clone());
            }
            self.mentioned.insert(name);
        }
    }

    /// Whether an item would change a given cell.
    fn is_changed_by(&self, item: &Item) -> bool {
        let name = &item.name;
        match (self.defined.get(name), &item.path) {
            // The same thing, brought in again.
            (Some(Some(given)), Some(path)) if given == path => return false,
            (Some(_), _) => return true,
            (None, _) if self.asked.contains(name) => return false,
            // nnlib's prelude has what the rest of nnlib has under the same name.
            (None, Some(path))
                if path == name || path.starts_with("nnlib::") && path.ends_with(&format!("::{name}")) =>
            {
                return false;
            }
            (None, _) => {}
        }
        match item.namespace {
            Namespace::Functions => self.called.contains(name) && !self.bound.contains(name),
            Namespace::Imports => self.mentioned.contains(name) && !self.bound.contains(name),
            Namespace::All => self.mentioned.contains(name),
        }
    }
}

/// Finds the items of a cell that would change given cells.
pub fn look(statements: &[syn::Stmt], given: &Given, found: &mut Found) {
    for item in items(statements) {
        if item.name == "main" {
            found.add(item.span, item.name, MAIN);
        } else if given.is_changed_by(&item) {
            found.add(item.span, item.name, TAKEN);
        }
    }
}

/// What an item's name can be mistaken for.
enum Namespace {
    /// A variable of the same name is another thing.
    Functions,
    /// So it is here, but macros and types are found as well.
    Imports,
    /// Types and modules; and constants, which turn a pattern that binds a variable into one that compares.
    All,
}

/// An item beside those of other cells.
struct Item {
    name: String,
    span: Span,
    namespace: Namespace,
    /// What it stands for, if it is imported.
    path: Option<String>,
}

fn items(statements: &[syn::Stmt]) -> Vec<Item> {
    let mut found = Vec::new();
    for statement in statements {
        let syn::Stmt::Item(item) = statement else { continue };
        let (name, namespace) = match item {
            syn::Item::Fn(item) => (&item.sig.ident, Namespace::Functions),
            syn::Item::Const(item) if item.ident != "_" => (&item.ident, Namespace::All),
            syn::Item::Enum(item) => (&item.ident, Namespace::All),
            syn::Item::Mod(item) => (&item.ident, Namespace::All),
            syn::Item::Static(item) => (&item.ident, Namespace::All),
            syn::Item::Struct(item) => (&item.ident, Namespace::All),
            syn::Item::Trait(item) => (&item.ident, Namespace::All),
            syn::Item::TraitAlias(item) => (&item.ident, Namespace::All),
            syn::Item::Type(item) => (&item.ident, Namespace::All),
            syn::Item::Union(item) => (&item.ident, Namespace::All),
            syn::Item::Use(item) => {
                imports(&item.tree, "", &mut found);
                continue;
            }
            _ => continue,
        };
        found.push(Item { name: plain(name), span: name.span(), namespace, path: None });
    }
    found
}

fn imports(tree: &syn::UseTree, path: &str, found: &mut Vec<Item>) {
    let below = |name: &syn::Ident| match path {
        "" => plain(name),
        // Each of many names would have a copy.
        path if path.len() > MAX_PATH => path.to_owned(),
        path => format!("{path}::{}", plain(name)),
    };
    let mut import = |name: String, span: Span, path: String| {
        found.push(Item { name, span, namespace: Namespace::Imports, path: Some(path) });
    };
    match tree {
        syn::UseTree::Path(tree) => imports(&tree.tree, &below(&tree.ident), found),
        syn::UseTree::Name(tree) if tree.ident == "self" => {
            if let Some(name) = path.rsplit("::").next().filter(|name| !name.is_empty()) {
                import(name.to_owned(), tree.ident.span(), path.to_owned());
            }
        }
        syn::UseTree::Name(tree) => import(plain(&tree.ident), tree.ident.span(), below(&tree.ident)),
        syn::UseTree::Rename(tree) if tree.rename == "_" => {}
        syn::UseTree::Rename(tree) => import(plain(&tree.rename), tree.rename.span(), below(&tree.ident)),
        syn::UseTree::Glob(_) => {}
        syn::UseTree::Group(tree) => tree.items.iter().for_each(|tree| imports(tree, path, found)),
    }
}
