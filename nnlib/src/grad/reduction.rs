//! Sums, means, largest entries and the logarithm of a sum of exponentials.

use super::Tensor;
use super::layout::rows;
use super::tape::{record, record_one};
use super::tensor::{from_vec, standard_layout};
use ndarray::{Array1, ArrayD};
use std::sync::Arc;

/// Partial sums that are kept side by side, so that the compiler can add them as one vector.
const LANES: usize = 16;
/// Numbers that are summed in `f32` before they go into an `f64`.
const RUN: usize = 1024;

/// The sum of all numbers: short runs in `f32`, their sum in `f64`.
fn sum(numbers: &[f32]) -> f32 {
    let run_sum = |run: &[f32]| {
        let mut lanes = [0.0_f32; LANES];
        let (whole, rest) = run.as_chunks::<LANES>();
        for chunk in whole {
            for (lane, number) in lanes.iter_mut().zip(chunk) {
                *lane += number;
            }
        }
        f64::from(lanes.iter().sum::<f32>() + rest.iter().sum::<f32>())
    };
    numbers.chunks(RUN).map(run_sum).sum::<f64>() as f32
}

/// `(outer, length, inner)` numbers, summed over the middle axis: `(outer, inner)`.
pub(super) fn sum_blocks(numbers: &[f32], outer: usize, length: usize, inner: usize) -> Vec<f32> {
    if inner == 1 {
        return (0..outer).map(|block| sum(&numbers[block * length..][..length])).collect();
    }
    let mut sums = vec![0.0; outer * inner];
    for (block, sums) in sums.chunks_mut(inner.max(1)).enumerate() {
        for row in numbers[block * length * inner..][..length * inner].chunks(inner) {
            for (sum, number) in sums.iter_mut().zip(row) {
                *sum += number;
            }
        }
    }
    sums
}

/// An array seen from one of its axes: `(outer, length, inner)`.
struct Along {
    outer: usize,
    length: usize,
    inner: usize,
    /// The shape of a result without the axis.
    without: Vec<usize>,
    /// The shape of a result in which the axis has length 1.
    kept: Vec<usize>,
}

impl Along {
    #[track_caller]
    fn new(x: &Tensor, function: &str, axis: usize) -> Along {
        x.expect_axis(function, axis);
        let shape = x.shape();
        assert!(shape[axis] > 0, "{function}: the axis {axis} of {shape:?} is empty");
        let (mut without, mut kept) = (shape.to_vec(), shape.to_vec());
        without.remove(axis);
        kept[axis] = 1;
        let outer = shape[..axis].iter().product();
        let inner = shape[axis + 1..].iter().product();
        Along { outer, length: shape[axis], inner, without, kept }
    }

    /// `f` of the numbers along the axis, at each place.
    fn reduce(&self, x: &ArrayD<f32>, mut f: impl FnMut(&mut dyn Iterator<Item = f32>) -> f32) -> Vec<f32> {
        let numbers = rows(x);
        let mut results = Vec::with_capacity(self.outer * self.inner);
        for block in 0..self.outer {
            let block = &numbers[block * self.length * self.inner..][..self.length * self.inner];
            results.extend((0..self.inner).map(|place| f(&mut block[place..].iter().step_by(self.inner).copied())));
        }
        results
    }

    /// `f` of each of `numbers` and the entry of `along` that it was reduced to, in place.
    fn spread(&self, numbers: ArrayD<f32>, along: &[f32], f: impl Fn(f32, f32) -> f32) -> ArrayD<f32> {
        let mut numbers = standard_layout(numbers);
        let all = numbers.as_slice_mut().expect("row by row");
        for (row, chunk) in all.chunks_mut(self.inner.max(1)).enumerate() {
            let results = &along[row / self.length * self.inner..][..self.inner];
            for (number, &result) in chunk.iter_mut().zip(results) {
                *number = f(*number, result);
            }
        }
        numbers
    }
}

