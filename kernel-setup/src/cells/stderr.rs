//! Standard error of a cell, with the text of a panic or a returned error told apart from what the cell wrote.
//!
//! These texts come last. A panic's starts with a line of its own form, and everything from there on is kept back. An
//! error's has no form: the last line is kept back for a moment, until the next line or the end of the cell decides.

/// What is not yet passed on.
#[derive(Default)]
pub struct Stderr {
    /// Whole lines, without their ends.
    kept: Vec<String>,
    /// The kept lines are the text of a panic so far.
    in_panic: bool,
    /// What there is of a line that has not ended.
    unfinished: String,
    /// Of the line that has not ended, something has been passed on.
    is_mid_line: bool,
}

impl Stderr {
    /// Takes what the cell wrote; passes on what is known to be the cell's own.
    pub fn take(&mut self, text: &str, pass: &mut impl FnMut(&str)) {
        for piece in text.split_inclusive('\n') {
            self.unfinished.push_str(piece);
            if piece.ends_with('\n') {
                let line = std::mem::take(&mut self.unfinished);
                if std::mem::take(&mut self.is_mid_line) {
                    pass(&line);
                } else {
                    self.take_line_of_text(line.trim_end_matches('\n').to_owned(), pass);
                }
            }
        }
    }

    fn take_line_of_text(&mut self, line: String, pass: &mut impl FnMut(&str)) {
        if starts_panic(&line) {
            // An empty line stands before a panic.
            self.kept.pop_if(|last| last.is_empty());
            self.pass_kept(pass);
            self.in_panic = true;
        } else if !self.in_panic {
            self.pass_kept(pass);
        }
        self.kept.push(line);
    }

    /// Whether something waits that [`release_line`](Self::release_line) would pass on.
    pub fn keeps_a_line_back(&self) -> bool {
        !(self.in_panic || self.kept.is_empty() && self.unfinished.is_empty())
    }

    /// Passes on what was kept back, unless it belongs to a panic.
    pub fn release_line(&mut self, pass: &mut impl FnMut(&str)) {
        if !self.in_panic {
            self.release(pass);
        }
    }

    /// Passes on everything.
    pub fn release(&mut self, pass: &mut impl FnMut(&str)) {
        self.in_panic = false;
        self.pass_kept(pass);
        if !self.unfinished.is_empty() {
            pass(&std::mem::take(&mut self.unfinished));
            self.is_mid_line = true;
        }
    }

    fn pass_kept(&mut self, pass: &mut impl FnMut(&str)) {
        for line in self.kept.drain(..) {
            pass(&format!("{line}\n"));
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
            stderr.take(&format!("{line}\n"), &mut |text| passed.push(text.trim_end_matches('\n').to_owned()));
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
    fn an_unfinished_line_is_passed_on_once() {
        let (mut stderr, mut passed) = (Stderr::default(), String::new());
        let mut pass = |text: &str| passed.push_str(text);
        stderr.take("10 %", &mut pass);
        assert!(stderr.keeps_a_line_back());
        stderr.release_line(&mut pass);
        stderr.take("\r20 %", &mut pass);
        stderr.release_line(&mut pass);
        stderr.take(" done\nnext", &mut pass);
        stderr.release(&mut pass);
        assert_eq!(passed, "10 %\r20 % done\nnext");
    }
}
