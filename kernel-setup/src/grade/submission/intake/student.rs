//! Names of students, which become names of files, columns of tables and headings of pages.

/// Longer names are none that a course page gives.
const MAX_CHARACTERS: usize = 64;

/// A file's name has 255 bytes at most, and there is an ending to come.
const MAX_BYTES: usize = 200;

/// What a name may have besides letters and digits.
///
/// A space, since Moodle names folders `Ann Lee_12345_assignsubmission_file`.
const MARKS: &str = "._@- ";

/// Names of devices, which Windows finds in every folder and with every ending.
const DEVICES: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "com", "lpt"];

/// Whether a name can be a file's name anywhere; what is wrong with it, otherwise.
///
/// Letters are those of any script: course pages name students as they are called. What can be mistaken for nothing, or turns the
/// direction of text, is no letter.
pub fn check(name: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("`{}` cannot be the name of a student: {what}", shown(name)));
    if name.is_empty() {
        return wrong("it is empty");
    }
    if name.chars().count() > MAX_CHARACTERS || name.len() > MAX_BYTES {
        return wrong(&format!("it has more than {MAX_CHARACTERS} characters, or more than {MAX_BYTES} bytes"));
    }
    if let Some(other) = name.chars().find(|&c| !c.is_alphanumeric() && !is_accent(c) && !MARKS.contains(c)) {
        return wrong(&format!(
            "expected letters, digits, `.`, `_`, `@`, `-` and spaces, found `{}`",
            other.escape_debug()
        ));
    }
    if !name.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return wrong("expected a letter, a digit or `_` at its beginning");
    }
    if name.ends_with(['.', ' ']) || name.contains("..") || name.contains("  ") {
        return wrong("it ends with a point or a space, or has two of them in a row");
    }
    if is_device(name) {
        return wrong("it is the name of a device on Windows");
    }
    Ok(())
}

/// Whether Windows takes a file of this name for a device.
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| matches!(rest, "¹" | "²" | "³") || matches!(rest.as_bytes(), [b'0'..=b'9']))
    });
    numbered || DEVICES[..6].contains(&stem.as_str())
}

/// The same for names that some file system takes for one.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// A name from outside, as it may stand in a message: without control characters, and not too long.
pub fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(MAX_CHARACTERS).flat_map(char::escape_debug).collect();
    if name.chars().count() > MAX_CHARACTERS {
        text.push('…');
    }
    text
}

/// An accent of its own behind a letter, as macOS writes names.
fn is_accent(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_students() {
        for name in
            ["ann", "s1234567", "a.b-c_d@example.org", "_x", "Zoë Müller", "李雷", "Zoe\u{308}", "com", "nullifier"]
        {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        assert_eq!(check(&"x".repeat(64)), Ok(()));
    }

    #[test]
    fn names_that_would_do_harm() {
        for (name, expected) in [
            ("", "`` cannot be the name of a student: it is empty"),
            ("..", "expected a letter, a digit or `_` at its beginning"),
            (".hidden", "expected a letter, a digit or `_` at its beginning"),
            ("-rf", "expected a letter, a digit or `_` at its beginning"),
            ("\u{301}a", "expected a letter, a digit or `_` at its beginning"),
            ("a/b", "found `/`"),
            ("a\\b", "found `\\\\`"),
            ("a\0b", "found `\\0`"),
            ("a\nb", "found `\\n`"),
            ("a\u{202e}b", "found `\\u{202e}`"),
            ("a\u{200b}b", "found `\\u{200b}`"),
            ("=cmd", "found `=`"),
            ("a:b", "found `:`"),
            ("a..b", "two of them in a row"),
            ("a.", "it ends with a point or a space"),
            ("a ", "it ends with a point or a space"),
            ("CON", "it is the name of a device on Windows"),
            ("nul.txt", "it is the name of a device on Windows"),
            ("Lpt9", "it is the name of a device on Windows"),
            ("com¹", "it is the name of a device on Windows"),
        ] {
            let error = check(name).unwrap_err();
            assert!(error.ends_with(expected) || error.contains(expected), "{error}");
        }
        assert!(check(&"x".repeat(65)).is_err());
        assert!(check(&"李".repeat(64)).is_ok());
        assert!(check(&"𝒳".repeat(64)).is_err());
    }

    #[test]
    fn names_in_messages_are_short_and_have_no_control_characters() {
        assert_eq!(shown("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 65);
    }
}
