//! Times and rates as text.

use std::time::Duration;

/// Hours, where there are any, minutes and seconds: `0:01`, `2:05`, `1:02:03`.
pub(super) fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long something took: `3.4 s`, from a minute on `2:05`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 59.95 { format!("{seconds:.1} s") } else { clock(seconds) }
}

/// How many of a unit there are: `1 step`, `490 steps`.
pub(super) fn count(number: usize, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// How fast it goes: `405 steps/s`, and where one takes longer than a second, `2.50 s/step`.
pub(super) fn rate(per_second: f64, unit: &str) -> String {
    if per_second < 1.0 {
        return format!("{} s/{unit}", three_digits(1.0 / per_second));
    }
    format!("{} {unit}s/s", three_digits(per_second))
}

/// `2.50`, `40.5`, `405`, `40500`.
fn three_digits(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let clocks = [0.0, 0.4, 1.2, 59.5, 125.0, 3599.6, 3723.0, 360_000.0].map(clock);
        assert_eq!(clocks, ["0:00", "0:00", "0:01", "1:00", "2:05", "1:00:00", "1:02:03", "100:00:00"]);
        let durations = [0.51, 3.42, 59.94, 59.96, 200.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(durations, ["0.5 s", "3.4 s", "59.9 s", "1:00", "3:20"]);
    }

    #[test]
    fn rates_have_three_digits() {
        let rates = [40_512.0, 405.4, 40.54, 4.054, 1.0, 0.999, 0.4, 0.004].map(|per_second| rate(per_second, "step"));
        let expected = [
            "40512 steps/s",
            "405 steps/s",
            "40.5 steps/s",
            "4.05 steps/s",
            "1.00 steps/s",
            "1.00 s/step",
            "2.50 s/step",
            "250 s/step",
        ];
        assert_eq!(rates, expected);
        assert_eq!([count(1, "trial"), count(0, "trial"), count(24, "trial")], ["1 trial", "0 trials", "24 trials"]);
    }
}
