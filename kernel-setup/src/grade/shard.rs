//! Parts of a class that are graded apart, on several machines.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// One of several parts: `--shard 2/4`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Which, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// Whether a student's submission is graded here. It depends on nothing but the student's name, so that every machine comes
    /// to the same answer, and nobody moves when somebody hands in late.
    pub fn holds(self, student: &str) -> bool {
        let hash = Sha256::digest(student.as_bytes());
        let (first, _) = hash.as_slice().split_first_chunk().expect("SHA-256 has 32 bytes");
        u64::from_be_bytes(*first) % self.of as u64 == self.number as u64 - 1
    }
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let expected = || format!("a shard is written I/N, from 1/N to N/N, as 2/4; found `{text}`");
        let (number, of) = text.split_once('/').with_context(expected)?;
        let shard = Shard { number: number.parse().with_context(expected)?, of: of.parse().with_context(expected)? };
        ensure!(1 <= shard.number && shard.number <= shard.of, expected());
        Ok(shard)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

impl TryFrom<String> for Shard {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_is_in_one_shard() {
        let students: Vec<String> = (0..300).map(|number| format!("student{number}")).collect();
        let mut sizes = Vec::new();
        for number in 1..=4 {
            let shard = Shard { number, of: 4 };
            sizes.push(students.iter().filter(|student| shard.holds(student)).count());
        }
        assert_eq!(sizes.iter().sum::<usize>(), 300);
        assert!(sizes.iter().all(|size| (50..=100).contains(size)), "{sizes:?}");
        for student in &students {
            assert_eq!((1..=4).filter(|&number| Shard { number, of: 4 }.holds(student)).count(), 1);
        }
    }

    #[test]
    fn shards_stay_what_they_are() {
        // python3 -c "import hashlib; print([int.from_bytes(hashlib.sha256(s.encode()).digest()[:8], 'big') % 3 + 1
        //                                    for s in ['ada', 'bob', 'eve@example.org', 'x-1']])"
        let shard = |student| (1..=3).find(|&number| Shard { number, of: 3 }.holds(student)).unwrap();
        assert_eq!(["ada", "bob", "eve@example.org", "x-1"].map(shard), [3, 3, 3, 2]);
    }

    #[test]
    fn what_is_no_shard_is_told() {
        assert_eq!("2/4".parse::<Shard>().unwrap(), Shard { number: 2, of: 4 });
        for text in ["", "2", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b"] {
            let error = text.parse::<Shard>().unwrap_err().to_string();
            assert!(error.contains("I/N") && error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
