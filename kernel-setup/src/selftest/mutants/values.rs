//! Constants, names of parameters, modes, and where ranges begin and end.

use super::edits::Edits;
use syn::{Expr, Lit, RangeLimits};

/// Fields of settings that are as right with another number.
const FREE: [&str; 5] = ["batch_size", "momentum", "decay_rate", "lr_decay", "seed"];
/// Fields of settings that change what is printed.
pub const PRINTED: [&str; 2] = ["print_every", "verbose"];

/// The mistakes of one expression.
pub fn mutate(edits: &mut Edits, expression: &Expr) {
    match expression {
        Expr::Lit(literal) => constant(edits, &literal.lit),
        Expr::Path(_) | Expr::Field(_) | Expr::Struct(_) => word(edits, expression),
        Expr::Range(range) => bounds(edits, range),
        Expr::Binary(binary) => off_by_one(edits, binary),
        _ => {}
    }
}

/// A field of settings: nothing is to be seen of some.
pub fn mutate_field(edits: &mut Edits, field: &syn::FieldValue) {
    let syn::Member::Named(name) = &field.member else { return };
    let is_free = FREE.iter().any(|free| name == free);
    if is_free && matches!(field.expr, Expr::Lit(_)) || PRINTED.iter().any(|printed| name == printed) {
        edits.ignore(field);
    }
    if name == "num_epochs" {
        edits.replace("constant", field, "num_epochs: 0");
    }
}

fn constant(edits: &mut Edits, literal: &Lit) {
    match literal {
        Lit::Bool(truth) => edits.replace("truth-value", literal, (!truth.value).to_string()),
        Lit::Float(number) => {
            let value: f64 = number.base10_parse().unwrap_or(0.0);
            for other in other_numbers(value) {
                edits.replace("constant", literal, format!("{other}{}", number.suffix()));
            }
        }
        Lit::Int(number) => {
            let other = match number.base10_parse::<u64>() {
                Ok(0) => 1,
                Ok(1) => 0,
                Ok(2) => 1,
                Ok(value) => value + 1,
                Err(_) => return,
            };
            edits.replace("constant", literal, format!("{other}{}", number.suffix()));
        }
        Lit::Str(text) => {
            if let Some(other) = other_name(&text.value()) {
                edits.replace("name", literal, format!("{other:?}"));
            }
        }
        _ => {}
    }
}

/// What somebody may write for a number.
fn other_numbers(value: f64) -> Vec<&'static str> {
    match value {
        0.0 => vec!["1.0"],
        0.5 => vec!["1.0"],
        1.0 => vec!["2.0", "0.0"],
        2.0 => vec!["1.0"],
        // An epsilon.
        small if small < 1e-4 => vec!["1e-3", "0.0"],
        // A learning rate, or a scale.
        small if small < 0.2 => vec!["0.0", "30.0"],
        _ => vec!["0.0"],
    }
}

/// `theta1` for `theta2`, `relu` for `tanh`.
fn other_name(name: &str) -> Option<String> {
    match name {
        "relu" => return Some("tanh".to_owned()),
        "tanh" | "sigmoid" | "softmax" => return Some("relu".to_owned()),
        "learning_rate" => return Some("dropout_rate".to_owned()),
        "dropout_rate" => return Some("learning_rate".to_owned()),
        _ => {}
    }
    let (place, digit) = name.char_indices().find(|(_, letter)| letter.is_ascii_digit())?;
    let other = match digit {
        '1' => '2',
        '2' => '1',
        _ => '2',
    };
    Some(format!("{}{other}{}", &name[..place], &name[place + 1..]))
}

/// Words that have an opposite.
fn word(edits: &mut Edits, expression: &Expr) {
    let word = edits.source(expression);
    let other = match word {
        "f64::NEG_INFINITY" => "0.0",
        "Mode::Train" => "Mode::Test",
        "Mode::Test" => "Mode::Train",
        "Mode::Predict" => "Mode::Train { seed: 0 }",
        "serial::Mode::Predict" => "serial::Mode::Train { seed: 0 }",
        _ if word == "momentum" || word.ends_with(".momentum") => &format!("(1.0 - {word})"),
        _ => return,
    };
    edits.replace(if word.contains("Mode") { "mode" } else { "constant" }, expression, other);
}

fn bounds(edits: &mut Edits, range: &syn::ExprRange) {
    let Some(end) = &range.end else { return };
    match range.limits {
        RangeLimits::HalfOpen(_) => edits.replace("off-by-one", &range.limits, "..="),
        RangeLimits::Closed(_) => edits.replace("off-by-one", &range.limits, ".."),
    }
    edits.replace("off-by-one", end, format!("{} - 1", edits.source(end)));
    match range.start.as_deref().map(|start| (start, edits.source(start))) {
        Some((start, "0")) => edits.replace("off-by-one", start, "1"),
        Some((start, "1")) => edits.replace("off-by-one", start, "0"),
        _ => {}
    }
}

/// `n - 1` and `n + 1` for `n`.
fn off_by_one(edits: &mut Edits, binary: &syn::ExprBinary) {
    if matches!(binary.op, syn::BinOp::Add(_) | syn::BinOp::Sub(_)) && edits.source(&binary.right) == "1" {
        edits.replace("off-by-one", binary, edits.source(&binary.left));
    }
}
