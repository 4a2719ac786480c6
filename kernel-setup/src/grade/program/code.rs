//! The code of one cell, taken apart: items, which belong to the whole notebook, and statements, which run in their turn.

use super::names::{self, Names};
use proc_macro2::LineColumn;
use std::ops::Range;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Item, Stmt};

/// Code of a cell, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// What is defined for all cells.
    pub items: Vec<Definition>,
    /// The cell's text with blanks in the place of its items: line for line what it was.
    pub statements: String,
    /// Where in [`statements`](Self::statements) the last expression stands, if its value is to be shown.
    pub value: Option<Range<usize>>,
    /// What the statements take from earlier cells, and leave for later ones.
    pub names: Names,
    /// All names in the statements: those of functions that are called are among them.
    pub mentions: Vec<String>,
}

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What makes it the same as one of another cell, which it then replaces.
    pub key: String,
    /// The names that it makes known.
    pub defines: Vec<String>,
    /// All names that occur in it.
    pub mentions: Vec<String>,
    /// Its text, attributes and documentation included, as many lines as it had.
    pub text: String,
    /// The line of the cell on which it begins, from 0, and the column.
    pub start: LineColumn,
}

/// Why code cannot be taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxError {
    /// Line of the cell, from 1.
    pub line: usize,
    /// What the parser says.
    pub message: String,
}

impl From<syn::Error> for SyntaxError {
    fn from(error: syn::Error) -> Self {
        SyntaxError { line: error.span().start().line.max(1), message: error.to_string() }
    }
}

impl Code {
    /// Takes the text of a cell apart.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        // Inner attributes of a crate have no place in a cell; a leading `//!` would be one.
        let parser = |input: ParseStream| syn::Block::parse_within(input);
        let statements = parser.parse_str(text)?;
        let mut blanked = text.to_owned();
        let mut items = Vec::new();
        for statement in &statements {
            let Stmt::Item(item) = statement else { continue };
            let range = item.span().byte_range();
            items.push(Definition {
                key: key(item),
                defines: defines(item),
                mentions: names::mentions(item),
                text: text[range.clone()].to_owned(),
                start: LineColumn { line: item.span().start().line - 1, column: item.span().start().column },
            });
            blank(&mut blanked, range);
        }
        let value = match statements.last() {
            Some(Stmt::Expr(expression, None)) => Some(expression.span().byte_range()),
            // A macro in braces, or one that stands last without a semicolon.
            Some(Stmt::Macro(call)) if call.semi_token.is_none() => Some(call.span().byte_range()),
            _ => None,
        };
        Ok(Code { items, statements: blanked, value, names: Names::of(&statements), mentions: mentions(&statements) })
    }

    /// Leaves the items alone.
    pub fn drop_statements(&mut self) {
        self.statements.clear();
        self.value = None;
        self.names = Names::default();
    }

    /// The code of this text with its items where they stand: no other cell sees them, nor the variables that it makes.
    pub fn closed(mut self, text: &str) -> Self {
        self.items.clear();
        self.statements = text.to_owned();
        self.names.makes.clear();
        self
    }
}

fn mentions(statements: &[Stmt]) -> Vec<String> {
    statements.iter().filter(|statement| !matches!(statement, Stmt::Item(_))).flat_map(names::mentions).collect()
}

/// Puts spaces in the place of all but line ends. The text stays as long as it is, in bytes.
fn blank(text: &mut String, range: Range<usize>) {
    let spaces: String = text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &spaces);
}

fn key(item: &Item) -> String {
    let named = |kind: &str, ident: &syn::Ident| format!("{kind} {ident}");
    match item {
        Item::Fn(item) => named("value", &item.sig.ident),
        Item::Const(item) if item.ident != "_" => named("value", &item.ident),
        Item::Static(item) => named("value", &item.ident),
        Item::Struct(item) => named("type", &item.ident),
        Item::Enum(item) => named("type", &item.ident),
        Item::Union(item) => named("type", &item.ident),
        Item::Type(item) => named("type", &item.ident),
        Item::Trait(item) => named("type", &item.ident),
        Item::Mod(item) => named("type", &item.ident),
        Item::Impl(item) => {
            let functions = item.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                syn::ImplItem::Const(constant) => Some(constant.ident.to_string()),
                _ => None,
            });
            let of_trait = item.trait_.as_ref().map(|(_, path, _)| quote(path)).unwrap_or_default();
            let mut functions: Vec<String> = functions.collect();
            functions.sort();
            // A trait can be implemented once, whatever is in it.
            let functions = if of_trait.is_empty() { functions.join(" ") } else { String::new() };
            format!("impl {} {of_trait} for {} {functions}", quote(&item.generics), quote(&item.self_ty))
        }
        other => quote(other),
    }
}

fn defines(item: &Item) -> Vec<String> {
    let ident = match item {
        Item::Fn(item) => &item.sig.ident,
        Item::Const(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Mod(item) => &item.ident,
        // Whoever names the type gets what it can do.
        Item::Impl(item) => return names::mentions(&item.self_ty),
        _ => return Vec::new(),
    };
    vec![ident.to_string()]
}

fn quote(tokens: &impl quote::ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Code {
        Code::parse(text).unwrap_or_else(|error| panic!("line {}: {}", error.line, error.message))
    }

    #[test]
    fn items_are_taken_out_and_no_line_moves() {
        let text = "let a = 1;\n/// Twice.\nfn double(x: f64) -> f64 {\n    2.0 * x\n}\nlet b = double(a);\nb";
        let code = parse(text);
        assert_eq!(code.items.len(), 1);
        assert_eq!(code.items[0].text, "/// Twice.\nfn double(x: f64) -> f64 {\n    2.0 * x\n}");
        assert_eq!(code.items[0].start, LineColumn { line: 1, column: 0 });
        let lines: Vec<&str> = code.statements.lines().map(str::trim_end).collect();
        assert_eq!(lines, ["let a = 1;", "", "", "", "", "let b = double(a);", "b"]);
        assert_eq!(&code.statements[code.value.unwrap()], "b");
    }

    #[test]
    fn what_replaces_what() {
        let key = |text: &str| parse(text).items[0].key.clone();
        assert_eq!(key("fn a() {}"), key("fn a(x: u8) -> u8 { x }"));
        assert_ne!(key("fn a() {}"), key("struct a;"));
        assert_eq!(key("impl A { fn b() {} }"), key("impl A { fn b() { 1; } }"));
        assert_ne!(key("impl A { fn b() {} }"), key("impl A { fn c() {} }"));
        assert_eq!(key("impl T for A { fn b() {} }"), key("impl T for A { fn b() {} fn c() {} }"));
        assert_eq!(key("use a::b;"), key("use  a :: b ;"));
    }

    #[test]
    fn statements_have_no_value_with_a_semicolon() {
        assert_eq!(parse("f(1);").value, None);
        assert_eq!(parse("let a = 1;").value, None);
        assert_eq!(parse("f(1)").value, Some(0..4));
        assert_eq!(parse("vec![1]").value, Some(0..7));
    }

    #[test]
    fn an_error_names_its_line() {
        let error = Code::parse("let a = 1;\nlet b = ;").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(Code::parse("fn f() { \"").is_err());
    }
}
