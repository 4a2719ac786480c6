//! Live output and interrupts: what a cell shows while it runs, and how it is stopped without losing what it has.
//!
//! The library's own trainings show a bar and listen for interrupts by themselves. For a loop of one's own there is
//! [`progress()`], as tqdm in Python:
//!
//! ```
//! use nnlib::notebook::progress;
//!
//! let mut sum = 0;
//! for step in progress("adding", 0..490) {
//!     sum += step;
//! }
//! assert_eq!(sum, 119_805);
//! ```
//!
//! After half a second a bar is below the cell, redrawn in its place; when the loop ends, a line stays in its place:
//!
//! ```text
//! adding  45% |#########           | 220/490, 405 steps/s, 0:01 left
//! adding: 490 steps in 1.2 s
//! ```
//!
//! | item | what it is for |
//! |---|---|
//! | [`progress()`], [`Progress`] | a bar for a loop, with figures such as the loss |
//! | [`Interruptible`] | a loop that ends when the cell is interrupted, without a bar |
//! | [`Display`], [`clear_output`] | an output that is replaced while the cell runs |
//! | [`LivePlot`](crate::plot::LivePlot) | curves that grow while the cell runs |
//!
//! # Interrupts
//!
//! Rust code cannot be interrupted from outside without losing what it was about. So the first interrupt of a cell is a
//! request: a loop that listens ends after its current step, and the cell goes on with what there is, such as the weights
//! so far. The request stands until the cell ends: loops around that one end too, and later loops do not begin. A second
//! interrupt ends the cell wherever it is, and puts all variables back to where they were before it.
//!
//! # The protocol
//!
//! A kernel that can do all this sets `NNLIB_NOTEBOOK` to a folder of its own. In it, the file `stop` is a request to
//! stop, and the folder `listeners` holds a file for each loop that listens. Outputs go to stdout as evcxr's do, between
//! `EVCXR_BEGIN_CONTENT application/vnd.nnlib.display+json` and `EVCXR_END_CONTENT`, as one line of JSON: `{"action":
//! "display", "id": …, "data": {"text/plain": …}}`, the same with `"update"`, or `{"action": "clear", "wait": false}`.
//!
//! Without that variable, in another kernel, a terminal or a test, nothing listens; bars are drawn in a terminal, as
//! lines elsewhere, and displays are printed as text.

mod amount;
mod bar;
mod board;
mod display;
mod interruptible;
mod kernel;
mod message;
mod output;
mod progress;
mod progress_iterator;

pub use display::{Display, clear_output};
pub use interruptible::Interruptible;
pub use output::Output;
pub use progress::Progress;
pub use progress_iterator::{ProgressIterator, progress};

pub(crate) use board::make_way;
