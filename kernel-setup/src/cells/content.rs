//! What a cell writes to standard output: text, and between evcxr's marks whatever a notebook can show.

use crate::runtime::text::held_back;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Before the MIME type; the line ends behind that.
const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
/// The line that ends content.
const END: &str = "EVCXR_END_CONTENT";

/// The type of nnlib's messages about what is shown already.
const DISPLAY: &str = "application/vnd.nnlib.display+json";

/// Longer than the name of any type.
const LONGEST_TYPE: usize = 128;

/// Content, by MIME type.
pub type Content = Vec<(String, String)>;

/// Something that a cell shows, other than text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Display {
    /// Shows something new; with a name, if it may change.
    Show {
        /// Its name.
        id: Option<String>,
        /// What to show.
        content: Content,
    },
    /// Shows something in place of what has this name.
    Update {
        /// Its name.
        id: String,
        /// What to show.
        content: Content,
    },
    /// Removes all that the cell has shown so far.
    Clear {
        /// Only when something new is shown.
        wait: bool,
    },
}

/// What standard output is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as the cell wrote it.
    Text(String),
    /// Something of this MIME type.
    Content(String, String),
    /// A message of nnlib's.
    Display(Display),
}

/// nnlib's message, as it is written.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Message {
    Display { id: String, data: BTreeMap<String, String> },
    Update { id: String, data: BTreeMap<String, String> },
    Clear { wait: bool },
}

/// Tells text and content apart as they come.
#[derive(Default)]
pub struct Stdout {
    /// What has not been told yet.
    held: String,
}

impl Stdout {
    /// Takes what came; returns what is certain by now.
    pub fn take(&mut self, text: &str) -> Vec<Piece> {
        self.held.push_str(text);
        let mut pieces = Vec::new();
        self.read(&mut pieces);
        pieces
    }

    /// Nothing more comes: content that was begun and not ended is text like any other.
    pub fn finish(&mut self) -> Vec<Piece> {
        // The last line may lack its end.
        let mut pieces = if self.held.ends_with(END) { self.take("\n") } else { Vec::new() };
        self.take_text(self.held.len(), &mut pieces);
        pieces
    }

    fn read(&mut self, pieces: &mut Vec<Piece>) {
        loop {
            let Some(start) = self.held.find(BEGIN) else {
                let sure = self.held.len() - held_back(&self.held, BEGIN);
                return self.take_text(sure, pieces);
            };
            self.take_text(start, pieces);
            let Some((first, rest)) = self.held.split_once('\n') else {
                if self.held.len() > BEGIN.len() + LONGEST_TYPE {
                    self.take_text(BEGIN.len(), pieces);
                    continue;
                }
                return;
            };
            let mime_type = &first[BEGIN.len()..];
            if mime_type.is_empty() || mime_type.len() > LONGEST_TYPE || mime_type.contains(' ') {
                self.take_text(BEGIN.len(), pieces);
                continue;
            }
            let Some((content, after)) = split_at_end(rest) else { return };
            pieces.push(piece(mime_type.to_owned(), content.to_owned()));
            self.held = after.to_owned();
        }
    }

    fn take_text(&mut self, length: usize, pieces: &mut Vec<Piece>) {
        if length > 0 {
            let rest = self.held.split_off(length);
            pieces.push(Piece::Text(std::mem::replace(&mut self.held, rest)));
        }
    }
}

/// What comes before the line that ends content, and what behind it.
fn split_at_end(text: &str) -> Option<(&str, &str)> {
    if let Some(after) = text.strip_prefix(END).and_then(|rest| rest.strip_prefix('\n')) {
        return Some(("", after));
    }
    text.split_once(&format!("\n{END}\n"))
}

fn piece(mime_type: String, content: String) -> Piece {
    if mime_type != DISPLAY {
        return Piece::Content(mime_type, content);
    }
    match serde_json::from_str(&content) {
        Ok(Message::Display { id, data }) => {
            Piece::Display(Display::Show { id: Some(id), content: data.into_iter().collect() })
        }
        Ok(Message::Update { id, data }) => Piece::Display(Display::Update { id, content: data.into_iter().collect() }),
        Ok(Message::Clear { wait }) => Piece::Display(Display::Clear { wait }),
        Err(_) => Piece::Content(mime_type, content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `text` is made of, given in pieces of `size` bytes.
    fn pieces(text: &str, size: usize) -> Vec<Piece> {
        let (mut stdout, mut told) = (Stdout::default(), Vec::new());
        for part in text.as_bytes().chunks(size) {
            told.extend(stdout.take(std::str::from_utf8(part).expect("the test's text is ASCII")));
        }
        told.extend(stdout.finish());
        told.into_iter().fold(Vec::new(), |mut joined, piece| {
            match (joined.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(more)) => last.push_str(&more),
                (_, piece) => joined.push(piece),
            }
            joined
        })
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn content(mime_type: &str, content: &str) -> Piece {
        Piece::Content(mime_type.to_owned(), content.to_owned())
    }

    #[test]
    fn text_and_content_are_told_apart_however_they_come() {
        let written = "a\nEVCXR_BEGIN_CONTENT text/html\n<b>\n</b>\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/plain\n\
                       EVCXR_END_CONTENT\nloss: EVCXR_BEGIN_CONTENT text/plain\nx\nEVCXR_END_CONTENT\nEVCXR_ rest";
        let expected = [
            text("a\n"),
            content("text/html", "<b>\n</b>"),
            content("text/plain", ""),
            text("loss: "),
            content("text/plain", "x"),
            text("EVCXR_ rest"),
        ];
        for size in [1, 2, 3, 7, 20, 1000] {
            assert_eq!(pieces(written, size), expected, "{size}");
        }
    }

    #[test]
    fn unfinished_content_is_text() {
        for written in [
            "EVCXR_BEGIN_CONTENT text/plain\nnever ended\n",
            "EVCXR_BEGIN_CONTENT ",
            "EVCXR_BEGIN_CONTENT two words\nx\nEVCXR_END_CONTENT\n",
            "EVCXR_END_CONTENT\n",
            "EVCXR_BEG",
        ] {
            for size in [1, 1000] {
                assert_eq!(pieces(written, size), [text(written)]);
            }
        }
        assert_eq!(pieces("EVCXR_BEGIN_CONTENT a/b\nx\nEVCXR_END_CONTENT", 1000), [content("a/b", "x")]);
    }

    #[test]
    fn messages_of_nnlib_are_understood() {
        let written = |message: &str| format!("EVCXR_BEGIN_CONTENT {DISPLAY}\n{message}\nEVCXR_END_CONTENT\n");
        let shown =
            Display::Show { id: Some("a".to_owned()), content: vec![("text/plain".to_owned(), "x\ny".to_owned())] };
        let message = r#"{"action":"display","id":"a","data":{"text/plain":"x\ny"}}"#;
        assert_eq!(pieces(&written(message), 1000), [Piece::Display(shown)]);
        let cleared = Piece::Display(Display::Clear { wait: true });
        assert_eq!(pieces(&written(r#"{"action":"clear","wait":true}"#), 1000), [cleared]);
        assert_eq!(pieces(&written("nonsense"), 1000), [content(DISPLAY, "nonsense")]);
    }
}
