//! Tests of `nnlib::models::SoftmaxRegression`.
