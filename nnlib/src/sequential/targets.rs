//! What a model should answer.

use ndarray::{Array, Array1, ArrayD, Dimension};

use super::loss::Loss;
use super::values::Values;

/// The targets of a model, one for each sample: rows `(N, M)`, such as one-hot rows, or labels `(N,)`.
///
/// Arrays of `f32` and `f64` are rows, and a vector of them is a column `(N, 1)`. Vectors of `usize` and `u8` are labels,
/// class numbers from 0. `&y` becomes one wherever it is asked for.
#[derive(Clone, Debug)]
pub struct Targets<'a>(pub(super) Kind<'a>);

/// Rows to look at, or labels.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    Rows(Values<'a>),
    Labels(Vec<usize>),
}

/// The targets of one batch.
#[derive(Clone, Debug)]
pub(super) enum Batch {
    /// `(N, M)`.
    Rows(ArrayD<f32>),
    /// `(N,)`.
    Labels(Array1<usize>),
}

impl Targets<'_> {
    /// The shape, `[N]` or `[N, M]`.
    pub fn shape(&self) -> Vec<usize> {
        match &self.0 {
            Kind::Rows(rows) => rows.shape().to_vec(),
            Kind::Labels(labels) => vec![labels.len()],
        }
    }

    /// How many targets there are, N.
    pub fn len(&self) -> usize {
        self.shape()[0]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Panics unless they are targets of `loss` for a model whose last layer, `layer`, has `outputs` outputs.
    #[track_caller]
    pub(super) fn expect_for(&self, loss: Loss, layer: &str, outputs: usize, function: &str, argument: &str) {
        match (&self.0, loss) {
            (Kind::Labels(labels), Loss::SparseCategoricalCrossentropy) => {
                if let Some(index) = labels.iter().position(|&label| label >= outputs) {
                    panic!(
                        "{function}: label {} at index {index} of `{argument}`, expected classes 0 to {}: the last \
                         layer, `{layer}`, has {outputs} outputs",
                        labels[index],
                        outputs - 1
                    );
                }
            }
            (Kind::Labels(_), Loss::CategoricalCrossentropy) => panic!(
                "{function}: `{argument}` holds labels, and categorical_crossentropy expects one-hot rows (N, \
                 {outputs}); for labels there is sparse_categorical_crossentropy"
            ),
            (Kind::Rows(rows), Loss::SparseCategoricalCrossentropy) => panic!(
                "{function}: `{argument}` is an array of numbers of shape {:?}, and sparse_categorical_crossentropy \
                 expects labels, an Array1<usize>; for one-hot rows there is categorical_crossentropy",
                rows.shape()
            ),
            _ => {
                let columns = self.shape().get(1).copied().unwrap_or(1);
                assert!(
                    columns == outputs,
                    "{function}: `{argument}` has shape {:?}, expected [{}, {outputs}]: a column for each output of \
                     the last layer, `{layer}`",
                    self.shape(),
                    self.len()
                );
            }
        }
        if loss == Loss::BinaryCrossentropy {
            self.expect_fractions(function, argument);
        }
    }

    /// Panics unless every target is from 0 to 1.
    #[track_caller]
    fn expect_fractions(&self, function: &str, argument: &str) {
        let all: Vec<usize> = (0..self.len()).collect();
        let stray = match self.batch(&all) {
            Batch::Rows(rows) => rows.iter().find(|target| !(0.0..=1.0).contains(*target)).copied(),
            Batch::Labels(labels) => labels.iter().find(|&&label| label > 1).map(|&label| label as f32),
        };
        if let Some(target) = stray {
            panic!("{function}: `{argument}` holds {target}, and binary_crossentropy expects targets from 0 to 1");
        }
    }

    /// The targets with these numbers; what is not labels has rows of `(N, M)`.
    pub(super) fn batch(&self, indices: &[usize]) -> Batch {
        match &self.0 {
            Kind::Rows(rows) => {
                let batch = rows.gather(indices, 1.0);
                let columns = batch.len() / indices.len().max(1);
                Batch::Rows(batch.into_shape_with_order(vec![indices.len(), columns]).expect("a row a target"))
            }
            Kind::Labels(labels) => Batch::Labels(indices.iter().map(|&index| labels[index]).collect()),
        }
    }
}

#[track_caller]
fn expect_rows<T, D: Dimension>(array: &Array<T, D>) {
    assert!(
        matches!(array.ndim(), 1 | 2),
        "Targets::from: an array of shape {:?}, expected rows (N, M) or labels (N,)",
        array.shape()
    );
}

impl<'a, D: Dimension> From<&'a Array<f32, D>> for Targets<'a> {
    #[track_caller]
    fn from(rows: &'a Array<f32, D>) -> Self {
        expect_rows(rows);
        Targets(Kind::Rows(Values::F32(rows.view().into_dyn())))
    }
}

impl<'a, D: Dimension> From<&'a Array<f64, D>> for Targets<'a> {
    #[track_caller]
    fn from(rows: &'a Array<f64, D>) -> Self {
        expect_rows(rows);
        Targets(Kind::Rows(Values::F64(rows.view().into_dyn())))
    }
}

impl From<&Array1<usize>> for Targets<'_> {
    fn from(labels: &Array1<usize>) -> Self {
        Targets(Kind::Labels(labels.to_vec()))
    }
}

impl From<&Array1<u8>> for Targets<'_> {
    fn from(labels: &Array1<u8>) -> Self {
        Targets(Kind::Labels(labels.iter().map(|&label| usize::from(label)).collect()))
    }
}
