//! Standard error of a cell, with the text of a panic or a returned error told apart from what the cell wrote.
//!
//! These texts come last. A panic's starts with a line of its own form, and everything from there on is kept back. An
//! error's has no form: the last line is kept back for a moment, until the next line or the end of the cell decides.

/// Lines that are not yet passed on.
#[derive(Default)]
pub struct Stderr {
    kept: Vec<String>,
    /// The kept lines are the text of a panic so far.
    in_panic: bool,
}

impl Stderr {
    /// Takes a line; passes on those that are known to be the cell's own.
    pub fn take(&mut self, line: String, pass: &mut impl FnMut(&str)) {
        if starts_panic(&line) {
            // An empty line stands before a panic.
            self.kept.pop_if(|last| last.is_empty());
            self.release(pass);
            self.in_panic = true;
        } else if !self.in_panic {
            self.release(pass);
        }
        self.kept.push(line);
    }

    /// Whether a line waits that [`release_line`](Self::release_line) would pass on.
    pub fn keeps_a_line_back(&self) -> bool {
        !self.in_panic && !self.kept.is_empty()
    }

    /// Passes on the line that was kept back, unless it belongs to a panic.
    pub fn release_line(&mut self, pass: &mut impl FnMut(&str)) {
        if !self.in_panic {
            self.release(pass);
        }
    }

    /// Passes on all lines.
    pub fn release(&mut self, pass: &mut impl FnMut(&str)) {
        self.in_panic = false;
        for line in self.kept.drain(..) {
            pass(&line);
        }
    }

    /// Takes out the text of the last panic.
    pub fn take_panic(&mut self) -> Vec<String> {
        if self.in_panic { std::mem::take(&mut self.kept) } else { Vec::new() }
    }

    /// Takes out the last line.
    pub fn take_line(&mut self) -> Option<String> {
        self.kept.pop()
    }
}

/// `thread 'main' (123) panicked at src/lib.rs:3:5:`, as std prints it.
fn starts_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains(" panicked at ")
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
}
