//! In which order wrong answers give way to the reference's, so that others are judged without them.
//!
//! An answer that is wrong may make others look wrong that rest upon it. Those whose own grounds are right are judged by the first run.
//! Those that rest on these alone are tried again with the reference in their place; and so on, a run for each step.

use std::collections::{BTreeMap, BTreeSet};

/// For each further run, the answers that give way. `rests_on` has all wrong answers, and for each the others that it rests upon; those in
/// `worth` are worth another try.
pub fn rounds(rests_on: &BTreeMap<usize, BTreeSet<usize>>, worth: &BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    let mut levels = BTreeMap::new();
    for answer in rests_on.keys() {
        level(*answer, rests_on, &mut levels, &mut BTreeSet::new());
    }
    let wanted: BTreeSet<usize> =
        worth.iter().filter_map(|answer| levels.get(answer).copied()).filter(|level| *level > 0).collect();
    let below = |wanted| levels.iter().filter(move |(_, level)| **level < wanted).map(|(answer, _)| *answer).collect();
    wanted.into_iter().map(below).collect()
}

/// How long the chain of wrong answers is that an answer rests upon.
fn level(
    answer: usize,
    rests_on: &BTreeMap<usize, BTreeSet<usize>>,
    known: &mut BTreeMap<usize, usize>,
    above: &mut BTreeSet<usize>,
) -> usize {
    if let Some(level) = known.get(&answer) {
        return *level;
    }
    above.insert(answer);
    let grounds = rests_on.get(&answer).into_iter().flatten();
    // Answers may name each other in a circle.
    let grounds: Vec<usize> =
        grounds.copied().filter(|ground| rests_on.contains_key(ground) && !above.contains(ground)).collect();
    let level = grounds.iter().map(|ground| level(*ground, rests_on, known, above) + 1).max().unwrap_or(0);
    above.remove(&answer);
    known.insert(answer, level);
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: &[(usize, &[usize])], worth: &[usize]) -> Vec<Vec<usize>> {
        let rests_on = answers.iter().map(|(answer, grounds)| (*answer, grounds.iter().copied().collect())).collect();
        let rounds = rounds(&rests_on, &worth.iter().copied().collect());
        rounds.into_iter().map(|round| round.into_iter().collect()).collect()
    }

    #[test]
    fn a_step_of_the_chain_a_run() {
        assert_eq!(of(&[(1, &[]), (2, &[])], &[1, 2]), [[0; 0]; 0]);
        assert_eq!(of(&[(1, &[]), (2, &[1]), (3, &[2, 1])], &[1, 2, 3]), [vec![1], vec![1, 2]]);
        // Nobody has answered the second: no run for its sake.
        assert_eq!(of(&[(1, &[]), (2, &[1]), (3, &[2, 1])], &[3]), [vec![1, 2]]);
        // The right ones are not in the way.
        assert_eq!(of(&[(2, &[1]), (3, &[1])], &[2, 3]), [[0; 0]; 0]);
    }

    #[test]
    fn circles_end() {
        assert_eq!(of(&[(1, &[2]), (2, &[1])], &[1, 2]).len(), 1);
        assert_eq!(of(&[(1, &[1])], &[1]), [[0; 0]; 0]);
    }
}
