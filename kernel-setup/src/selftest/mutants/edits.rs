//! Edits of a text, each a mistake.

use super::code::Code;
use std::ops::Range;
use syn::spanned::Spanned;

/// How much of a part a description quotes, in characters.
const QUOTED: usize = 60;

/// One mistake: what is replaced, from the first place to the last, and by what.
pub struct Edit {
    /// The kind of mistake.
    pub operator: &'static str,
    replaced: Vec<(Range<usize>, String)>,
}

impl Edit {
    /// Where the mistake begins.
    pub fn start(&self) -> usize {
        self.replaced.first().map_or(0, |(range, _)| range.start)
    }

    /// The text with the mistake.
    pub fn apply(&self, text: &str) -> String {
        let mut changed = String::with_capacity(text.len());
        let mut done = 0;
        for (range, with) in &self.replaced {
            changed.push_str(&text[done..range.start]);
            changed.push_str(with);
            done = range.end;
        }
        changed + &text[done..]
    }

    /// What became what.
    pub fn description(&self, text: &str) -> String {
        let change = |(range, with): &(Range<usize>, String)| {
            let was = &text[range.clone()];
            match with.as_str() {
                "" => format!("`{}` was left out", quoted(was)),
                _ if *with == format!("{was} {was}") => format!("`{}` was done twice", quoted(was)),
                with => format!("`{}` became `{}`", quoted(was), quoted(with)),
            }
        };
        self.replaced.iter().map(change).collect::<Vec<_>>().join(", ")
    }
}

/// On one line, and not too long.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{} …", line[..end].trim_end()),
        None => line,
    }
}

/// The mistakes found in a cell so far.
pub struct Edits<'c> {
    /// The cell.
    pub code: &'c Code,
    found: Vec<Edit>,
    /// Parts in which no mistake would show, or none of this text.
    unseen: Vec<(Range<usize>, Option<&'static str>)>,
}

impl<'c> Edits<'c> {
    /// None yet.
    pub fn new(code: &'c Code) -> Self {
        Edits { code, found: Vec::new(), unseen: Vec::new() }
    }

    /// A part as it is written.
    pub fn source(&self, part: &impl Spanned) -> &'c str {
        self.code.source(part)
    }

    /// A part gives way to something else.
    pub fn replace(&mut self, operator: &'static str, part: &impl Spanned, with: impl Into<String>) {
        self.all(operator, vec![(self.code.range(part), with.into())]);
    }

    /// Two parts change places.
    pub fn swap(&mut self, operator: &'static str, first: &impl Spanned, second: &impl Spanned) {
        let (one, other) = (self.code.range(first), self.code.range(second));
        let (one_text, other_text) = (self.source(first).to_owned(), self.source(second).to_owned());
        self.all(operator, vec![(one, other_text), (other, one_text)]);
    }

    /// Several replacements that make one mistake, from the first place to the last.
    pub fn all(&mut self, operator: &'static str, replaced: Vec<(Range<usize>, String)>) {
        let ordered = replaced.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start);
        let asked = replaced.iter().all(|(range, _)| range.start < range.end && self.code.is_asked(range));
        let unseen = replaced.iter().any(|(range, with)| {
            self.unseen.iter().any(|(part, text)| {
                part.start <= range.start && range.end <= part.end && text.is_none_or(|text| text == with)
            })
        });
        if ordered && asked && !unseen {
            self.found.push(Edit { operator, replaced });
        }
    }

    /// From now on, mistakes in this part do not count.
    pub fn ignore(&mut self, part: &impl Spanned) {
        self.unseen.push((self.code.range(part), None));
    }

    /// From now on, this part as `text` does not count: it would be the same.
    pub fn ignore_as(&mut self, part: &impl Spanned, text: &'static str) {
        self.unseen.push((self.code.range(part), Some(text)));
    }

    /// All of them, by their place in the text.
    pub fn in_order(self) -> Vec<Edit> {
        let mut found = self.found;
        found.sort_by_key(Edit::start);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_applied_and_described() {
        let edit = Edit { operator: "swap", replaced: vec![(0..1, "bb".to_owned()), (4..5, String::new())] };
        assert_eq!(edit.apply("a + c;"), "bb + ;");
        assert_eq!(edit.description("a + c;"), "`a` became `bb`, `c` was left out");
        assert_eq!(edit.start(), 0);
        let twice = Edit { operator: "step-twice", replaced: vec![(0..2, "a; a;".to_owned())] };
        assert_eq!(twice.description("a;"), "`a;` was done twice");
        assert_eq!(quoted("a\n    .b()"), "a .b()");
        assert_eq!(quoted(&"x".repeat(61)), format!("{} …", "x".repeat(60)));
    }

    #[test]
    fn only_what_is_asked_and_can_be_seen_is_changed() {
        let code = Code::parse("let a =\n// BEGIN SOLUTION\n1\n// END SOLUTION\n;").unwrap();
        let syn::Stmt::Local(local) = &code.block.stmts[0] else { panic!("a `let`") };
        let value = &local.init.as_ref().unwrap().expr;
        let mut edits = Edits::new(&code);
        edits.replace("given", &local.pat, "b");
        edits.replace("asked", value, "2");
        edits.ignore_as(value, "2");
        edits.replace("the same", value, "2");
        edits.ignore(value);
        edits.replace("unseen", value, "3");
        let operators: Vec<&str> = edits.in_order().iter().map(|edit| edit.operator).collect();
        assert_eq!(operators, ["asked"]);
    }
}
