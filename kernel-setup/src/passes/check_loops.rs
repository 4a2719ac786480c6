//! The rule that some assignments have: loops only where the manifest allows them, everything else by whole arrays.

use super::Fault;
use super::check_blanks::{code, line_in_cell};
use super::nbgrader::{Kind, checked};
use nbformat::v4;
use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Looks for a loop in the cells that students write, outside of the functions, types and `impl`s named in `allowed`.
pub fn check(notebook: &v4::Notebook, allowed: &[String]) -> Result<(), Fault> {
    if allowed.is_empty() {
        return Ok(());
    }
    for (cell, block) in code(notebook)? {
        if checked(&notebook.cells[cell]).is_some_and(|(_, kind)| kind == Kind::Solution)
            && let Some((span, keyword)) = first_loop(&block.stmts, allowed)
        {
            let message = format!("`{keyword}`: {}", rule(allowed));
            return Err(Fault { cell, line: line_in_cell(span), message });
        }
    }
    Ok(())
}

/// The rule, in words.
pub fn rule(allowed: &[String]) -> String {
    format!("the assignment allows loops in {} only", allowed.join(", "))
}

/// The first loop outside of what is allowed, and its keyword.
pub fn first_loop(statements: &[syn::Stmt], allowed: &[String]) -> Option<(Span, &'static str)> {
    let mut loops = Loops { allowed, found: None };
    statements.iter().for_each(|statement| loops.visit_stmt(statement));
    loops.found
}

struct Loops<'a> {
    allowed: &'a [String],
    /// The first, with its keyword.
    found: Option<(Span, &'static str)>,
}

impl Loops<'_> {
    fn allows(&self, name: &syn::Ident) -> bool {
        self.allowed.iter().any(|allowed| name == allowed)
    }

    fn meet(&mut self, keyword: &'static str, span: Span) {
        self.found.get_or_insert((span, keyword));
    }

    /// What a macro is given is no syntax yet: `for` is a loop there if there is an `in` behind it.
    fn meet_tokens(&mut self, tokens: TokenStream) {
        let mut open_for = None;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if name == "while" => self.meet("while", name.span()),
                TokenTree::Ident(name) if name == "loop" => self.meet("loop", name.span()),
                TokenTree::Ident(name) if name == "for" => open_for = Some(name.span()),
                TokenTree::Ident(name) if name == "in" => {
                    if let Some(span) = open_for.take() {
                        self.meet("for", span);
                    }
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => open_for = None,
                TokenTree::Group(group) => self.meet_tokens(group.stream()),
                _ => {}
            }
        }
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

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.meet_tokens(found.tokens.clone());
    }

    fn visit_expr(&mut self, found: &'ast syn::Expr) {
        match found {
            syn::Expr::Verbatim(tokens) => self.meet_tokens(tokens.clone()),
            _ => visit::visit_expr(self, found),
        }
    }

    fn visit_item(&mut self, found: &'ast syn::Item) {
        match found {
            syn::Item::Verbatim(tokens) => self.meet_tokens(tokens.clone()),
            _ => visit::visit_item(self, found),
        }
    }

    fn visit_expr_for_loop(&mut self, found: &'ast syn::ExprForLoop) {
        self.meet("for", found.for_token.span);
    }

    fn visit_expr_while(&mut self, found: &'ast syn::ExprWhile) {
        self.meet("while", found.while_token.span);
    }

    fn visit_expr_loop(&mut self, found: &'ast syn::ExprLoop) {
        self.meet("loop", found.loop_token.span);
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
            ("for", "fn f() {\n    vec![{ for i in 0..3 {} }];\n}"),
            ("while", "fn f() {\n    println!(\"{}\", { while true {} 1 });\n}"),
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
        assert_eq!(fault("solution", "fn f() { m!(impl A for B {}; x in y); }"), None);
        assert_eq!(fault("solution", "fn f() -> i32 { (0..3).map(|i| i * 2).sum() }"), None);
        assert_eq!(fault("test", "for i in 0..3 {}"), None);
        assert_eq!(check(&notebook(&[(&metadata("q", "solution"), "for i in 0..3 {}")]), &[]), Ok(()));
    }
}