/// Sums, means and largest entries.
impl Tensor {
    /// The sum of all entries, a number: shape `[]`.
    pub fn sum(&self) -> Tensor {
        let shape = self.shape().to_vec();
        let value = from_vec(&[], vec![sum(&rows(&self.value))]);
        record_one("sum", self, Arc::new(value), move |gradient| ArrayD::from_elem(shape, rows(&gradient)[0]))
    }

    /// The mean of all entries, a number: shape `[]`.
    ///
    /// # Panics
    ///
    /// If there are no entries.
    #[track_caller]
    pub fn mean(&self) -> Tensor {
        assert!(!self.value.is_empty(), "mean: the tensor of shape {:?} has no entries", self.shape());
        self.sum() / self.value.len() as f32
    }

    /// The sums along `axis`, which is removed: `(N, M)` gives `(N,)` for axis 1.
    ///
    /// # Panics
    ///
    /// If there is no such axis, or it is empty.
    #[track_caller]
    pub fn sum_axis(&self, axis: usize) -> Tensor {
        let along = Along::new(self, "sum_axis", axis);
        let shape = self.shape().to_vec();
        let sums = sum_blocks(&rows(&self.value), along.outer, along.length, along.inner);
        record_one("sum_axis", self, Arc::new(from_vec(&along.without, sums)), move |gradient| {
            along.spread(ArrayD::zeros(shape), &rows(&gradient), |_, gradient| gradient)
        })
    }

    /// The means along `axis`, which is removed: `(N, M)` gives `(N,)` for axis 1.
    ///
    /// # Panics
    ///
    /// If there is no such axis, or it is empty.
    #[track_caller]
    pub fn mean_axis(&self, axis: usize) -> Tensor {
        self.expect_axis("mean_axis", axis);
        self.sum_axis(axis) / self.shape()[axis] as f32
    }

    /// The largest entries along `axis`, which is removed; the gradient of equally large ones is shared equally.
    ///
    /// # Panics
    ///
    /// If there is no such axis, or it is empty.
    #[track_caller]
    pub fn max_axis(&self, axis: usize) -> Tensor {
        let along = Along::new(self, "max_axis", axis);
        let largest = Arc::new(from_vec(&along.without, along.reduce(&self.value, |numbers| max(numbers))));
        let (x, y) = (self.value.share(), Arc::clone(&largest));
        record_one("max_axis", self, largest, move |gradient| {
            let is_largest = along.spread((*x).clone(), &rows(&y), |x, y| if x == y { 1.0 } else { 0.0 });
            let counts = sum_blocks(&rows(&is_largest), along.outer, along.length, along.inner);
            let share: Vec<f32> =
                rows(&gradient).iter().zip(&counts).map(|(gradient, count)| gradient / count).collect();
            along.spread(is_largest, &share, |is_largest, share| is_largest * share)
        })
    }

    /// `ln Σ exp(x)` along `axis`, which is kept with length 1, so that `x - x.logsumexp(1)` are log-probabilities.
    ///
    /// The largest entry is taken out of the sum, so that nothing overflows: `m + ln Σ exp(x - m)`.
    ///
    /// # Panics
    ///
    /// If there is no such axis, or it is empty.
    ///
    /// ```
    /// use nnlib::grad::Tensor;
    /// use nnlib::ndarray::array;
    ///
    /// let logits = Tensor::from(array![[0.0, 0.0], [1000.0, 0.0]]);
    /// assert_eq!(logits.logsumexp(1), Tensor::from(array![[2.0_f32.ln()], [1000.0]]));
    /// ```
    #[track_caller]
    pub fn logsumexp(&self, axis: usize) -> Tensor {
        let along = Along::new(self, "logsumexp", axis);
        let result = Arc::new(from_vec(&along.kept, along.logsumexp(&self.value)));
        let (x, y) = (self.value.share(), Arc::clone(&result));
        record_one("logsumexp", self, result, move |gradient| {
            let softmax = along.spread((*x).clone(), &rows(&y), |x, y| (x - y).exp());
            along.spread(softmax, &rows(&gradient), |softmax, gradient| softmax * gradient)
        })
    }

