//! Tests of `nnlib::data`.
