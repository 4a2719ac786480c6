//! Text that somebody else has written, made fit to be shown: nothing in it hides, and it has an end.

use crate::html;
use std::fmt::Write as _;

/// How much of an output is shown, in bytes.
pub const OUTPUT: usize = 16 * 1024;
/// How much of a cell's text.
pub const SOURCE: usize = 64 * 1024;
/// How much of a remark or note, of which there may be many.
pub const REMARK: usize = 2 * 1024;

/// The text without what terminals take for orders, with what is invisible made visible. Of one longer than `limit` bytes, the first
/// three quarters and the last quarter of what may be shown: how it began, and how it ended. Not yet escaped.
pub fn shown(text: &str, limit: usize) -> String {
    // What goes away may be most of a text, but not more than this is looked at.
    let window = limit.saturating_mul(8);
    let (begin, end) = match text.len() <= window {
        true => (text, None),
        false => (
            &text[..text.floor_char_boundary(window / 4 * 3)],
            Some(&text[text.ceil_char_boundary(text.len() - window / 4)..]),
        ),
    };
    let begin = visible(&without_escapes(begin));
    let end = end.map(|end| visible(&without_escapes(end)));
    if end.is_none() && begin.len() <= limit {
        return begin;
    }
    let end = end.as_ref().unwrap_or(&begin);
    let head = &begin[..begin.floor_char_boundary(limit / 4 * 3)];
    let tail = &end[end.ceil_char_boundary(end.len().saturating_sub(limit / 4))..];
    let left_out = bytes(text.len().saturating_sub(head.len() + tail.len()));
    format!("{head}\n… {left_out} are left out …\n{tail}")
}

/// As [`shown`], on one line.
pub fn line(text: &str, limit: usize) -> String {
    shown(text, limit).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`shown`], as HTML.
pub fn html(text: &str, limit: usize) -> String {
    html::escape(&shown(text, limit))
}

/// A number of bytes, for people.
fn bytes(count: usize) -> String {
    match count {
        0..=999 => format!("{count} bytes"),
        1000..=999_999 => format!("{} kB", count / 1000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// Without terminals' escape sequences (ECMA-48). What a line was overwritten with by a carriage return takes its place.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut line = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => match characters.next_if(|next| ('\u{20}'..='\u{7e}').contains(next)) {
                Some('[') => skip_control(&mut characters),
                // Titles, links and the like: up to a bell or another escape, and never past the line.
                Some(']' | 'P' | 'X' | '^' | '_') => {
                    while characters.next_if(|&next| !matches!(next, '\u{7}' | '\u{1b}' | '\n' | '\u{9c}')).is_some() {}
                }
                _ => {}
            },
            '\u{9b}' => skip_control(&mut characters),
            '\r' => match characters.peek() {
                Some('\n') | None => {}
                Some(_) => plain.truncate(line),
            },
            '\n' => {
                plain.push('\n');
                line = plain.len();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn skip_control(characters: &mut std::iter::Peekable<std::str::Chars>) {
    while characters.next_if(|next| ('\u{20}'..='\u{3f}').contains(next)).is_some() {}
    characters.next_if(|next| ('\u{40}'..='\u{7e}').contains(next));
}

/// Without control characters, and with a name in the place of those that change how others are read, or are not seen at all.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => visible.push(character),
            '\u{2028}' | '\u{2029}' => visible.push('\n'),
            control if control.is_control() => {}
            hidden if is_hidden(hidden) => {
                write!(visible, "⟨U+{:04X}⟩", u32::from(hidden)).expect("a String takes all that is written to it");
            }
            other => visible.push(other),
        }
    }
    visible
}

/// Directions of writing (Unicode annex 9), characters without width, and tags. Joiners are left: emoji and scripts need them.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_to_terminals_go() {
        assert_eq!(shown("\u{1b}[1;31mred\u{1b}[0m \u{9b}2Kx\u{1b}(B", OUTPUT), "red xB");
        assert_eq!(shown("\u{1b}]8;;https://example.org\u{1b}\\link\u{1b}]0;title\u{7}!", OUTPUT), "link!");
        assert_eq!(shown("\u{1b}]never ended\nnext line", OUTPUT), "\nnext line");
        assert_eq!(shown("a\0b\u{8}c\u{7f}d\u{85}e\tf", OUTPUT), "abcde\tf");
    }

    #[test]
    fn overwritten_lines_show_what_was_last() {
        assert_eq!(shown("windows\r\nepoch 1\repoch 2\repoch 3\r\nend\r", OUTPUT), "windows\nepoch 3\nend");
    }

    #[test]
    fn what_turns_or_hides_is_seen() {
        assert_eq!(shown("a\u{202e}b\u{2066}c\u{200b}d\u{e0041}", OUTPUT), "a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩d⟨U+E0041⟩");
        assert_eq!(shown("👩\u{200d}🔬", OUTPUT), "👩\u{200d}🔬");
    }

    #[test]
    fn long_text_is_cut_in_the_middle() {
        let shown = shown(&format!("begin{}end", "é".repeat(1_000_000)), 1000);
        assert!(shown.starts_with("beginé") && shown.ends_with("éend"), "{shown}");
        assert!(shown.contains("\n… 2.0 MB are left out …\n"), "{shown}");
        assert!(shown.len() < 1200, "{}", shown.len());
    }

    #[test]
    fn html_is_escaped_after_all_else() {
        assert_eq!(html("<scr\u{0}ipt>\u{1b}[<b", OUTPUT), "&lt;script&gt;");
    }
}
