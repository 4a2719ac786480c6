//! What rustc says of a program, told by units and their lines.

use super::{Place, Program};
use serde::Deserialize;

/// An error that rustc has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Where its main span begins.
    pub place: Place,
    /// In one line.
    pub message: String,
    /// Its code, as `E0382`.
    pub code: String,
    /// Notes in the code: place, and what is said there. The main one comes first.
    pub labels: Vec<(Place, String)>,
    /// What may help, and notes.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
struct Message {
    message: String,
    level: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Message>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
    label: Option<String>,
    /// Of a macro: where it was called.
    expansion: Option<Expansion>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Box<Span>,
}

/// The errors among what rustc has written with `--error-format=json` for a program in the file `main.rs`.
pub fn errors(stderr: &str, program: &Program) -> Vec<Diagnostic> {
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.level == "error" && !message.spans.is_empty())
        .map(|message| diagnostic(message, program))
        .collect()
}

fn diagnostic(message: Message, program: &Program) -> Diagnostic {
    let mut labels: Vec<(bool, Place, String)> = message
        .spans
        .iter()
        .filter_map(|span| {
            let line = line_in_program(span)?;
            Some((!span.is_primary, program.place(line), span.label.clone().unwrap_or_default()))
        })
        .collect();
    labels.sort_by_key(|(is_secondary, ..)| *is_secondary);
    let labels: Vec<(Place, String)> = labels.into_iter().map(|(_, place, label)| (place, label)).collect();
    let place = labels.iter().map(|(place, _)| place.clone()).find(|place| *place != Place::Frame);
    Diagnostic {
        place: place.unwrap_or(Place::Frame),
        message: message.message,
        code: message.code.map(|code| code.code).unwrap_or_default(),
        labels,
        notes: message
            .children
            .into_iter()
            .filter(|child| matches!(child.level.as_str(), "help" | "note") && child.spans.is_empty())
            .map(|child| format!("{}: {}", child.level, child.message))
            .collect(),
    }
}

/// Where a span is in the program; for one in a macro of another crate, where that was called.
fn line_in_program(span: &Span) -> Option<usize> {
    if span.file_name.ends_with("main.rs") {
        return Some(span.line_start);
    }
    line_in_program(&span.expansion.as_ref()?.span)
}

impl Diagnostic {
    /// In words for whoever wrote `text`, the cell of `unit`; of other cells, nothing is shown but what rustc says.
    pub fn describe(&self, unit: usize, text: &str) -> String {
        let mut lines = vec![match self.code.as_str() {
            "" => format!("error: {}", self.message),
            code => format!("error[{code}]: {}", self.message),
        }];
        for (place, label) in &self.labels {
            if let Place::Line(of, line) = place
                && *of == unit
            {
                let source = text.lines().nth(line - 1).unwrap_or_default().trim_end();
                lines.push(format!("  line {line}: {source}"));
                if !label.is_empty() {
                    lines.push(format!("    {label}"));
                }
            }
        }
        lines.extend(self.notes.iter().map(|note| format!("  {note}")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Moved, Unit, code::Code};
    use super::*;

    #[test]
    fn errors_are_those_of_cells() {
        let text = "let a: usize = 1.0;";
        let units = [Unit { code: Code::parse(text).unwrap(), is_closed: false, rank: 0 }];
        let program = Program::of(&units, &Moved::new(), 1);
        let line = program.text.lines().position(|line| line == text).unwrap() + 1;
        let json = format!(
            r#"{{"message":"mismatched types","level":"error","code":{{"code":"E0308"}},"spans":[
{{"file_name":"main.rs","line_start":{line},"is_primary":false,"label":"due to this","expansion":null}},
{{"file_name":"main.rs","line_start":{line},"is_primary":true,"label":"expected `usize`","expansion":null}}],
"children":[{{"message":"try 1","level":"help","code":null,"spans":[],"children":[]}}]}}"#
        );
        let stderr = format!(
            "{}\n{{\"message\":\"aborting\",\"level\":\"error\",\"spans\":[]}}\nnot json",
            json.replace('\n', "")
        );
        let errors = errors(&stderr, &program);
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].place, Place::Line(0, 1));
        let expected = "error[E0308]: mismatched types\n  line 1: let a: usize = 1.0;\n    expected `usize`\n  \
                        line 1: let a: usize = 1.0;\n    due to this\n  help: try 1";
        assert_eq!(errors[0].describe(0, text), expected);
        assert_eq!(errors[0].describe(1, text), "error[E0308]: mismatched types\n  help: try 1");
    }
}
