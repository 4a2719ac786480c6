//! Words and marks that are forbidden wherever they stand.

use super::Found;
use super::paths;
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};

const MEMORY: &str = "such code can change any memory, and nothing that is asked for needs it";
const MACROS: &str = "macros of one's own cannot be checked: write a function";
const OUTSIDE: &str =
    "the compiler would read files or settings that are not part of the notebook: write the value itself";
const GRADERS: &str = "this name is for the grader: choose another one";

/// Keywords, with the rule that they break.
const WORDS: [(&str, &str); 4] = [("unsafe", MEMORY), ("extern", MEMORY), ("macro_rules", MACROS), ("macro", MACROS)];

/// Macros of the standard library, with the rule that they break.
const CALLS: [(&str, &str); 9] = [
    ("include", OUTSIDE),
    ("include_str", OUTSIDE),
    ("include_bytes", OUTSIDE),
    ("env", OUTSIDE),
    ("option_env", OUTSIDE),
    ("asm", MEMORY),
    ("global_asm", MEMORY),
    ("naked_asm", MEMORY),
    ("concat_bytes", OUTSIDE),
];

/// Attributes that tell rustc nothing but how to treat the code itself. `cfg` is none of them: it would make code of what is none here.
const ATTRIBUTES: [&str; 18] = [
    "allow",
    "clippy",
    "cold",
    "default",
    "deny",
    "deprecated",
    "derive",
    "diagnostic",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "non_exhaustive",
    "rustfmt",
    "test",
    "track_caller",
    "warn",
];

/// Names of the hidden tests.
const PROBES: [&str; 2] = ["probe", "probe_rng"];

/// How names of the grader's own begin.
const RESERVED: [&str; 2] = ["__", "nnkernel"];

/// The rule for a macro of the standard library.
pub fn rule_of_call(name: &str) -> Option<&'static str> {
    CALLS.iter().find(|(call, _)| *call == name).map(|(_, rule)| *rule)
}

/// A name without the mark of a raw one.
pub fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// Looks at all tokens of a cell.
pub fn look(tokens: &TokenStream, allowed_nnlib: &[String], found: &mut Found) {
    Look { allowed_nnlib, found }.group(tokens.clone(), false);
}

struct Look<'a> {
    allowed_nnlib: &'a [String],
    found: &'a mut Found,
}

impl Look<'_> {
    /// What stands between two brackets, or in the whole cell; `in_use` if that is part of a `use`, whose paths have been judged.
    fn group(&mut self, tokens: TokenStream, in_use: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut use_end = if in_use { tokens.len() } else { 0 };
        for (index, token) in tokens.iter().enumerate() {
            let (before, behind) = (&tokens[..index], &tokens[index + 1..]);
            match token {
                TokenTree::Ident(name) => {
                    if name == "use" && index >= use_end && !is_mark(behind.first(), '<') {
                        use_end = index + 1 + paths::judge_use(behind, self.allowed_nnlib, self.found);
                    }
                    self.word(name, before, behind, index < use_end);
                }
                TokenTree::Punct(mark) if mark.as_char() == '#' => self.attribute(behind),
                TokenTree::Group(group) => self.group(group.stream(), index < use_end),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn word(&mut self, name: &Ident, before: &[TokenTree], behind: &[TokenTree], in_use: bool) {
        // `r#macro` is a name like any other.
        if let Some((word, rule)) = WORDS.iter().find(|(word, _)| name == word) {
            self.found.add(name.span(), *word, *rule);
        }
        let text = plain(name);
        let is_call =
            matches!(behind, [TokenTree::Punct(mark), ..] if mark.as_char() == '!' && mark.spacing() == Spacing::Alone);
        if let Some(rule) = rule_of_call(&text).filter(|_| is_call) {
            self.found.add(name.span(), format!("{text}!"), rule);
        }
        let is_member = matches!(before, [.., TokenTree::Punct(mark)] if mark.as_char() == '.')
            && !matches!(before, [.., TokenTree::Punct(one), TokenTree::Punct(_)] if one.as_char() == '.');
        let lower = text.to_lowercase();
        if PROBES.contains(&text.as_str()) && !is_member || RESERVED.iter().any(|start| lower.starts_with(start)) {
            self.found.add(name.span(), text.as_str(), GRADERS);
        }
        if name == "mod" && matches!(behind, [TokenTree::Ident(_), TokenTree::Punct(mark), ..] if mark.as_char() == ';')
        {
            self.found.add(name.span(), format!("mod {};", behind[0]), OUTSIDE);
        }
        if !in_use {
            paths::judge_at(&text, name.span(), behind, self.allowed_nnlib, self.found);
        }
    }

    /// What follows a `#`.
    fn attribute(&mut self, behind: &[TokenTree]) {
        let behind = if is_mark(behind.first(), '!') { &behind[1..] } else { behind };
        let Some(TokenTree::Group(group)) = behind.first().filter(|token| is_bracket(token)) else { return };
        let Some(TokenTree::Ident(name)) = group.stream().into_iter().next() else { return };
        let text = plain(&name);
        if !ATTRIBUTES.contains(&text.as_str()) {
            let rule =
                format!("expected one of the attributes {}", ATTRIBUTES.map(|name| format!("`{name}`")).join(", "));
            self.found.add(name.span(), format!("#[{text}]"), rule);
        }
    }
}

fn is_bracket(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

/// Whether a token is this mark.
pub fn is_mark(token: Option<&TokenTree>, expected: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == expected)
}
