//! The shapes that pass through a stack, and what does not fit.

use super::layer::{Kind, Layer};
use super::params::Params;
use crate::array::shape_text;
use crate::grad::output_len;

impl Layer {
    /// The shape of a sample after this layer, or what is wrong with `input`; and with `params`, if they are given.
    pub(super) fn infer(&self, input: &[usize], params: Option<&Params>) -> Result<Vec<usize>, String> {
        let found = || format!("got samples of shape {}", shape_text(input));
        match (&self.kind, params) {
            (Kind::Dense { units }, None | Some(Params::Affine { .. })) => {
                let &[inputs] = input else { return Err(format!("{}, expected (D,); flatten them before", found())) };
                self.expect_affine(params, &[inputs, *units], input)?;
                Ok(vec![*units])
            }
            (Kind::Conv { filters, window, stride, padding }, None | Some(Params::Affine { .. })) => {
                let &[channels, height, width] = input else { return Err(format!("{}, expected (C, H, W)", found())) };
                let rows = output_len(height, window.0, stride.0, *padding);
                let columns = output_len(width, window.1, stride.1, *padding);
                let (Some(rows), Some(columns)) = (rows, columns) else {
                    return Err(format!("{}, expected at least {}x{} pixels", found(), window.0, window.1));
                };
                self.expect_affine(params, &[*filters, channels, window.0, window.1], input)?;
                Ok(vec![*filters, rows, columns])
            }
            (Kind::MaxPool { window, stride, padding }, None | Some(Params::None)) => {
                let &[channels, height, width] = input else { return Err(format!("{}, expected (C, H, W)", found())) };
                let rows = output_len(height, window.0, stride.0, *padding);
                let columns = output_len(width, window.1, stride.1, *padding);
                match (rows, columns) {
                    (Some(rows), Some(columns)) => Ok(vec![channels, rows, columns]),
                    _ => Err(format!("{}, expected at least {}x{} pixels", found(), window.0, window.1)),
                }
            }
            (Kind::Flatten, None | Some(Params::None)) => Ok(vec![input.iter().product()]),
            (Kind::LogSoftmax, None | Some(Params::None)) => match input {
                [_] => Ok(input.to_vec()),
                _ => Err(format!("{}, expected (M,)", found())),
            },
            (Kind::Relu | Kind::Elementwise { .. } | Kind::Dropout { .. }, None | Some(Params::None)) => {
                Ok(input.to_vec())
            }
            (Kind::Serial(layers), None) => through(layers, input, |_| None),
            (Kind::Serial(layers), Some(Params::Serial(params))) if params.len() == layers.len() => {
                through(layers, input, |index| Some(&params[index]))
            }
            (_, Some(params)) => Err(format!("got parameters {params:?}, expected those of another layer")),
        }
    }

    /// The most numbers that a sample of shape `input`, which fits, has before, between or after the layers.
    pub(super) fn largest_sample(&self, input: &[usize]) -> usize {
        let mut largest: usize = input.iter().product();
        let mut shape = input.to_vec();
        let layers = match &self.kind {
            Kind::Serial(layers) => layers.as_slice(),
            _ => std::slice::from_ref(self),
        };
        for layer in layers {
            if let Kind::Serial(_) = layer.kind {
                largest = largest.max(layer.largest_sample(&shape));
            }
            shape = layer.infer(&shape, None).expect("a shape that has passed before");
            largest = largest.max(shape.iter().product());
        }
        largest
    }

    /// Checks weights and biases against the shape that `init` would give them.
    fn expect_affine(&self, params: Option<&Params>, weights: &[usize], input: &[usize]) -> Result<(), String> {
        let Some(Params::Affine { w, b }) = params else { return Ok(()) };
        let biases = match self.kind {
            Kind::Conv { filters, .. } => filters,
            _ => weights[1],
        };
        if w.shape() == weights && b.shape() == [biases] {
            return Ok(());
        }
        let (w, b) = (shape_text(w.shape()), shape_text(b.shape()));
        let (weights, biases) = (shape_text(weights), shape_text(&[biases]));
        let input = shape_text(input);
        Err(format!(
            "got samples of shape {input} and parameters w {w}, b {b}; these samples need w {weights}, b {biases}"
        ))
    }
}

/// [`Layer::infer`] of each layer in turn; an error begins with the layer's place.
fn through<'a>(
    layers: &[Layer],
    input: &[usize],
    params: impl Fn(usize) -> Option<&'a Params>,
) -> Result<Vec<usize>, String> {
    layers.iter().enumerate().try_fold(input.to_vec(), |shape, (index, layer)| {
        let place = || format!("layer {} of {}, {layer}", index + 1, layers.len());
        layer.infer(&shape, params(index)).map_err(|error| match layer.kind {
            Kind::Serial(_) => format!("layer {} of {}, {error}", index + 1, layers.len()),
            _ => format!("{}: {error}", place()),
        })
    })
}
