//! What was found, as text for a terminal.

use super::Validated;
use super::findings::{Finding, Outcome};
use std::fmt::Write;

/// All of it. With `color`, words stand out as a terminal can show them.
pub fn text(validated: &Validated, color: bool) -> String {
    let mut text = String::new();
    let Validated { assignment, tested, written, changed, forbidden, failed } = validated;
    let passed = tested.iter().filter(|finding| finding.outcome.is_good()).count();
    let headline = match (passed, tested.len()) {
        (passed, all) if passed == all => format!("all {all} questions pass the checks that you can see"),
        (passed, all) => format!("{passed} of {all} questions pass the checks that you can see"),
    };
    line(&mut text, &format!("{assignment}: {headline}\n"));
    let width = tested.iter().chain(written).map(|finding| finding.id.chars().count()).max().unwrap_or_default();
    tested.iter().for_each(|finding| row(&mut text, finding, width, color));
    if !written.is_empty() {
        line(&mut text, "\nWritten answers, which a person marks:\n");
        written.iter().for_each(|finding| row(&mut text, finding, width, color));
    }
    section(&mut text, "Not allowed; such a cell counts as not answered:", forbidden);
    section(&mut text, "Cells of your own that failed:", failed);
    section(&mut text, "Changed cells:", changed);
    line(&mut text, "\nHidden tests look at more than these.");
    text
}

fn row(text: &mut String, finding: &Finding, width: usize, color: bool) {
    // The longest word.
    const WORD: usize = "does not compile".len();
    let Finding { id, points, outcome, why } = finding;
    let padding = WORD.saturating_sub(outcome.word().len());
    let points = format!("{points} {}", if *points == 1.0 { "point" } else { "points" });
    let why = harmless(why);
    let mut lines = why.lines();
    let first = lines.next().unwrap_or_default();
    let row = format!("  {}{:padding$}  {id:width$}  {points:<11}  {first}", painted(*outcome, color), "");
    line(text, row.trim_end());
    for more in lines {
        line(text, format!("      {more}").trim_end());
    }
}

fn painted(outcome: Outcome, color: bool) -> String {
    const GREEN: u8 = 32;
    const YELLOW: u8 = 33;
    const RED: u8 = 31;
    let word = outcome.word();
    let code = match outcome {
        _ if !color => return word.to_owned(),
        outcome if outcome.is_good() => GREEN,
        outcome if outcome.is_open() => YELLOW,
        _ => RED,
    };
    format!("\u{1b}[{code}m{word}\u{1b}[0m")
}

fn section(text: &mut String, title: &str, entries: &[String]) {
    if entries.is_empty() {
        return;
    }
    line(text, &format!("\n{title}\n"));
    for entry in entries {
        line(text, &format!("  {}", harmless(entry).replace('\n', "\n      ")));
    }
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a String takes all");
}

/// What a student wrote, or a program of theirs, may hold what a terminal obeys.
fn harmless(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, points: f64, outcome: Outcome, why: &str) -> Finding {
        Finding { id: id.to_owned(), points, outcome, why: why.to_owned() }
    }

    fn validated() -> Validated {
        Validated {
            assignment: "week1".to_owned(),
            tested: vec![
                finding("test_f", 2.0, Outcome::Passes, ""),
                finding("test_cost", 1.0, Outcome::Fails, "line 9: a mean\n  left: 1"),
                finding("test_x", 0.5, Outcome::NotAnswered, ""),
            ],
            written: vec![finding("why", 1.0, Outcome::Answered, "")],
            ..Validated::default()
        }
    }

    #[test]
    fn a_row_for_each_question() {
        let expected = "\
week1: 1 of 3 questions pass the checks that you can see

  passes            test_f     2 points
  fails             test_cost  1 point      line 9: a mean
        left: 1
  not answered      test_x     0.5 points

Written answers, which a person marks:

  answered          why        1 point

Hidden tests look at more than these.
";
        assert_eq!(text(&validated(), false), expected);
    }

    #[test]
    fn what_is_wrong_besides() {
        let mut all = validated();
        all.tested.truncate(1);
        all.written.clear();
        all.changed = vec!["the cell `a` was edited".to_owned()];
        all.forbidden = vec!["In the cell `f`, line 2: `unsafe`: no".to_owned()];
        all.failed = vec!["cell 3: does not compile: error\n  line 1: x".to_owned()];
        let expected = "\
week1: all 1 questions pass the checks that you can see

  passes            test_f  2 points

Not allowed; such a cell counts as not answered:

  In the cell `f`, line 2: `unsafe`: no

Cells of your own that failed:

  cell 3: does not compile: error
        line 1: x

Changed cells:

  the cell `a` was edited

Hidden tests look at more than these.
";
        assert_eq!(text(&all, false), expected);
    }

    #[test]
    fn colors_are_for_terminals() {
        let colored = text(&validated(), true);
        assert!(colored.contains("\u{1b}[32mpasses\u{1b}[0m            test_f"), "{colored}");
        assert!(colored.contains("\u{1b}[31mfails\u{1b}[0m ") && colored.contains("\u{1b}[33mnot answered\u{1b}[0m "));
        let mut plain = validated();
        plain.tested[1].why.push_str("\u{1b}[2J\u{7}");
        plain.failed.push("\u{1b}]0;x".to_owned());
        assert!(!text(&plain, false).contains(['\u{1b}', '\u{7}']));
    }
}
