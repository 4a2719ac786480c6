//! What a supervisor tells of a cell while it runs and when it ends: frames, a line each, on its standard error.
//!
//! evcxr passes that on as it comes, by line, while it keeps standard output for itself until the cell has ended. A frame
//! is `<nonce> <kind> <content>`, with line feeds in the content escaped: so what a cell writes arrives as it was written,
//! unfinished lines and carriage returns included, and is never taken for anything else.

use super::ending::Ending;

/// What a supervisor tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The cell has written this to standard output.
    Stdout(String),
    /// The cell has written this to standard error.
    Stderr(String),
    /// The cell has ended.
    Ended(Ending),
}

impl Frame {
    /// The line, with its line feed.
    #[cfg(any(unix, test))]
    pub fn line(&self, nonce: &str) -> String {
        let (kind, content) = match self {
            Frame::Stdout(text) => ("out", escaped(text)),
            Frame::Stderr(text) => ("err", escaped(text)),
            Frame::Ended(ending) => ("end", ending.to_string()),
        };
        format!("{nonce} {kind} {content}\n")
    }

    /// Reads a line, without its line feed; `None` if it is no frame.
    pub fn parse(nonce: &str, line: &str) -> Option<Self> {
        let (kind, content) = line.strip_prefix(nonce)?.strip_prefix(' ')?.split_once(' ')?;
        match kind {
            "out" => Some(Frame::Stdout(unescaped(content))),
            "err" => Some(Frame::Stderr(unescaped(content))),
            "end" => Ending::parse(content).map(Frame::Ended),
            _ => None,
        }
    }
}

#[cfg(any(unix, test))]
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        result.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => break,
            },
            other => other,
        });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_wire() {
        for text in ["", "a", "a\nb\r\n", "\\n \\\\ \r\\", " é\u{0}\t"] {
            for frame in [Frame::Stdout(text.to_owned()), Frame::Stderr(text.to_owned())] {
                let line = frame.line("n0nce");
                assert_eq!(line.find(['\n', '\r']), Some(line.len() - 1));
                assert_eq!(Frame::parse("n0nce", line.trim_end_matches('\n')), Some(frame));
            }
        }
        let ended = Frame::Ended(Ending::Killed(11));
        assert_eq!(Frame::parse("n0nce", ended.line("n0nce").trim_end()), Some(ended));
    }

    #[test]
    fn other_lines_are_no_frames() {
        for line in ["", "n0nce", "n0nce ", "n0nce end", "n0nce end x", "x end completed", "n0nce  end completed"] {
            assert_eq!(Frame::parse("n0nce", line), None, "{line:?}");
        }
    }
}
