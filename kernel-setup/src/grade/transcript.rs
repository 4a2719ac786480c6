//! What a run has left: who did what, told from the records of the harness, the probes between them, and the output.

use super::program::Place;
use crate::sandbox::End;
use nnlib::probe::{Record, records};

/// How a unit came to its end.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// All of it has run.
    Completed,
    /// It panicked.
    Panicked,
    /// A `?` returned an error.
    ReturnedError,
    /// It needs a variable of a cell that has failed.
    Missing(String),
    /// It ended its process.
    Exited(i32),
    /// A signal ended its process.
    Signaled(i32),
    /// It asked for more memory than there is.
    OutOfMemory,
    /// It took too long.
    TimedOut,
    /// The notebook was over before.
    NotReached,
}

/// What a unit did.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRun {
    /// How it ended.
    pub ending: Ending,
    /// By the clock.
    pub seconds: f64,
    /// What it has sent.
    pub probes: Vec<Record>,
    /// What it has written to standard output.
    pub stdout: String,
    /// And to standard error; places in the program are those in cells.
    pub stderr: String,
}

impl UnitRun {
    fn not_reached() -> Self {
        UnitRun {
            ending: Ending::NotReached,
            seconds: 0.0,
            probes: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
        }
    }
}

/// A question has a hundred probes at most; a file has room for millions of records, which take ten times as much when they are read.
const MOST_PROBES: usize = 10_000;
/// How the names of the harness's records begin.
const HARNESS: &str = "harness/";
/// Signals, by the numbers that they have on Linux and macOS.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// What each of `count` units did.
///
/// Nothing in here can be relied upon: the program that wrote it has run other people's code. All that follows from a false record is
/// that values are taken for those of another unit, and those have to be right all the same. `name` is what a unit is called for people.
pub fn read(
    count: usize,
    record_bytes: &[u8],
    stdout: &[u8],
    stderr: &[u8],
    end: End,
    place: &dyn Fn(usize) -> Place,
    name: &dyn Fn(usize) -> String,
) -> Vec<UnitRun> {
    let mut units = vec![UnitRun::not_reached(); count];
    let mut is_over = vec![false; count];
    let mut current: Option<(usize, [usize; 2])> = None;
    let mut reading = Reading { stdout, stderr, place, name };
    for record in records(record_bytes).map_while(Result::ok) {
        let Some(rest) = record.name.strip_prefix(HARNESS) else {
            if let Some((unit, _)) = current
                && !is_over[unit]
                && units[unit].probes.len() < MOST_PROBES
            {
                units[unit].probes.push(record);
            }
            continue;
        };
        let Some((unit, what)) =
            rest.split_once('/').and_then(|(unit, what)| Some((unit.parse::<usize>().ok()?, what)))
        else {
            continue;
        };
        if unit >= count || is_over[unit] {
            continue;
        }
        let number = |index: usize| record.values.iter().nth(index).copied().unwrap_or_default();
        let sizes = [number(0) as usize, number(1) as usize];
        match what {
            "begin" => current = Some((unit, sizes)),
            "completed" | "panicked" | "error" => {
                units[unit].ending = match what {
                    "completed" => Ending::Completed,
                    "panicked" => Ending::Panicked,
                    _ => Ending::ReturnedError,
                };
                units[unit].seconds = number(2);
                is_over[unit] = reading.take(&mut units[unit], &mut current, unit, sizes);
            }
            "exited" => units[unit].ending = Ending::Exited(number(0) as i32),
            "signaled" => units[unit].ending = Ending::Signaled(number(0) as i32),
            "timeout" => units[unit].ending = Ending::TimedOut,
            "over" => {
                is_over[unit] = reading.take(&mut units[unit], &mut current, unit, sizes);
            }
            other => {
                if let Some(name) = other.strip_prefix("missing/") {
                    units[unit].ending = Ending::Missing(name.to_owned());
                    is_over[unit] = reading.take(&mut units[unit], &mut current, unit, sizes);
                }
            }
        }
    }
    // The one that ran when all was ended.
    if let Some((unit, start)) = current
        && !is_over[unit]
    {
        units[unit].ending = match end {
            End::TimedOut => Ending::TimedOut,
            End::OutOfMemory => Ending::OutOfMemory,
            End::Signaled(signal) => Ending::Signaled(signal),
            End::Exited(code) => Ending::Exited(code),
            End::TooMuchOutput => Ending::Signaled(SIGXFSZ),
        };
        reading.take(&mut units[unit], &mut Some((unit, start)), unit, [stdout.len(), stderr.len()]);
    }
    for unit in &mut units {
        let asked_too_much = unit.stderr.contains("memory allocation of ") || unit.stderr.contains("capacity overflow");
        match unit.ending {
            Ending::Signaled(SIGABRT) if asked_too_much => unit.ending = Ending::OutOfMemory,
            // Nobody else ends a process so but the system, when memory is short.
            Ending::Signaled(SIGKILL) => unit.ending = Ending::OutOfMemory,
            _ => {}
        }
    }
    units
}

/// What a process is sent that writes more to a file than it may.
pub const SIGXFSZ: i32 = 25;

struct Reading<'a> {
    stdout: &'a [u8],
    stderr: &'a [u8],
    place: &'a dyn Fn(usize) -> Place,
    name: &'a dyn Fn(usize) -> String,
}

