//! What a notebook keeps of what a cell wrote and showed.

use crate::cells::{self, Content, Display, Failure, Stream};
use jupyter_protocol::ExecutionCount;
use nbformat::v4;
use std::collections::HashMap;

/// The outputs of a cell.
#[derive(Default)]
pub struct Outputs {
    outputs: Vec<v4::Output>,
    /// Where in them stands what may change.
    named: HashMap<String, usize>,
    /// All is to go when something new comes.
    clears_next: bool,
}

impl Outputs {
    /// The cell has written text.
    pub fn text(&mut self, stream: Stream, text: &str) {
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        let is_new = self.clears_next
            || !matches!(self.outputs.last(), Some(v4::Output::Stream { name: last, .. }) if last == name);
        if is_new {
            self.push(v4::Output::Stream { name: name.to_owned(), text: v4::MultilineString(String::new()) });
        }
        if let Some(v4::Output::Stream { text: written, .. }) = self.outputs.last_mut() {
            written.0.push_str(text);
        }
    }

    /// The cell has shown something.
    pub fn display(&mut self, display: Display) {
        match display {
            Display::Show { id, content } => {
                self.push(shown(content));
                self.named.extend(id.map(|id| (id, self.outputs.len() - 1)));
            }
            Display::Update { id, content } => {
                if let Some(&index) = self.named.get(&id) {
                    self.outputs[index] = shown(content);
                }
            }
            Display::Clear { wait: true } => self.clears_next = true,
            Display::Clear { wait: false } => self.clear(),
        }
    }

    /// The cell has a value.
    pub fn result(&mut self, content: Content, count: usize) {
        self.push(v4::Output::ExecuteResult(v4::ExecuteResult {
            execution_count: ExecutionCount::new(count),
            data: cells::media(content),
            metadata: Default::default(),
        }));
    }

    /// The cell has failed.
    pub fn error(&mut self, failure: &Failure, count: usize) {
        self.push(v4::Output::Error(failure.to_output(count)));
    }

    /// What the notebook keeps.
    pub fn finish(mut self) -> Vec<v4::Output> {
        for output in &mut self.outputs {
            if let v4::Output::Stream { text, .. } = output {
                text.0 = overwritten(&text.0);
            }
        }
        self.outputs
    }

    fn push(&mut self, output: v4::Output) {
        if self.clears_next {
            self.clear();
        }
        self.outputs.push(output);
    }

    fn clear(&mut self) {
        *self = Outputs::default();
    }
}

fn shown(content: Content) -> v4::Output {
    v4::Output::DisplayData(v4::DisplayData { data: cells::media(content), metadata: Default::default() })
}

/// `text` as a terminal shows it: what comes after a carriage return stands over what the line began with.
fn overwritten(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let mut shown: Vec<char> = Vec::new();
        for part in line.split('\r') {
            let part: Vec<char> = part.chars().collect();
            let rest = shown.split_off(part.len().min(shown.len()));
            shown = [part, rest].concat();
        }
        shown.into_iter().collect::<String>() + end
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(outputs: Outputs) -> Vec<String> {
        let text = |output: v4::Output| match output {
            v4::Output::Stream { name, text } => format!("{name}: {}", text.0),
            v4::Output::DisplayData(shown) => format!("{:?}", shown.data.content),
            v4::Output::ExecuteResult(_) => "result".to_owned(),
            v4::Output::Error(_) => "error".to_owned(),
        };
        outputs.finish().into_iter().map(text).collect()
    }

    fn plain(text: &str) -> Content {
        vec![("text/plain".to_owned(), text.to_owned())]
    }

    #[test]
    fn text_of_one_stream_is_one_output() {
        let mut outputs = Outputs::default();
        for (stream, text) in
            [(Stream::Stdout, "a"), (Stream::Stdout, "b\n"), (Stream::Stderr, "c"), (Stream::Stdout, "d")]
        {
            outputs.text(stream, text);
        }
        assert_eq!(texts(outputs), ["stdout: ab\n", "stderr: c", "stdout: d"]);
    }

    #[test]
    fn what_has_a_name_may_change() {
        let mut outputs = Outputs::default();
        outputs.display(Display::Show { id: Some("x".to_owned()), content: plain("1") });
        outputs.text(Stream::Stdout, "between");
        outputs.display(Display::Update { id: "x".to_owned(), content: plain("2") });
        outputs.display(Display::Update { id: "unknown".to_owned(), content: plain("3") });
        assert_eq!(texts(outputs), ["[Plain(\"2\")]", "stdout: between"]);
    }

    #[test]
    fn outputs_are_cleared_at_once_or_with_the_next() {
        let mut outputs = Outputs::default();
        outputs.text(Stream::Stdout, "a");
        outputs.display(Display::Clear { wait: false });
        outputs.text(Stream::Stdout, "b");
        outputs.display(Display::Clear { wait: true });
        outputs.text(Stream::Stdout, "c");
        assert_eq!(texts(outputs), ["stdout: c"]);
        let mut outputs = Outputs::default();
        outputs.text(Stream::Stdout, "a");
        outputs.display(Display::Clear { wait: true });
        assert_eq!(texts(outputs), ["stdout: a"]);
    }

    #[test]
    fn a_carriage_return_goes_back_to_the_start_of_the_line() {
        for (written, kept) in
            [("10 %\r20 %\n", "20 %\n"), ("long line\rab", "abng line"), ("a\r\nb\r", "a\nb"), ("é\rx", "x"), ("", "")]
        {
            assert_eq!(overwritten(written), kept);
        }
    }
}
