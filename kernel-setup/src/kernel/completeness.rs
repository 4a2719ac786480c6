//! Whether a cell is finished: a console runs it at the return key, or lets its user go on.

use jupyter_protocol::IsCompleteReply;

/// One level of indentation.
const INDENT: &str = "    ";

/// What to tell a console of `code`.
pub fn of(code: &str) -> IsCompleteReply {
    match scan(code) {
        Scan::Mismatched => IsCompleteReply::invalid(),
        Scan::Open { depth } => IsCompleteReply::incomplete(INDENT.repeat(depth)),
        Scan::Closed => of_closed(code),
    }
}

/// `code` in which every bracket, string and comment is closed.
fn of_closed(code: &str) -> IsCompleteReply {
    let is_command = |line: &str| line.trim_start().starts_with(':') && !line.trim_start().starts_with("::");
    let rust: String = code.lines().filter(|line| !is_command(line)).flat_map(|line| [line, "\n"]).collect();
    let parse = |code: &str| syn::parse::Parser::parse_str(syn::Block::parse_within, code);
    let Err(error) = parse(&rust) else { return IsCompleteReply::complete() };
    let error = error.to_string();
    // The last statement may do without its semicolon.
    if error.contains("expected `;`") && parse(&format!("{rust};")).is_ok() {
        return IsCompleteReply::complete();
    }
    match error.contains("unexpected end of input") {
        true => IsCompleteReply::incomplete(INDENT.to_owned()),
        false => IsCompleteReply::invalid(),
    }
}

enum Scan {
    Closed,
    /// Inside of this many brackets, or in a string or a comment.
    Open {
        depth: usize,
    },
    /// A bracket closes what was not opened.
    Mismatched,
}

/// Follows brackets, strings and comments.
fn scan(code: &str) -> Scan {
    let mut open = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let unfinished = Scan::Open { depth: open.len() };
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '/' if after.starts_with('/') => after.find('\n').map_or("", |end| &after[end..]),
            '/' if after.starts_with('*') => match after_comment(after) {
                Some(rest) => rest,
                None => return unfinished,
            },
            '"' => match after_string(after) {
                Some(rest) => rest,
                None => return unfinished,
            },
            'r' if raw_hashes(after).is_some() && !follows_identifier(code, rest) => {
                let hashes = raw_hashes(after).unwrap_or(0);
                let end = format!("\"{}", "#".repeat(hashes));
                match after[hashes + 1..].find(&end) {
                    Some(place) => &after[hashes + 1 + place + end.len()..],
                    None => return unfinished,
                }
            }
            '\'' => after_quote(after),
            '(' | '[' | '{' => {
                open.push(c);
                after
            }
            ')' | ']' | '}' => {
                let opening = match c {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(opening) {
                    return Scan::Mismatched;
                }
                after
            }
            _ => after,
        };
    }
    if open.is_empty() { Scan::Closed } else { Scan::Open { depth: open.len() } }
}

/// What follows a comment whose `/` has been read; comments may be nested.
fn after_comment(mut rest: &str) -> Option<&str> {
    let mut depth = 0;
    loop {
        let place = rest.find(['*', '/'])?;
        rest = &rest[place..];
        if depth == 0 || rest.starts_with("/*") {
            depth += 1;
            rest = rest.strip_prefix("/*").unwrap_or(&rest[1..]);
        } else if let Some(after) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = after;
            if depth == 0 {
                return Some(rest);
            }
        } else {
            rest = &rest[1..];
        }
    }
}

/// What follows a string whose first quote has been read.
fn after_string(text: &str) -> Option<&str> {
    let mut characters = text.char_indices();
    while let Some((place, c)) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            '"' => return Some(&text[place + 1..]),
            _ => {}
        }
    }
    None
}

/// What follows a character, or the quote of a lifetime.
fn after_quote(after: &str) -> &str {
    let mut characters = after.char_indices();
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, c))) => {
            let rest = &after[escaped + c.len_utf8()..];
            rest.find('\'').map_or(rest, |end| &rest[end + 1..])
        }
        (Some(_), Some((end, '\''))) => &after[end + 1..],
        _ => after,
    }
}

/// How many `#` stand between the `r` and the quote of a raw string.
fn raw_hashes(after: &str) -> Option<usize> {
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Whether `rest` goes on with an identifier that began before it.
fn follows_identifier(code: &str, rest: &str) -> bool {
    let before = &code[..code.len() - rest.len()];
    // `br"…"` is a raw string too.
    before.chars().next_back().is_some_and(|c| (c.is_alphanumeric() || c == '_') && c != 'b')
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::IsCompleteReplyStatus;

    fn told(code: &str) -> (IsCompleteReplyStatus, String) {
        let reply = of(code);
        (reply.status, reply.indent)
    }

    #[test]
    fn complete() {
        for code in [
            "",
            "let a = 1;",
            "a + 1",
            "let a = 1",
            "fn f(x: f64) -> f64 { x }",
            "struct A; impl A { fn f(&self) -> char { '{' } }",
            ":dep rand\nlet x: &'static str = \"}\";",
            "let r = r#\"a \" { \"#; // {",
            "/* { /* ( */ */ 1",
            "let lifetimes: fn(&'_ str) = |_| (); '\\''",
        ] {
            assert_eq!(told(code).0, IsCompleteReplyStatus::Complete, "{code}");
        }
    }

    #[test]
    fn incomplete() {
        for (code, indent) in [
            ("fn f() {", 1),
            ("for i in 0..3 {\n    if i > 1 {", 2),
            ("let a = [1,", 1),
            ("let a =", 1),
            ("println!(\"{}\",", 1),
            ("let s = \"abc", 0),
            ("/* a", 0),
            ("let r = r##\"a\"#", 0),
            ("fn f() -> f64", 1),
        ] {
            assert_eq!(told(code), (IsCompleteReplyStatus::Incomplete, INDENT.repeat(indent)), "{code}");
        }
    }

    #[test]
    fn invalid() {
        for code in ["let a = );", "fn f( { } ]", "let 3x = ;", "} else {"] {
            assert_eq!(told(code).0, IsCompleteReplyStatus::Invalid, "{code}");
        }
    }
}
