//! Data sets: MNIST from its published files or from PNG folders, and embedded digits when there is neither; CIFAR-10 and
//! California housing from their published files.
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
//! | [`cifar10`] | CIFAR-10 from its Python or binary batches, and its split around the mean image |
//! | [`housing`] | California housing, its split and its standardisation |
//! | [`Table`] | columns of numbers with names, shown as a table |
//! | [`Standardization`] | inputs brought to mean 0 and standard deviation 1 |
//! | [`idx`] | the IDX format, in which MNIST is published |
//! | [`png_folder`] | a folder of PNG files for each digit |
//! | [`digits`] | the embedded digits, drawn by a generator |
//! | [`textures`] | colour pictures of ten classes, drawn by a generator |
//! | [`housing_generator`] | a table of houses, drawn by a generator |
//! | [`places`] | where data sets are looked for |
//! | [`prepared`] | the embedded sets as files |
//! | [`split`] | training and validation parts at random, and folds, as scikit-learn's |
//!
//! Beside these: [`Batches`] of shuffled samples, [`one_hot()`] labels, [`create_outliers`] for wrong labels on purpose,
//! and [`Mnist::split`] into three parts.

pub mod cifar10;
pub mod digits;
pub mod housing;
pub mod housing_generator;
pub mod idx;
pub mod mnist;
pub mod places;
pub mod png_folder;
pub mod prepared;
pub mod split;
pub mod textures;

mod batches;
mod image_products;
mod image_set;
mod mnist_split;
mod one_hot;
mod outliers;
mod parallel;
mod pickle;
mod standardization;
mod stream;
mod table;
mod whole_file;

pub use batches::Batches;
pub use cifar10::Cifar10;
pub use housing::Housing;
pub use image_set::ImageSet;
pub use mnist::Mnist;
pub use mnist_split::{MnistSplit, NormalizedMnist};
pub use one_hot::{one_hot, one_hot_f64};
pub use outliers::create_outliers;
pub use places::Places;
pub use split::{KFold, Parts, train_test_split};
pub use standardization::Standardization;
pub use table::Table;

/// The most pixels that a loader takes into memory, 1 GiB: twenty times MNIST, and far from what a damaged or hostile
/// header can promise.
const MAX_PIXELS: u64 = 1 << 30;
