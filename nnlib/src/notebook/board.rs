//! Nested bars, and the one place where they are shown.

use super::Output;
use super::bar::Bar;
use super::display::Display;
use super::kernel::Kernel;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

/// How often bars are redrawn at most, and how often a line is printed where nothing can be redrawn.
const REDRAWING: Duration = Duration::from_millis(200);
const LINE: Duration = Duration::from_secs(10);
/// Letters in a line of a terminal: a longer one breaks, and then cannot be erased.
const TERMINAL_WIDTH: usize = 79;

thread_local! {
    /// The board of the loops that run in this thread.
    static CURRENT: RefCell<Weak<RefCell<Board>>> = const { RefCell::new(Weak::new()) };
}

/// The bars of loops that run within each other.
///
/// Each [`Progress`](super::Progress) holds the board that its bar is on: it goes with the last of them. So nothing
/// depends on the order in which they end, nor on which cell's copy of the library ends them.
pub(super) struct Board {
    surface: Surface,
    /// By number, the outermost first.
    bars: Vec<(usize, Bar)>,
    next_number: usize,
    /// When they were shown last.
    drawn: Option<Instant>,
    /// How many lines they took at most; so many are shown, so that the page does not jump when an inner loop ends.
    most_lines: usize,
}

/// Where bars are shown.
enum Surface {
    /// In an output of our own kernel, which is there once they have been drawn.
    Notebook { kernel: Kernel, display: Option<Display> },
    /// In the last line of a terminal, where nothing may be at present.
    Terminal { is_drawn: bool },
    /// In lines among those that the loop prints.
    Lines,
}

impl Board {
    /// The board of this thread, which is there while a loop with a bar runs.
    pub(super) fn current() -> Rc<RefCell<Board>> {
        CURRENT.with_borrow_mut(|current| {
            current.upgrade().unwrap_or_else(|| {
                let board = Rc::new(RefCell::new(Board::new(Surface::of_this_process())));
                *current = Rc::downgrade(&board);
                board
            })
        })
    }

    fn new(surface: Surface) -> Self {
        Board { surface, bars: Vec::new(), next_number: 0, drawn: None, most_lines: 0 }
    }

    /// Whether bars are drawn by our kernel, in one place.
    #[cfg(feature = "sequential")]
    pub(super) fn is_in_notebook(&self) -> bool {
        matches!(self.surface, Surface::Notebook { .. })
    }

    /// Adds a bar within all others; returns its number.
    pub(super) fn add(&mut self, bar: Bar) -> usize {
        self.next_number += 1;
        self.bars.push((self.next_number, bar));
        self.next_number
    }

    pub(super) fn bar(&mut self, number: usize) -> &mut Bar {
        let (_, bar) =
            self.bars.iter_mut().find(|(other, _)| *other == number).expect("a bar stays until its loop ends");
        bar
    }

    /// Shows the bars, if it is time to.
    pub(super) fn draw_if_due(&mut self, now: Instant) {
        if self.is_due(now) {
            self.draw(now);
        }
    }

    /// Takes a bar away. If it was the outermost one that is shown, a line stays in its place.
    pub(super) fn finish(&mut self, number: usize, now: Instant) {
        let Some(index) = self.bars.iter().position(|(other, _)| *other == number) else { return };
        let was_outermost = self.outermost() == Some(index);
        let (_, bar) = self.bars.remove(index);
        if !was_outermost {
            return self.draw_if_due(now);
        }
        if self.drawn.take().is_some() {
            self.leave(&bar.epilogue(now));
        }
        self.most_lines = 0;
    }

    /// The first bar that is shown by itself; those within it are shown too.
    fn outermost(&self) -> Option<usize> {
        self.bars.iter().position(|(_, bar)| !bar.silent)
    }

    fn shown(&self) -> impl Iterator<Item = &Bar> {
        self.bars[self.outermost().unwrap_or(self.bars.len())..].iter().map(|(_, bar)| bar)
    }

