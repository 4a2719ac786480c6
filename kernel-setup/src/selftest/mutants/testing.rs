//! What the tests of mutants ask.

use super::mutants;

/// The parts of a cell's mutants that an operator made: what became of `cell`, each as a whole text.
pub fn made_by(operator: &str, cell: &str) -> Vec<String> {
    mutants(cell).into_iter().filter(|mutant| mutant.operator == operator).map(|mutant| mutant.text).collect()
}
