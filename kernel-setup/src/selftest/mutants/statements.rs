//! Steps left out, values negated, lists without an element or in another order, arms swapped.

use super::edits::Edits;
use super::values::PRINTED;
use syn::punctuated::Punctuated;
use syn::{Expr, Stmt, Token};

/// The mistakes of one statement.
pub fn mutate(edits: &mut Edits, statement: &Stmt) {
    match statement {
        Stmt::Expr(Expr::Assign(assignment), Some(_)) => {
            let is_field = matches!(&*assignment.left, Expr::Field(_));
            edits.replace(if is_field { "field-not-set" } else { "step-lost" }, statement, "");
        }
        Stmt::Expr(Expr::MethodCall(_) | Expr::Call(_) | Expr::Binary(_), Some(_)) => {
            edits.replace("step-lost", statement, "");
            if !is_same_twice(statement) {
                let text = edits.source(statement);
                edits.replace("step-twice", statement, format!("{text} {text}"));
            }
        }
        Stmt::Expr(Expr::If(branch), _) if branch.else_branch.is_none() => edits.replace("step-lost", statement, ""),
        Stmt::Local(local) => {
            if let Some(init) = &local.init
                && let Expr::Binary(value) = &*init.expr
            {
                edits.replace("negated", value, format!("-({})", edits.source(value)));
            }
        }
        _ => {}
    }
}

/// Whether a step changes nothing, or nothing for the worse, when it is taken again.
fn is_same_twice(statement: &Stmt) -> bool {
    match statement {
        Stmt::Expr(Expr::MethodCall(call), _) => {
            ["insert", "push", "compile", "train", "assign"].iter().any(|name| call.method == name)
        }
        _ => false,
    }
}

/// The mistakes of one expression that holds others.
pub fn mutate_expression(edits: &mut Edits, expression: &Expr) {
    match expression {
        Expr::Match(choice) => arms(edits, choice),
        Expr::Struct(fields) => {
            copies(edits, fields);
            defaults(edits, fields);
        }
        Expr::Array(list) => mutate_list(edits, &list.elems),
        Expr::ForLoop(walk) if !matches!(*walk.expr, Expr::Range(_)) => {
            let list = edits.source(&walk.expr);
            edits.replace("loop-short", &walk.expr, format!("({list}).into_iter().take(1)"));
            edits.replace("loop-short", &walk.expr, format!("({list}).into_iter().skip(1)"));
        }
        _ => {}
    }
}

/// The mistakes of the parts of an index, which belong together: they change places.
pub fn mutate_place(edits: &mut Edits, parts: &Punctuated<Expr, Token![,]>) {
    for (first, second) in parts.iter().zip(parts.iter().skip(1)) {
        edits.swap("order", first, second);
    }
}

/// The mistakes of a list: an element is missing, or two are in the wrong order.
pub fn mutate_list(edits: &mut Edits, elements: &Punctuated<Expr, Token![,]>) {
    let count = elements.len();
    for (index, element) in elements.iter().enumerate() {
        let range = edits.code.range(element);
        if index + 1 < count {
            let next = edits.code.range(&elements[index + 1]);
            edits.all("element-lost", vec![(range.start..next.start, String::new())]);
            // A list of pairs is gone through, and each speaks for itself.
            let is_pair = matches!(element, Expr::Tuple(_));
            if !is_pair && !commute(edits.source(element), edits.source(&elements[index + 1])) {
                edits.swap("order", element, &elements[index + 1]);
            }
        } else if index > 0 {
            let before = edits.code.range(&elements[index - 1]);
            edits.all("element-lost", vec![(before.end..range.end, String::new())]);
        }
    }
}

/// The largest of several numbers is rectified, or the largest of the rectified numbers is taken: it is the same.
fn commute(one: &str, other: &str) -> bool {
    let are = |first: &str, second: &str| one.starts_with(first) && other.starts_with(second);
    are("relu", "max_pool") || are("max_pool", "relu")
}

/// `Mode::Train => ..., Mode::Test => ...` with each other's bodies.
fn arms(edits: &mut Edits, choice: &syn::ExprMatch) {
    if let [first, second] = choice.arms.as_slice()
        && [first, second].iter().all(|arm| matches!(arm.pat, syn::Pat::Path(_)))
    {
        edits.swap("arms-swapped", &first.pat, &second.pat);
    }
}

/// `Cache { x: x.clone(), w: w.clone() }` with each other's values.
fn copies(edits: &mut Edits, fields: &syn::ExprStruct) {
    let is_copy = |field: &syn::FieldValue| matches!(&field.expr, Expr::MethodCall(call) if call.method == "clone");
    for (first, second) in fields.fields.iter().zip(fields.fields.iter().skip(1)) {
        if is_copy(first) && is_copy(second) {
            edits.swap("fields-swapped", &first.expr, &second.expr);
        }
    }
    for field in fields.fields.iter().filter(|field| is_copy(field)) {
        edits.replace("field-zero", &field.expr, format!("0.0 * &{}", edits.source(&field.expr)));
    }
}

/// `Settings { num_epochs, ..Settings::default() }` without a field.
fn defaults(edits: &mut Edits, fields: &syn::ExprStruct) {
    if fields.rest.is_none() {
        return;
    }
    let shows = |field: &&syn::FieldValue| {
        let is_printed =
            matches!(&field.member, syn::Member::Named(name) if PRINTED.iter().any(|printed| name == printed));
        !is_printed && !matches!(field.expr, Expr::Lit(_))
    };
    for field in fields.fields.iter().filter(shows) {
        let range = edits.code.range(field);
        let comma = edits.code.text[range.end..].starts_with(',');
        edits.all("field-default", vec![(range.start..range.end + usize::from(comma), String::new())]);
    }
}
