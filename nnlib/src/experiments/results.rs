//! What a grid search has found.

use super::settings::Settings;
use super::table::Table;
use std::fmt;

/// Settings, and how well they did.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// What was tried.
    pub settings: Settings,
    /// What it scored.
    pub score: f64,
}

/// The trials of a grid search. It prints as a table, and shows as one in a notebook.
#[derive(Clone, Debug, PartialEq)]
pub struct GridResults {
    /// What the score is called.
    pub score_name: String,
    /// All trials, in the order of the search; fewer, if the cell was interrupted.
    pub trials: Vec<Trial>,
    pub(super) lowest_wins: bool,
}

impl GridResults {
    /// The trial with the highest score, or with the lowest if the grid was told so; the first among equals.
    ///
    /// `None` if no score is a number.
    pub fn best(&self) -> Option<&Trial> {
        self.index_of_best().map(|index| &self.trials[index])
    }

    /// Shows the table in a notebook; evcxr calls this for the last value of a cell.
    pub fn evcxr_display(&self) {
        self.table().show();
    }

    fn index_of_best(&self) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (index, trial) in self.trials.iter().enumerate() {
            let wins = match best.map(|best| self.trials[best].score) {
                None => !trial.score.is_nan(),
                Some(best) if self.lowest_wins => trial.score < best,
                Some(best) => trial.score > best,
            };
            if wins {
                best = Some(index);
            }
        }
        best
    }

    fn table(&self) -> Table {
        let names = self.trials.first().into_iter().flat_map(|trial| trial.settings.iter().map(|(name, _)| name));
        let header = names.chain([self.score_name.as_str()]).map(str::to_owned).collect();
        let row = |trial: &Trial| {
            let values = trial.settings.iter().map(|(_, value)| value.to_string());
            values.chain([format!("{:.4}", trial.score)]).collect()
        };
        let summary = match self.best() {
            Some(Trial { settings, score }) => format!("Best: {settings}: {} {score:.4}", self.score_name),
            None if self.trials.is_empty() => "Best: none, for no trial was finished".to_owned(),
            None => format!("Best: none, for no {} is a number", self.score_name),
        };
        let rows = self.trials.iter().map(row).collect();
        Table { header, rows, marked: self.index_of_best(), summary }
    }
}

/// A row a trial, and the best once more below.
impl fmt::Display for GridResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}