impl Reading<'_> {
    /// Gives a unit its output; true, for it is over.
    fn take(
        &mut self,
        run: &mut UnitRun,
        current: &mut Option<(usize, [usize; 2])>,
        unit: usize,
        end: [usize; 2],
    ) -> bool {
        let start = match current {
            Some((begun, start)) if *begun == unit => *start,
            _ => end,
        };
        run.stdout = text(self.stdout, start[0], end[0]);
        run.stderr = in_cells(&text(self.stderr, start[1], end[1]), unit, self.place, self.name);
        *current = None;
        true
    }
}

fn text(bytes: &[u8], from: usize, to: usize) -> String {
    let to = to.min(bytes.len());
    String::from_utf8_lossy(&bytes[from.min(to)..to]).into_owned()
}

/// `text` with places in the program told as lines of the unit's cell.
fn in_cells(text: &str, unit: usize, place: &dyn Fn(usize) -> Place, name: &dyn Fn(usize) -> String) -> String {
    const FILE: &str = "main.rs:";
    let mut told = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let Some(start) = line.find(FILE) else {
            told.push_str(line);
            continue;
        };
        let numbers = &line[start + FILE.len()..];
        let digits = numbers.len() - numbers.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let Ok(number) = numbers[..digits].parse::<usize>() else {
            told.push_str(line);
            continue;
        };
        let column = numbers[digits..].strip_prefix(':').unwrap_or(&numbers[digits..]);
        let rest = column.trim_start_matches(|letter: char| letter.is_ascii_digit());
        told.push_str(&line[..start]);
        match place(number) {
            Place::Line(of, line) if of == unit => told.push_str(&format!("line {line}")),
            Place::Line(other, line) => told.push_str(&format!("line {line} of {}", name(other))),
            _ => told.push_str("a place outside the cells"),
        }
        told.push_str(rest);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use nnlib::ndarray::{ArrayD, IxDyn};

    fn record(name: &str, values: &[f64]) -> Vec<u8> {
        let values = ArrayD::from_shape_vec(IxDyn(&[values.len()]), values.to_vec()).unwrap();
        Record { name: name.to_owned(), values }.to_bytes().unwrap()
    }

    fn read_all(count: usize, records: &[(&str, &[f64])], stdout: &str, stderr: &str, end: End) -> Vec<UnitRun> {
        let bytes: Vec<u8> = records.iter().flat_map(|(name, values)| record(name, values)).collect();
        let place = |line| match line {
            100.. => Place::Line(1, line - 100),
            _ => Place::Frame,
        };
        let name = |unit| format!("unit {unit}");
        read(count, &bytes, stdout.as_bytes(), stderr.as_bytes(), end, &place, &name)
    }

    #[test]
    fn units_have_their_own() {
        let units = read_all(
            3,
            &[
                ("harness/0/begin", &[0.0, 0.0]),
                ("harness/0/completed", &[3.0, 0.0, 0.5]),
                ("harness/1/begin", &[3.0, 0.0]),
                ("a/b", &[1.0]),
                ("harness/1/panicked", &[5.0, 31.0, 0.25]),
                ("harness/1/over", &[5.0, 31.0]),
            ],
            "abcde",
            "panicked at src/main.rs:107:9:\nx",
            End::Exited(0),
        );
        assert_eq!(
            (units[0].ending.clone(), units[0].stdout.as_str(), units[0].seconds),
            (Ending::Completed, "abc", 0.5)
        );
        assert_eq!((units[1].ending.clone(), units[1].stdout.as_str()), (Ending::Panicked, "de"));
        assert_eq!(units[1].stderr, "panicked at src/line 7:\n");
        assert_eq!(units[1].probes[0].name, "a/b");
        assert_eq!(units[2].ending, Ending::NotReached);
    }

    #[test]
    fn places_in_other_units_are_told_by_their_names() {
        let records: &[(&str, &[f64])] = &[("harness/0/begin", &[0.0, 0.0]), ("harness/0/panicked", &[0.0, 31.0, 0.0])];
        let units = read_all(2, records, "", "panicked at src/main.rs:107:9:\n", End::Exited(0));
        assert_eq!(units[0].stderr, "panicked at src/line 7 of unit 1:\n");
    }

    #[test]
    fn the_unit_that_ran_when_all_was_ended() {
        let units = read_all(2, &[("harness/1/begin", &[0.0, 0.0])], "out", "", End::TimedOut);
        assert_eq!((units[1].ending.clone(), units[1].stdout.as_str()), (Ending::TimedOut, "out"));
    }

    #[test]
    fn what_is_said_of_a_unit_that_is_over_counts_no_more() {
        let units = read_all(
            1,
            &[
                ("harness/0/begin", &[0.0, 0.0]),
                ("harness/0/signaled", &[11.0]),
                ("harness/0/over", &[0.0, 0.0]),
                ("harness/0/begin", &[0.0, 0.0]),
                ("a/b", &[1.0]),
                ("harness/0/completed", &[0.0, 0.0, 0.0]),
                ("harness/7/begin", &[f64::NAN]),
                ("harness/x", &[]),
            ],
            "",
            "",
            End::Exited(0),
        );
        assert_eq!((units[0].ending.clone(), units[0].probes.len()), (Ending::Signaled(11), 0));
    }
}
