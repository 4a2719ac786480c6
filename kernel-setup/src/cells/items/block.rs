//! Items without a name: `impl`s, `extern` blocks, and `const _`.

use super::shape::{Mentions, Shape, head, parameter_name};
use super::tokens::tokens;
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// An item without a name.
#[derive(Debug)]
pub struct Block {
    /// For people: `impl Layer for Net`.
    pub title: String,
    /// The type, or whatever else this is about.
    subject: Vec<String>,
    trait_path: Option<Vec<String>>,
    /// What it defines.
    names: BTreeSet<String>,
    tokens: Vec<String>,
    /// The names in the type, and those in the trait's path.
    pub subject_mentions: BTreeSet<String>,
    pub trait_mentions: BTreeSet<String>,
    /// Where the trait's path begins.
    pub trait_head: Option<String>,
    /// The types and constants in it: what a value's place in memory can depend on.
    pub shape: Option<Shape>,
    /// The named items of its cell that it belongs to, and goes with: those it is about, or else the one before it. (evcxr: always
    /// the one before it, and defining a helper function anew takes the `impl`s behind it away.)
    pub owners: BTreeSet<String>,
}

impl Block {
    /// The block that `item` is, if it is one; `slice` gives the text of a span.
    pub fn of<'a>(item: &syn::Item, slice: impl Fn(proc_macro2::Span) -> &'a str) -> Option<Self> {
        let text = slice(item.span());
        match item {
            syn::Item::Impl(item) => Some(of_impl(item, text, slice)),
            syn::Item::ForeignMod(item) => {
                let names = item.items.iter().filter_map(foreign_name).map(syn::Ident::to_string).collect();
                Some(Block { names, ..about(slice(item.abi.span()), text) })
            }
            syn::Item::Const(item) if item.ident == "_" => Some(about("const _", text)),
            _ => None,
        }
    }

    /// Whether this is a new version of `earlier`.
    pub fn replaces(&self, earlier: &Block) -> bool {
        let same_subject = self.subject == earlier.subject;
        let same = match (&self.trait_path, &earlier.trait_path) {
            (Some(path), Some(earlier)) => same_subject && is_same_path(path, earlier),
            (None, None) => same_subject && !self.names.is_disjoint(&earlier.names),
            _ => false,
        };
        same || self.tokens == earlier.tokens
    }
}

/// A block of which no more is known than what it is about.
fn about(subject: &str, text: &str) -> Block {
    Block {
        title: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        subject: tokens(subject),
        trait_path: None,
        names: BTreeSet::new(),
        tokens: tokens(text),
        subject_mentions: BTreeSet::new(),
        trait_mentions: BTreeSet::new(),
        trait_head: None,
        shape: None,
        owners: BTreeSet::new(),
    }
}

fn of_impl<'a>(item: &syn::ItemImpl, text: &str, slice: impl Fn(proc_macro2::Span) -> &'a str) -> Block {
    let generics = Some(&item.generics);
    // `impl<T> Net<T>` and `impl<U> Net<U>` are about the same type.
    let parameters: Vec<String> = item.generics.params.iter().map(parameter_name).collect();
    let numbered = |span| -> Vec<String> {
        let number = |token: String| match parameters.iter().position(|parameter| *parameter == token) {
            Some(index) => format!("#{index}"),
            None => token,
        };
        tokens(slice(span)).into_iter().map(number).collect()
    };
    let mut subject_mentions = Mentions::default();
    subject_mentions.visit_type(&item.self_ty);
    let trait_path = item.trait_.as_ref().map(|(_, path, _)| path);
    let mut trait_mentions = Mentions::default();
    let mut title = slice(item.self_ty.span()).to_owned();
    let mut trait_head = None;
    if let Some(path) = trait_path {
        trait_mentions.visit_path(path);
        title = format!("{} for {title}", slice(path.span()));
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        trait_head = head(segments.iter().map(String::as_str)).map(str::to_owned);
    }
    Block {
        subject: numbered(item.self_ty.span()),
        trait_path: trait_path.map(|path| numbered(path.span())),
        names: item.items.iter().filter_map(associated_name).map(syn::Ident::to_string).collect(),
        subject_mentions: subject_mentions.outside(generics),
        trait_mentions: trait_mentions.outside(generics),
        trait_head,
        shape: shape(item, slice),
        ..about(&format!("impl {title}"), text)
    }
}

/// All but the methods, which no type can depend on.
fn shape<'a>(item: &syn::ItemImpl, slice: impl Fn(proc_macro2::Span) -> &'a str) -> Option<Shape> {
    let is_method =
        |item: &&syn::ImplItem| matches!(item, syn::ImplItem::Fn(function) if function.sig.constness.is_none());
    let mut parts = item.items.iter().filter(|item| !is_method(item)).peekable();
    parts.peek()?;
    let mut mentions = Mentions::default();
    mentions.visit_generics(&item.generics);
    let mut text = tokens(slice(item.generics.span()));
    for part in parts {
        mentions.visit_impl_item(part);
        text.extend(tokens(slice(part.span())));
    }
    Some(Shape { tokens: text, mentions: mentions.outside(Some(&item.generics)) })
}

/// `Display` may also be written `fmt::Display`.
fn is_same_path(one: &[String], other: &[String]) -> bool {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    long.strip_suffix(short).is_some_and(|before| match before {
        [] => true,
        [.., first, second] => first == ":" && second == ":",
        _ => false,
    })
}

fn associated_name(item: &syn::ImplItem) -> Option<&syn::Ident> {
    match item {
        syn::ImplItem::Const(item) => Some(&item.ident),
        syn::ImplItem::Fn(item) => Some(&item.sig.ident),
        syn::ImplItem::Type(item) => Some(&item.ident),
        _ => None,
    }
}

fn foreign_name(item: &syn::ForeignItem) -> Option<&syn::Ident> {
    match item {
        syn::ForeignItem::Fn(item) => Some(&item.sig.ident),
        syn::ForeignItem::Static(item) => Some(&item.ident),
        syn::ForeignItem::Type(item) => Some(&item.ident),
        _ => None,
    }
}