    /// The logarithm of the softmax along `axis`, `x - logsumexp(x)`, in the shape of `x`.
    ///
    /// # Panics
    ///
    /// If there is no such axis, or it is empty.
    #[track_caller]
    pub fn log_softmax(&self, axis: usize) -> Tensor {
        let along = Along::new(self, "log_softmax", axis);
        let sums = along.logsumexp(&self.value);
        let result = Arc::new(along.spread((*self.value).clone(), &sums, |x, sum| x - sum));
        let kept = Arc::clone(&result);
        record_one("log_softmax", self, result, move |gradient| {
            let total = sum_blocks(&rows(&gradient), along.outer, along.length, along.inner);
            let correction = along.spread((*kept).clone(), &total, |y, total| y.exp() * total);
            gradient - correction
        })
    }

    /// Where the largest entry of each row (`axis` 1) or column (`axis` 0) of a matrix is; the first of equal ones.
    ///
    /// A NaN counts as largest, as in NumPy. There is no gradient.
    ///
    /// # Panics
    ///
    /// If the tensor has not two axes, there is no such axis, or it is empty.
    ///
    /// ```
    /// use nnlib::grad::Tensor;
    /// use nnlib::ndarray::array;
    ///
    /// let scores = Tensor::from(array![[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]);
    /// assert_eq!(scores.argmax_axis(1), array![1, 0]);
    /// ```
    #[track_caller]
    pub fn argmax_axis(&self, axis: usize) -> Array1<usize> {
        self.matrix("argmax_axis", "self");
        let along = Along::new(self, "argmax_axis", axis);
        let mut places = Vec::with_capacity(along.outer * along.inner);
        along.reduce(&self.value, |numbers| {
            let (mut place, mut largest) = (0, f32::NEG_INFINITY);
            for (index, number) in numbers.enumerate() {
                if number > largest || (number.is_nan() && !largest.is_nan()) {
                    (place, largest) = (index, number);
                }
            }
            places.push(place);
            largest
        });
        Array1::from_vec(places)
    }

    /// The entry of each row that its label names: `(N, C)` and `(N,)` labels from 0 to C - 1 give `(N,)`.
    ///
    /// With log-probabilities, `-log_probs.pick(&labels).mean()` is the cross-entropy without one-hot rows.
    ///
    /// # Panics
    ///
    /// If the tensor has not two axes, there is not a label a row, or a label is not less than C.
    #[track_caller]
    pub fn pick(&self, labels: &Array1<usize>) -> Tensor {
        let matrix = self.matrix("pick", "self");
        let (count, num_classes) = matrix.dim();
        assert!(labels.len() == count, "pick: there are {} `labels` for {count} rows", labels.len());
        if let Some((row, label)) = labels.iter().enumerate().find(|&(_, &label)| label >= num_classes) {
            panic!("pick: label {label} of row {row} is no column; there are {num_classes}");
        }
        let picked = labels.iter().enumerate().map(|(row, &label)| matrix[[row, label]]).collect();
        let labels = labels.clone();
        record("pick", [&self.place], Arc::new(from_vec(&[count], picked)), move |gradient, [index], gradients| {
            if let Some(index) = index {
                let mut picked_from = ArrayD::zeros(vec![count, num_classes]);
                for (row, (&label, &gradient)) in labels.iter().zip(&*rows(&gradient)).enumerate() {
                    picked_from[[row, label]] = gradient;
                }
                gradients.add(index, picked_from);
            }
        })
    }
}

/// The largest number, or NaN if there is one.
fn max(numbers: &mut dyn Iterator<Item = f32>) -> f32 {
    numbers
        .fold(f32::NEG_INFINITY, |largest, number| if number > largest || number.is_nan() { number } else { largest })
}

impl Along {
    fn logsumexp(&self, x: &ArrayD<f32>) -> Vec<f32> {
        let largest = self.reduce(x, max);
        // An infinity taken out would give `inf - inf`.
        let shift: Vec<f32> = largest.iter().map(|&m| if m.is_finite() { m } else { 0.0 }).collect();
        let mut place = 0;
        self.reduce(x, |numbers| {
            let shift = shift[place];
            place += 1;
            shift + numbers.map(|number| (number - shift).exp()).sum::<f32>().ln()
        })
    }
}
