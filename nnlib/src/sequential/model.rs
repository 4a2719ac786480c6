//! A stack of layers with their weights.

use std::fmt;

use ndarray::ArrayD;

use crate::grad::Tensor;
use crate::rng::RandomState;

use super::layers::{Layer, Weight, batch_shape};
use super::loss::Loss;
use super::names::{Choice, Named};
use super::optimizers::{Optimizer, Stepper};
use super::summary::{Row, Summary};

/// A network of layers, one after the other; the module's page shows how it is used.
pub struct Sequential {
    pub(super) layers: Vec<Entry>,
    pub(super) rng: RandomState,
    pub(super) compiled: Option<Compiled>,
}

/// A layer in its place.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name in the model: `dense_1`.
    pub name: String,
    pub layer: Box<dyn Layer>,
    /// The shapes of a sample before and after it, once they are known.
    pub shapes: Option<(Vec<usize>, Vec<usize>)>,
    /// The name of each weight, and whether it is trained. Empty until the shapes are known.
    pub keys: Vec<(&'static str, bool)>,
    /// Their values.
    pub weights: Vec<Tensor>,
}

impl Entry {
    /// The shape that layer `index`, which this is, makes of `input`.
    #[track_caller]
    fn output_shape(&self, index: usize, input: &[usize], function: &str) -> Vec<usize> {
        match self.layer.output_shape(input) {
            Ok(output) => output,
            Err(expected) => {
                panic!("{function}: layer {index}, `{}`, got {}, expected {expected}", self.name, batch_shape(input))
            }
        }
    }

    /// Tells the layer its shapes, and draws its weights.
    fn build(&mut self, input: Vec<usize>, output: Vec<usize>, rng: &mut RandomState) {
        for Weight { name, value, trainable } in self.layer.weights(&input, rng) {
            self.keys.push((name, trainable));
            self.weights.push(value.into());
        }
        self.shapes = Some((input, output));
    }
}

/// What a model is trained with.
#[derive(Debug)]
pub(super) struct Compiled {
    pub loss: Loss,
    pub stepper: Stepper,
    /// Whether the accuracy is measured.
    pub accuracy: bool,
}

/// A metric, as `compile` is told.
#[derive(Clone, Copy)]
struct Accuracy;

impl Named for Accuracy {
    const KIND: &'static str = "metric";
    const ALL: &'static [(&'static str, Self)] = &[("accuracy", Accuracy)];
}

impl Sequential {
    /// A model without layers, with seed 0.
    pub fn new() -> Self {
        Sequential::with_seed(0)
    }

    /// A model without layers. Initial weights, shuffles and dropout masks come from `RandomState::new(seed)`: the same
    /// calls on a model with the same seed give the same numbers.
    pub fn with_seed(seed: u32) -> Self {
        Sequential { layers: Vec::new(), rng: RandomState::new(seed), compiled: None }
    }

    /// Adds a layer on top.
    ///
    /// # Panics
    ///
    /// If the layer cannot take what the one below it gives, if a layer other than the first says an input shape that is
    /// not that one, or if the model is compiled.
    #[track_caller]
    pub fn add(&mut self, layer: impl Layer + 'static) -> &mut Self {
        assert!(
            self.compiled.is_none(),
            "Sequential::add: the model is compiled; make a new one, and add all its layers first"
        );
        self.push(Box::new(layer));
        self
    }

    #[track_caller]
    fn push(&mut self, layer: Box<dyn Layer>) {
        let mut entry =
            Entry { name: self.free_name(layer.kind()), layer, shapes: None, keys: Vec::new(), weights: Vec::new() };
        let index = self.layers.len();
        let below = self.layers.last().map(|below| below.shapes.as_ref().map(|(_, output)| output.clone()));
        let given = entry.layer.input_shape().map(<[usize]>::to_vec);
        let name = &entry.name;
        let input = match (below, given) {
            (None, given) => given,
            (Some(below), None) => below,
            (Some(Some(below)), Some(given)) if below == given => Some(below),
            (Some(below), Some(given)) => panic!(
                "Sequential::add: layer {index}, `{name}`, has the input shape {}, but the layer below gives {}; only \
                 the first layer needs one",
                batch_shape(&given),
                below.map_or("what is not known yet".to_owned(), |below| batch_shape(&below))
            ),
        };
        if let Some(input) = input {
            let output = entry.output_shape(index, &input, "Sequential::add");
            entry.build(input, output, &mut self.rng);
        }
        self.layers.push(entry);
    }

    /// `dense`, or `dense_1` where there is a `dense`.
    fn free_name(&self, kind: &str) -> String {
        let name = snake_case(kind);
        match self.layers.iter().filter(|entry| entry.layer.kind() == kind).count() {
            0 => name,
            count => format!("{name}_{count}"),
        }
    }

    /// Tells the model which samples it takes, `&[3, 32, 32]`, and draws its weights.
    ///
    /// `fit` does so too; it is of use where the first layer was given no input shape and the weights are wanted before.
    ///
    /// # Panics
    ///
    /// If there is no layer, if the model takes other samples already, or a layer cannot take what the one below it gives.
    #[track_caller]
    pub fn build(&mut self, input_shape: &[usize]) {
        self.build_for("Sequential::build", input_shape);
    }

    /// Builds the model for these samples, or checks that it is built for them.
    #[track_caller]
    pub(super) fn build_for(&mut self, function: &str, input: &[usize]) {
        self.expect_layers(function);
        if self.layers[0].shapes.is_some() {
            return self.expect_input(function, input);
        }
        let mut shapes = vec![input.to_vec()];
        for (index, entry) in self.layers.iter().enumerate() {
            shapes.push(entry.output_shape(index, &shapes[index], function));
        }
        for (entry, shapes) in self.layers.iter_mut().zip(shapes.windows(2)) {
            entry.build(shapes[0].clone(), shapes[1].clone(), &mut self.rng);
        }
    }

