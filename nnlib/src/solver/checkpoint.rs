//! A training in a file, to go on from.
//!
//! A checkpoint is an `.npz` archive of `f64` arrays, in which every state is exact: whole numbers below 2⁵³ and `f64`
//! alike. `np.load` reads it.
//!
//! | entry | what |
//! |---|---|
//! | `params/NAME`, `buffers/NAME` | the model |
//! | `best/val_acc`, `best/params/NAME`, `best/buffers/NAME` | the model at its best |
//! | `optim/NAME/settings` | learning rate, momentum, decay rate, epsilon, beta1, beta2, t |
//! | `optim/NAME/velocity`, `cache`, `m`, `v` | what the update rule remembers, where there is something |
//! | `history/loss`, `history/train_acc`, `history/val_acc` | the histories |
//! | `epoch` | how many epochs are done |
//! | `step` | how many steps of the next one are done, where the training was interrupted |
//! | `rng/key`, `rng/position`, `rng/spare_normal` | the generator; the last is empty or one number |

use super::{Best, Model, Solver, SolverSettings};
use crate::optim::OptimConfig;
use crate::parameters::Parameters;
use crate::rng::{RandomState, SavedState};
use crate::save::npz;
use crate::{Error, Result};
use ndarray::{Array1, ArrayD};
use std::path::Path;

impl Solver {
    /// Writes everything that the rest of the training depends on to `path`, in place of what was there.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save_checkpoint(&self, path: impl AsRef<Path>, model: &dyn Model, rng: &RandomState) -> Result<()> {
        let mut entries = Parameters::new();
        put_all(&mut entries, "params", model.params());
        put_all(&mut entries, "buffers", &model.buffers());
        if let Some(best) = &self.best {
            entries.insert("best/val_acc", Array1::from_elem(1, best.val_acc));
            put_all(&mut entries, "best/params", &best.params);
            put_all(&mut entries, "best/buffers", &best.buffers);
        }
        for (name, config) in &self.optim_configs {
            put_config(&mut entries, &format!("optim/{name}"), config);
        }
        entries.insert("history/loss", Array1::from(self.loss_history.clone()));
        entries.insert("history/train_acc", Array1::from(self.train_acc_history.clone()));
        entries.insert("history/val_acc", Array1::from(self.val_acc_history.clone()));
        entries.insert("epoch", Array1::from_elem(1, self.epoch as f64));
        if self.step > 0 {
            entries.insert("step", Array1::from_elem(1, self.step as f64));
        }
        let SavedState { key, position, spare_normal } = rng.state();
        entries.insert("rng/key", key.into_iter().map(f64::from).collect::<Array1<f64>>());
        entries.insert("rng/position", Array1::from_elem(1, position as f64));
        entries.insert("rng/spare_normal", spare_normal.into_iter().collect::<Array1<f64>>());
        npz::write(&entries, path)
    }

    /// The solver that wrote the checkpoint `path`; `model` and `rng` are put where they stood.
    ///
    /// With the same settings and samples, training goes on to the same numbers, bit for bit, as if it had not been cut
    /// off. The settings are not in the file. The log begins anew.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is damaged or no checkpoint, or was written of a model with other parameters; then
    /// `model` and `rng` stay as they are.
    pub fn resume(
        settings: SolverSettings,
        path: impl AsRef<Path>,
        model: &mut dyn Model,
        rng: &mut RandomState,
    ) -> Result<Solver> {
        let mut solver = Solver::new(settings);
        let path = path.as_ref();
        let file = Checkpoint { entries: npz::read(path)?, path };
        let params = file.model_part("params", model.params())?;
        let buffers = file.model_part("buffers", &model.buffers())?;
        if file.entries.get("best/val_acc").is_some() {
            let val_acc = file.number("best/val_acc")?;
            let params = file.model_part("best/params", model.params())?;
            let buffers = file.model_part("best/buffers", &model.buffers())?;
            solver.best = Some(Best { val_acc, params, buffers });
        }
        for (name, w) in params.iter() {
            if let Some(config) = file.config(&format!("optim/{name}"), w)? {
                solver.optim_configs.insert(name.to_owned(), config);
            }
        }
        solver.loss_history = file.vector("history/loss")?;
        solver.train_acc_history = file.vector("history/train_acc")?;
        solver.val_acc_history = file.vector("history/val_acc")?;
        solver.epoch = file.whole("epoch", 1 << 53)? as usize;
        if file.entries.get("step").is_some() {
            solver.step = file.whole("step", 1 << 53)? as usize;
        }
        let restored = file.generator()?;
        // All is read: from here on nothing can fail.
        *model.params_mut() = params;
        model.set_buffers(&buffers);
        *rng = restored;
        Ok(solver)
    }
}

fn put_all(entries: &mut Parameters, folder: &str, arrays: &Parameters) {
    for (name, array) in arrays.iter() {
        entries.insert(&format!("{folder}/{name}"), array.clone());
    }
}

