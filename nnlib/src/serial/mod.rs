//! Networks as `(init, apply)` pairs.
