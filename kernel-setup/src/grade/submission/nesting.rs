//! Code from outside, read without overflowing the stack.
//!
//! `syn` reads an expression within an expression by calling itself, and so do those who visit and drop what it has read. A cell that
//! says `((((…` or `!!!!…` long enough would end this process, without a panic that could be caught. So the tokens are measured first,
//! without recursion, and who works with what passes does so [on a stack](on_large_stack) that has room for it.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::thread;

/// What [`depth`] may come to. The deepest cell of the assignments' references has 63.
const MAX_DEPTH: usize = 1_000;

/// Measured in a build without optimization: the greediest kind of nesting takes between 16 and 32 MB for [`MAX_DEPTH`]. Only what is
/// touched takes memory.
const STACK: usize = 128 << 20;

/// The tokens of a cell's code. What is wrong, and in which line from 0, if it is none, or nested too deeply to be read.
pub fn tokens(code: &str) -> Result<TokenStream, (usize, String)> {
    let stream: TokenStream = code.parse().map_err(|error: proc_macro2::LexError| {
        (error.span().start().line.saturating_sub(1), format!("the cell is no Rust: {error}"))
    })?;
    match depth(&stream) {
        found if found > MAX_DEPTH => {
            Err((0, format!("the cell is nested too deeply: in more than {MAX_DEPTH} levels")))
        }
        _ => Ok(stream),
    }
}

/// A bound on how deeply something nests: the tokens along the way from the outermost that may begin something within something.
fn depth(stream: &TokenStream) -> usize {
    let mut deepest = 0;
    let mut waiting = vec![(stream.clone(), 0)];
    while let Some((stream, above)) = waiting.pop() {
        let mut run = Run::default();
        let mut groups = Vec::new();
        let mut tokens = stream.into_iter().peekable();
        while let Some(token) = tokens.next() {
            run.meet(&token, tokens.peek());
            if let TokenTree::Group(group) = token {
                groups.push(group.stream());
            }
        }
        // Whatever stands in the longest run may be around each group.
        let inside = above + run.longest() + 1;
        deepest = deepest.max(inside);
        if inside <= MAX_DEPTH {
            waiting.extend(groups.into_iter().filter(|group| !group.is_empty()).map(|group| (group, inside)));
        }
    }
    deepest
}

/// Tokens in a row that may each be within the one before.
#[derive(Default)]
struct Run {
    length: usize,
    longest: usize,
    /// `<` or `|` was met, between which a comma ends nothing.
    has_brackets: bool,
}

impl Run {
    fn longest(&self) -> usize {
        self.longest.max(self.length)
    }

    fn meet(&mut self, token: &TokenTree, next: Option<&TokenTree>) {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ';' => self.end(),
            TokenTree::Punct(mark) if mark.as_char() == ',' && !self.has_brackets => self.end(),
            TokenTree::Punct(mark) => {
                // `::` is one.
                self.length += usize::from(mark.as_char() != ':' || mark.spacing() == Spacing::Alone);
                self.has_brackets |= matches!(mark.as_char(), '<' | '|');
            }
            TokenTree::Ident(_) => self.length += usize::from(!matches!(next, Some(TokenTree::Punct(_)))),
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) => {
                self.length += 1;
                if group.delimiter() == Delimiter::Brace && next.is_none_or(begins) {
                    self.end();
                }
            }
        }
    }

    fn end(&mut self) {
        *self = Run { longest: self.longest(), ..Run::default() };
    }
}

/// Whether something new begins with this token, behind a block.
fn begins(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(name) => name != "else" && name != "as",
        TokenTree::Punct(mark) => mark.as_char() == '#',
        TokenTree::Literal(_) => true,
        TokenTree::Group(_) => false,
    }
}

