//! One bar: how far a loop has come, in text and in HTML.

use super::amount;
use crate::text::{escape_attribute, number, one_line};
use std::time::{Duration, Instant};

/// How long a loop runs before its bar is shown: quick cells stay clean.
const DELAY: Duration = Duration::from_millis(500);
/// Letters between the ends of a bar in text.
const WIDTH: usize = 20;

/// How far a loop has come.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub name: String,
    /// Where in the loop it is, such as `epoch 2/10`.
    pub detail: String,
    /// What is counted: `step`.
    pub unit: String,
    /// How many there are in all, where that is known.
    pub total: Option<usize>,
    pub count: usize,
    /// How many there were when it started.
    pub first: usize,
    pub started: Instant,
    /// How long after that it is shown.
    pub delay: Duration,
    /// It is shown only together with a bar around it.
    pub silent: bool,
    /// The loop prints lines of its own.
    pub prints_lines: bool,
    /// The loop was told to stop.
    pub stopped: bool,
    figures: Vec<(String, f64)>,
}

impl Bar {
    pub(super) fn new(name: &str, total: Option<usize>, now: Instant) -> Self {
        Bar {
            name: one_line(name),
            detail: String::new(),
            unit: "step".to_owned(),
            total,
            count: 0,
            first: 0,
            started: now,
            delay: DELAY,
            silent: false,
            prints_lines: false,
            stopped: false,
            figures: Vec::new(),
        }
    }

