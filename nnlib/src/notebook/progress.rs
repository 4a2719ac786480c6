//! Bars for loops.

use super::bar::Bar;
use super::board::Board;
use super::interruptible::Interruptible;
use crate::text::one_line;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How old figures may be that are shown.
const FIGURES: Duration = Duration::from_millis(200);

/// A bar that shows how far a loop has come, while it lives; and an [`Interruptible`].
///
/// Nothing is shown for half a second. Then the bar is redrawn up to five times a second, with the rate, the time left,
/// and figures such as the loss; a line stays in its place. Loops within a loop share its place: a line each, which goes
/// when the inner loop ends. In a terminal the bar is in the last line, and nothing stays; where nothing can be redrawn, a
/// line is printed every ten seconds.
///
/// ```
/// use nnlib::notebook::Progress;
///
/// let mut w = 0.0_f64;
/// let mut progress = Progress::start("training", 100);
/// for _ in 0..100 {
///     if progress.should_stop() {
///         break;
///     }
///     let loss = (w - 3.0).powi(2);
///     w -= 0.1 * 2.0 * (w - 3.0);
///     progress.step(&[("loss", loss)]);
/// }
/// drop(progress);
/// assert!((w - 3.0).abs() < 1e-8);
/// ```
pub struct Progress {
    board: Rc<RefCell<Board>>,
    /// The number of its bar on the board.
    number: usize,
    interrupts: Interruptible,
    /// When figures were computed last.
    figures_computed: Instant,
}

impl Progress {
    /// A bar for a loop of `total` steps.
    pub fn start(name: &str, total: usize) -> Self {
        Progress::new(name, Some(total), Interruptible::start())
    }

    /// A bar for a loop of which nobody knows how many steps it takes.
    pub fn start_unbounded(name: &str) -> Self {
        Progress::new(name, None, Interruptible::start())
    }

    /// A bar for something that cannot end early, such as an evaluation: nothing in it listens. It is shown after two
    /// seconds, or together with a bar around it.
    pub(crate) fn watch(name: &str, total: usize) -> Self {
        let progress = Progress::new(name, Some(total), Interruptible::never()).prints_lines();
        progress.with(|bar| bar.delay = Duration::from_secs(2))
    }

    pub(super) fn new(name: &str, total: Option<usize>, interrupts: Interruptible) -> Self {
        let now = Instant::now();
        let board = Board::current();
        let number = board.borrow_mut().add(Bar::new(name, total, now));
        // The figures of the first step are new.
        let figures_computed = now.checked_sub(FIGURES).unwrap_or(now);
        Progress { board, number, interrupts, figures_computed }
    }

    /// Says what is counted, in the singular: `"image"`; by default a `"step"`.
    pub fn unit(self, unit: &str) -> Self {
        self.with(|bar| bar.unit = one_line(unit))
    }

    /// Says that the loop prints lines of its own: where nothing can be redrawn, the bar adds none to them.
    pub fn prints_lines(self) -> Self {
        self.with(|bar| bar.prints_lines = true)
    }

    /// Shows the bar only while there is another around it.
    pub fn silent(self) -> Self {
        self.with(|bar| bar.silent = true)
    }

    /// Begins after `count` steps that were taken before.
    pub(crate) fn after(self, count: usize) -> Self {
        self.with(|bar| (bar.count, bar.first) = (count, count))
    }

    fn with(self, change: impl FnOnce(&mut Bar)) -> Self {
        change(self.board.borrow_mut().bar(self.number));
        self
    }

    /// Says where in the loop it is, such as `epoch 2/10`; this stands after the name.
    pub fn detail(&mut self, detail: &str) {
        self.board.borrow_mut().bar(self.number).detail = one_line(detail);
    }

    /// Notes that a step is done, and shows these figures; `&[]` for none.
    pub fn step(&mut self, figures: &[(&str, f64)]) {
        let mut board = self.board.borrow_mut();
        let bar = board.bar(self.number);
        bar.count += 1;
        bar.set_figures(figures.iter().copied());
        board.draw_if_due(Instant::now());
    }

    /// As [`step`](Self::step), with figures that take time: they are computed only now and then, when they are shown.
    pub fn step_with(&mut self, figures: impl FnOnce() -> Vec<(String, f64)>) {
        let now = Instant::now();
        if now.saturating_duration_since(self.figures_computed) >= FIGURES {
            self.figures_computed = now;
            let figures = figures();
            let figures = figures.iter().map(|(name, value)| (name.as_str(), *value));
            self.board.borrow_mut().bar(self.number).set_figures(figures);
        }
        self.advance(1);
    }

    /// Notes that `count` more steps are done.
    pub fn advance(&mut self, count: usize) {
        let mut board = self.board.borrow_mut();
        board.bar(self.number).count += count;
        board.draw_if_due(Instant::now());
    }

    /// Whether the cell was interrupted, so that the loop is to end with what it has; see [`Interruptible`].
    pub fn should_stop(&self) -> bool {
        let should_stop = self.interrupts.should_stop();
        if should_stop {
            self.board.borrow_mut().bar(self.number).stopped = true;
        }
        should_stop
    }

    /// Whether [`should_stop`](Self::should_stop) has said so.
    pub fn stopped(&self) -> bool {
        self.interrupts.stopped()
    }

    /// Ends the bar. If the loop was stopped, returns the line that says so, with what is `kept`: `stopped after 123 of
    /// 490 steps; the weights so far are kept`.
    pub(crate) fn finish(self, kept: &str) -> Option<String> {
        let stopped = self.stopped();
        stopped.then(|| format!("{}; {kept}", self.board.borrow_mut().bar(self.number).stopped_text()))
    }

    /// Whether the bar is drawn by our kernel, in one place.
    #[cfg(feature = "sequential")]
    pub(crate) fn is_in_notebook(&self) -> bool {
        self.board.borrow().is_in_notebook()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.board.borrow_mut().finish(self.number, Instant::now());
    }
}

/// The bar as text.
impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.board.borrow_mut().bar(self.number).text(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_take_time_are_computed_now_and_then() {
        let mut progress = Progress::start("training", 1000);
        let mut computed = 0;
        for _ in 0..1000 {
            progress.step_with(|| {
                computed += 1;
                vec![("loss".to_owned(), 0.5)]
            });
        }
        assert!((1..100).contains(&computed), "{computed}");
        let text = format!("{progress:?}");
        assert!(text.starts_with("training 100%") && text.ends_with(", loss 0.5000"), "{text}");
    }

    #[test]
    fn bars_may_end_in_any_order() {
        let outer = Progress::start("outer", 2);
        let mut inner = Progress::start("inner", 2);
        drop(outer);
        inner.step(&[]);
        assert!(format!("{inner:?}").starts_with("inner  50%"));
    }
}
