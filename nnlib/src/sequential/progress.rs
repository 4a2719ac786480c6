//! The lines that training prints.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::notebook::{self, make_way};
use crate::text::number;

/// How long an epoch may be silent.
const SILENCE: Duration = Duration::from_secs(2);

/// Prints the lines of one epoch.
///
/// Other kernels than ours read whole lines, and what `\r` would overwrite stays there: so there is no bar that grows in
/// its place, but a line when the last one is two seconds old.
pub(super) struct Progress {
    verbose: usize,
    num_steps: usize,
    started: Instant,
    last_line: Instant,
    /// How long the steps took, without validation.
    stepping: Duration,
}

impl Progress {
    /// Prints `Epoch 1/10`, unless `verbose` is 0.
    pub fn start(verbose: usize, epoch: usize, epochs: usize, num_steps: usize) -> Self {
        if verbose > 0 {
            print_line(&format!("Epoch {epoch}/{epochs}"));
        }
        let now = Instant::now();
        Progress { verbose, num_steps, started: now, last_line: now, stepping: Duration::ZERO }
    }

    /// Notes that `step` steps are done, and prints a line where `verbose` is 1 and it is time for one, unless `bar` is
    /// there to be looked at.
    pub fn step(&mut self, step: usize, bar: &mut notebook::Progress, scores: impl Fn() -> Vec<(String, f64)>) {
        bar.step_with(&scores);
        let now = Instant::now();
        self.stepping = now - self.started;
        if bar.is_in_notebook() {
            return;
        }
        if self.verbose == 1 && step < self.num_steps && now - self.last_line >= SILENCE {
            self.last_line = now;
            print_line(&line(self.verbose, (step, self.num_steps), self.stepping, self.stepping, &scores()));
        }
    }

    /// Prints the line of the whole epoch.
    pub fn finish(&self, scores: &[(String, f64)]) {
        if self.verbose > 0 {
            let steps = (self.num_steps, self.num_steps);
            print_line(&line(self.verbose, steps, self.started.elapsed(), self.stepping, scores));
        }
    }
}

/// Prints one line at once, so that it is seen at once.
pub(super) fn print_line(line: &str) {
    make_way();
    println!("{line}");
    // It is whole already; what follows may take a while.
    let _ = std::io::stdout().flush();
}

/// `1532/1532 - 3s 2ms/step - accuracy: 0.2199 - loss: 2.1830`; where `verbose` is 2, with ` - ` after the seconds.
fn line(
    verbose: usize,
    (step, num_steps): (usize, usize),
    elapsed: Duration,
    stepping: Duration,
    scores: &[(String, f64)],
) -> String {
    let width = num_steps.to_string().len();
    let separator = if verbose == 2 { " - " } else { " " };
    let seconds = elapsed.as_secs_f64();
    let step_time = step_text(stepping.as_secs_f64() / step as f64);
    let mut line = format!("{step:width$}/{num_steps} - {seconds:.0}s{separator}{step_time}");
    for (name, value) in scores {
        line += &format!(" - {name}: {}", number(*value));
    }
    line
}

/// The time of one step: `2ms/step`.
fn step_text(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{seconds:.0}s/step"),
        0.001.. => format!("{:.0}ms/step", 1e3 * seconds),
        _ => format!("{:.0}us/step", 1e6 * seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_keras_prints_them() {
        let scores = [("accuracy", 0.2199), ("loss", 2.183), ("val_accuracy", 0.327), ("val_loss", 1.9631)]
            .map(|(name, value)| (name.to_owned(), value));
        let (elapsed, stepping) = (Duration::from_millis(3100), Duration::from_millis(2900));
        assert_eq!(
            line(1, (1532, 1532), elapsed, stepping, &scores),
            "1532/1532 - 3s 2ms/step - accuracy: 0.2199 - loss: 2.1830 - val_accuracy: 0.3270 - val_loss: 1.9631"
        );
        assert_eq!(
            line(2, (16, 1532), elapsed, Duration::from_millis(8), &scores[..2]),
            "  16/1532 - 3s - 500us/step - accuracy: 0.2199 - loss: 2.1830"
        );
        assert_eq!(step_text(12.4), "12s/step");
    }
}
