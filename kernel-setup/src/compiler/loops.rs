//! Whether a cell has loops that are fast only if rustc compiles for the cell what it could find compiled elsewhere.
//!
//! A loop that adds to the same element again and again, as in products of matrices by hand, can keep that element in a register, as
//! long as nothing else that it reads can be the same memory. That is known of memory whose allocation is compiled with the loop, and
//! not of what a function of another crate returns: such loops take three times as long then.

use crate::runtime::markers::FUNCTION;
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Whether what the cell runs, with what it calls of the code of earlier cells, sets elements within loops in loops.
pub fn set_elements_in_nested_loops(source: &str) -> bool {
    let Ok(file) = syn::parse_file(source) else { return true };
    let mut functions = Functions { source, of: None, found: Vec::new() };
    functions.visit_file(&file);
    let mut names: HashSet<&str> = HashSet::new();
    let mut rest = functions.found;
    loop {
        let (reached, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|function| function.is_called(&names));
        if reached.is_empty() {
            return false;
        }
        if reached.iter().any(|function| function.sets_elements) {
            return true;
        }
        names.extend(reached.iter().flat_map(|function| words(function.text)));
        rest = others;
    }
}

/// Names, and whatever else is made of letters, digits and `_`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

/// A function or method that a cell has defined, or the cell itself.
struct Function<'a> {
    /// With its signature.
    text: &'a str,
    name: String,
    /// The type that a trait is implemented for by this method: others call it by the trait.
    of: Option<String>,
    sets_elements: bool,
}

impl Function<'_> {
    /// Whether it may be called, where these names are mentioned.
    fn is_called(&self, names: &HashSet<&str>) -> bool {
        match &self.of {
            Some(kind) => names.contains(kind.as_str()),
            None => self.name.starts_with(FUNCTION) || names.contains(self.name.as_str()),
        }
    }
}

struct Functions<'a> {
    source: &'a str,
    /// As in [`Function`], of the `impl` that is visited.
    of: Option<String>,
    found: Vec<Function<'a>>,
}

impl Functions<'_> {
    fn add(&mut self, signature: &syn::Signature, whole: proc_macro2::Span, block: &syn::Block) {
        let mut loops = Loops::default();
        loops.visit_block(block);
        self.found.push(Function {
            text: &self.source[whole.byte_range()],
            name: signature.ident.to_string(),
            of: self.of.clone(),
            sets_elements: loops.set_elements,
        });
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, function.span(), &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, function.span(), &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, function.span(), block);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        self.of = match &*block.self_ty {
            _ if block.trait_.is_none() => None,
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        visit::visit_item_impl(self, block);
        self.of = None;
    }
}

#[derive(Default)]
struct Loops {
    /// So many loops are around what is visited.
    depth: usize,
    set_elements: bool,
}

impl Loops {
    fn enter(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        visit(self);
        self.depth -= 1;
    }

    fn meet_target(&mut self, target: &syn::Expr) {
        let is_element = matches!(target, syn::Expr::Index(_))
            || matches!(target, syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)));
        self.set_elements |= is_element && self.depth >= 2;
    }
}

impl<'ast> Visit<'ast> for Loops {
    fn visit_expr_for_loop(&mut self, found: &'ast syn::ExprForLoop) {
        self.enter(|this| visit::visit_expr_for_loop(this, found));
    }

    fn visit_expr_while(&mut self, found: &'ast syn::ExprWhile) {
        self.enter(|this| visit::visit_expr_while(this, found));
    }

    fn visit_expr_loop(&mut self, found: &'ast syn::ExprLoop) {
        self.enter(|this| visit::visit_expr_loop(this, found));
    }

    fn visit_expr_assign(&mut self, found: &'ast syn::ExprAssign) {
        self.meet_target(&found.left);
        visit::visit_expr_assign(self, found);
    }

    fn visit_expr_binary(&mut self, found: &'ast syn::ExprBinary) {
        use syn::BinOp::{AddAssign, DivAssign, MulAssign, SubAssign};
        if matches!(found.op, AddAssign(_) | DivAssign(_) | MulAssign(_) | SubAssign(_)) {
            self.meet_target(&found.left);
        }
        visit::visit_expr_binary(self, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCT: &str = "fn product(a: &[f64], n: usize) -> Vec<f64> {
    let mut c = vec![0.0; n];
    for i in 0..n { let mut k = 0; while k < n { c[i] += a[k]; k += 1; } }
    c
}";

    #[test]
    fn loops_that_count_are_those_that_the_cell_reaches() {
        for (code, expected) in [
            ("product(&a, 3)", true),
            ("println!(\"{:?}\", product(&a, 3))", true),
            ("twice(&a)", true),
            ("Net::new().forward(&a)", true),
            ("solver.train(Other::new())", true),
            ("a.dot(&b)", false),
            ("for i in 0..3 { c[i] += a[i]; }", false),
            ("for i in 0..3 { let mut s = 0.0; for j in 0..3 { s += a[j]; } t.push(s); }", false),
            ("for row in rows { for c in row { *c -= 1.0; } }", true),
            ("loop { for k in 0..3 { c[[i, k]] = 0.0; } }", true),
        ] {
            let source = format!(
                "{PRODUCT}
                fn twice(a: &[f64]) -> Vec<f64> {{ product(a, 2) }}
                struct Net {{}}
                impl Net {{ fn forward(&self, a: &[f64]) {{ product(a, 3); }} }}
                struct Other {{}}
                impl Layer for Other {{ fn hidden(&self) {{ twice(&self.a); }} }}
                pub extern \"C\" fn run_user_code_3() {{ {code} }}"
            );
            assert_eq!(set_elements_in_nested_loops(&source), expected, "{code}");
        }
    }

    #[test]
    fn what_is_no_rust_is_not_judged() {
        assert!(set_elements_in_nested_loops("fn run_user_code_1() {"));
    }
}
