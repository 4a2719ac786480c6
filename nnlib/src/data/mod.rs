//! Data sets: MNIST from its published files or from PNG folders, and embedded digits when there is neither.
//!
//! ```
//! use nnlib::data::digits;
//!
//! let train = digits::train_set(500);
//! assert_eq!(format!("{train:?}"), "500 images of 28x28, 10 classes");
//! let (x, y) = (train.to_f64(), train.one_hot());
//! assert_eq!((x.dim(), y.dim()), ((500, 784), (500, 10)));
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`mnist`] | `load`: the real set where it is found, else the embedded digits |
//! | [`idx`] | the IDX format, in which MNIST is published |
//! | [`png_folder`] | a folder of PNG files for each digit |
//! | [`digits`] | the embedded digits, drawn by a generator |
//! | [`places`] | where data sets are looked for |

pub mod digits;
pub mod idx;
pub mod mnist;
pub mod places;
pub mod png_folder;

mod image_set;

pub use image_set::ImageSet;
pub use mnist::Mnist;
pub use places::Places;

/// The most pixels that a loader takes into memory, 1 GiB: twenty times MNIST, and far from what a damaged or hostile
/// header can promise.
const MAX_PIXELS: u64 = 1 << 30;
