//! The code of a cell in one form, however evcxr has put it together.
//!
//! evcxr keeps items and variables in maps without an order, and numbers the function that it calls. So the same cells,
//! run twice, give code whose lines come in another order. Here they are put in order; no line is changed but for the
//! function's name, which loses its number.

use crate::runtime::markers::INTERNAL_MODULE;
use syn::spanned::Spanned;

/// The function that evcxr calls has a number behind this.
const FUNCTION: &str = "run_user_code_";
/// Its name without a number.
pub const CANONICAL_FUNCTION: &str = "run_user_code";
/// How lines begin that evcxr makes, one for each variable.
const OF_VARIABLES: [&str; 2] =
    ["vars_ok &= evcxr_variable_store.check_variable::<", "evcxr_variable_store.put_variable::<"];
/// What is in a line that takes a variable out of the store.
const TAKES_VARIABLE: &str = " = evcxr_variable_store.take_variable::<";

/// Code in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The code.
    pub text: String,
    /// For each of its lines, which it was, counted from 1.
    lines: Vec<usize>,
}

impl Canonical {
    /// Puts code that evcxr has made in order; `None` if it is no Rust, or its order may matter.
    pub fn of(source: &str) -> Option<Self> {
        let file = syn::parse_file(source).ok()?;
        // A macro can be used only behind its definition.
        if file.items.iter().any(|item| matches!(item, syn::Item::Macro(_))) {
            return None;
        }
        let all: Vec<&str> = source.lines().collect();
        let header = file.attrs.iter().map(|attribute| attribute.span().end().line).max().unwrap_or(0);
        let mut blocks: Vec<Block> = Vec::new();
        let mut between: Vec<usize> = Vec::new();
        let mut next = header;
        for item in &file.items {
            let end = item.span().end().line;
            match blocks.last_mut() {
                // Begins on the line that the one before ends on.
                Some(last) if item.span().start().line <= last.end => {
                    last.end = end;
                    last.is_ours |= is_ours(item);
                }
                _ => {
                    // Blank lines and comments belong to nobody: which item comes first behind them is a matter of chance.
                    let begin = item.span().start().line - 1;
                    let belongs = |&line: &usize| !(all[line].trim().is_empty() || all[line].trim().starts_with("//"));
                    let start = (next..begin).find(belongs).unwrap_or(begin);
                    between.extend(next..start);
                    blocks.push(Block { start, end, is_ours: is_ours(item) });
                }
            }
            next = end;
        }
        let text = |block: &Block| &all[block.start..block.end];
        blocks.sort_by(|a, b| {
            // What evcxr adds comes last as it is.
            let by_owner = a.is_ours.cmp(&b.is_ours);
            by_owner.then_with(|| if a.is_ours { a.start.cmp(&b.start) } else { text(a).cmp(text(b)) })
        });
        between.sort_by_key(|&line| all[line]);
        let mut lines: Vec<usize> = (0..header).chain(between).collect();
        lines.extend(blocks.iter().flat_map(|block| block.start..block.end));
        lines.extend(next..all.len());
        sort_variables(&mut lines, &all);
        let mut text = String::with_capacity(source.len());
        for &line in &lines {
            text.push_str(&without_number(all[line]));
            text.push('\n');
        }
        Some(Canonical { text, lines: lines.into_iter().map(|line| line + 1).collect() })
    }

    /// Which line of evcxr's code this line is; both from 1.
    pub fn original_line(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or(line)
    }
}

/// Lines from `start` to before `end`, counted from 0, with one item, or several that share lines.
struct Block {
    start: usize,
    end: usize,
    /// evcxr has added it to what cells define.
    is_ours: bool,
}

fn is_ours(item: &syn::Item) -> bool {
    match item {
        syn::Item::Fn(function) => function.sig.ident.to_string().starts_with(FUNCTION),
        syn::Item::Mod(module) => module.ident == INTERNAL_MODULE,
        syn::Item::Struct(structure) => structure.ident == "EvcxrUserCodeError",
        syn::Item::Impl(block) => {
            matches!(&*block.self_ty, syn::Type::Path(path) if path.path.is_ident("EvcxrUserCodeError"))
        }
        _ => false,
    }
}

/// Sorts neighbouring lines that do the same for one variable each.
fn sort_variables(lines: &mut [usize], all: &[&str]) {
    let kind = |line: usize| {
        let line = all[line].trim_start();
        let of_variables = OF_VARIABLES.iter().position(|start| line.starts_with(start));
        of_variables
            .or_else(|| (line.starts_with("let ") && line.contains(TAKES_VARIABLE)).then_some(OF_VARIABLES.len()))
    };
    for run in lines.chunk_by_mut(|&a, &b| kind(a).is_some() && kind(a) == kind(b)) {
        if kind(run[0]).is_some() {
            run.sort_by_key(|&line| all[line]);
        }
    }
}

