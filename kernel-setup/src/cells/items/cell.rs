//! The items of one cell.

use super::block::Block;
use super::shape::{Mentions, Shape, head};
use super::tokens::tokens;
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// What a cell defines.
#[derive(Default)]
pub struct Cell {
    /// The names, each with what of it decides how values lie in memory: nothing of a plain function.
    pub definitions: Vec<(String, Option<Shape>)>,
    /// The blocks, each with the byte at which it begins, attributes and documentation included.
    pub blocks: Vec<(usize, Block)>,
    /// Where the paths of `use path::*` begin.
    pub globs: Vec<String>,
    /// The byte at which the first item begins.
    pub first_item: Option<usize>,
}

/// evcxr too reads a cell as the body of a function.
const BEFORE: &str = "fn cell() {";

/// Reads a cell; `None` if it is no Rust.
pub fn read(code: &str) -> Option<Cell> {
    let start = rust_start(code);
    // The last statement may do without its semicolon.
    ["\n}", "\n;}"].into_iter().find_map(|after| {
        let text = format!("{BEFORE}{}{after}", &code[start..]);
        let function: syn::ItemFn = syn::parse_str(&text).ok()?;
        Some(of_items(&function.block, &text, |byte| byte + start - BEFORE.len()))
    })
}

/// The byte at which evcxr's commands end.
fn rust_start(code: &str) -> usize {
    let is_command = |line: &str| line.starts_with('!') || line.trim_start_matches(' ').starts_with(':');
    // evcxr takes these for no code as long as there was none.
    let is_skipped = |line: &&str| is_command(line) || line.starts_with("//") || line.trim().is_empty();
    code.split_inclusive('\n').take_while(is_skipped).map(str::len).sum()
}

/// `place` gives a byte of the cell for one of `text`.
fn of_items(block: &syn::Block, text: &str, place: impl Fn(usize) -> usize) -> Cell {
    let items = || {
        block.stmts.iter().filter_map(|statement| match statement {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        })
    };
    let slice = |span: proc_macro2::Span| &text[span.byte_range()];
    let grouping: BTreeSet<String> = items().filter_map(|item| Some(name(item)?.to_string())).collect();
    let mut cell = Cell::default();
    let mut previous = None;
    for item in items() {
        let start = place(item.span().byte_range().start);
        cell.first_item.get_or_insert(start);
        if let Some(mut block) = Block::of(item, slice) {
            let about = block.subject_mentions.union(&block.trait_mentions);
            block.owners = about.filter(|name| grouping.contains(*name)).cloned().collect();
            if block.owners.is_empty() {
                block.owners.extend(previous.clone());
            }
            cell.blocks.push((start, block));
        } else if let Some(name) = name(item) {
            cell.definitions.push((name.to_string(), shape(item, slice(item.span()))));
            previous = Some(name.to_string());
        } else if let syn::Item::Macro(syn::ItemMacro { ident: Some(name), .. }) = item {
            cell.definitions.push((name.to_string(), shape(item, slice(item.span()))));
        } else if let syn::Item::Use(item) = item {
            imports(&item.tree, &mut Vec::new(), &mut cell);
        }
    }
    cell
}

/// The name by which evcxr keeps an item together with the blocks behind it.
fn name(item: &syn::Item) -> Option<&syn::Ident> {
    match item {
        syn::Item::Const(item) => Some(&item.ident).filter(|ident| *ident != "_"),
        syn::Item::Enum(item) => Some(&item.ident),
        syn::Item::Fn(item) => Some(&item.sig.ident),
        syn::Item::Mod(item) => Some(&item.ident),
        syn::Item::Static(item) => Some(&item.ident),
        syn::Item::Struct(item) => Some(&item.ident),
        syn::Item::Trait(item) => Some(&item.ident),
        syn::Item::Type(item) => Some(&item.ident),
        syn::Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

fn shape(item: &syn::Item, text: &str) -> Option<Shape> {
    let generics = match item {
        syn::Item::Fn(item) if item.sig.constness.is_none() => return None,
        syn::Item::Fn(item) => Some(&item.sig.generics),
        syn::Item::Enum(item) => Some(&item.generics),
        syn::Item::Struct(item) => Some(&item.generics),
        syn::Item::Trait(item) => Some(&item.generics),
        syn::Item::Type(item) => Some(&item.generics),
        syn::Item::Union(item) => Some(&item.generics),
        _ => None,
    };
    let mut mentions = Mentions::default();
    mentions.visit_item(item);
    Some(Shape { tokens: tokens(text), mentions: mentions.outside(generics) })
}

/// What `use` brings in, name by name, as evcxr keeps it.
fn imports(tree: &syn::UseTree, path: &mut Vec<String>, cell: &mut Cell) {
    let depth = path.len();
    let mut import = |path: &[String], name: String| {
        let mut mentions = Mentions::default();
        mentions.meet(path.iter().map(String::as_str));
        let tokens = ["use".to_owned()].into_iter().chain(path.iter().cloned()).collect();
        cell.definitions.push((name, Some(Shape { tokens, mentions: mentions.outside(None) })));
    };
    match tree {
        syn::UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            imports(&tree.tree, path, cell);
        }
        syn::UseTree::Name(tree) if tree.ident == "self" => {
            if let Some(name) = path.last() {
                import(path, name.clone());
            }
        }
        syn::UseTree::Name(tree) => {
            path.push(tree.ident.to_string());
            import(path, tree.ident.to_string());
        }
        syn::UseTree::Rename(tree) if tree.rename == "_" => {}
        syn::UseTree::Rename(tree) => {
            path.extend((tree.ident != "self").then(|| tree.ident.to_string()));
            import(path, tree.rename.to_string());
        }
        syn::UseTree::Glob(_) => cell.globs.extend(head(path.iter().map(String::as_str)).map(str::to_owned)),
        syn::UseTree::Group(tree) => {
            for tree in &tree.items {
                imports(tree, path, cell);
            }
        }
    }
    path.truncate(depth);
}