    #[track_caller]
    fn expect_layers(&self, function: &str) {
        assert!(!self.layers.is_empty(), "{function}: the model has no layers; add some first");
    }

    /// The input shape; panics unless the model has layers and knows it.
    #[track_caller]
    fn expect_built(&self, function: &str) -> &[usize] {
        self.expect_layers(function);
        match &self.layers[0].shapes {
            Some((input, _)) => input,
            None => panic!(
                "{function}: the model has no weights yet: give its first layer an input shape, or call `build` or `fit`"
            ),
        }
    }

    /// Panics unless the model is built for samples of shape `input`.
    #[track_caller]
    pub(super) fn expect_input(&self, function: &str, input: &[usize]) {
        let expected = self.expect_built(function);
        assert!(
            input == expected,
            "{function}: layer 0, `{}`, got {}, expected {}",
            self.layers[0].name,
            batch_shape(input),
            batch_shape(expected)
        );
    }

    /// Says what to train the model with: a loss, an optimizer, and what to measure besides the loss.
    ///
    /// `model.compile("categorical_crossentropy", Adam::new(1e-4), &["accuracy"])`. What is known by a name in Keras
    /// may be given by it. `"accuracy"` is the fraction of samples whose largest output is that of their class, and
    /// where there is but one output, the fraction of those on the right side of 0.5. What an optimizer remembered is
    /// forgotten; the weights stay.
    ///
    /// # Panics
    ///
    /// If there is no loss, optimizer or metric of this name.
    #[track_caller]
    pub fn compile(&mut self, loss: impl Choice<Loss>, optimizer: impl Choice<Optimizer>, metrics: &[&str]) {
        for metric in metrics {
            let Accuracy = metric.choose("Sequential::compile");
        }
        self.compiled = Some(Compiled {
            loss: loss.choose("Sequential::compile"),
            stepper: Stepper::new(optimizer.choose("Sequential::compile")),
            accuracy: !metrics.is_empty(),
        });
    }

    /// What it is trained with.
    #[track_caller]
    pub(super) fn compiled(&self, function: &str) -> &Compiled {
        match &self.compiled {
            Some(compiled) => compiled,
            None => panic!("{function}: the model is not compiled; call `compile` with a loss and an optimizer first"),
        }
    }

    /// The layers with their output shapes and numbers of parameters, to be printed or shown.
    pub fn summary(&self) -> Summary {
        let row = |entry: &Entry| {
            let params = entry.weights.iter().map(|weight| weight.value().len()).sum();
            let built = entry.shapes.as_ref().map(|(_, output)| (batch_shape(output), params));
            Row { name: entry.name.clone(), kind: entry.layer.kind(), built }
        };
        let count = |trained: bool| {
            let weights = self.layers.iter().flat_map(|entry| entry.keys.iter().zip(&entry.weights));
            let counted = weights.filter(|((_, trainable), _)| *trainable == trained);
            counted.map(|(_, weight)| weight.value().len()).sum()
        };
        Summary {
            rows: self.layers.iter().map(row).collect(),
            trainable: count(true),
            non_trainable: count(false),
            optimizer: self.compiled.as_ref().and_then(|compiled| compiled.stepper.num_parameters()),
        }
    }

    /// All weights in the order of the layers, by name: `dense/kernel`, `dense/bias`, `dense_1/kernel` …
    pub fn weights(&self) -> Vec<(String, ArrayD<f32>)> {
        let mut named = Vec::new();
        for entry in &self.layers {
            for ((name, _), weight) in entry.keys.iter().zip(&entry.weights) {
                named.push((format!("{}/{name}", entry.name), weight.value().clone()));
            }
        }
        named
    }

    /// Sets all weights, in the order and of the names and shapes that [`weights`](Self::weights) gives.
    ///
    /// # Panics
    ///
    /// If there are more or fewer of them, or one has another name or shape.
    #[track_caller]
    pub fn set_weights(&mut self, weights: &[(String, ArrayD<f32>)]) {
        self.expect_built("Sequential::set_weights");
        let expected = self.weights();
        assert!(
            weights.len() == expected.len(),
            "Sequential::set_weights: got {} weights, expected {}: {:?}",
            weights.len(),
            expected.len(),
            Vec::from_iter(expected.iter().map(|(name, _)| name))
        );
        for (index, ((name, value), (expected, old))) in weights.iter().zip(&expected).enumerate() {
            assert!(name == expected, "Sequential::set_weights: weight {index} is `{name}`, expected `{expected}`");
            assert!(
                value.shape() == old.shape(),
                "Sequential::set_weights: `{name}` has shape {:?}, expected {:?}",
                value.shape(),
                old.shape()
            );
        }
        let own = self.layers.iter_mut().flat_map(|entry| &mut entry.weights);
        for (weight, (_, value)) in own.zip(weights) {
            *weight = value.into();
        }
    }
}

impl Default for Sequential {
    fn default() -> Self {
        Sequential::new()
    }
}

/// One line: layers and parameters are counted, [`summary`](Sequential::summary) lists them.
impl fmt::Debug for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { trainable, non_trainable, .. } = self.summary();
        write!(f, "a sequential model of {} layers, {} parameters", self.layers.len(), trainable + non_trainable)
    }
}

/// A kind of layer as the beginning of a layer's name, by Keras's rule: `MaxPooling2D` gives `max_pooling2d`.
fn snake_case(kind: &str) -> String {
    let mut name = String::new();
    let mut before = None;
    for letter in kind.chars() {
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
        before = Some(letter);
    }
    name
}
