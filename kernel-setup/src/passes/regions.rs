//! Regions between markers: `BEGIN SOLUTION` … `END SOLUTION`, `BEGIN HIDDEN TESTS` … `END HIDDEN TESTS`, `BEGIN VERDICT` … `END
//! VERDICT`.
//!
//! A marker stands in a comment on a line of its own, `//` in code and `<!-- … -->` in text; nbgrader finds the same.

use std::ops::Range;

/// What is between a pair of markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// What students are asked to write.
    Solution,
    /// What only the grader runs, in the submission: it sends values.
    HiddenTests,
    /// What only the grader runs, outside of the submission: it judges values that were sent.
    Verdict,
}

impl Secret {
    /// All of them.
    pub const ALL: [Secret; 3] = [Secret::Solution, Secret::HiddenTests, Secret::Verdict];

    /// What the markers say after BEGIN and END.
    pub fn name(self) -> &'static str {
        match self {
            Secret::Solution => "SOLUTION",
            Secret::HiddenTests => "HIDDEN TESTS",
            Secret::Verdict => "VERDICT",
        }
    }
}

/// The lines of a cell from a BEGIN to its END, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Line numbers, from 0.
    pub lines: Range<usize>,
    /// What stands before the first marker.
    pub indent: String,
    /// What stands behind BEGIN.
    pub hint: String,
}

/// Finds the regions of one kind in a cell's text; otherwise, the line from 0 and what is wrong there.
pub fn regions(text: &str, secret: Secret) -> Result<Vec<Region>, (usize, String)> {
    let (begin, end) = (format!("BEGIN {}", secret.name()), format!("END {}", secret.name()));
    let mut regions = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(hint) = marker(line, &begin, number)? {
            if let Some((first, ..)) = open {
                let message = format!("{begin} within the region that begins {} lines above", number - first);
                return Err((number, message));
            }
            let indent = line.chars().take_while(|c| c.is_whitespace()).collect();
            open = Some((number, indent, hint));
        } else if marker(line, &end, number)?.is_some() {
            let Some((first, indent, hint)) = open.take() else {
                return Err((number, format!("{end} without a {begin} above")));
            };
            regions.push(Region { lines: first..number + 1, indent, hint });
        }
    }
    match open {
        Some((first, ..)) => Err((first, format!("{begin} without an {end} below, in the same cell"))),
        None => Ok(regions),
    }
}

/// What follows `words` if the line is that marker; an error if the words stand elsewhere in it, where nbgrader would
/// take them for a marker too.
fn marker(line: &str, words: &str, number: usize) -> Result<Option<String>, (usize, String)> {
    if !line.contains(words) {
        return Ok(None);
    }
    let trimmed = line.trim();
    let comment = match trimmed.strip_prefix("<!--") {
        Some(comment) => comment.strip_suffix("-->"),
        None => trimmed.strip_prefix("//"),
    };
    match comment.and_then(|comment| comment.trim().strip_prefix(words)) {
        Some(rest) => Ok(Some(rest.trim_start_matches(':').trim().to_owned())),
        None => Err((number, format!("expected `// {words}` on a line of its own, found `{trimmed}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_in_code_and_in_text() {
        let text = "fn f() {\n    // BEGIN SOLUTION: add them\n    1\n    // END SOLUTION\n}\n// BEGIN SOLUTION\n// END SOLUTION";
        let found = regions(text, Secret::Solution).unwrap();
        assert_eq!(found[0], Region { lines: 1..4, indent: "    ".to_owned(), hint: "add them".to_owned() });
        assert_eq!(found[1].lines, 5..7);
        let text = "Why?\n<!-- BEGIN SOLUTION -->\nSo.\n<!-- END SOLUTION -->";
        assert_eq!(regions(text, Secret::Solution).unwrap()[0].lines, 1..4);
        assert_eq!(regions(text, Secret::HiddenTests), Ok(vec![]));
    }

    #[test]
    fn markers_that_do_not_pair() {
        let error = |text| regions(text, Secret::Solution).unwrap_err();
        assert_eq!(error("1\n// END SOLUTION"), (1, "END SOLUTION without a BEGIN SOLUTION above".to_owned()));
        let expected = "BEGIN SOLUTION without an END SOLUTION below, in the same cell";
        assert_eq!(error("1\n// BEGIN SOLUTION\n2"), (1, expected.to_owned()));
        let expected = "BEGIN SOLUTION within the region that begins 2 lines above";
        assert_eq!(error("// BEGIN SOLUTION\n2\n// BEGIN SOLUTION"), (2, expected.to_owned()));
        let expected = "expected `// BEGIN SOLUTION` on a line of its own, found `1 // BEGIN SOLUTION`";
        assert_eq!(error("1 // BEGIN SOLUTION\n// END SOLUTION"), (0, expected.to_owned()));
    }
}
