//! Reverse-mode automatic differentiation over `f32` arrays.
