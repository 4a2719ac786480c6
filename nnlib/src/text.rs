//! Text as it must be to go into a picture or a page, whatever the caller passed.

/// `text` on one line, of characters that XML 1.0 allows (section 2.2): control characters become spaces.
pub(crate) fn one_line(text: &str) -> String {
    let allowed = |character: char| match character {
        '\u{FFFE}' | '\u{FFFF}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => ' ',
        _ => character,
    };
    text.chars().map(allowed).collect()
}

/// `text` as content, or as the value of an attribute in double quotes, in XML and in HTML.
pub(crate) fn escape_attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