    fn is_due(&self, now: Instant) -> bool {
        let Some(outermost) = self.shown().next() else { return false };
        let (delay, interval) = match self.surface {
            Surface::Lines if outermost.prints_lines => return false,
            Surface::Lines => (LINE, LINE),
            Surface::Notebook { .. } | Surface::Terminal { .. } => (outermost.delay, REDRAWING),
        };
        let (since, wait) = self.drawn.map_or((outermost.started, delay), |drawn| (drawn, interval));
        now.saturating_duration_since(since) >= wait
    }

    fn draw(&mut self, now: Instant) {
        self.drawn = Some(now);
        self.most_lines = self.most_lines.max(self.shown().count());
        let output = Output::text(self.text(now)).html(self.html(now));
        let line = self.line(now);
        match &mut self.surface {
            Surface::Notebook { display: Some(display), .. } => display.update(output),
            Surface::Notebook { kernel, display } => *display = Some(Display::show_in(Some(kernel), output)),
            Surface::Terminal { is_drawn } => {
                let line: String = line.chars().take(TERMINAL_WIDTH).collect();
                write_to_terminal(&format!("\r\x1b[K{line}"));
                *is_drawn = true;
            }
            Surface::Lines => println!("{line}"),
        }
    }

    /// Leaves a line in the place of the bars.
    fn leave(&mut self, line: &str) {
        match &mut self.surface {
            Surface::Notebook { display, .. } => {
                if let Some(mut display) = display.take() {
                    display.update(line);
                }
            }
            Surface::Terminal { .. } => self.erase(),
            Surface::Lines => println!("{line}"),
        }
    }

    /// Takes the bars away from the last line of a terminal, for other lines.
    fn erase(&mut self) {
        if let Surface::Terminal { is_drawn } = &mut self.surface
            && std::mem::take(is_drawn)
        {
            write_to_terminal("\r\x1b[K");
        }
    }

    /// A line for each bar.
    fn text(&self, now: Instant) -> String {
        self.shown().map(|bar| bar.text(now)).collect::<Vec<_>>().join("\n")
    }

    fn html(&self, now: Instant) -> String {
        let lines: String = self.shown().map(|bar| bar.html(now)).collect();
        let empty = "<div>&nbsp;</div>".repeat(self.most_lines.saturating_sub(self.shown().count()));
        format!("<div style=\"white-space: nowrap; font-variant-numeric: tabular-nums\">{lines}{empty}</div>")
    }

    /// All bars in one line: `grid search 5/24, training  45% 220/490, 405 steps/s, 0:01 left`.
    fn line(&self, now: Instant) -> String {
        let mut around: Vec<String> = self.shown().map(Bar::place).collect();
        // The innermost is shown in full.
        around.pop();
        let with_last = |last: String| [around.as_slice(), &[last]].concat().join(", ");
        let Some(innermost) = self.shown().last() else { return String::new() };
        let line = with_last(innermost.text(now));
        if line.chars().count() > TERMINAL_WIDTH { with_last(innermost.short_text(now)) } else { line }
    }
}

impl Surface {
    fn of_this_process() -> Self {
        match Kernel::from_environment() {
            Some(kernel) => Surface::Notebook { kernel, display: None },
            None if io::stderr().is_terminal() => Surface::Terminal { is_drawn: false },
            None => Surface::Lines,
        }
    }
}

/// Makes way for a line that is about to be printed, where a bar is in the last line of a terminal.
pub(crate) fn make_way() {
    let board = CURRENT.with_borrow(Weak::upgrade);
    // While a board is drawing, it makes way itself.
    if let Some(board) = board
        && let Ok(mut board) = board.try_borrow_mut()
    {
        board.erase();
    }
}

