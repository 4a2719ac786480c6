//! What is said to the kernel.

use super::Output;
use crate::inline::{self, Content};

/// The type of the blocks that are commands to the kernel.
const MIME_TYPE: &str = "application/vnd.nnlib.display+json";

/// A command to the kernel.
pub(super) enum Message<'a> {
    /// Show an output, which is known by `id` from then on.
    Display { id: &'a str, output: &'a Output },
    /// Show this in its place.
    Update { id: &'a str, output: &'a Output },
    /// Take away what the cell has shown; if `wait`, not before there is something new.
    Clear { wait: bool },
}

impl Message<'_> {
    /// Sends it as one block on stdout.
    pub(super) fn send(&self) {
        inline::show(&[Content { mime_type: MIME_TYPE, text: &self.to_json() }]);
    }

    /// One line of JSON.
    fn to_json(&self) -> String {
        let (action, id, output) = match self {
            Message::Display { id, output } => ("display", id, output),
            Message::Update { id, output } => ("update", id, output),
            Message::Clear { wait } => return format!(r#"{{"action":"clear","wait":{wait}}}"#),
        };
        let data: Vec<String> = output
            .forms()
            .map(|(mime_type, content)| format!("{}:{}", json_string(mime_type), json_string(content)))
            .collect();
        format!(r#"{{"action":"{action}","id":{},"data":{{{}}}}}"#, json_string(id), data.join(","))
    }
}

/// `text` as a string of JSON (RFC 8259, section 7), without a line break.
fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            _ if character.is_control() => json += &format!("\\u{:04x}", u32::from(character)),
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parsed(message: &Message) -> Value {
        let text = message.to_json();
        assert!(!text.contains('\n'), "{text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn messages_are_one_line_of_json() {
        let text = "größe \"x\" \\ \n EVCXR_END_CONTENT\r\t\u{0}\u{7f}\u{85} 🎉";
        let output = Output::text(text).html("<b>&amp;</b>").png(&[1, 2, 3]);
        let data = json!({"text/plain": text, "text/html": "<b>&amp;</b>", "image/png": "AQID"});
        let id = "1-2-3";
        let expected = json!({"action": "display", "id": id, "data": data});
        assert_eq!(parsed(&Message::Display { id, output: &output }), expected);
        let expected = json!({"action": "update", "id": id, "data": data});
        assert_eq!(parsed(&Message::Update { id, output: &output }), expected);
        assert_eq!(parsed(&Message::Clear { wait: true }), json!({"action": "clear", "wait": true}));
    }
}
