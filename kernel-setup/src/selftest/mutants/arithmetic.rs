//! Signs, terms, factors, divisors, comparisons and conditions.

use super::edits::Edits;
use syn::{BinOp, Expr, ExprBinary, UnOp};

/// The mistakes of one expression.
pub fn mutate(edits: &mut Edits, expression: &Expr) {
    match expression {
        Expr::Binary(binary) => {
            operator(edits, binary);
            operands(edits, binary);
        }
        Expr::Unary(unary) => match unary.op {
            UnOp::Neg(_) => edits.replace("sign-lost", unary, edits.source(&unary.expr)),
            UnOp::Not(_) => edits.replace("not-lost", unary, edits.source(&unary.expr)),
            _ => {}
        },
        Expr::If(branch) => condition(edits, branch),
        _ => {}
    }
}

fn operator(edits: &mut Edits, binary: &ExprBinary) {
    let (name, others): (_, &[&str]) = match binary.op {
        BinOp::Add(_) => ("sign", &["-"]),
        BinOp::Sub(_) => ("sign", &["+"]),
        BinOp::Mul(_) => ("product-quotient", &["/"]),
        BinOp::Div(_) => ("product-quotient", &["*"]),
        BinOp::AddAssign(_) => ("sign", &["-=", "="]),
        BinOp::SubAssign(_) => ("sign", &["+=", "="]),
        BinOp::MulAssign(_) => ("product-quotient", &["/="]),
        BinOp::DivAssign(_) => ("product-quotient", &["*="]),
        BinOp::And(_) => ("and-or", &["||"]),
        BinOp::Or(_) => ("and-or", &["&&"]),
        // A count is never below 0.
        BinOp::Gt(_) if edits.source(&binary.right) == "0" => ("comparison", &["=="]),
        BinOp::Gt(_) => ("comparison", &[">=", "<"]),
        BinOp::Ge(_) => ("comparison", &[">", "<"]),
        BinOp::Lt(_) => ("comparison", &["<=", ">"]),
        BinOp::Le(_) => ("comparison", &["<", ">"]),
        BinOp::Eq(_) => ("comparison", &["!="]),
        BinOp::Ne(_) => ("comparison", &["=="]),
        _ => return,
    };
    for other in others {
        edits.replace(name, &binary.op, *other);
    }
}

/// One operand stands for the whole.
fn operands(edits: &mut Edits, binary: &ExprBinary) {
    let (left, right) = (alone(edits, &binary.left, &binary.right), alone(edits, &binary.right, &binary.left));
    match binary.op {
        BinOp::Add(_) => {
            edits.replace("term-lost", binary, left);
            edits.replace("term-lost", binary, right);
        }
        BinOp::Sub(_) => edits.replace("term-lost", binary, left),
        BinOp::Mul(_) => {
            edits.replace("factor-lost", binary, left);
            edits.replace("factor-lost", binary, right);
        }
        BinOp::Div(_) => edits.replace("divisor-lost", binary, left),
        _ => {}
    }
}

/// An operand with the type of the whole: not lent, where arrays are.
fn alone(edits: &Edits, operand: &Expr, other: &Expr) -> String {
    let lent = |expression: &Expr| matches!(expression, Expr::Reference(_));
    match operand {
        Expr::Reference(reference) => format!("{}.clone()", edits.source(&reference.expr)),
        Expr::Path(_) if lent(other) => format!("{}.clone()", edits.source(operand)),
        _ => edits.source(operand).to_owned(),
    }
}

fn condition(edits: &mut Edits, branch: &syn::ExprIf) {
    if matches!(*branch.cond, Expr::Let(_)) {
        return;
    }
    if let (Expr::Binary(comparison), Some((_, other))) = (&*branch.cond, &branch.else_branch)
        && same_where_equal(edits, comparison, &branch.then_branch, other)
    {
        let partner = match comparison.op {
            BinOp::Gt(_) => ">=",
            BinOp::Ge(_) => ">",
            BinOp::Lt(_) => "<=",
            _ => "<",
        };
        edits.ignore_as(&comparison.op, partner);
    }
    if branch.else_branch.is_some() {
        edits.replace("branch-always", &branch.cond, "true");
        edits.replace("branch-never", &branch.cond, "false");
    }
}

/// Whether the branches are the two sides of the comparison: `if a > b { a } else { b }`.
fn same_where_equal(edits: &Edits, comparison: &ExprBinary, then: &syn::Block, other: &Expr) -> bool {
    let value = |block: &syn::Block| match block.stmts.as_slice() {
        [syn::Stmt::Expr(value, None)] => edits.source(value).to_owned(),
        _ => String::new(),
    };
    let other = match other {
        Expr::Block(block) => value(&block.block),
        _ => return false,
    };
    let mut branches = [value(then), other];
    let mut sides = [edits.source(&comparison.left).to_owned(), edits.source(&comparison.right).to_owned()];
    branches.sort();
    sides.sort();
    branches == sides
}
