//! Layers as lists of numbers, in which a network travels from one process to another.
//!
//! | layer | numbers |
//! |---|---|
//! | `dense(units)` | 1, units |
//! | `conv_with(filters, window, stride, padding)` | 2, filters, window (2), stride (2), 0 for `Valid` or 1 for `Same` |
//! | `max_pool_with(window, stride, padding)` | 3, window (2), stride (2), 0 or 1 |
//! | `relu`, `tanh`, `sigmoid`, `log_softmax`, `flatten` | 4, 5, 6, 7, 8 |
//! | `dropout(rate)` | 9, rate |
//! | `serial(layers)` | 10, how many, then the layers |
//! | `elementwise(name, f)` of another name | 0: a program is no number |

use super::layer::{
    Kind, Layer, conv_with, dense, dropout, flatten, log_softmax, max_pool_with, relu, serial, sigmoid, tanh,
};
use crate::grad::Padding;
use crate::probe::Probe;
use ndarray::{Array1, ArrayD};

/// The most units, filters, pixels of a side and layers of a stack that [`Layer::from_code`] believes.
const MAX_SIZE: usize = 1 << 20;
/// The most stacks within stacks.
const MAX_DEPTH: usize = 8;

/// What a network takes to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many numbers its parameters are.
    pub num_parameters: usize,
    /// How many products of an input and a weight there are for each sample.
    pub num_products: usize,
}

/// A layer as numbers: see [`Layer::from_code`].
impl Probe for Layer {
    fn values(&self) -> ArrayD<f64> {
        let mut code = Vec::new();
        write(self, &mut code);
        Array1::from_vec(code).into_dyn()
    }
}

fn write(layer: &Layer, code: &mut Vec<f64>) {
    let same = |padding: &Padding| usize::from(*padding == Padding::Same);
    let mut push = |numbers: &[usize]| code.extend(numbers.iter().map(|&number| number as f64));
    match &layer.kind {
        Kind::Dense { units } => push(&[1, *units]),
        Kind::Conv { filters, window, stride, padding } => {
            push(&[2, *filters, window.0, window.1, stride.0, stride.1, same(padding)]);
        }
        Kind::MaxPool { window, stride, padding } => {
            push(&[3, window.0, window.1, stride.0, stride.1, same(padding)]);
        }
        Kind::Relu => push(&[4]),
        Kind::Elementwise { name: "tanh", .. } => push(&[5]),
        Kind::Elementwise { name: "sigmoid", .. } => push(&[6]),
        Kind::Elementwise { .. } => push(&[0]),
        Kind::LogSoftmax => push(&[7]),
        Kind::Flatten => push(&[8]),
        Kind::Dropout { rate } => code.extend([9.0, *rate]),
        Kind::Serial(layers) => {
            push(&[10, layers.len()]);
            layers.iter().for_each(|layer| write(layer, code));
        }
    }
}

impl Layer {
    /// The layer whose numbers [`probe`](crate::probe::probe()) has sent.
    ///
    /// ```
    /// use nnlib::probe::Probe;
    /// use nnlib::serial::{Layer, dense, relu, serial};
    ///
    /// let net = serial(vec![dense(100), relu(), dense(10)]);
    /// let code = net.values().into_iter().collect::<Vec<f64>>();
    /// assert_eq!(code, [10.0, 3.0, 1.0, 100.0, 4.0, 1.0, 10.0]);
    /// assert_eq!(Layer::from_code(&code)?.to_string(), net.to_string());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the numbers are those of no layer, or of one that holds a program: `elementwise` of another function than `tanh` and
    /// `sigmoid`.
    pub fn from_code(code: &[f64]) -> Result<Layer, String> {
        let mut reader = Reader { rest: code };
        let layer = reader.layer(0)?;
        match reader.rest {
            [] => Ok(layer),
            rest => Err(format!("expected a layer, found {} numbers more", rest.len())),
        }
    }

    /// What the network takes for samples of shape `input_shape`, without N. Nothing is drawn or computed: it is known before
    /// a network of somebody else's is used.
    ///
    /// # Errors
    ///
    /// If a layer cannot take what it gets. The message names its place in the stack.
    pub fn size(&self, input_shape: &[usize]) -> Result<Size, String> {
        let output = self.infer(input_shape, None)?;
        let product =
            |numbers: &[usize]| numbers.iter().fold(1_usize, |product, &number| product.saturating_mul(number));
        Ok(match &self.kind {
            Kind::Dense { units } => {
                let num_products = product(&[input_shape[0], *units]);
                Size { num_parameters: num_products.saturating_add(*units), num_products }
            }
            Kind::Conv { filters, window, .. } => {
                let weights = product(&[*filters, input_shape[0], window.0, window.1]);
                Size {
                    num_parameters: weights.saturating_add(*filters),
                    num_products: product(&[weights, output[1], output[2]]),
                }
            }
            Kind::MaxPool { window, .. } => {
                Size { num_parameters: 0, num_products: product(&[product(&output), window.0, window.1]) }
            }
            Kind::Serial(layers) => {
                let (mut total, mut shape) = (Size { num_parameters: 0, num_products: 0 }, input_shape.to_vec());
                for layer in layers {
                    let size = layer.size(&shape)?;
                    total.num_parameters = total.num_parameters.saturating_add(size.num_parameters);
                    total.num_products = total.num_products.saturating_add(size.num_products);
                    shape = layer.infer(&shape, None)?;
                }
                total
            }
            // A function of each entry.
            _ => Size { num_parameters: 0, num_products: product(&output) },
        })
    }
}

/// The numbers of the layers that are still to be read.
struct Reader<'a> {
    rest: &'a [f64],
}