/// The variable for which evcxr has made this line.
pub fn variable_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let is_of_variable = OF_VARIABLES.iter().any(|start| line.starts_with(start))
        || (line.starts_with("let ") && line.contains(TAKES_VARIABLE));
    let (_, rest) = line.rsplit_once("(stringify!(").filter(|_| is_of_variable)?;
    rest.split_once(')').map(|(name, _)| name)
}

fn without_number(line: &str) -> String {
    let Some((before, after)) = line.split_once(&format!("pub extern \"C\" fn {FUNCTION}")) else {
        return line.to_owned();
    };
    let rest = after.trim_start_matches(|character: char| character.is_ascii_digit());
    format!("{before}pub extern \"C\" fn {CANONICAL_FUNCTION}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "#![allow(unused_imports)]
use std::fmt;
/// Twice.
fn twice(x: f64) -> f64 {
    2.0 * x
}
struct Net { w: f64 }
struct EvcxrUserCodeError {}
mod evcxr_internal_runtime {
pub const A: u8 = 1;
}
#[unsafe(no_mangle)]
pub extern \"C\" fn run_user_code_3(
mut evcxr_variable_store: *mut u8) -> *mut u8 {
{let mut vars_ok = true;
vars_ok &= evcxr_variable_store.check_variable::<f64>(stringify!(b));
vars_ok &= evcxr_variable_store.check_variable::<Net>(stringify!(a));
if !vars_ok {return evcxr_variable_store;}}
let b = evcxr_variable_store.take_variable::<f64>(stringify!(b));
let mut a = evcxr_variable_store.take_variable::<Net>(stringify!(a));
let c = b;
evcxr_variable_store.put_variable::<f64>(stringify!(c), c);
evcxr_variable_store.put_variable::<Net>(stringify!(a), a);
evcxr_variable_store
}
";

    #[test]
    fn the_same_cells_give_the_same_code() {
        let other = ONE
            .replace("run_user_code_3", "run_user_code_17")
            .replace("use std::fmt;\n", "")
            .replace("struct Net { w: f64 }\n", "// b\nstruct Net { w: f64 }\n\n// a\nuse std::fmt;\n");
        let one = ONE.replace("use std::fmt;\n", "// a\n// b\n\nuse std::fmt;\n");
        let swapped = |text: String, a: &str, b: &str| text.replace(&format!("{a}{b}"), &format!("{b}{a}"));
        let check = |name: &str, kind: &str| {
            format!("vars_ok &= evcxr_variable_store.check_variable::<{kind}>(stringify!({name}));\n")
        };
        let other = swapped(other, &check("b", "f64"), &check("a", "Net"));
        let take = |name: &str, kind: &str| {
            format!(
                "let {name} = evcxr_variable_store.take_variable::<{kind}>(stringify!({}));\n",
                name.trim_start_matches("mut ")
            )
        };
        let other = swapped(other, &take("b", "f64"), &take("mut a", "Net"));
        assert_ne!(other, one);
        let (one, other) = (Canonical::of(&one).unwrap(), Canonical::of(&other).unwrap());
        assert_eq!(one.text, other.text);
        assert!(one.text.contains("fn run_user_code(\n"));
    }

    #[test]
    fn each_line_is_found_again() {
        let canonical = Canonical::of(ONE).unwrap();
        let before: Vec<&str> = ONE.lines().collect();
        let after: Vec<&str> = canonical.text.lines().collect();
        assert_eq!(before.len(), after.len());
        for (index, line) in after.iter().enumerate() {
            let original = before[canonical.original_line(index + 1) - 1];
            assert!(*line == original || line.contains("fn run_user_code("), "{line} {original}");
        }
        let mut found: Vec<usize> = (1..=after.len()).map(|line| canonical.original_line(line)).collect();
        found.sort_unstable();
        assert_eq!(found, (1..=after.len()).collect::<Vec<_>>());
    }

    #[test]
    fn where_order_may_matter_code_stays_as_it_is() {
        assert_eq!(Canonical::of("macro_rules! m { () => {} }\nfn run_user_code_1() {}"), None);
        assert_eq!(Canonical::of("fn run_user_code_1() {"), None);
        let shared = Canonical::of("fn b() {} fn a() {}\nfn run_user_code_1() {}\n").unwrap();
        assert_eq!(shared.text, "fn b() {} fn a() {}\nfn run_user_code_1() {}\n");
    }
}
