//! What was run in this session.

use jupyter_protocol::{HistoryEntry, HistoryRequest};

/// The number of the session that runs.
const SESSION: usize = 1;

/// A cell that was run.
struct Entry {
    line: usize,
    input: String,
    output: String,
}

/// All cells of this session that were to be remembered.
#[derive(Default)]
pub struct History {
    entries: Vec<Entry>,
}

impl History {
    /// Remembers the cell with execution count `line`.
    pub fn add(&mut self, line: usize, input: &str, output: &str) {
        self.entries.push(Entry { line, input: input.to_owned(), output: output.to_owned() });
    }

    /// What a request asks for, oldest first.
    pub fn find(&self, request: &HistoryRequest) -> Vec<HistoryEntry> {
        let last = |found: Vec<&Entry>, n: i32| found.len().saturating_sub(usize::try_from(n).unwrap_or(0));
        let (found, with_output): (Vec<&Entry>, bool) = match request {
            HistoryRequest::Range { session, start, stop, output, .. } => {
                // 0 is this session, and negative numbers count back from it.
                let is_ours = session.is_none_or(|session| session == 0 || session == SESSION as i32);
                let stop = if *stop <= 0 { i32::MAX } else { *stop };
                let inside = |line: usize| i32::try_from(line).is_ok_and(|line| (*start..stop).contains(&line));
                (self.entries.iter().filter(|entry| is_ours && inside(entry.line)).collect(), *output)
            }
            HistoryRequest::Tail { n, output, .. } => {
                let all: Vec<&Entry> = self.entries.iter().collect();
                let skipped = last(all.clone(), *n);
                (all[skipped..].to_vec(), *output)
            }
            HistoryRequest::Search { pattern, unique, n, output, .. } => {
                let mut found: Vec<&Entry> =
                    self.entries.iter().filter(|entry| matches(pattern, &entry.input)).collect();
                if *unique {
                    let mut seen = std::collections::HashSet::new();
                    // Of equal ones, the latest.
                    found.reverse();
                    found.retain(|entry| seen.insert(&entry.input));
                    found.reverse();
                }
                // Without a number, all.
                let skipped = if *n <= 0 { 0 } else { last(found.clone(), *n) };
                (found[skipped..].to_vec(), *output)
            }
        };
        found
            .into_iter()
            .map(|entry| match with_output {
                true => HistoryEntry::InputOutput(SESSION, entry.line, (entry.input.clone(), entry.output.clone())),
                false => HistoryEntry::Input(SESSION, entry.line, entry.input.clone()),
            })
            .collect()
    }
}

/// Whether `text` is what the shell's pattern `pattern` says: `*` is anything, `?` any one character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // Where the last `*` was, and how much of the text it has taken so far.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((place, taken)) = star {
            star = Some((place, taken + 1));
            (p, t) = (place + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(found: &[HistoryEntry]) -> Vec<&str> {
        let input = |entry| match entry {
            &HistoryEntry::Input(_, _, ref input) | &HistoryEntry::InputOutput(_, _, (ref input, _)) => input.as_str(),
        };
        found.iter().map(input).collect()
    }

    #[test]
    fn tail_range_and_search() {
        let mut history = History::default();
        for (index, input) in ["let a = 1;", "a", "let b = 2;", "a"].into_iter().enumerate() {
            history.add(index + 1, input, "");
        }
        let tail = HistoryRequest::Tail { n: 2, output: false, raw: true };
        assert_eq!(inputs(&history.find(&tail)), ["let b = 2;", "a"]);
        let range = |start, stop| HistoryRequest::Range { session: Some(0), start, stop, output: true, raw: true };
        assert_eq!(inputs(&history.find(&range(2, 4))), ["a", "let b = 2;"]);
        assert_eq!(history.find(&range(1, 0)).len(), 4);
        let search = |pattern: &str, unique| {
            let pattern = pattern.to_owned();
            HistoryRequest::Search { pattern, unique, output: false, raw: true, n: 10 }
        };
        assert_eq!(inputs(&history.find(&search("let*", false))), ["let a = 1;", "let b = 2;"]);
        assert_eq!(inputs(&history.find(&search("a", true))), ["a"]);
        assert!(history.find(&search("c*", false)).is_empty());
    }

    #[test]
    fn patterns() {
        assert!(matches("*1*2*", "0102") && matches("a?c", "abc") && matches("", "") && matches("**", "x"));
        assert!(!matches("a", "ab") && !matches("a?", "a") && !matches("*z", "abc"));
    }
}
