//! Layers: a forward and a backward function each, in `f64`.

mod conv;
mod dropout;
mod flatten;
mod mode;
mod pool;
mod window;

pub use conv::{ConvCache, conv_backward, conv_forward};
pub use dropout::{DropoutCache, dropout_backward, dropout_forward};
pub use flatten::{FlattenCache, flatten_backward, flatten_forward};
pub use mode::Mode;
pub use pool::{MaxPoolCache, max_pool_backward, max_pool_forward};
pub use window::Padding;
