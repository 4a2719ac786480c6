//! What the tests of mutants ask.

use super::mutants;

/// What became of a line of code, by an operator: the code is the only line that is asked of a function.
pub fn made(operator: &str, line: &str) -> Vec<String> {
    let cell = format!("fn f(x: &Matrix, dx: &Matrix, n: usize) {{\n// BEGIN SOLUTION\n{line}\n// END SOLUTION\n}}");
    lines_made(operator, &cell, 2)
}

/// The same of one line of a cell, from 1, markers not counted.
pub fn lines_made(operator: &str, cell: &str, line: usize) -> Vec<String> {
    let of_operator = mutants(cell).into_iter().filter(|mutant| mutant.operator == operator && mutant.line == line);
    of_operator.map(|mutant| mutant.text.lines().nth(line - 1).unwrap_or_default().to_owned()).collect()
}
