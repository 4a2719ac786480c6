//! What is called: axes, transposes, rows for columns, functions left out, arguments swapped.

use super::edits::Edits;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprMethodCall, Lit, Token};

/// Methods without arguments that give what they got, in another size or order.
const LEFT_OUT: [&str; 10] =
    ["sqrt", "ln", "exp", "tanh", "abs", "sigmoid", "rev", "square", "log_softmax", "flattened"];
/// Methods that are taken for each other, with the same arguments.
const MISTAKEN: [(&str, &str); 9] = [
    ("max", "min"),
    ("rows", "columns"),
    ("row", "column"),
    ("nrows", "ncols"),
    ("rows_mut", "columns_mut"),
    ("sum_axis", "mean_axis"),
    ("sum", "product"),
    ("t", "view"),
    ("is_some", "is_none"),
];

/// What stands in the place of a setting that is not read.
const FIXED: [(&str, &str); 3] = [("number", "0.001"), ("count", "32"), ("word", "\"relu\"")];

/// The mistakes of one expression.
pub fn mutate(edits: &mut Edits, expression: &Expr) {
    match expression {
        Expr::MethodCall(call) => method(edits, call),
        Expr::Call(call) => function(edits, call),
        Expr::Index(index) => shape(edits, index),
        _ => {}
    }
}

fn method(edits: &mut Edits, call: &ExprMethodCall) {
    let name = call.method.to_string();
    if LEFT_OUT.contains(&name.as_str()) {
        edits.replace("function-lost", call, edits.source(&call.receiver));
    }
    for (one, other) in MISTAKEN {
        if name == one || name == other {
            edits.replace("other-method", &call.method, if name == one { other } else { one });
        }
    }
    if let Some((_, fixed)) = FIXED.iter().find(|(reader, _)| name == *reader) {
        edits.replace("setting-ignored", call, *fixed);
    }
    match name.as_str() {
        // `x.mapv(f64::exp)`
        "mapv" if matches!(call.args.first(), Some(Expr::Path(_))) => {
            edits.replace("function-lost", call, edits.source(&call.receiver));
        }
        // A method of tensors; an array's `mean` is an `Option`.
        "mean" => edits.replace("sum-mean", &call.method, "sum"),
        // Parameters and their gradients have one shape.
        "raw_dim" | "dim" if matches!(*call.receiver, Expr::Path(_)) => edits.ignore(&call.receiver),
        "unwrap" => mean_of_array(edits, &call.receiver),
        // The transpose of a vector is the vector, and names do not tell what they are.
        "dot" if !matches!(*call.receiver, Expr::Path(_)) && !edits.source(&call.receiver).ends_with(".t()") => {
            edits.replace("transpose", &call.receiver, format!("{}.t()", edits.source(&call.receiver)));
        }
        _ => {}
    }
    if name.ends_with("_axis") || name.ends_with("softmax") || name == "logsumexp" {
        call.args.iter().for_each(|argument| axis_number(edits, argument));
    }
    arguments(edits, &call.args);
}

/// `x.mean_axis(axis).unwrap()` as a sum.
fn mean_of_array(edits: &mut Edits, receiver: &Expr) {
    if let Expr::MethodCall(mean) = receiver
        && mean.method == "mean_axis"
    {
        let (array, arguments) = (edits.source(&mean.receiver), edits.source(&mean.args));
        let range = edits.code.range(receiver);
        let whole = range.start..range.end + ".unwrap()".len();
        if edits.code.text.get(whole.clone()).is_some_and(|text| text.ends_with(".unwrap()")) {
            edits.all("sum-mean", vec![(whole, format!("{array}.sum_axis({arguments})"))]);
        }
    }
}

fn function(edits: &mut Edits, call: &ExprCall) {
    let name = edits.source(&call.func);
    match (name, call.args.first()) {
        ("Axis", Some(_)) => match edits.source(call) {
            "Axis(0)" => edits.replace("axis", call, "Axis(1)"),
            "Axis(1)" => edits.replace("axis", call, "Axis(0)"),
            _ => {}
        },
        ("transpose", Some(array)) => edits.replace("transpose", call, format!("({}).clone()", edits.source(array))),
        // What a generator begins with is free.
        ("RandomState::new", Some(seed)) => edits.ignore(seed),
        _ => {}
    }
    arguments(edits, &call.args);
}

/// 0 and 1, the axes of a matrix.
fn axis_number(edits: &mut Edits, argument: &Expr) {
    let other = match edits.source(argument) {
        "0" => "1",
        "1" => "0",
        _ => return,
    };
    edits.replace("axis", argument, other);
}

/// `x.shape()[0]`
fn shape(edits: &mut Edits, index: &syn::ExprIndex) {
    if matches!(&*index.expr, Expr::MethodCall(call) if call.method == "shape") {
        axis_number(edits, &index.index);
    }
}

/// Neighbours that look as if they were of one type change places.
fn arguments(edits: &mut Edits, arguments: &Punctuated<Expr, Token![,]>) {
    for (first, second) in arguments.iter().zip(arguments.iter().skip(1)) {
        if look(first) == look(second) && edits.source(first) != edits.source(second) {
            edits.swap("arguments-swapped", first, second);
        }
    }
}

#[derive(PartialEq)]
enum Look {
    Lent,
    Value,
    Text,
    Other(String),
}

fn look(expression: &Expr) -> Look {
    match expression {
        Expr::Reference(_) => Look::Lent,
        Expr::Path(_) | Expr::Field(_) | Expr::Binary(_) => Look::Value,
        Expr::Lit(literal) if !matches!(literal.lit, Lit::Str(_)) => Look::Value,
        Expr::Lit(_) => Look::Text,
        Expr::MethodCall(call) => Look::Other(call.method.to_string()),
        Expr::Array(_) => Look::Other("array".to_owned()),
        // Closures, tuples, calls: hardly ever of one type.
        other => Look::Other(format!("{:p}", other)),
    }
}
