//! Products of matrices by themselves, in the shapes that dense layers multiply.

use nnlib::ndarray::{Array2, LinalgScalar};
use nnlib::rng::RandomState;
use serde_json::{Value, json};
use std::fmt;
use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

/// For how long a product is repeated.
const SECONDS: f64 = 0.3;
/// What is read from the clock at once: below, its resolution would show.
const READING: f64 = 2e-3;

#[derive(Clone, Copy)]
pub enum Precision {
    F32,
    F64,
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Precision::F32),
            "f64" => Ok(Precision::F64),
            _ => Err(format!("{text}: expected f32 or f64")),
        }
    }
}

/// A dense layer with `inputs` and `outputs`, for a batch of `samples`.
#[derive(Clone, Copy)]
pub struct Shape {
    samples: usize,
    inputs: usize,
    outputs: usize,
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Vec<usize> = text.split('x').filter_map(|number| number.parse().ok()).collect();
        match numbers[..] {
            [samples, inputs, outputs] if samples * inputs * outputs > 0 => Ok(Shape { samples, inputs, outputs }),
            _ => Err(format!("{text}: expected NxDxM, such as 32x784x1024")),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.samples, self.inputs, self.outputs)
    }
}

/// For each shape the seconds of `forward`, x·W, of `dw`, xᵀ·dout, and of `dx`, dout·Wᵀ.
pub fn measure(precision: Precision, shapes: &[Shape]) -> Value {
    let of_shape = |shape: &Shape| {
        let [forward, dw, dx] = match precision {
            Precision::F32 => product_seconds(operands(*shape).map(|matrix| matrix.mapv(|number| number as f32))),
            Precision::F64 => product_seconds(operands(*shape)),
        };
        (shape.to_string(), json!({ "forward": forward, "dw": dw, "dx": dx }))
    };
    json!({ "program": "nnlib", "seconds": Value::Object(shapes.iter().map(of_shape).collect()) })
}

fn operands(shape: Shape) -> [Array2<f64>; 3] {
    let Shape { samples, inputs, outputs } = shape;
    let mut rng = RandomState::new(0);
    [(samples, inputs), (inputs, outputs), (samples, outputs)].map(|shape| rng.rand(shape))
}

/// Products of views, as layers have them: ndarray has nnlib multiply.
fn product_seconds<T: LinalgScalar>([x, w, dout]: [Array2<T>; 3]) -> [f64; 3] {
    [seconds(|| x.dot(&w)), seconds(|| x.t().dot(&dout)), seconds(|| dout.dot(&w.t()))]
}

/// The least time that `product` takes, of many readings.
fn seconds<T>(product: impl Fn() -> T) -> f64 {
    let time = |count: usize| {
        let started = Instant::now();
        for _ in 0..count {
            black_box(product());
        }
        started.elapsed().as_secs_f64()
    };
    time(1);
    let count = ((READING / time(1)) as usize).max(1);
    let started = Instant::now();
    let mut least = f64::INFINITY;
    while started.elapsed().as_secs_f64() < SECONDS {
        least = least.min(time(count) / count as f64);
    }
    least
}
