//! Networks of `nnlib::serial`, by automatic differentiation, as the notebook convnet-mnist trains them.

use super::{FirstSteps, TEST_BATCH, Workload, batches_in_order};
use crate::arguments::Options;
use crate::images::Images;
use nnlib::data::{Batches, ImageSet, one_hot};
use nnlib::grad::{Tensor, Tree, ValueAndGradFn, value_and_grad};
use nnlib::parameters::Parameters;
use nnlib::rng::RandomState;
use nnlib::serial::optimizers::{self, Optimizer, OptimizerState};
use nnlib::serial::{Layer, Mode, Params, conv, dense, flatten, max_pool, relu, serial};

/// Images, and their classes as one-hot rows.
type Batch = (Tensor, Tensor);

pub struct SerialNet<'a> {
    images: &'a Images,
    net: Layer,
    /// The shape in which the network takes an image.
    sample: &'static [usize],
    loss_and_gradients: ValueAndGradFn<Params, Batch>,
    optimizer: Optimizer,
    /// `None` only while a step is taken, which takes it over.
    state: Option<OptimizerState<Params>>,
    batches: Batches,
    batch_size: usize,
    /// How many steps an epoch has here, if it is cut off.
    steps: usize,
    steps_taken: usize,
}

impl<'a> SerialNet<'a> {
    pub fn mlp(options: &Options, images: &'a Images) -> Self {
        let units = options.width();
        let net = serial(vec![dense(units), relu(), dense(units), relu(), dense(10)]);
        SerialNet::new(net, &[784], optimizers::sgd(0.1), options, images)
    }

    pub fn convnet(options: &Options, images: &'a Images) -> Self {
        let net = serial(vec![
            conv(32, (3, 3)),
            relu(),
            max_pool((2, 2), (2, 2)),
            conv(64, (3, 3)),
            relu(),
            conv(64, (3, 3)),
            relu(),
            max_pool((2, 2), (2, 2)),
            flatten(),
            dense(100),
            relu(),
            dense(10),
        ]);
        SerialNet::new(net, &[1, 28, 28], optimizers::momentum(0.01, 0.9), options, images)
    }

    fn new(net: Layer, sample: &'static [usize], optimizer: Optimizer, options: &Options, images: &'a Images) -> Self {
        let mut rng = RandomState::new(0);
        let (_, params) = net.init(&mut rng, sample);
        let batches = Batches::new(images.train.len(), options.batch(), rng);
        let loss_and_gradients = value_and_grad({
            let net = net.clone();
            move |params: &Params, (images, targets): &Batch| {
                let log_probs = net.apply(params, images, Mode::Predict).log_softmax(1);
                -(targets * log_probs).sum_axis(1).mean()
            }
        });
        SerialNet {
            images,
            net,
            sample,
            loss_and_gradients,
            optimizer,
            state: Some(optimizer.init(params)),
            batch_size: options.batch(),
            steps: options.steps.unwrap_or(usize::MAX).min(batches.per_epoch()),
            batches,
            steps_taken: 0,
        }
    }

    fn state(&self) -> &OptimizerState<Params> {
        self.state.as_ref().expect("put back after each step")
    }

    /// One step on the training images with these numbers; returns the loss before it.
    fn step(&mut self, rows: &[usize]) -> f64 {
        let batch = make_batch(&self.images.train, rows, self.sample);
        let state = self.state.take().expect("put back after each step");
        let (loss, gradients) = (self.loss_and_gradients)(state.params(), &batch);
        self.state = Some(self.optimizer.update(self.steps_taken, &gradients, state));
        self.steps_taken += 1;
        f64::from(loss.item())
    }
}

impl Workload for SerialNet<'_> {
    fn train_epoch(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..self.steps {
            let rows = self.batches.next_batch();
            sum += self.step(&rows);
        }
        sum / self.steps as f64
    }

    fn part_of_epoch(&self) -> f64 {
        self.steps as f64 / self.batches.per_epoch() as f64
    }

    fn classify_test(&self) -> Vec<usize> {
        let rows: Vec<usize> = (0..self.images.test.len()).collect();
        let classify = |rows: &[usize]| {
            let (inputs, _) = make_batch(&self.images.test, rows, self.sample);
            self.net.apply(self.state().params(), &inputs, Mode::Predict).argmax_axis(1)
        };
        rows.chunks(TEST_BATCH).flat_map(classify).collect()
    }

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::new();
        for (index, tensor) in self.state().params().tensors().into_iter().enumerate() {
            let kind = if index % 2 == 0 { "w" } else { "b" };
            parameters.insert(&format!("{kind}{}", index / 2 + 1), tensor.value().mapv(f64::from));
        }
        parameters
    }

    fn first_steps(&mut self) -> FirstSteps {
        let batches = batches_in_order(self.batch_size);
        let losses = batches.iter().map(|rows| self.step(rows)).collect();
        FirstSteps { batches, losses }
    }
}

/// The images of `set` with these numbers, as numbers from 0 to 1, each of shape `sample`.
fn make_batch(set: &ImageSet, rows: &[usize], sample: &[usize]) -> Batch {
    let (inputs, labels) = set.batch_f32(rows);
    let shape = [&[rows.len()], sample].concat();
    (Tensor::from(inputs).reshape(&shape), Tensor::from(one_hot(&labels, 10)))
}
