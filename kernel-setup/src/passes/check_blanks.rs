//! Whether the cells of a released notebook can be worked with: Rust as far as syntax tells, blanks where a value can stay out, and
//! types that can be defined again.
//!
//! An interpreter compiles `fn f() -> T { todo!() }` and `let x: T = todo!();`. It does not compile a blank of unknown type; and a cell
//! with an `impl` of another cell's type cannot be run twice, since the first `impl` stays.

use super::Fault;
use super::regions::{Secret, regions};
use crate::notebook::source;
use nbformat::v4;
use std::collections::HashMap;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Checks the code of `original`, and the blanks of what was `stripped` of it.
pub fn check(original: &v4::Notebook, stripped: &v4::Notebook) -> Result<(), Fault> {
    let blocks = code(original)?;
    let mut types: HashMap<String, usize> = HashMap::new();
    for &(cell, ref block) in &blocks {
        for (name, line) in defined_types(block) {
            if let Some(first) = types.insert(name.clone(), cell).filter(|&first| first != cell) {
                return Err(Fault {
                    cell,
                    line,
                    message: format!("`{name}` is defined in cell {} already", first + 1),
                });
            }
        }
    }
    for &(cell, ref block) in &blocks {
        for (name, line) in implemented_types(block) {
            if let Some(&home) = types.get(&name).filter(|&&home| home != cell) {
                let message = format!("an `impl` of `{name}`, which cell {} defines: put both into one cell", home + 1);
                return Err(Fault { cell, line, message });
            }
        }
        if let Some(line) = macro_definition(block) {
            let message = "a macro cannot be relied upon in other cells: write a function".to_owned();
            return Err(Fault { cell, line, message });
        }
    }
    for (cell, v4_cell) in stripped.cells.iter().enumerate() {
        let begin = |nth: usize| {
            let regions = regions(&source(&original.cells[cell]), Secret::Solution).unwrap_or_default();
            regions.get(nth).or(regions.first()).map_or(0, |region| region.lines.start)
        };
        if !matches!(v4_cell, v4::Cell::Code { .. }) {
            continue;
        }
        let block = parse(&source(v4_cell)).map_err(|(_, error)| {
            let message = format!("without its solution, the cell is no Rust: {error}. {PLACES}");
            Fault { cell, line: begin(0), message }
        })?;
        let mut blanks = Blanks::default();
        blanks.visit_block(&block);
        if let Some(nth) = blanks.misplaced {
            return Err(Fault { cell, line: begin(nth), message: PLACES.to_owned() });
        }
    }
    Ok(())
}

const PLACES: &str = "A solution is the rest of a function's body, or what follows `let name: Type =`";

/// The code cells, parsed.
pub(super) fn code(notebook: &v4::Notebook) -> Result<Vec<(usize, syn::Block)>, Fault> {
    let cells = notebook.cells.iter().enumerate().filter(|(_, cell)| matches!(cell, v4::Cell::Code { .. }));
    cells
        .map(|(index, cell)| {
            let block = parse(&source(cell));
            block.map(|block| (index, block)).map_err(|(line, error)| Fault {
                cell: index,
                line,
                message: format!("the cell is no Rust: {error}"),
            })
        })
        .collect()
}

/// A cell is what the body of a function is.
fn parse(text: &str) -> Result<syn::Block, (usize, String)> {
    syn::parse_str(&format!("{{\n{text}\n}}"))
        .map_err(|error: syn::Error| (line_in_cell(error.span()), error.to_string()))
}

/// From 0; the brace before the cell has a line of its own.
pub(super) fn line_in_cell(span: proc_macro2::Span) -> usize {
    span.start().line.saturating_sub(2)
}

fn items(block: &syn::Block) -> impl Iterator<Item = &syn::Item> {
    block.stmts.iter().filter_map(|statement| match statement {
        syn::Stmt::Item(item) => Some(item),
        _ => None,
    })
}

fn defined_types(block: &syn::Block) -> Vec<(String, usize)> {
    let name = |item: &syn::Item| match item {
        syn::Item::Struct(item) => Some(item.ident.clone()),
        syn::Item::Enum(item) => Some(item.ident.clone()),
        syn::Item::Union(item) => Some(item.ident.clone()),
        _ => None,
    };
    items(block).filter_map(name).map(|ident| (ident.to_string(), line_in_cell(ident.span()))).collect()
}

fn implemented_types(block: &syn::Block) -> Vec<(String, usize)> {
    let name = |item: &syn::Item| match item {
        syn::Item::Impl(item) => match &*item.self_ty {
            syn::Type::Path(path) => Some((path.path.get_ident()?.to_string(), line_in_cell(item.impl_token.span()))),
            _ => None,
        },
        _ => None,
    };
    items(block).filter_map(name).collect()
}

