//! Loops with a bar, as tqdm makes them.

use super::Progress;
use std::fmt;

/// Goes through `items` with a bar, and ends early when the cell is interrupted: `for batch in progress("epoch 1",
/// batches)`.
///
/// Where the items know how many they are, as ranges and vectors do, the bar shows how many are left. To show figures
/// too, take a [`Progress`].
///
/// ```
/// use nnlib::data::Batches;
/// use nnlib::notebook::progress;
/// use nnlib::rng::RandomState;
///
/// let mut batches = Batches::new(1000, 32, RandomState::new(0));
/// let steps = 2 * batches.per_epoch();
/// for batch in progress("training", batches.by_ref().take(steps)) {
///     assert!(batch.len() <= 32);
/// }
/// ```
pub fn progress<I: IntoIterator>(name: &str, items: I) -> ProgressIterator<I::IntoIter> {
    let items = items.into_iter();
    let progress = match items.size_hint() {
        (least, Some(most)) if least == most => Progress::start(name, most),
        _ => Progress::start_unbounded(name),
    };
    ProgressIterator { items, progress: Some(progress), is_first: true }
}

/// What [`progress`] makes of an iterator.
pub struct ProgressIterator<I> {
    items: I,
    /// Until the end.
    progress: Option<Progress>,
    is_first: bool,
}

impl<I: Iterator> Iterator for ProgressIterator<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let progress = self.progress.as_mut()?;
        if !std::mem::take(&mut self.is_first) {
            progress.step(&[]);
        }
        // Who is done has not been stopped.
        let is_done = self.items.size_hint().1 == Some(0);
        let item = if !is_done && progress.should_stop() { None } else { self.items.next() };
        if item.is_none() {
            self.progress = None;
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // None may be left at any time.
        (0, self.items.size_hint().1)
    }
}

/// The bar as text.
impl<I> fmt::Debug for ProgressIterator<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.progress {
            Some(progress) => progress.fmt(f),
            None => f.write_str("a loop that has ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_as_they_are_and_are_counted() {
        let mut items = progress("items", ["a", "b", "c"]);
        assert_eq!(items.next(), Some("a"));
        assert!(format!("{items:?}").starts_with("items   0%"));
        assert_eq!(items.next(), Some("b"));
        assert!(format!("{items:?}").starts_with("items  33%"), "{items:?}");
        assert_eq!((items.next(), items.next(), items.next()), (Some("c"), None, None));
        assert_eq!(format!("{items:?}"), "a loop that has ended");
        let mut unbounded = progress("items", std::iter::repeat(1).filter(|item| *item > 0));
        unbounded.by_ref().take(3).for_each(drop);
        assert!(format!("{unbounded:?}").starts_with("items: 2 steps"), "{unbounded:?}");
    }
}
