//! How long a notebook may train.
//!
//! The same notebook is worked through on a laptop, run to its end on the published data, and graded three hundred times
//! over lunch. It asks for its [`Budget`] once, and picks its numbers of samples and epochs by it:
//!
//! ```
//! use nnlib::budget::Budget;
//!
//! let num_epochs = match Budget::from_environment() {
//!     Budget::Short => 3,
//!     Budget::Full => 10,
//!     Budget::Grade => 1,
//! };
//! # assert!(num_epochs > 0);
//! ```

use std::fmt;

/// How long a notebook may train.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Budget {
    /// A few minutes altogether, on two cores: what one works with.
    #[default]
    Short,
    /// The settings of the course, as many samples and epochs as they say. With `NNLIB_FULL=1`.
    Full,
    /// Ten seconds of one core altogether: what a grader can afford. With `NNLIB_BUDGET=grade`.
    Grade,
}

impl Budget {
    /// The budget that the environment asks for: `NNLIB_BUDGET` (`short`, `full` or `grade`), else `NNLIB_FULL=1`, else
    /// [`Budget::Short`].
    ///
    /// # Panics
    ///
    /// If one of the two variables has another value: whoever set it would wait for results that do not come.
    #[track_caller]
    pub fn from_environment() -> Budget {
        let variable = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Budget::parse(variable("NNLIB_BUDGET").as_deref(), variable("NNLIB_FULL").as_deref())
            .unwrap_or_else(|message| panic!("Budget::from_environment: {message}"))
    }

    /// From the values of `NNLIB_BUDGET` and `NNLIB_FULL`.
    fn parse(budget: Option<&str>, full: Option<&str>) -> Result<Budget, String> {
        match (budget, full) {
            (Some("short"), _) => Ok(Budget::Short),
            (Some("full"), _) => Ok(Budget::Full),
            (Some("grade"), _) => Ok(Budget::Grade),
            (Some(other), _) if !other.is_empty() => {
                Err(format!("NNLIB_BUDGET is `{other}`, expected short, full or grade"))
            }
            (_, Some("1")) => Ok(Budget::Full),
            (_, None | Some("" | "0")) => Ok(Budget::Short),
            (_, Some(other)) => Err(format!("NNLIB_FULL is `{other}`, expected 1 or 0")),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Budget::Short => "short budget: fewer samples and epochs than the course's (NNLIB_FULL=1 for all of them)",
            Budget::Full => "full budget: the course's settings",
            Budget::Grade => "grade budget: seconds of training",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        for (budget, full, expected) in [
            (None, None, Budget::Short),
            (None, Some("1"), Budget::Full),
            (None, Some("0"), Budget::Short),
            (Some(""), Some("1"), Budget::Full),
            (Some("grade"), Some("1"), Budget::Grade),
            (Some("full"), None, Budget::Full),
            (Some("short"), Some("1"), Budget::Short),
        ] {
            assert_eq!(Budget::parse(budget, full), Ok(expected), "{budget:?} {full:?}");
        }
    }

    #[test]
    fn other_values_are_errors() {
        let error = |budget, full| Budget::parse(budget, full).unwrap_err();
        assert_eq!(error(Some("ful"), None), "NNLIB_BUDGET is `ful`, expected short, full or grade");
        assert_eq!(error(None, Some("yes")), "NNLIB_FULL is `yes`, expected 1 or 0");
    }
}
