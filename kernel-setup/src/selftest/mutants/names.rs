//! One name for another, and arguments that are not used.

use super::edits::Edits;
use syn::visit::{self, Visit};
use syn::{Expr, FnArg, Pat, Signature, Type};

/// The names that a function's code can use.
#[derive(Default)]
pub struct Names {
    /// Each with the place where it is given.
    given: Vec<(String, usize)>,
    /// Parameters that are numbers, each with 1 in its type.
    numbers: Vec<(String, &'static str)>,
}

impl Names {
    /// The names of a function.
    pub fn of(edits: &Edits, signature: &Signature, body: &syn::Block) -> Names {
        let mut names = Names::default();
        for input in &signature.inputs {
            let FnArg::Typed(typed) = input else { continue };
            let Pat::Ident(name) = &*typed.pat else { continue };
            names.given.push((name.ident.to_string(), 0));
            if let Type::Path(of) = &*typed.ty {
                let one = match edits.source(of) {
                    "f64" | "f32" => "1.0",
                    "usize" => "1",
                    _ => continue,
                };
                names.numbers.push((name.ident.to_string(), one));
            }
        }
        Given { edits, names: &mut names, from: None }.visit_block(body);
        names
    }

    /// 1, if the name is that of a number.
    fn one(&self, name: &str) -> Option<&'static str> {
        self.numbers.iter().find(|(number, _)| number == name).map(|(_, one)| *one)
    }

    /// Another name that is easily taken for this one, given last before `place`.
    fn similar(&self, name: &str, place: usize) -> Option<&str> {
        let is_similar = |(other, given): &&(String, usize)| {
            other != name && stem(other) == stem(name) && *given < place && !stem(name).is_empty()
        };
        self.given.iter().rev().find(is_similar).map(|(other, _)| other.as_str())
    }
}

/// A name without what tells it from its like: `x` of `dx`, `cache` of `cache_2`.
fn stem(name: &str) -> String {
    let whole: String = name.chars().filter(|c| !c.is_ascii_digit() && *c != '_').collect();
    match whole.strip_prefix('d') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => whole,
    }
}

struct Given<'n, 'e, 'c> {
    edits: &'e Edits<'c>,
    names: &'n mut Names,
    /// From where on the names of a `let` can be used: behind it.
    from: Option<usize>,
}

impl<'ast> Visit<'ast> for Given<'_, '_, '_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let outside = self.from.replace(self.edits.code.range(local).end);
        self.visit_pat(&local.pat);
        self.from = outside;
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
        }
    }

    fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
        let from = self.from.unwrap_or_else(|| self.edits.code.range(&name.ident).start);
        self.names.given.push((name.ident.to_string(), from));
        visit::visit_pat_ident(self, name);
    }
}

/// The mistakes of one expression.
pub fn mutate(edits: &mut Edits, expression: &Expr, names: &Names) {
    let Expr::Path(path) = expression else { return };
    let Some(name) = path.path.get_ident().map(ToString::to_string) else { return };
    let place = edits.code.range(path).start;
    if let Some(other) = names.similar(&name, place) {
        edits.replace("other-name", path, other);
    }
    if let Some(one) = names.one(&name) {
        edits.replace("argument-unused", path, one);
        let twice = if one == "1" { format!("(2 * {name})") } else { format!("(2.0 * {name})") };
        edits.replace("doubled", path, twice);
    }
}

/// The mistakes of a field that is called as an argument is: `FitOptions { epochs, .. }`.
pub fn mutate_field(edits: &mut Edits, field: &syn::FieldValue, names: &Names) {
    let syn::Member::Named(name) = &field.member else { return };
    if let (None, Some(one)) = (field.colon_token, names.one(&name.to_string())) {
        edits.replace("argument-unused", field, format!("{name}: {one}"));
    }
}
