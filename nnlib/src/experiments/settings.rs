//! One combination of settings.

use std::fmt;

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any number, such as a learning rate.
    Number(f64),
    /// How many of something, such as units of a layer.
    Count(usize),
    /// A name, such as that of an activation function.
    Word(String),
}

/// Short: `0.001`, `1e-5`, `256`, `relu`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) if *number != 0.0 && !(1e-4..1e16).contains(&number.abs()) => write!(f, "{number:e}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Count(count) => write!(f, "{count}"),
            Value::Word(word) => write!(f, "{word}"),
        }
    }
}

/// One value for each setting of a [`Grid`](super::Grid).
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub(super) settings: Vec<(String, Value)>,
}

impl Settings {
    /// Names and values, in the order of the grid.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of `name`.
    ///
    /// # Panics
    ///
    /// If there is no such setting.
    #[track_caller]
    pub fn value(&self, name: &str) -> &Value {
        self.find("value", name)
    }

    /// The number called `name`, of a list of [`Grid::numbers`](super::Grid::numbers).
    ///
    /// # Panics
    ///
    /// If there is no such setting, or it is not a number.
    #[track_caller]
    pub fn number(&self, name: &str) -> f64 {
        match self.find("number", name) {
            Value::Number(number) => *number,
            other => wrong_kind("number", name, other),
        }
    }

    /// The count called `name`, of a list of [`Grid::counts`](super::Grid::counts).
    ///
    /// # Panics
    ///
    /// If there is no such setting, or it is not a count.
    #[track_caller]
    pub fn count(&self, name: &str) -> usize {
        match self.find("count", name) {
            Value::Count(count) => *count,
            other => wrong_kind("count", name, other),
        }
    }

    /// The word called `name`, of a list of [`Grid::words`](super::Grid::words).
    ///
    /// # Panics
    ///
    /// If there is no such setting, or it is not a word.
    #[track_caller]
    pub fn word(&self, name: &str) -> &str {
        match self.find("word", name) {
            Value::Word(word) => word,
            other => wrong_kind("word", name, other),
        }
    }

    #[track_caller]
    fn find(&self, function: &str, name: &str) -> &Value {
        match self.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => value,
            None => {
                let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
                panic!("Settings::{function}: there is no `{name}`; there are {names:?}")
            }
        }
    }
}

#[track_caller]
fn wrong_kind(wanted: &str, name: &str, value: &Value) -> ! {
    let kind = match value {
        Value::Number(_) => "number",
        Value::Count(_) => "count",
        Value::Word(_) => "word",
    };
    panic!("Settings::{wanted}: `{name}` is {value}, a {kind}, expected a {wanted}")
}

/// The values, in the order of the grid: `0.001, 256, 0.2, relu`.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, value)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{value}")?;
        }
        Ok(())
    }
}
