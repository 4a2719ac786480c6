//! Layers: a forward and a backward function each, in `f64`.
