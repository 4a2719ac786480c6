//! Grid search, cross-validation and repeated runs: one training is an anecdote.
//!
//! Each takes a closure that trains and returns a score, calls it again and again, and prints a line after each call.
//!
//! ```
//! use nnlib::experiments::{Grid, cross_validate, repeat};
//! use nnlib::rng::RandomState;
//!
//! // Which setting is best? Lists are nested as loops would be: the first is the outermost.
//! let results = Grid::new()
//!     .numbers("learning_rate", &[0.001, 0.01])
//!     .counts("units", &[256, 512])
//!     .words("activation", &["relu", "tanh"])
//!     .search("validation accuracy", |settings| {
//!         // A training would stand here.
//!         let bonus = if settings.word("activation") == "relu" { 0.005 } else { 0.0 };
//!         0.96 + settings.number("learning_rate") + settings.count("units") as f64 / 1e5 + bonus
//!     });
//! assert_eq!(results.trials.len(), 8);
//! assert_eq!(results.best().unwrap().settings.to_string(), "0.01, 512, relu");
//!
//! // How much does the score depend on what is trained on, and on the random start?
//! let folds = [(vec![2, 3, 4, 5], vec![0, 1]), (vec![0, 1, 4, 5], vec![2, 3]), (vec![0, 1, 2, 3], vec![4, 5])];
//! let scores = cross_validate("accuracy", &folds, |train, validation| (train[0] + validation[0]) as f64 / 8.0);
//! assert_eq!(scores.values, [0.25, 0.25, 0.5]);
//! let scores = repeat("accuracy", 5, |run| 0.99 + 0.001 * RandomState::new(run as u32).random_sample());
//! assert!(scores.std() < 0.001);
//! ```
//!
//! The grid search prints
//!
//! ```text
//! Tested 0.001, 256, relu: validation accuracy 0.9686
//! ```
//!
//! While it runs, a bar is below the cell; an interrupt ends the experiment, and what is finished stays, see
//! [`notebook`](crate::notebook). A score of NaN is printed and listed like others, is never the best, and makes mean and standard deviation NaN. A
//! closure that panics ends the experiment.

mod grid;
mod progress;
mod results;
mod scores;
mod settings;
mod table;

pub use grid::Grid;
pub use results::{GridResults, Trial};
pub use scores::{Scores, cross_validate, repeat};
pub use settings::{Settings, Value};