impl Reader<'_> {
    fn layer(&mut self, depth: usize) -> Result<Layer, String> {
        Ok(match self.number(10)? {
            0 => return Err("expected layers of nnlib::serial, found an elementwise function of your own".to_owned()),
            1 => dense(self.number(MAX_SIZE)?),
            2 => {
                let (filters, [window, stride], padding) = (self.number(MAX_SIZE)?, self.windows()?, self.padding()?);
                conv_with(filters, window, stride, padding)
            }
            3 => {
                let ([window, stride], padding) = (self.windows()?, self.padding()?);
                max_pool_with(window, stride, padding)
            }
            4 => relu(),
            5 => tanh(),
            6 => sigmoid(),
            7 => log_softmax(),
            8 => flatten(),
            9 => match self.next()? {
                rate if (0.0..1.0).contains(&rate) => dropout(rate),
                rate => return Err(format!("expected a rate of dropout from 0 to 1, found {rate}")),
            },
            _ if depth == MAX_DEPTH => return Err(format!("expected at most {MAX_DEPTH} stacks within each other")),
            _ => {
                let count = self.number(MAX_SIZE)?;
                serial((0..count).map(|_| self.layer(depth + 1)).collect::<Result<_, _>>()?)
            }
        })
    }

    /// A window and a stride.
    fn windows(&mut self) -> Result<[(usize, usize); 2], String> {
        let mut sides = [0; 4];
        for side in &mut sides {
            *side = self.number(MAX_SIZE)?;
        }
        match sides {
            [0, ..] | [_, 0, ..] | [_, _, 0, _] | [.., 0] => {
                Err("expected windows and strides of at least 1, found 0".to_owned())
            }
            [rows, columns, down, right] => Ok([(rows, columns), (down, right)]),
        }
    }

    fn padding(&mut self) -> Result<Padding, String> {
        Ok(if self.number(1)? == 0 { Padding::Valid } else { Padding::Same })
    }

    /// A whole number up to `most`.
    fn number(&mut self, most: usize) -> Result<usize, String> {
        let found = self.next()?;
        // Negative numbers and NaN become 0, and are not equal to it.
        match found as usize {
            number if number as f64 == found && number <= most => Ok(number),
            _ => Err(format!("expected a whole number up to {most}, found {found}")),
        }
    }

    fn next(&mut self) -> Result<f64, String> {
        let (&first, rest) = self.rest.split_first().ok_or("expected a layer, found the end")?;
        self.rest = rest;
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grad::Tree;
    use crate::rng::RandomState;
    use crate::serial::{conv, elementwise, max_pool};

    fn code(layer: &Layer) -> Vec<f64> {
        layer.values().into_iter().collect()
    }

    fn net() -> Layer {
        serial(vec![
            serial(vec![conv(8, (3, 3)), relu(), max_pool((2, 2), (2, 2))]),
            conv_with(4, (3, 5), (2, 1), Padding::Same),
            tanh(),
            max_pool_with((3, 3), (2, 2), Padding::Same),
            sigmoid(),
            flatten(),
            dropout(0.25),
            dense(10),
            log_softmax(),
        ])
    }

    #[test]
    fn every_layer_there_and_back() {
        let net = net();
        let read = Layer::from_code(&code(&net)).unwrap();
        assert_eq!(read.to_string(), net.to_string());
        let images = crate::grad::Tensor::from(RandomState::new(0).randn((2, 1, 12, 12)));
        let (_, params) = net.init(&mut RandomState::new(1), &[1, 12, 12]);
        let apply = |net: &Layer| net.apply(&params, &images, crate::serial::Mode::Predict);
        assert_eq!(apply(&read), apply(&net));
    }

    #[test]
    fn the_size_is_that_of_what_init_draws() {
        let (_, params) = net().init(&mut RandomState::new(1), &[1, 12, 12]);
        assert_eq!(net().size(&[1, 12, 12]).unwrap().num_parameters, params.num_entries());
        let size = serial(vec![conv(8, (3, 3)), flatten(), dense(10)]).size(&[1, 5, 5]).unwrap();
        assert_eq!(size, Size { num_parameters: 8 * 9 + 8 + 720 + 10, num_products: 9 * 72 + 72 + 720 });
        assert!(net().size(&[1, 2, 2]).unwrap_err().contains("conv(8, (3, 3))"));
        let huge = serial(vec![dense(MAX_SIZE); 3]).size(&[MAX_SIZE]).unwrap();
        assert_eq!(huge.num_products, 3 << 40);
    }

    #[test]
    fn numbers_of_no_layer() {
        let error = |code: &[f64]| Layer::from_code(code).unwrap_err();
        assert_eq!(error(&[]), "expected a layer, found the end");
        assert_eq!(error(&[4.0, 4.0]), "expected a layer, found 1 numbers more");
        assert_eq!(error(&[1.0, -3.0]), "expected a whole number up to 1048576, found -3");
        assert_eq!(error(&[1.0, f64::NAN]), "expected a whole number up to 1048576, found NaN");
        assert_eq!(error(&[11.0]), "expected a whole number up to 10, found 11");
        assert_eq!(error(&[9.0, 1.0]), "expected a rate of dropout from 0 to 1, found 1");
        assert_eq!(error(&[3.0, 2.0, 2.0, 0.0, 2.0, 0.0]), "expected windows and strides of at least 1, found 0");
        assert_eq!(error(&[10.0, 1e6]), "expected a layer, found the end");
        let nested: Vec<f64> = [10.0, 1.0].repeat(10);
        assert_eq!(error(&nested), "expected at most 8 stacks within each other");
        let own = code(&elementwise("square", |x| x * x));
        assert_eq!(error(&own), "expected layers of nnlib::serial, found an elementwise function of your own");
        for len in 0..code(&net()).len() {
            assert!(Layer::from_code(&code(&net())[..len]).is_err());
        }
    }
}