/// Bars go to stderr, so that what a program prints can go into a file.
fn write_to_terminal(text: &str) {
    let mut stderr = io::stderr().lock();
    // A terminal that is closed is not the bar's to report.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A board on which nothing is drawn, and a function that gives the time so many milliseconds after its beginning.
    fn board(surface: Surface) -> (Board, impl Fn(u64) -> Instant) {
        let started = Instant::now();
        (Board::new(surface), move |milliseconds| started + Duration::from_millis(milliseconds))
    }

    fn terminal() -> Surface {
        Surface::Terminal { is_drawn: false }
    }

    #[test]
    fn bars_are_drawn_after_half_a_second_and_five_times_a_second() {
        let (mut board, at) = board(terminal());
        assert!(!board.is_due(at(0)));
        board.add(Bar::new("training", Some(10), at(0)));
        assert!(!board.is_due(at(499)) && board.is_due(at(500)));
        board.drawn = Some(at(500));
        assert!(!board.is_due(at(699)) && board.is_due(at(700)));
    }

    #[test]
    fn lines_come_every_ten_seconds_unless_the_loop_prints_its_own() {
        let (mut board, at) = board(Surface::Lines);
        let number = board.add(Bar::new("training", Some(10), at(0)));
        assert!(!board.is_due(at(9999)) && board.is_due(at(10_000)));
        board.draw_if_due(at(10_000));
        assert!(!board.is_due(at(19_999)) && board.is_due(at(20_000)));
        board.bar(number).prints_lines = true;
        assert!(!board.is_due(at(99_999)));
        // Another loop within it is quiet too, and one around it is not.
        board.add(Bar::new("steps", Some(10), at(0)));
        assert!(!board.is_due(at(99_999)));
        board.bar(number).prints_lines = false;
        assert!(board.is_due(at(99_999)));
    }

    #[test]
    fn nested_bars_are_shown_in_one_place() {
        let (mut board, at) = board(terminal());
        let outer = board.add(Bar::new("grid search", Some(24), at(0)));
        board.bar(outer).count = 5;
        let inner = board.add(Bar::new("training", Some(490), at(500)));
        board.bar(inner).count = 245;
        let expected = "grid search  20% |####                | 5/24, 5.00 steps/s, 0:04 left\n\
                        training  50% |##########          | 245/490, 490 steps/s, 0:01 left";
        assert_eq!(board.text(at(1000)), expected);
        let expected = "grid search 5/24, training  50% 245/490, 490 steps/s, 0:01 left";
        assert_eq!(board.line(at(1000)), expected);
        board.most_lines = 2;
        assert_eq!(board.html(at(1000)).matches("<progress value").count(), 2);
        // The inner one goes when its loop ends, and its line stays empty.
        board.drawn = Some(at(900));
        board.finish(inner, at(1000));
        assert_eq!(board.text(at(1000)), "grid search  20% |####                | 5/24, 5.00 steps/s, 0:04 left");
        let html = board.html(at(1000));
        assert_eq!((html.matches("<progress value").count(), html.matches("<div>&nbsp;</div>").count()), (1, 1));
        // The board is as new when the outermost ends, whichever comes first.
        board.finish(outer, at(1000));
        assert!(board.drawn.is_none() && board.most_lines == 0 && board.bars.is_empty());
        board.finish(outer, at(1000));
    }

    #[test]
    fn a_silent_loop_is_shown_within_another() {
        let (mut board, at) = board(terminal());
        let silent = |name| {
            let mut bar = Bar::new(name, None, at(0));
            bar.silent = true;
            bar
        };
        let first = board.add(silent("first"));
        assert!(!board.is_due(at(9999)));
        let second = board.add(Bar::new("second", None, at(0)));
        board.add(silent("third"));
        assert!(board.is_due(at(9999)));
        assert_eq!(board.text(at(0)), "second: 0 steps\nthird: 0 steps");
        board.finish(second, at(0));
        assert!(!board.is_due(at(9999)));
        board.finish(first, at(0));
        assert_eq!(board.text(at(0)), "");
    }

    #[test]
    fn loops_of_a_thread_share_a_board_while_one_runs() {
        let board = Board::current();
        assert!(Rc::ptr_eq(&board, &Board::current()));
        board.borrow_mut().next_number = 7;
        drop(board);
        assert_eq!(Board::current().borrow().next_number, 0);
    }
}
