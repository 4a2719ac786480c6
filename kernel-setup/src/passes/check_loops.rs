//! The rule that some assignments have: loops only where the manifest allows them, everything else by whole arrays.

use super::Fault;
use super::check_blanks::{code, line_in_cell};
use super::nbgrader::{Kind, checked};
use nbformat::v4;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Looks for a loop in the cells that students write, outside of the functions, types and `impl`s named in `allowed`.
pub fn check(notebook: &v4::Notebook, allowed: &[String]) -> Result<(), Fault> {
    if allowed.is_empty() {
        return Ok(());
    }
    for (cell, block) in code(notebook)? {
        if checked(&notebook.cells[cell]).is_some_and(|(_, kind)| kind == Kind::Solution) {
            let mut loops = Loops { allowed, found: None };
            loops.visit_block(&block);
            if let Some((line, keyword)) = loops.found {
                let message = format!("`{keyword}`: the assignment allows loops in {} only", allowed.join(", "));
                return Err(Fault { cell, line, message });
            }
        }
    }
    Ok(())
}

struct Loops<'a> {
    allowed: &'a [String],
    /// The first, with its line and keyword.
    found: Option<(usize, &'static str)>,
}

impl Loops<'_> {
    fn allows(&self, name: &syn::Ident) -> bool {
        self.allowed.iter().any(|allowed| name == allowed)
    }

    fn meet(&mut self, keyword: &'static str, span: proc_macro2::Span) {
        self.found.get_or_insert((line_in_cell(span), keyword));
    }
}

impl<'ast> Visit<'ast> for Loops<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !self.allows(&function.sig.ident) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let allowed = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().is_some_and(|segment| self.allows(&segment.ident)),
            _ => false,
        };
        if !allowed {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_expr_for_loop(&mut self, found: &'ast syn::ExprForLoop) {
        self.meet("for", found.for_token.span());
    }

    fn visit_expr_while(&mut self, found: &'ast syn::ExprWhile) {
        self.meet("while", found.while_token.span());
    }

    fn visit_expr_loop(&mut self, found: &'ast syn::ExprLoop) {
        self.meet("loop", found.loop_token.span());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::testing::{metadata, notebook};

    fn fault(kind: &str, text: &str) -> Option<String> {
        let allowed = ["Net".to_owned(), "sum_up".to_owned()];
        check(&notebook(&[(&metadata("q", kind), text)]), &allowed).err().map(|fault| fault.to_string())
    }

    #[test]
    fn loops_where_they_are_not_allowed() {
        for (keyword, text) in [
            ("for", "fn f() {\n    for i in 0..3 {}\n}"),
            ("while", "fn f() {\n    while true {}\n}"),
            ("loop", "fn f() {\n    let x = || loop {};\n}"),
            ("for", "impl Other { fn f() {\n for i in 0..3 {} } }"),
        ] {
            let expected = format!("cell 1, line 2: `{keyword}`: the assignment allows loops in Net, sum_up only");
            assert_eq!(fault("solution", text), Some(expected), "{text}");
        }
    }

    #[test]
    fn loops_where_they_are_allowed() {
        assert_eq!(fault("solution", "impl Net { fn f() { for i in 0..3 {} } }"), None);
        assert_eq!(fault("solution", "impl Model for Net { fn f() { loop {} } }"), None);
        assert_eq!(fault("solution", "fn sum_up() { for i in 0..3 {} }"), None);
        assert_eq!(fault("solution", "fn f() -> i32 { (0..3).map(|i| i * 2).sum() }"), None);
        assert_eq!(fault("test", "for i in 0..3 {}"), None);
        assert_eq!(check(&notebook(&[(&metadata("q", "solution"), "for i in 0..3 {}")]), &[]), Ok(()));
    }
}