fn put_config(entries: &mut Parameters, folder: &str, config: &OptimConfig) {
    let OptimConfig { learning_rate, momentum, velocity, decay_rate, epsilon, cache, beta1, beta2, m, v, t } = config;
    let settings = [*learning_rate, *momentum, *decay_rate, *epsilon, *beta1, *beta2, *t as f64];
    entries.insert(&format!("{folder}/settings"), Array1::from_iter(settings));
    for (name, memory) in [("velocity", velocity), ("cache", cache), ("m", m), ("v", v)] {
        if let Some(memory) = memory {
            entries.insert(&format!("{folder}/{name}"), memory.clone());
        }
    }
}

/// A checkpoint that has been read.
struct Checkpoint<'a> {
    entries: Parameters,
    path: &'a Path,
}

impl Checkpoint<'_> {
    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::format(self.path, expected, found)
    }

    fn entry(&self, name: &str) -> Result<&ArrayD<f64>> {
        self.entries.get(name).ok_or_else(|| self.error(format!("a checkpoint with an entry `{name}`"), "none"))
    }

    fn vector(&self, name: &str) -> Result<Vec<f64>> {
        let array = self.entry(name)?;
        if array.ndim() != 1 {
            return Err(self.error(format!("`{name}` with one axis"), format!("shape {:?}", array.shape())));
        }
        Ok(array.iter().copied().collect())
    }

    fn number(&self, name: &str) -> Result<f64> {
        match self.vector(name)?.as_slice() {
            [number] => Ok(*number),
            numbers => Err(self.error(format!("one number in `{name}`"), numbers.len().to_string())),
        }
    }

    /// A whole number from 0 to `max`.
    fn whole(&self, name: &str, max: u64) -> Result<u64> {
        self.as_whole(name, self.number(name)?, max)
    }

    fn as_whole(&self, name: &str, number: f64, max: u64) -> Result<u64> {
        let whole = number as u64;
        if whole as f64 != number || whole > max {
            return Err(self.error(format!("whole numbers from 0 to {max} in `{name}`"), number.to_string()));
        }
        Ok(whole)
    }

    /// The arrays of a folder, which must have the names and shapes of `like`.
    fn model_part(&self, folder: &str, like: &Parameters) -> Result<Parameters> {
        let prefix = format!("{folder}/");
        let part: Parameters = self
            .entries
            .iter()
            .filter_map(|(name, array)| Some((name.strip_prefix(&prefix)?, array.clone())))
            .collect();
        let shapes = |part: &Parameters| part.iter().map(|(_, array)| array.shape().to_vec()).collect::<Vec<_>>();
        if !part.names().eq(like.names()) || shapes(&part) != shapes(like) {
            return Err(self.error(format!("`{folder}` of this model, {like:?}"), format!("{part:?}")));
        }
        Ok(part)
    }

    /// What the update rule of the parameter `w` remembered, if it had taken a step.
    fn config(&self, folder: &str, w: &ArrayD<f64>) -> Result<Option<OptimConfig>> {
        let name = format!("{folder}/settings");
        if self.entries.get(&name).is_none() {
            return Ok(None);
        }
        let settings = self.vector(&name)?;
        let [learning_rate, momentum, decay_rate, epsilon, beta1, beta2, t] = settings[..] else {
            return Err(self.error(format!("7 numbers in `{name}`"), settings.len().to_string()));
        };
        let memory = |memory: &str| match self.entries.get(&format!("{folder}/{memory}")) {
            Some(array) if array.shape() != w.shape() => Err(self.error(
                format!("`{folder}/{memory}` with the parameter's shape {:?}", w.shape()),
                format!("{:?}", array.shape()),
            )),
            array => Ok(array.cloned()),
        };
        Ok(Some(OptimConfig {
            learning_rate,
            momentum,
            velocity: memory("velocity")?,
            decay_rate,
            epsilon,
            cache: memory("cache")?,
            beta1,
            beta2,
            m: memory("m")?,
            v: memory("v")?,
            t: self.as_whole(&name, t, 1 << 53)?,
        }))
    }

    fn generator(&self) -> Result<RandomState> {
        let key = self.vector("rng/key")?;
        if key.len() != RandomState::STATE_WORDS {
            let expected = format!("{} numbers in `rng/key`", RandomState::STATE_WORDS);
            return Err(self.error(expected, key.len().to_string()));
        }
        let word = |number| Ok(self.as_whole("rng/key", number, u64::from(u32::MAX))? as u32);
        let key = key.into_iter().map(word).collect::<Result<Vec<u32>>>()?;
        let position = self.whole("rng/position", RandomState::STATE_WORDS as u64)? as usize;
        let spare_normal = match self.vector("rng/spare_normal")?.as_slice() {
            [] => None,
            [spare_normal] => Some(*spare_normal),
            numbers => return Err(self.error("at most one number in `rng/spare_normal`", numbers.len().to_string())),
        };
        Ok(RandomState::from_state(&SavedState { key, position, spare_normal }))
    }
}
