//! Which variables a cell takes from earlier cells, and which it leaves for later ones.
//!
//! What a macro is given cannot be parsed in general: every name in it that is not a variable of the cell's own counts as taken, and so
//! does every name in the braces of its texts, as in `println!("{loss}")`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprPath, ExprWhile, Item, Local, Pat, PatIdent, Stmt};

/// The names of a cell's variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// Used, and not made by the cell itself: variables of earlier cells, if those have any of this name.
    pub takes: BTreeSet<String>,
    /// Made, and there at its end.
    pub makes: BTreeSet<String>,
}

impl Names {
    /// The names in the statements of a cell.
    pub fn of(statements: &[Stmt]) -> Self {
        let mut finder = Finder { scopes: vec![BTreeSet::new()], takes: BTreeSet::new() };
        for statement in statements {
            finder.visit_stmt(statement);
        }
        Names { takes: finder.takes, makes: finder.scopes.pop().unwrap_or_default() }
    }
}

/// All names in code, those in the braces of texts included.
pub fn mentions(code: &impl ToTokens) -> Vec<String> {
    let mut names = BTreeSet::new();
    collect(code.to_token_stream(), &mut |name| {
        names.insert(name);
    });
    names.into_iter().collect()
}

fn collect(tokens: TokenStream, found: &mut impl FnMut(String)) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found(ident.to_string()),
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => in_braces(&literal.to_string(), found),
            TokenTree::Punct(_) => {}
        }
    }
}

/// The names that stand in the braces of a format, also behind the colon: `{value:width$.precision$}`.
fn in_braces(literal: &str, found: &mut impl FnMut(String)) {
    let mut rest = literal;
    while let Some(start) = rest.find('{') {
        let inside = &rest[start + 1..];
        let end = inside.find('}').unwrap_or(inside.len());
        for word in inside[..end].split(|letter: char| !(letter.is_alphanumeric() || letter == '_')) {
            if word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') {
                found(word.to_owned());
            }
        }
        rest = &inside[end..];
    }
}

struct Finder {
    /// Variables that are known, from the cell's own scope inwards.
    scopes: Vec<BTreeSet<String>>,
    takes: BTreeSet<String>,
}

impl Finder {
    fn uses(&mut self, name: String) {
        if !self.scopes.iter().any(|scope| scope.contains(&name)) {
            self.takes.insert(name);
        }
    }

    fn within(&mut self, work: impl FnOnce(&mut Self)) {
        self.scopes.push(BTreeSet::new());
        work(self);
        self.scopes.pop();
    }

    fn binds(&mut self, pattern: &Pat) {
        self.visit_pat(pattern);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        self.binds(&local.pat);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // A name like `None` is a value to compare with.
        let name = pattern.ident.to_string();
        if !name.starts_with(char::is_uppercase)
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.uses(ident.to_string());
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.within(|finder| visit::visit_block(finder, block));
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.within(|finder| visit::visit_arm(finder, arm));
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.within(|finder| {
            closure.inputs.iter().for_each(|input| finder.binds(input));
            finder.visit_expr(&closure.body);
        });
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        self.visit_expr(&each.expr);
        self.within(|finder| {
            finder.binds(&each.pat);
            finder.visit_block(&each.body);
        });
    }

    fn visit_expr_if(&mut self, choice: &'ast ExprIf) {
        // What `if let` binds is known in its block, and not after `else`.
        self.within(|finder| {
            finder.visit_expr(&choice.cond);
            finder.visit_block(&choice.then_branch);
        });
        if let Some((_, otherwise)) = &choice.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, repeated: &'ast ExprWhile) {
        self.within(|finder| {
            finder.visit_expr(&repeated.cond);
            finder.visit_block(&repeated.body);
        });
    }

    fn visit_expr_let(&mut self, condition: &'ast syn::ExprLet) {
        self.visit_expr(&condition.expr);
        self.binds(&condition.pat);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut names = Vec::new();
        collect(call.tokens.clone(), &mut |name| names.push(name));
        names.into_iter().for_each(|name| self.uses(name));
    }

    // A field's shorthand, `Net { w, b }`, is an expression like any other; items see no variables.
    fn visit_item(&mut self, _item: &'ast Item) {}

    fn visit_expr(&mut self, expression: &'ast Expr) {
        visit::visit_expr(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn names(code: &str) -> (Vec<String>, Vec<String>) {
        let names = Names::of(&syn::Block::parse_within.parse_str(code).unwrap());
        // Functions are names as well; nobody leaves variables of their names.
        (names.takes.into_iter().collect(), names.makes.into_iter().collect())
    }

    #[test]
    fn what_is_taken_and_what_is_made() {
        for (code, takes, makes) in [
            ("let a = b + 1;", &["b"][..], &["a"][..]),
            ("let b = b + 1;", &["b"], &["b"]),
            ("let (a, mut c): (u8, u8) = d;", &["d"], &["a", "c"]),
            ("let a = 1; let d = a;", &[], &["a", "d"]),
            ("{ let a = 1; f(a); } a", &["a", "f"], &[]),
            ("for i in 0..n { s += i; }", &["n", "s"], &[]),
            ("x.map(|y| y + z)", &["x", "z"], &[]),
            ("if let Some(v) = o { g(v); } else { h(v); }", &["g", "h", "o", "v"], &[]),
            ("match m { Some(q) if q > t => q, None => r }", &["m", "r", "t"], &[]),
            ("while let Some(v) = it.next() { k += v; }", &["it", "k"], &[]),
            ("let p = Net { w, b: c };", &["c", "w"], &["p"]),
            ("println!(\"{loss:.2} {:>width$}\", other);", &["loss", "other", "width"], &[]),
            ("let Some(v) = o else { panic!(\"{e}\") };", &["e", "o"], &["v"]),
            ("fn f() { outside } let a = 1;", &[], &["a"]),
        ] {
            let (found_takes, found_makes) = names(code);
            // Patterns of values, as `Some`, are no variables.
            let found_takes: Vec<&str> =
                found_takes.iter().map(String::as_str).filter(|name| *name != "Some").collect();
            assert_eq!(
                (found_takes, found_makes.iter().map(String::as_str).collect::<Vec<_>>()),
                (takes.to_vec(), makes.to_vec()),
                "{code}"
            );
        }
    }

    #[test]
    fn names_in_items_are_found() {
        let item: Item = syn::parse_str("fn f(x: Net) { println!(\"{y:?}\"); g(x) }").unwrap();
        let found = mentions(&item);
        for name in ["Net", "f", "g", "x", "y"] {
            assert!(found.contains(&name.to_owned()), "{name}: {found:?}");
        }
    }
}
