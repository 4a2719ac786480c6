//! What a function returns: zeros, twice as much, the opposite, an input, results in another order.

use super::edits::Edits;
use syn::{Expr, FnArg, Pat, ReturnType, Signature, Stmt, Type};

/// Types that a number can be multiplied by.
const NUMBERS: [&str; 6] = ["f64", "Matrix", "Vector", "ArrayD", "Array1", "Tensor"];

/// The mistakes of what a function returns in the end.
pub fn mutate(edits: &mut Edits, signature: &Signature, body: &syn::Block) {
    let (ReturnType::Type(_, returned), Some(Stmt::Expr(result, None))) = (&signature.output, body.stmts.last()) else {
        return;
    };
    match (&**returned, result) {
        (Type::Tuple(types), Expr::Tuple(values)) => {
            for (of, value) in types.elems.iter().zip(&values.elems) {
                value_of(edits, signature, of, value);
            }
            let pairs = types.elems.iter().zip(&values.elems);
            for ((one_type, one), (other_type, other)) in pairs.clone().zip(pairs.skip(1)) {
                if edits.source(one_type) == edits.source(other_type) {
                    edits.swap("results-swapped", one, other);
                }
            }
        }
        (Type::Tuple(types), _) => swapped(edits, types, result),
        (of, _) => value_of(edits, signature, of, result),
    }
}

fn value_of(edits: &mut Edits, signature: &Signature, of: &Type, value: &Expr) {
    let Some(name) = name(of) else { return };
    let text = edits.source(value);
    if NUMBERS.contains(&name.as_str()) {
        edits.replace("zeros", value, format!("0.0 * ({text})"));
        edits.replace("doubled", value, format!("2.0 * ({text})"));
        edits.replace("negated", value, format!("-({text})"));
        for input in inputs_of(edits, signature, of) {
            edits.replace("input-returned", value, format!("{input}.clone()"));
        }
    }
    if name == "Vec" {
        edits.replace("reversed", value, format!("{text}.into_iter().rev().collect()"));
        edits.replace("first-lost", value, format!("{text}.into_iter().skip(1).collect()"));
    }
}

/// The results of a call in another order.
fn swapped(edits: &mut Edits, types: &syn::TypeTuple, result: &Expr) {
    let names: Vec<String> = (0..types.elems.len()).map(|number| format!("r{number}")).collect();
    for index in 1..names.len() {
        if edits.source(&types.elems[index - 1]) == edits.source(&types.elems[index]) {
            let mut other = names.clone();
            other.swap(index - 1, index);
            let (names, other) = (names.join(", "), other.join(", "));
            let text = format!("{{ let ({names}) = {}; ({other}) }}", edits.source(result));
            edits.replace("results-swapped", result, text);
        }
    }
}

/// The parameters of a type, lent or not.
fn inputs_of(edits: &Edits, signature: &Signature, of: &Type) -> Vec<String> {
    let wanted = edits.source(of);
    let mut inputs = Vec::new();
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(name) = &*typed.pat
        {
            let given = match &*typed.ty {
                Type::Reference(reference) => edits.source(&reference.elem),
                other => edits.source(other),
            };
            if given == wanted {
                inputs.push(name.ident.to_string());
            }
        }
    }
    inputs
}

/// The last part of a type's name: `ArrayD` of `ArrayD<f64>`.
fn name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
