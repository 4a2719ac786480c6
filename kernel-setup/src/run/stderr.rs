//! Standard error of a cell, with the text of a panic, a crash or a returned error told apart from what the cell wrote.
//!
//! These texts come last. A panic's and a crash's start with a line of their own form, and everything from there on is
//! kept back. An error's has no form: the last line is kept back for a moment, until the next line or the end of the
//! cell decides.

/// Lines that are not yet passed on.
#[derive(Default)]
pub struct Stderr {
    kept: Vec<String>,
    /// The kept lines are the text of a panic or a crash so far.
    text: Option<Text>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Panic,
    Crash,
}

impl Stderr {
    /// Takes a line; passes on those that are known to be the cell's own.
    pub fn take(&mut self, line: String, pass: &mut impl FnMut(&str)) {
        if let Some(text) = Text::starting_with(&line) {
            // An empty line stands before a panic.
            self.kept.pop_if(|last| last.is_empty());
            self.release(pass);
            self.text = Some(text);
        } else if self.text.is_none() {
            self.release(pass);
        }
        self.kept.push(line);
    }

    /// Whether a line waits that [`release_line`](Self::release_line) would pass on.
    pub fn keeps_a_line_back(&self) -> bool {
        self.text.is_none() && !self.kept.is_empty()
    }

    /// Passes on the line that was kept back, unless it belongs to a panic or a crash.
    pub fn release_line(&mut self, pass: &mut impl FnMut(&str)) {
        if self.text.is_none() {
            self.release(pass);
        }
    }

    /// Passes on all lines.
    pub fn release(&mut self, pass: &mut impl FnMut(&str)) {
        self.text = None;
        for line in self.kept.drain(..) {
            pass(&line);
        }
    }

    /// Takes out the text of the last panic.
    pub fn take_panic(&mut self) -> Vec<String> {
        if self.text == Some(Text::Panic) { std::mem::take(&mut self.kept) } else { Vec::new() }
    }

    /// Takes out what evcxr writes when a signal ends the process, and returns its first line: the signal's name. The
    /// rest is a backtrace of evcxr's own frames.
    pub fn take_crash(&mut self) -> Option<String> {
        if self.text != Some(Text::Crash) {
            return None;
        }
        std::mem::take(&mut self.kept).into_iter().next()
    }

    /// Takes out the last line.
    pub fn take_line(&mut self) -> Option<String> {
        self.kept.pop()
    }
}

impl Text {
    /// `thread 'main' (123) panicked at src/lib.rs:3:5:`, as std prints it, or the first line of evcxr's crash handler.
    fn starting_with(line: &str) -> Option<Self> {
        match line {
            "Segmentation fault." | "Illegal instruction." | "Bus error." => Some(Text::Crash),
            _ if line.starts_with("thread '") && line.contains(" panicked at ") => Some(Text::Panic),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(lines: &[&str]) -> (Stderr, Vec<String>) {
        let (mut stderr, mut passed) = (Stderr::default(), Vec::new());
        for line in lines {
            stderr.take((*line).to_owned(), &mut |text| passed.push(text.to_owned()));
        }
        (stderr, passed)
    }

    #[test]
    fn a_panic_is_kept_back_whole() {
        let (mut stderr, passed) = feed(&["mine", "", "thread 'main' (7) panicked at src/lib.rs:3:5:", "a", "", "b"]);
        assert_eq!(passed, ["mine"]);
        assert_eq!(stderr.take_panic(), ["thread 'main' (7) panicked at src/lib.rs:3:5:", "a", "", "b"]);
    }

    #[test]
    fn only_the_last_panic_is_the_cells() {
        let (mut stderr, passed) =
            feed(&["thread 'a' panicked at x.rs:1:1:", "caught", "thread 'main' panicked at y.rs:2:2:"]);
        assert_eq!(passed, ["thread 'a' panicked at x.rs:1:1:", "caught"]);
        assert_eq!(stderr.take_panic(), ["thread 'main' panicked at y.rs:2:2:"]);
    }

    #[test]
    fn the_last_line_may_be_an_error() {
        let (mut stderr, passed) = feed(&["one", "two", "no such file"]);
        assert_eq!(passed, ["one", "two"]);
        assert_eq!(stderr.take_line().as_deref(), Some("no such file"));
    }

    #[test]
    fn a_crash_is_its_first_line() {
        let (mut stderr, passed) = feed(&["mine", "Segmentation fault.", "   0: evcxr::runtime"]);
        assert_eq!(passed, ["mine"]);
        assert_eq!(stderr.take_crash().as_deref(), Some("Segmentation fault."));
        assert!(stderr.take_panic().is_empty() && stderr.take_line().is_none());
    }
}
