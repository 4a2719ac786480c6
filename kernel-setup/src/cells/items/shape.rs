//! What of an item decides how values lie in memory, and which other items that depends on.

use super::tokens::words;
use proc_macro2::TokenStream;
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// The types of std behind which a value may have any type, and can be asked for it.
pub const DOWNCAST: [&str; 2] = ["Any", "Error"];

/// The part of an item that decides how values lie in memory.
#[derive(Debug, PartialEq)]
pub struct Shape {
    pub tokens: Vec<String>,
    /// The names it uses, as far as they may be those of a notebook's items.
    pub mentions: BTreeSet<String>,
}

/// The names that some code uses. Bodies of functions that run only when the notebook does decide no shape, and are left out.
#[derive(Default)]
pub struct Mentions {
    names: BTreeSet<String>,
}

impl Mentions {
    /// The names met, but for those that the item declares itself: `T` of `struct Pair<T>`.
    pub fn outside(self, generics: Option<&syn::Generics>) -> BTreeSet<String> {
        let mut names = self.names;
        for parameter in generics.into_iter().flat_map(|generics| &generics.params) {
            names.remove(&parameter_name(parameter));
        }
        names
    }

    /// Meets a path. Only where it begins can it name an item of the notebook.
    pub fn meet<'a>(&mut self, path: impl Iterator<Item = &'a str> + Clone) {
        let last = path.clone().last().filter(|last| DOWNCAST.contains(last));
        self.names.extend(head(path).into_iter().chain(last).map(str::to_owned));
    }
}

/// The first name of a path that begins at the notebook's root or nowhere.
pub fn head<'a>(mut path: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    path.find(|segment| !["crate", "self", "super"].contains(segment))
}

/// The name of `T`, `'a` or `const N: usize`, without the quote of a lifetime.
pub fn parameter_name(parameter: &syn::GenericParam) -> String {
    match parameter {
        syn::GenericParam::Type(parameter) => parameter.ident.to_string(),
        syn::GenericParam::Const(parameter) => parameter.ident.to_string(),
        syn::GenericParam::Lifetime(parameter) => parameter.lifetime.ident.to_string(),
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.meet(segments.iter().map(String::as_str));
        visit::visit_path(self, path);
    }

    /// A macro's arguments, or what syn does not know.
    fn visit_token_stream(&mut self, stream: &'ast TokenStream) {
        self.names.extend(words(stream));
    }

    /// `derive` and the like: they are compared as text, and name nothing that has a shape.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.visit_signature(&function.sig);
        if function.sig.constness.is_some() {
            self.visit_block(&function.block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.visit_signature(&function.sig);
        if function.sig.constness.is_some() {
            self.visit_block(&function.block);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        self.visit_signature(&function.sig);
    }
}

/// The names in the text of a type, as evcxr gives it.
pub fn type_mentions(text: &str) -> BTreeSet<String> {
    let Ok(parsed) = syn::parse_str::<syn::Type>(text) else {
        return text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
    };
    let mut mentions = Mentions::default();
    mentions.visit_type(&parsed);
    mentions.outside(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> Vec<String> {
        type_mentions(text).into_iter().collect()
    }

    #[test]
    fn a_type_mentions_where_its_paths_begin() {
        assert_eq!(mentions("Vec<Net>"), ["Net", "Vec"]);
        assert_eq!(mentions("std::collections::HashMap<String, crate::layers::Net>"), ["String", "layers", "std"]);
        assert_eq!(mentions("[Net; N]"), ["N", "Net"]);
        assert_eq!(mentions("Box<dyn Shape<Output = Net> + Send>"), ["Box", "Net", "Send", "Shape"]);
        assert_eq!(mentions("fn(&Net) -> <Net as Layer>::Cache"), ["Layer", "Net"]);
        assert_eq!(mentions("(Net, ty![Other])"), ["Net", "Other", "ty"]);
    }

    #[test]
    fn a_type_that_can_be_downcast_says_so() {
        assert_eq!(mentions("Box<dyn std::any::Any>"), ["Any", "Box", "std"]);
    }

    #[test]
    fn what_is_no_type_mentions_all_its_words() {
        assert_eq!(mentions("{closure Net}"), ["", "Net", "closure"]);
    }
}
