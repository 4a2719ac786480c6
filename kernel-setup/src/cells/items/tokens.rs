//! Code as its tokens: where they are equal, the code differs in white space, comments and documentation at most.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of `code`, which was parsed before.
pub fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    if let Ok(stream) = code.parse() {
        append(stream, &mut tokens);
    }
    tokens
}

/// The identifiers and keywords in a stream.
pub fn words(stream: &TokenStream) -> Vec<String> {
    let mut tokens = Vec::new();
    append(stream.clone(), &mut tokens);
    tokens.retain(|token| token.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    tokens
}

fn append(stream: TokenStream, tokens: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => match documentation(&group, tokens) {
                Some(start) => tokens.truncate(start),
                None => append_group(group, tokens),
            },
            token => tokens.push(token.to_string()),
        }
    }
}

/// If `group` is the `[doc = "…"]` of a comment, where its `#` or `#!` stands, at the end of `before`.
fn documentation(group: &Group, before: &[String]) -> Option<usize> {
    let is_doc = |tree| matches!(tree, TokenTree::Ident(ident) if ident == "doc");
    if group.delimiter() != Delimiter::Bracket || !group.stream().into_iter().next().is_some_and(is_doc) {
        return None;
    }
    match before {
        [.., hash, mark] if hash == "#" && mark == "!" => Some(before.len() - 2),
        [.., hash] if hash == "#" => Some(before.len() - 1),
        _ => None,
    }
}

fn append_group(group: Group, tokens: &mut Vec<String>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    tokens.push(open.to_owned());
    append(group.stream(), tokens);
    // rustfmt puts a comma behind the last field when it breaks the line; a tuple of one needs its comma.
    if group.delimiter() == Delimiter::Brace {
        tokens.pop_if(|last| last == ",");
    }
    tokens.push(close.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_comments_and_documentation_do_not_count() {
        let plain = tokens("struct Net { w: Vec<Vec<f64>>, b: f64 }");
        let commented =
            "/// A net.\nstruct Net {\n  // weights\n  w: Vec<Vec<f64> >,\n  /** bias */ b: f64, /* last */\n}";
        assert_eq!(tokens(commented), plain);
        assert_eq!(tokens("mod a { //! Inner.\n fn f() {} }"), tokens("mod a { fn f() {} }"));
    }

    #[test]
    fn all_else_counts() {
        assert_ne!(tokens("#[derive(Debug)] struct Net;"), tokens("struct Net;"));
        assert_ne!(tokens("type A = (f64,);"), tokens("type A = (f64);"));
        assert_ne!(tokens("const A: [i32; 1] = [doc];"), tokens("const A: [i32; 1] = [];"));
        assert_ne!(tokens("const A: &str = \"a b\";"), tokens("const A: &str = \"a  b\";"));
    }
}
