//! A network in the style of Keras, as the notebook mlp-cifar10 searches settings for.

use super::{FirstSteps, Workload, batches_in_order};
use crate::arguments::Options;
use crate::images::Images;
use nnlib::parameters::Parameters;
use nnlib::sequential::optimizers::Adam;
use nnlib::sequential::{Activation, Dense, Dropout, FitOptions, Samples, Sequential};

pub struct DropoutMlp<'a> {
    images: &'a Images,
    model: Sequential,
    batch_size: usize,
    width: usize,
}

impl<'a> DropoutMlp<'a> {
    pub fn new(options: &Options, images: &'a Images) -> Self {
        DropoutMlp { images, model: network(options.width(), 0.2), batch_size: options.batch(), width: options.width() }
    }
}

fn one_epoch(batch_size: usize) -> FitOptions<'static> {
    FitOptions { epochs: 1, batch_size, verbose: 0, ..FitOptions::default() }
}

fn network(width: usize, dropout: f64) -> Sequential {
    let mut model = Sequential::new();
    model.add(Dense::new(width).input_shape(&[784]));
    model.add(Activation::new("relu")).add(Dropout::new(dropout));
    model.add(Dense::new(width)).add(Activation::new("relu")).add(Dropout::new(dropout));
    model.add(Dense::new(10)).add(Activation::new("softmax"));
    model.compile("sparse_categorical_crossentropy", Adam::new(0.001), &["accuracy"]);
    model
}

impl Workload for DropoutMlp<'_> {
    fn train_epoch(&mut self) -> f64 {
        let (x, y) = (Samples::from(&self.images.train).flattened(), self.images.train.labels());
        self.model.fit(x, y, one_epoch(self.batch_size))["loss"][0]
    }

    fn classify_test(&self) -> Vec<usize> {
        self.model.predict_classes(Samples::from(&self.images.test).flattened()).to_vec()
    }

    fn parameters(&self) -> Parameters {
        let kinds = ["w", "b"].into_iter().cycle();
        let named = self.model.weights().into_iter().zip(kinds).enumerate();
        named.map(|(index, ((_, array), kind))| (format!("{kind}{}", index / 2 + 1), array.mapv(f64::from))).collect()
    }

    fn first_steps(&mut self) -> FirstSteps {
        // The same weights: dropout draws none.
        self.model = network(self.width, 0.0);
        let batches = batches_in_order(self.batch_size);
        let step = |rows: &Vec<usize>| {
            let batch = self.images.train.subset(rows);
            let x = Samples::from(&batch).flattened();
            self.model.fit(x, batch.labels(), one_epoch(self.batch_size))["loss"][0]
        };
        let losses = batches.iter().map(step).collect();
        FirstSteps { batches, losses }
    }
}
