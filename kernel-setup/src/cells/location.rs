//! From a line of the source that evcxr compiled back to the line of the cell.
//!
//! evcxr copies a cell's statements into a crate of its own, between code that it makes, and keeps each line as it was
//! but for the indentation of a statement's first. So a line is found by its text; where several lines of the cell have
//! the same text, the one whose neighbours agree best is taken.

/// The line of `cell`, counted from 1, that stands at `line` of `generated`, also from 1.
pub fn cell_line(generated: &str, line: usize, cell: &str) -> Option<usize> {
    let generated: Vec<&str> = generated.lines().map(str::trim).collect();
    let cell: Vec<&str> = cell.lines().map(str::trim).collect();
    let index = line.checked_sub(1)?;
    let text = *generated.get(index)?;
    (0..cell.len())
        .filter(|&candidate| !text.is_empty() && same_statement(text, cell[candidate]))
        .max_by_key(|&candidate| {
            let before =
                (1..=index.min(candidate)).take_while(|&k| generated[index - k] == cell[candidate - k]).count();
            let after = (1..)
                .map_while(|k| Some((generated.get(index + k)?, cell.get(candidate + k)?)))
                .take_while(|(a, b)| a == b)
                .count();
            // Of two that agree equally well, the first.
            (before + after, std::cmp::Reverse(candidate))
        })
        .map(|candidate| candidate + 1)
}

/// The last expression of a cell is put between other code on its line, and each of several statements on one line gets
/// a line of its own.
fn same_statement(generated: &str, cell: &str) -> bool {
    let generated = generated.trim_end_matches(';');
    let cell = cell.trim_end_matches(';');
    let is_statement = generated.len() >= SHORTEST_STATEMENT;
    !cell.is_empty()
        && (generated == cell
            || generated.strip_prefix('(').is_some_and(|rest| rest.starts_with(cell))
            || (is_statement && cell.contains(generated)))
}

/// What is shorter may well be found in a line that it does not come from.
const SHORTEST_STATEMENT: usize = 4;

/// `src/lib.rs:3:5:` at the end of a panic's first line: the line, and whether it lies in a cell's crate.
pub fn panic_line(header: &str) -> Option<usize> {
    let place = header.rsplit_once(" panicked at ")?.1;
    let mut parts = place.trim_end_matches(':').rsplitn(3, ':');
    let _column = parts.next()?;
    let line = parts.next()?.parse().ok()?;
    (parts.next()? == "src/lib.rs").then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_text_and_its_neighbours() {
        let cell = "let a = 1;\nf(a);\nlet b = 2;\nf(a);\n{\n    f(a);\n}";
        let generated = format!("// before\nfn run() {{\n{cell}\n}}\n// after");
        for line in 1..=7 {
            assert_eq!(cell_line(&generated, line + 2, cell), Some(line));
        }
        assert_eq!(cell_line(&generated, 1, cell), None);
        assert_eq!(cell_line(&generated, 99, cell), None);
        assert_eq!(cell_line(&generated, 0, cell), None);
    }

    #[test]
    fn the_last_expression_is_found_though_it_is_wrapped() {
        assert_eq!(cell_line("x\n(values[7]\n).evcxr_display();", 2, "let i = 1;\nvalues[7]"), Some(2));
    }

    #[test]
    fn statements_on_one_line_are_found() {
        let cell = "let a = 1;\nprint!(\"x\"); if a == 1 { panic!() }\nf(a)";
        assert_eq!(cell_line("let a = 1;\nprint!(\"x\");\nif a == 1 { panic!() }\nf(a)", 3, cell), Some(2));
    }

    #[test]
    fn only_a_panic_in_the_cell_has_a_line() {
        assert_eq!(panic_line("thread 'main' (12) panicked at src/lib.rs:42:7:"), Some(42));
        assert_eq!(panic_line("thread 'main' panicked at /home/u/nnlib/src/plot/curves.rs:42:7:"), None);
        assert_eq!(panic_line("nonsense"), None);
    }
}
