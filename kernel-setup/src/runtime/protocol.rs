//! What a supervisor and the process that runs cells say to each other: lines on a socket that only they have.

use std::fmt;

/// The environment that tells the live process of its descriptors.
pub mod variable {
    /// The number of the socket.
    pub const CONTROL: &str = "NNKERNEL_LIVE_CONTROL";
    /// The number of the pipe that wakes a checkpoint.
    pub const WAKE: &str = "NNKERNEL_LIVE_WAKE";
}

/// From the supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Leave a checkpoint and run a cell.
    Run {
        /// The function to call.
        function: String,
        /// The path of the library it is in.
        library: String,
    },
    /// The cell has ended well: end its checkpoint.
    Commit,
    /// From now on, cells run for the [notebook](super::notebook) in this file.
    Enter(String),
}

/// From the live process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The checkpoint is this process; now the cell runs.
    Checkpoint(i32),
    /// The system allowed no checkpoint; now the cell runs.
    NoCheckpoint,
    /// The cell's code has returned.
    Finished,
    /// From a checkpoint that was woken: it is the live process now.
    TookOver,
}

impl Order {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(line: &str) -> Option<Self> {
        match line.split_once(' ') {
            None => (line == "commit").then_some(Order::Commit),
            Some(("run", rest)) => rest
                .split_once(' ')
                .map(|(function, library)| Order::Run { function: function.to_owned(), library: library.to_owned() }),
            Some(("enter", file)) => Some(Order::Enter(file.to_owned())),
            Some(_) => None,
        }
    }

    /// The order that a line of evcxr's protocol gives, if it is one that runs a cell.
    pub fn from_evcxr(line: &str) -> Option<Self> {
        let (library, function) = line.strip_prefix("LOAD_AND_RUN ")?.rsplit_once(' ')?;
        Some(Order::Run { function: function.to_owned(), library: library.to_owned() })
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Run { function, library } => write!(f, "run {function} {library}"),
            Order::Commit => write!(f, "commit"),
            Order::Enter(file) => write!(f, "enter {file}"),
        }
    }
}

impl Event {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub fn parse(line: &str) -> Option<Self> {
        match line.split_once(' ') {
            Some(("checkpoint", process)) => process.parse().ok().map(Event::Checkpoint),
            Some(_) => None,
            None => [Event::NoCheckpoint, Event::Finished, Event::TookOver]
                .into_iter()
                .find(|event| event.to_string() == line),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Checkpoint(process) => write!(f, "checkpoint {process}"),
            Event::NoCheckpoint => write!(f, "no-checkpoint"),
            Event::Finished => write!(f, "finished"),
            Event::TookOver => write!(f, "took-over"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_events_survive_the_wire() {
        let run = Order::Run { function: "run_user_code_3".to_owned(), library: "/tmp/a b/lib c.so".to_owned() };
        for order in [run.clone(), Order::Commit, Order::Enter("/tmp/a b/notebook".to_owned())] {
            assert_eq!(Order::parse(&order.to_string()), Some(order));
        }
        for event in [Event::Checkpoint(77), Event::NoCheckpoint, Event::Finished, Event::TookOver] {
            assert_eq!(Event::parse(&event.to_string()), Some(event));
        }
        assert_eq!(Order::from_evcxr("LOAD_AND_RUN /tmp/a b/lib c.so run_user_code_3"), Some(run));
    }

    #[test]
    fn other_lines_are_neither() {
        for line in
            ["", "run", "run f", "commit ", "enter", "checkpoint", "checkpoint x", "finished 1", "LOAD_AND_RUN x"]
        {
            assert_eq!(
                (Order::parse(line), Event::parse(line), Order::from_evcxr(line)),
                (None, None, None),
                "{line:?}"
            );
        }
    }
}
