// %% import
use nnlib::prelude::*;

// %% let, typed
let first: Matrix = Matrix::zeros((2, 3));

// %% value
first.sum()

// %% let, inferred
let learning_rate = 0.1;

// %% let, typed
let (rows, columns): (usize, usize) = (200, 784);

// %% function
/// Twice, and one more.
fn twice_and_one(x: f64) -> f64 {
    2.0 * x + 1.0
}

// %% value
twice_and_one(learning_rate)

// %% print
println!("a rate of {learning_rate}, {rows} rows");

// %% let, inferred
let images = Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 31 + j * 17) % 256) as f64 / 255.0);

// %% array
images.slice(s![..2, ..5])

// %% print
println!("{:?}, mean {:.3}", images.dim(), images.mean().unwrap());

// %% let, inferred
let weights = Array2::from_elem((columns, 10), 0.01) * learning_rate;

// %% array
images.dot(&weights).slice(s![..3, ..])

// %% error
let scores = images.dot(&wieghts);

// %% fix
let scores = images.dot(&weights);

// %% function
fn softmax(scores: &Array2<f64>) -> Array2<f64> {
    let shifted = scores - &scores.fold_axis(Axis(1), f64::NEG_INFINITY, |a, &b| a.max(b)).insert_axis(Axis(1));
    let exponentials = shifted.mapv(f64::exp);
    let sums = exponentials.sum_axis(Axis(1)).insert_axis(Axis(1));
    exponentials / sums
}

// %% value
softmax(&scores).row(0).sum()

// %% let, inferred
let labels: Vec<usize> = (0..rows).map(|i| i * 7 % 10).collect();

// %% loop
let mut loss = 0.0;
let probabilities = softmax(&scores);
for (i, &label) in labels.iter().enumerate() {
    loss -= probabilities[[i, label]].ln();
}
println!("loss {:.4}", loss / rows as f64);

// %% type
#[derive(Clone, Debug)]
struct Layer {
    weights: Array2<f64>,
    bias: Array1<f64>,
}

impl Layer {
    fn new(inputs: usize, outputs: usize) -> Self {
        Layer { weights: Array2::zeros((inputs, outputs)), bias: Array1::zeros(outputs) }
    }

    fn forward(&self, x: &Array2<f64>) -> Array2<f64> {
        x.dot(&self.weights) + &self.bias
    }
}

// %% let, inferred
let mut layer = Layer::new(columns, 10);

// %% array
layer.forward(&images).row(0)

// %% function
fn loss_and_gradient(layer: &Layer, x: &Array2<f64>, labels: &[usize]) -> (f64, Array2<f64>, Array1<f64>) {
    let n = labels.len() as f64;
    let mut d_scores = softmax(&layer.forward(x));
    let mut loss = 0.0;
    for (mut row, &label) in d_scores.rows_mut().into_iter().zip(labels) {
        loss -= row[label].ln() / n;
        row[label] -= 1.0;
    }
    d_scores /= n;
    (loss, x.t().dot(&d_scores), d_scores.sum_axis(Axis(0)))
}

// %% value
loss_and_gradient(&layer, &images, &labels).0

// %% loop
let mut losses = Vec::new();
for step in 0..100 {
    let (loss, d_weights, d_bias) = loss_and_gradient(&layer, &images, &labels);
    layer.weights.scaled_add(-0.1, &d_weights);
    layer.bias.scaled_add(-0.1, &d_bias);
    losses.push(loss);
    if step % 25 == 0 {
        println!("step {step}: loss {loss:.4}");
    }
}

// %% plot
CurvePlot::new("Loss").x_label("step").y_label("loss").curve("train", &(0..losses.len()).collect::<Vec<_>>(), &losses)

// %% panic
assert_eq!(layer.weights.dim(), (10, columns), "weights of another shape");

// %% let, inferred
let predicted: Vec<usize> = layer.forward(&images).rows().into_iter()
    .map(|row| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index))
    .collect();

// %% print
let right = predicted.iter().zip(&labels).filter(|(a, b)| a == b).count();
println!("accuracy {:.1} %", 100.0 * right as f64 / rows as f64);

// %% plot
ImageGrid::templates(&layer.weights, 28, 28).columns(5).title("Weight templates")
