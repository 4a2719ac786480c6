//! All combinations of lists of settings.

use super::progress;
use super::results::{GridResults, Trial};
use super::settings::{Settings, Value};

/// Lists of settings by name, and every combination of their values.
///
/// ```
/// use nnlib::experiments::Grid;
///
/// let grid = Grid::new().numbers("learning_rate", &[0.1, 0.01]).counts("units", &[20, 100]);
/// let combinations: Vec<String> = grid.combinations().iter().map(|settings| settings.to_string()).collect();
/// assert_eq!(combinations, ["0.1, 20", "0.1, 100", "0.01, 20", "0.01, 100"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    lists: Vec<(String, Vec<Value>)>,
    lowest_wins: bool,
}

impl Grid {
    /// No lists yet.
    pub fn new() -> Self {
        Grid::default()
    }

    /// Adds a list of numbers.
    ///
    /// # Panics
    ///
    /// If `values` is empty, or there is a list of that name.
    #[track_caller]
    pub fn numbers(self, name: &str, values: &[f64]) -> Self {
        self.list("numbers", name, values.iter().map(|&value| Value::Number(value)).collect())
    }

    /// Adds a list of counts.
    ///
    /// # Panics
    ///
    /// As [`numbers`](Self::numbers).
    #[track_caller]
    pub fn counts(self, name: &str, values: &[usize]) -> Self {
        self.list("counts", name, values.iter().map(|&value| Value::Count(value)).collect())
    }

    /// Adds a list of words.
    ///
    /// # Panics
    ///
    /// As [`numbers`](Self::numbers).
    #[track_caller]
    pub fn words(self, name: &str, values: &[&str]) -> Self {
        self.list("words", name, values.iter().map(|&value| Value::Word(value.to_owned())).collect())
    }

    /// Makes the lowest score the best, as for a loss.
    pub fn lowest_wins(self) -> Self {
        Grid { lowest_wins: true, ..self }
    }

    /// Every combination, in the order of nested loops: the first list is the outermost, the last changes fastest.
    pub fn combinations(&self) -> Vec<Settings> {
        let mut combinations = vec![Settings { settings: Vec::new() }];
        for (name, values) in &self.lists {
            let with_each = |combination: &Settings| {
                let with = |value: &Value| {
                    let setting = (name.clone(), value.clone());
                    Settings { settings: combination.settings.iter().cloned().chain([setting]).collect() }
                };
                values.iter().map(with).collect::<Vec<_>>()
            };
            combinations = combinations.iter().flat_map(with_each).collect();
        }
        combinations
    }

    /// Calls `run` with each of the [`combinations`](Self::combinations), and gathers the scores that it returns.
    ///
    /// After each it prints a line such as `Tested 0.001, 256, 0.2, relu: validation accuracy 0.9725`, where the words
    /// before the number are `score_name`.
    ///
    /// If the cell is interrupted, the search ends, and says so. The results have the trials that were finished by then;
    /// if none was, there is no best one. See [`notebook`](crate::notebook).
    ///
    /// # Panics
    ///
    /// If there is no list, and when `run` panics.
    #[track_caller]
    pub fn search(&self, score_name: &str, mut run: impl FnMut(&Settings) -> f64) -> GridResults {
        assert!(!self.lists.is_empty(), "Grid::search: there are no settings, expected at least one list");
        self.search_reporting(score_name, &mut run, &mut progress::print)
    }

    fn search_reporting(
        &self,
        score_name: &str,
        run: &mut dyn FnMut(&Settings) -> f64,
        report: &mut dyn FnMut(&str),
    ) -> GridResults {
        let combinations = self.combinations();
        let mut test = |index: usize| {
            let settings = combinations[index].clone();
            let score = run(&settings);
            let line = format!("Tested {settings}: {score_name} {score:.4}");
            (Trial { settings, score }, line)
        };
        let trials = progress::gather("grid search", "trial", combinations.len(), &mut test, report);
        GridResults { score_name: score_name.to_owned(), trials, lowest_wins: self.lowest_wins }
    }

    #[track_caller]
    fn list(mut self, function: &str, name: &str, values: Vec<Value>) -> Self {
        assert!(!values.is_empty(), "Grid::{function}: `{name}` has no values, expected at least one");
        let is_new = self.lists.iter().all(|(known, _)| known != name);
        assert!(is_new, "Grid::{function}: there is a list `{name}` already, expected another name");
        self.lists.push((name.to_owned(), values));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_each_test_at_once() {
        let grid = Grid::new()
            .numbers("learning_rate", &[0.001])
            .counts("units", &[256])
            .words("activation", &["relu", "tanh"]);
        let lines = std::cell::RefCell::new(Vec::new());
        let mut run = |settings: &Settings| {
            lines.borrow_mut().push(format!("in {}", settings.word("activation")));
            if settings.word("activation") == "relu" { 0.97249 } else { f64::NAN }
        };
        grid.search_reporting("validation accuracy", &mut run, &mut |line| lines.borrow_mut().push(line.to_owned()));
        let expected = [
            "in relu",
            "Tested 0.001, 256, relu: validation accuracy 0.9725",
            "in tanh",
            "Tested 0.001, 256, tanh: validation accuracy NaN",
        ];
        assert_eq!(lines.into_inner(), expected);
    }
}
