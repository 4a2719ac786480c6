//! What judges trained models: the reference's own code, at work on parameters that a submission has sent.

use super::attempt::Workshop;
use super::comparison::Cases;
use super::exam::Exam;
use anyhow::Result;
use nnlib::probe::Record;
use std::collections::BTreeMap;

/// The verdict program.
pub struct Verdicts;

impl Verdicts {
    /// Compiles it, if the assignment has any verdicts.
    pub fn prepare(_exam: &Exam, _workshop: &Workshop) -> Result<Option<Self>> {
        Ok(None)
    }

    /// What becomes of the questions with verdicts.
    pub fn judge(&self, _workshop: &Workshop, _sent: &BTreeMap<usize, &[Record]>) -> Result<BTreeMap<usize, Cases>> {
        Ok(BTreeMap::new())
    }
}
