//! What decides marks, besides the submission itself.

use super::shard::Shard;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A grading: two submissions that are the same are given the same marks under the same run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Run {
    /// The assignment's name.
    pub assignment: String,
    /// SHA-256 of the assignment's source and manifest, in hexadecimal.
    pub assignment_hash: String,
    /// rustc's version, as it tells it.
    pub toolchain: String,
    /// This program's version.
    pub nnkernel_version: String,
    /// The secret from which the inputs of hidden tests are drawn.
    pub seed: u64,
    /// Time, memory, and the protections that were asked for.
    pub limits: serde_json::Value,
    /// Which part of the submissions is graded. It decides no marks.
    pub shard: Option<Shard>,
}

impl Run {
    /// The same for all submissions together.
    pub fn unsharded(&self) -> Run {
        Run { shard: None, ..self.clone() }
    }

    /// A name that only equal runs have, in hexadecimal; shards of one run have the same.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(&self.unsharded()).expect("a run has no keys but strings");
        hexadecimal(&Sha256::digest(text))
    }

    /// An error that names the first difference which decides marks, if there is one. `here` and `there` say which runs these are.
    pub fn check_same(&self, here: &str, other: &Run, there: &str) -> Result<()> {
        let as_map = |run: &Run| match serde_json::to_value(run.unsharded()) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => unreachable!("a struct is an object"),
        };
        let others = as_map(other);
        for (key, ours) in as_map(self) {
            let theirs = &others[&key];
            if ours != *theirs {
                // The seed is a secret while people may still hand in.
                let (ours, theirs) = match key.as_str() {
                    "seed" => ("one".to_owned(), "another".to_owned()),
                    _ => (ours.to_string(), theirs.to_string()),
                };
                bail!("they are of different gradings: `{key}` is {ours} in {here}, and {theirs} in {there}");
            }
        }
        Ok(())
    }
}

/// Bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn all_but_the_shard_decides() {
        let run = example::run();
        let mut shard = run.clone();
        shard.shard = Some("2/3".parse().unwrap());
        assert_eq!(run.hash(), shard.hash());
        assert_eq!(shard.unsharded(), run);
        run.check_same("a", &shard, "b").unwrap();
        let mut other = run.clone();
        other.limits["timeout"] = 61.into();
        assert_ne!(run.hash(), other.hash());
        let error = run.check_same("a", &other, "b").unwrap_err().to_string();
        assert!(error.contains("`limits` is {\"timeout\":60} in a, and {\"timeout\":61} in b"), "{error}");
    }

    #[test]
    fn the_seed_is_not_told() {
        let run = example::run();
        let mut other = run.clone();
        other.seed += 1;
        let error = run.check_same("a", &other, "b").unwrap_err().to_string();
        assert!(error.contains("`seed`") && !error.contains(&run.seed.to_string()), "{error}");
    }
}
