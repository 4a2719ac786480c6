//! An output that can be replaced.

use super::kernel::{Kernel, unique_name};
use super::message::Message;
use super::{Output, make_way};
use std::fmt;

/// An output below the cell that can be replaced while the cell runs, and by later cells too.
///
/// Where there is no kernel that can do that, each content is printed as text, unless it is the same as the last.
///
/// ```
/// use nnlib::notebook::{Display, Output};
///
/// let mut display = Display::show("looking ...");
/// for found in 1..=3 {
///     display.update(Output::text(format!("{found} found")).html(format!("<b>{found}</b> found")));
/// }
/// ```
pub struct Display {
    /// What the kernel knows it by; `None` without such a kernel.
    id: Option<String>,
    text: String,
}

impl Display {
    /// Shows `content`: text, a picture of [`plot`](crate::plot), or an [`Output`].
    pub fn show(content: impl Into<Output>) -> Self {
        Display::show_in(Kernel::from_environment().as_ref(), content.into())
    }

    /// Shows `content` in the place of what the display showed before.
    pub fn update(&mut self, content: impl Into<Output>) {
        self.replace(&content.into());
    }

    /// Nothing: a display shows itself from the beginning. evcxr calls this for the last value of a cell.
    pub fn evcxr_display(&self) {}

    /// Whether there is a kernel that can replace outputs.
    pub(crate) fn is_live() -> bool {
        Kernel::from_environment().is_some()
    }

    pub(super) fn show_in(kernel: Option<&Kernel>, output: Output) -> Self {
        let id = kernel.map(|_| unique_name());
        match &id {
            Some(id) => Message::Display { id, output: &output }.send(),
            None => print(output.plain_text()),
        }
        Display { id, text: output.plain_text().to_owned() }
    }

    fn replace(&mut self, output: &Output) {
        match &self.id {
            Some(id) => Message::Update { id, output }.send(),
            None if self.text == output.plain_text() => {}
            None => print(output.plain_text()),
        }
        self.text = output.plain_text().to_owned();
    }
}

/// The text that is shown.
impl fmt::Debug for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a display of {:?}", self.text)
    }
}

/// Takes away what the cell has shown and printed so far; with `wait`, not before the next output is there, so that the
/// page does not jump.
///
/// Only our own kernel can do that; elsewhere nothing happens.
///
/// ```
/// nnlib::notebook::clear_output(true);
/// ```
pub fn clear_output(wait: bool) {
    if Kernel::from_environment().is_some() {
        Message::Clear { wait }.send();
    }
}

fn print(text: &str) {
    make_way();
    println!("{text}");
}
