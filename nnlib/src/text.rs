//! Text as it must be to go into a picture or a page, whatever the caller passed, and numbers as text.

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

/// A number as Keras prints it: `0.0702`, or `1.2345e-04` where four decimals show too little of it.
pub(crate) fn number(value: f64) -> String {
    if value.abs() > 1e-3 {
        return format!("{value:.4}");
    }
    let text = format!("{value:.4e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let exponent: i32 = exponent.parse().expect("the exponent of a number");
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_as_keras_prints_them() {
        // In Python: f"{v:.4f}" if abs(v) > 1e-3 else f"{v:.4e}"
        let values = [2.18304, -0.5, 0.0011, 0.001, 0.000012345, 0.0, f64::INFINITY];
        let texts = ["2.1830", "-0.5000", "0.0011", "1.0000e-03", "1.2345e-05", "0.0000e+00", "inf"];
        assert_eq!(values.map(number), texts);
        assert_eq!(number(f64::NAN), "NaN");
    }
}
