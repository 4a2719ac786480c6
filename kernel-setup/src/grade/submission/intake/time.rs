//! When something was handed in, as nbgrader writes it.

/// A time that nbgrader wrote, in UTC. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time([u32; 7]);

impl Time {
    /// Reads `2026-01-02 10:00:00.123456 UTC`; other times cannot be compared, and are none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        let (date, clock) = text.split_once([' ', 'T'])?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let mut date = date.split('-');
        let mut clock = clock.split(':');
        let mut time = [0; 7];
        for (index, digits) in [4, 2, 2].into_iter().enumerate() {
            time[index] = number(date.next()?, digits)?;
        }
        for part in &mut time[3..6] {
            *part = number(clock.next()?, 2)?;
        }
        if date.next().is_some() || clock.next().is_some() || fraction.len() > 6 {
            return None;
        }
        time[6] = number(&format!("{fraction:0<6}"), 6)?;
        Some(Time(time))
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ordered() {
        let times = [
            "2025-12-31 23:59:59.999999 UTC",
            "2026-01-02 10:00:00 UTC",
            "2026-01-02 10:00:00.02 UTC",
            "2026-01-02 10:00:00.100000 UTC\n",
            "2026-01-02T10:00:01",
        ];
        let parsed: Vec<Time> = times.iter().map(|time| Time::parse(time).unwrap()).collect();
        assert!(parsed.is_sorted_by(|a, b| a < b), "{parsed:?}");
    }

    #[test]
    fn what_is_no_time_in_utc() {
        for text in [
            "",
            "now",
            "2026-01-02",
            "2026-01-02 10:00:00 CET",
            "2026-1-02 10:00:00",
            "2026-01-02 10:00:00.1234567",
            "2026-01-02 10:00",
            "2026-01-02 10:00:00:00",
            "+026-01-02 10:00:00",
            "2026-01-02 10:00:00.²",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