/// Does `work` where code that [`tokens`] has passed can be parsed, visited and dropped.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match worker.expect("a thread").join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;
    use syn::visit::Visit;

    struct Everything;
    impl Visit<'_> for Everything {}

    /// Codes that nest `count` times, each in another way.
    fn nested(count: usize) -> Vec<String> {
        let around =
            |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(count), close.repeat(count));
        vec![
            around("(", "1", ")"),
            around("[", "1", "]"),
            around("{", "1", "}"),
            around("!", "x", ""),
            around("&", "x", ""),
            around("- -", "x", ""),
            around("*&mut ", "x", ""),
            around("1 + ", "1", ""),
            around("a = ", "b", ""),
            around("a == b && ", "c", ""),
            around("f(", "1", ")"),
            format!("f{}", "()".repeat(count)),
            format!("x{}", "?".repeat(count)),
            format!("x{}", ".a".repeat(count)),
            format!("x{}", "[0]".repeat(count)),
            format!("x{}", " as T".repeat(count)),
            around("|a| ", "1", ""),
            around("|a, b| ", "1", ""),
            around("move || ", "1", ""),
            around("if a {} else ", "{}", ""),
            around("if ", "a", " {}"),
            around("while ", "a", " {}"),
            around("match ", "a", " {}"),
            around("match a { _ => ", "1", " }"),
            around("return ", "1", ""),
            around("return - ", "1", ""),
            around("let A = ", "1", ""),
            around("S { a: ", "1", " }"),
            around("S {} + ", "S {}", ""),
            around("loop { ", "", " }"),
            around("fn f() { ", "", " }"),
            around("mod m { ", "", " }"),
            around("m![", "1", "]"),
            around("async move { ", "1", " }"),
            format!("let x: {}T{};", "A<".repeat(count), ">".repeat(count)),
            format!("let x: {}T{};", "A<B, ".repeat(count), ">".repeat(count)),
            format!("let x: {}T;", "&".repeat(count)),
            format!("let x: {}T;", "*const ".repeat(count)),
            format!("let x: {}T;", "fn() -> ".repeat(count)),
            format!("let x: {}T{};", "(".repeat(count), ",)".repeat(count)),
            format!("let x: {}T{};", "[".repeat(count), "; 1]".repeat(count)),
            format!("let x: {}T;", "impl Fn() -> ".repeat(count)),
            format!("let {}a{} = 1;", "(".repeat(count), ",)".repeat(count)),
            format!("let {}a = 1;", "&".repeat(count)),
            format!("let {}a = 1;", "a @ ".repeat(count)),
            format!("use {}a;", "a::".repeat(count)),
            format!("use {}a{};", "a::{".repeat(count), "}".repeat(count)),
            format!("let x: {}T;", "A::".repeat(count)),
            format!("let x: {}T{};", "<A as ".repeat(count), ">::B".repeat(count)),
            format!("let x: T{};", " + T".repeat(count)),
            format!("let a = 1 else {{ {} }};", "let a = 1 else { ".repeat(count) + &" };".repeat(count)),
            format!("{} fn f() {{}}", "#[a]".repeat(count)),
            format!("const A: [u8; {}1{}] = 1;", "{ ".repeat(count), " }".repeat(count)),
            format!("f::<{}1{}>();", "{ f::<".repeat(count), ">() }".repeat(count)),
            format!("trait A: {} B {{}}", "for<'a> ".repeat(count)),
        ]
    }

    fn parse_visit_and_drop(code: &str) -> bool {
        let Ok(tokens) = tokens(code) else { return false };
        if let Ok(statements) = syn::Block::parse_within.parse2(tokens) {
            statements.iter().for_each(|statement| Everything.visit_stmt(statement));
        }
        true
    }

    /// What [`MAX_DEPTH`] says of the references.
    #[test]
    fn references_are_far_from_the_bound() {
        let notebooks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
        let mut deepest = 0;
        for assignment in crate::assignment::Assignment::all(&notebooks).unwrap() {
            let text = std::fs::read_to_string(assignment.source()).unwrap();
            for cell in crate::notebook::percent::parse(&text).unwrap().cells {
                if matches!(cell, nbformat::v4::Cell::Code { .. }) {
                    deepest = deepest.max(depth(&crate::notebook::source(&cell).parse().unwrap()));
                }
            }
        }
        assert!((50..MAX_DEPTH / 4).contains(&deepest), "{deepest}");
    }

    /// As deep as it may be, and the stack suffices; deeper, and it is not parsed.
    #[test]
    fn nesting_of_any_kind_is_bounded() {
        on_large_stack(|| {
            for (number, code) in nested(MAX_DEPTH).iter().enumerate() {
                let is_read = parse_visit_and_drop(code);
                // Attributes stand beside each other, and `for<'a>` in a row is an error at the second.
                assert!(!is_read || code.starts_with("#[a]"), "{number}: {}", &code[..20]);
            }
            // The most of each kind that passes.
            for number in 0..nested(1).len() {
                let most = (1..=MAX_DEPTH).rev().step_by(50).find(|&count| tokens(&nested(count)[number]).is_ok());
                assert!(parse_visit_and_drop(&nested(most.unwrap())[number]));
            }
        });
    }

    #[test]
    fn what_is_much_deeper_is_measured_without_recursion() {
        for code in nested(20_000) {
            let _ = tokens(&code);
        }
    }

    #[test]
    fn code_that_is_long_is_not_deep() {
        for code in [
            "let x = vec![-1.0, 2.0, -3.0];\n".repeat(2_000),
            "fn f(a: &[f64], b: f64) -> f64 { a[0] * b }\n".repeat(2_000),
            "if a > b { c(); } for i in 0..3 { d(); }\n".repeat(2_000),
            format!("let x = [{}];", "-1.25, ".repeat(5_000)),
            format!("f(&[{}]);", "[1.0, -2.0], ".repeat(5_000)),
            "/// Doc.\n#[inline]\npub fn f() {}\n".repeat(2_000),
        ] {
            assert!(depth(&code.parse().unwrap()) < 60, "{}: {}", &code[..20], depth(&code.parse().unwrap()));
        }
    }

    #[test]
    fn what_is_too_deep_says_so() {
        let (line, message) =
            tokens(&"(".repeat(3000).chars().chain(")".repeat(3000).chars()).collect::<String>()).unwrap_err();
        assert_eq!(line, 0);
        assert_eq!(message, "the cell is nested too deeply: in more than 1000 levels");
    }
}
