//! The same experiment several times.

use super::progress;
use super::table::Table;
use std::fmt;

/// The scores of repeated runs or of folds. It prints as one line, and shows as a table in a notebook.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// What the score is called.
    pub name: String,
    /// The score of each run or fold, in order; at least one, unless the cell was interrupted before the first was there.
    pub values: Vec<f64>,
    /// What there are several of.
    of: &'static str,
}

impl Scores {
    /// The mean of the n scores x, `μ = 1/n Σ x`; NaN if there are none.
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// The standard deviation of these n scores, `√(1/n Σ (x - μ)²)`, as `np.std`.
    ///
    /// This is the deviation of the population, divided by n; an estimate for all runs that there could be divides by
    /// n - 1, as `np.std(ddof=1)`, and is `√(n / (n - 1))` times as large.
    pub fn std(&self) -> f64 {
        let mean = self.mean();
        let squares = self.values.iter().map(|value| (value - mean) * (value - mean));
        (squares.sum::<f64>() / self.values.len() as f64).sqrt()
    }

    /// Shows a table in a notebook; evcxr calls this for the last value of a cell.
    pub fn evcxr_display(&self) {
        let rows =
            self.values.iter().enumerate().map(|(index, value)| vec![(index + 1).to_string(), format!("{value:.4}")]);
        let header = vec![self.of.to_lowercase(), self.name.clone()];
        Table { header, rows: rows.collect(), marked: None, summary: self.to_string() }.show();
    }

    fn gather(
        name: &str,
        of: &'static str,
        count: usize,
        run: &mut dyn FnMut(usize) -> f64,
        report: &mut dyn FnMut(&str),
    ) -> Self {
        let mut numbered = |index: usize| {
            let score = run(index);
            (score, format!("{of} {}/{count}: {name} {score:.4}", index + 1))
        };
        let bar = if of == "Fold" { "cross-validation" } else { "repeated runs" };
        let values = progress::gather(bar, &of.to_lowercase(), count, &mut numbered, report);
        Scores { name: name.to_owned(), values, of }
    }
}

/// `accuracy: mean 0.9903, standard deviation 0.0012 (population, n = 5)`.
impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, mean, std, n) = (&self.name, self.mean(), self.std(), self.values.len());
        write!(f, "{name}: mean {mean:.4}, standard deviation {std:.4} (population, n = {n})")
    }
}

/// Calls `run` with each of `folds`, the indices of the samples to train on and of those to validate on, and gathers
/// the scores that it returns.
///
/// After each it prints a line such as `Fold 1/5: accuracy 0.9903`.
///
/// If the cell is interrupted, the validation ends, and says so; the scores are those of the folds that were finished by
/// then, which may be none. See [`notebook`](crate::notebook).
///
/// # Panics
///
/// If there are no folds, a part of one is empty, or a sample is in both parts of a fold, which would make the score
/// meaningless; and when `run` panics.
#[track_caller]
pub fn cross_validate(
    score_name: &str,
    folds: &[(Vec<usize>, Vec<usize>)],
    mut run: impl FnMut(&[usize], &[usize]) -> f64,
) -> Scores {
    check_folds(folds);
    let mut run = |fold: usize| run(&folds[fold].0, &folds[fold].1);
    Scores::gather(score_name, "Fold", folds.len(), &mut run, &mut progress::print)
}

/// Calls `run` with 0, 1, ... `num_runs - 1`, and gathers the scores that it returns.
///
/// `run` makes a seed of its number: with one seed for all, every run is the same. After each run, a line is printed
/// such as `Run 1/5: accuracy 0.9903`.
///
/// If the cell is interrupted, this ends, and says so; the scores are those of the runs that were finished by then, which
/// may be none. See [`notebook`](crate::notebook).
///
/// # Panics
///
/// If `num_runs` is 0, and when `run` panics.
#[track_caller]
pub fn repeat(score_name: &str, num_runs: usize, mut run: impl FnMut(usize) -> f64) -> Scores {
    assert!(num_runs > 0, "repeat: `num_runs` is 0, expected at least 1");
    Scores::gather(score_name, "Run", num_runs, &mut run, &mut progress::print)
}

#[track_caller]
fn check_folds(folds: &[(Vec<usize>, Vec<usize>)]) {
    assert!(!folds.is_empty(), "cross_validate: `folds` is empty, expected at least 1 fold");
    for (index, (train, validation)) in folds.iter().enumerate() {
        assert!(
            !train.is_empty() && !validation.is_empty(),
            "cross_validate: `folds[{index}]` has {} samples to train on and {} to validate on, expected at least 1 \
             each",
            train.len(),
            validation.len()
        );
        let trained_on: std::collections::HashSet<_> = train.iter().collect();
        if let Some(sample) = validation.iter().find(|sample| trained_on.contains(sample)) {
            panic!(
                "cross_validate: `folds[{index}]` has sample {sample} in both parts, expected no sample to be in both"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_each_run() {
        let mut lines = Vec::new();
        let mut run = |run: usize| [0.25, f64::NAN][run];
        Scores::gather("accuracy", "Run", 2, &mut run, &mut |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["Run 1/2: accuracy 0.2500", "Run 2/2: accuracy NaN"]);
    }
}