    /// Takes in new figures in place of the old; with the same names, as it is in a loop, this is a matter of
    /// nanoseconds.
    pub(super) fn set_figures<'a>(&mut self, figures: impl Iterator<Item = (&'a str, f64)>) {
        let mut count = 0;
        for (name, value) in figures {
            match self.figures.get_mut(count) {
                Some((old, slot)) if old == name => *slot = value,
                _ => {
                    self.figures.truncate(count);
                    self.figures.push((one_line(name), value));
                }
            }
            count += 1;
        }
        self.figures.truncate(count);
    }

    /// `training  45% |#########           | 220/490, 405 steps/s, 0:01 left, loss 1.2345`.
    pub(super) fn text(&self, now: Instant) -> String {
        match self.fraction() {
            Some(fraction) => {
                let full = "#".repeat((fraction * WIDTH as f64) as usize);
                format!("{} |{full:WIDTH$}| {}", self.heading(), self.facts(now))
            }
            None => self.short_text(now),
        }
    }

    /// The same without the bar: `training  45% 220/490, 405 steps/s, 0:01 left, loss 1.2345`.
    pub(super) fn short_text(&self, now: Instant) -> String {
        let separator = if self.total.is_some() { "" } else { ":" };
        format!("{}{separator} {}", self.heading(), self.facts(now))
    }

    /// The least that tells where it is: `grid search 5/24`.
    pub(super) fn place(&self) -> String {
        format!("{} {}", self.name, self.counted())
    }

    /// A line with a bar that the browser draws, in the colours of the page.
    pub(super) fn html(&self, now: Instant) -> String {
        let value = self.total.map_or(String::new(), |total| {
            // A bar of nothing is full.
            format!(" value=\"{}\" max=\"{}\"", if total == 0 { 1 } else { self.count.min(total) }, total.max(1))
        });
        let style = "width: 14em; margin-right: 0.7em; vertical-align: middle; \
                     accent-color: var(--jp-brand-color1, #1976d2)";
        let text = escape_attribute(&self.short_text(now));
        format!("<div><progress{value} style=\"{style}\"></progress>{text}</div>")
    }

    /// What is left to say when the loop has ended: `training: 490 steps in 3.4 s`.
    pub(super) fn epilogue(&self, now: Instant) -> String {
        let name = &self.name;
        if self.stopped {
            return format!("{name}: {}", self.stopped_text());
        }
        let of_total = match self.total.filter(|&total| self.count < total) {
            Some(total) => format!("{} of {}", self.count, amount::count(total, &self.unit)),
            None => amount::count(self.count, &self.unit),
        };
        format!("{name}: {of_total} in {}", amount::duration(now.saturating_duration_since(self.started)))
    }

    /// `stopped after 123 of 490 steps`.
    pub(super) fn stopped_text(&self) -> String {
        match self.total {
            Some(total) => format!("stopped after {} of {}", self.count, amount::count(total, &self.unit)),
            None => format!("stopped after {}", amount::count(self.count, &self.unit)),
        }
    }

    fn fraction(&self) -> Option<f64> {
        self.total.map(|total| if total == 0 { 1.0 } else { (self.count as f64 / total as f64).min(1.0) })
    }

    /// `training, epoch 2/10  45%`.
    fn heading(&self) -> String {
        let mut heading = self.name.clone();
        if !self.detail.is_empty() {
            heading += &format!(", {}", self.detail);
        }
        if let Some(fraction) = self.fraction() {
            // Rounded down: 100 % is for what is done.
            heading += &format!(" {:3.0}%", (100.0 * fraction).floor());
        }
        heading
    }

    fn counted(&self) -> String {
        match self.total {
            Some(total) => format!("{}/{total}", self.count),
            None => amount::count(self.count, &self.unit),
        }
    }

    /// What stands after the bar.
    fn facts(&self, now: Instant) -> String {
        let mut facts = self.counted();
        let per_second = (self.count - self.first) as f64 / now.saturating_duration_since(self.started).as_secs_f64();
        if per_second > 0.0 && per_second.is_finite() {
            facts += &format!(", {}", amount::rate(per_second, &self.unit));
            if let Some(left) = self.total.and_then(|total| total.checked_sub(self.count)) {
                facts += &format!(", {} left", amount::clock(left as f64 / per_second));
            }
        }
        for (name, value) in &self.figures {
            let value = if *value == 0.0 { "0".to_owned() } else { number(*value) };
            facts += &format!(", {name} {value}");
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar after so many milliseconds.
    fn bar(count: usize, total: Option<usize>, milliseconds: u64) -> (Bar, Instant) {
        let started = Instant::now();
        let mut bar = Bar::new("training", total, started);
        bar.count = count;
        (bar, started + Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_bar_in_text() {
        let (mut bar, now) = bar(220, Some(490), 543);
        bar.set_figures([("loss", 1.23449), ("rate", 1e-5), ("score", 0.0)].into_iter());
        let facts = "220/490, 405 steps/s, 0:01 left, loss 1.2345, rate 1.0000e-05, score 0";
        assert_eq!(bar.text(now), format!("training  44% |########            | {facts}"));
        bar.detail = "epoch 2/10".to_owned();
        bar.set_figures([("loss", 0.5)].into_iter());
        let facts = "220/490, 405 steps/s, 0:01 left, loss 0.5000";
        assert_eq!(bar.short_text(now), format!("training, epoch 2/10  44% {facts}"));
        assert_eq!(bar.place(), "training 220/490");
    }

    #[test]
    fn bars_at_their_ends() {
        let (nothing, now) = bar(0, Some(490), 600);
        assert_eq!(nothing.text(now), "training   0% |                    | 0/490");
        let (all, now) = bar(3, Some(3), 6000);
        assert_eq!(all.text(now), "training 100% |####################| 3/3, 2.00 s/step, 0:00 left");
        let (empty, now) = bar(0, Some(0), 0);
        assert_eq!(empty.text(now), "training 100% |####################| 0/0");
        assert!(empty.html(now).starts_with("<div><progress value=\"1\" max=\"1\""));
        // More than was said.
        let (more, now) = bar(4, Some(3), 1000);
        assert_eq!(more.text(now), "training 100% |####################| 4/3, 4.00 steps/s");
        assert!(more.html(now).starts_with("<div><progress value=\"3\" max=\"3\""));
        let (unknown, now) = bar(4, None, 1000);
        assert_eq!(unknown.text(now), "training: 4 steps, 4.00 steps/s");
        assert!(unknown.html(now).starts_with("<div><progress style="));
    }

    #[test]
    fn what_was_done_before_is_not_in_the_rate() {
        let (mut bar, now) = bar(110, Some(120), 5000);
        bar.first = 100;
        assert_eq!(bar.short_text(now), "training  91% 110/120, 2.00 steps/s, 0:05 left");
    }

    #[test]
    fn html_is_one_line_and_escaped() {
        let (mut bar, now) = bar(1, Some(2), 0);
        bar.name = one_line("<script>\n&amp;");
        bar.set_figures([("a<b\n", 1.0)].into_iter());
        let html = bar.html(now);
        let text = "&lt;script&gt; &amp;amp;  50% 1/2, a&lt;b  1.0000";
        assert!(html.starts_with("<div><progress value=\"1\" max=\"2\" style=\"width:"), "{html}");
        assert!(html.ends_with(&format!("></progress>{text}</div>")), "{html}");
    }

    #[test]
    fn what_stays_is_a_line() {
        let (mut done, now) = bar(490, Some(490), 3400);
        assert_eq!(done.epilogue(now), "training: 490 steps in 3.4 s");
        done.count = 123;
        assert_eq!(done.epilogue(now), "training: 123 of 490 steps in 3.4 s");
        done.stopped = true;
        assert_eq!(done.epilogue(now), "training: stopped after 123 of 490 steps");
        let (mut unknown, now) = bar(1, None, 65_000);
        assert_eq!(unknown.epilogue(now), "training: 1 step in 1:05");
        unknown.stopped = true;
        assert_eq!(unknown.epilogue(now), "training: stopped after 1 step");
    }

    #[test]
    fn figures_replace_the_old_ones() {
        let (mut bar, _) = bar(0, None, 0);
        for figures in [vec![("a", 1.0), ("b", 2.0)], vec![("a", 3.0)], vec![("b", 1.0), ("a", 2.0)], vec![]] {
            bar.set_figures(figures.iter().copied());
            let names_and_values: Vec<_> = bar.figures.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            assert_eq!(names_and_values, figures);
        }
    }
}