fn macro_definition(block: &syn::Block) -> Option<usize> {
    items(block).find_map(|item| match item {
        syn::Item::Macro(item) => item.ident.as_ref().map(|ident| line_in_cell(ident.span())),
        _ => None,
    })
}

/// Walks over a cell and looks at each `todo!`.
#[derive(Default)]
struct Blanks {
    inside_function: usize,
    /// How many have been met.
    count: usize,
    /// The number of the first that stands where nothing tells its type.
    misplaced: Option<usize>,
}

impl Blanks {
    fn meet(&mut self, allowed: bool) {
        if !allowed && self.misplaced.is_none() {
            self.misplaced = Some(self.count);
        }
        self.count += 1;
    }
}

impl<'ast> Visit<'ast> for Blanks {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.inside_function += 1;
        visit::visit_item_fn(self, function);
        self.inside_function -= 1;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.inside_function += 1;
        visit::visit_impl_item_fn(self, function);
        self.inside_function -= 1;
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let blank = local.init.as_ref().is_some_and(
            |init| matches!(&*init.expr, syn::Expr::Macro(expression) if expression.mac.path.is_ident("todo")),
        );
        if blank && matches!(local.pat, syn::Pat::Type(_)) {
            self.meet(true);
        } else {
            visit::visit_local(self, local);
        }
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        if found.path.is_ident("todo") {
            self.meet(self.inside_function > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::strip_solutions;
    use crate::passes::testing::{metadata, notebook};

    fn checked(cells: &[&str]) -> Result<(), String> {
        let solution = metadata("q", "solution");
        let cells: Vec<(&str, &str)> =
            cells.iter().map(|text| (if text.contains("BEGIN") { solution.as_str() } else { "" }, *text)).collect();
        let original = notebook(&cells);
        let mut stripped = original.clone();
        strip_solutions::strip(&mut stripped).unwrap();
        check(&original, &stripped).map_err(|fault| fault.to_string())
    }

    #[test]
    fn blanks_where_they_compile() {
        for text in [
            "fn f() -> i32 {\n// BEGIN SOLUTION one\n1\n// END SOLUTION\n}",
            "struct S;\nimpl S {\nfn f(&self) -> i32 {\nlet given = 1;\n// BEGIN SOLUTION one\ngiven\n// END SOLUTION\n}\n}",
            "let rate: f64 =\n// BEGIN SOLUTION one\n1.0\n// END SOLUTION\n;",
            "let f: fn(f64) -> f64 =\n// BEGIN SOLUTION one\n|x| x\n// END SOLUTION\n;\nf(1.0)",
        ] {
            assert_eq!(checked(&[text]), Ok(()), "{text}");
        }
    }

    #[test]
    fn blanks_that_would_not_compile() {
        for text in [
            "let rate =\n// BEGIN SOLUTION one\n1.0\n// END SOLUTION\n;",
            "let x: f64 = 2.0 *\n// BEGIN SOLUTION one\n1.0\n// END SOLUTION\n;",
            "let x = 1;\n// BEGIN SOLUTION one\nprintln!(\"{x}\");\n// END SOLUTION",
        ] {
            assert_eq!(checked(&[text]), Err(format!("cell 1, line 2: {PLACES}")), "{text}");
        }
        let text = "fn f() -> i32 {\n// BEGIN SOLUTION one\nlet y = 1;\n// END SOLUTION\nlet z = 1;\nz\n}";
        let error = checked(&[text]).unwrap_err();
        assert!(error.starts_with("cell 1, line 2: without its solution, the cell is no Rust: "), "{error}");
    }

    #[test]
    fn types_that_could_not_be_defined_again() {
        let expected = "cell 2, line 2: an `impl` of `S`, which cell 1 defines: put both into one cell";
        assert_eq!(checked(&["struct S;", "let x = 1;\nimpl S { fn f(&self) {} }"]), Err(expected.to_owned()));
        assert_eq!(checked(&["enum E { A }\nimpl E {}", "struct S(E);"]), Ok(()));
        let expected = "cell 2, line 1: `S` is defined in cell 1 already";
        assert_eq!(checked(&["struct S;", "struct S;"]), Err(expected.to_owned()));
        let expected = "cell 1, line 1: a macro cannot be relied upon in other cells: write a function";
        assert_eq!(checked(&["macro_rules! m { () => {} }"]), Err(expected.to_owned()));
    }

    #[test]
    fn what_is_no_rust() {
        let error = checked(&["1", "let x = 1;\nlet = 2;"]).unwrap_err();
        assert!(error.starts_with("cell 2, line 2: the cell is no Rust: expected "), "{error}");
    }
}
