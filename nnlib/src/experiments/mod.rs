//! Grid search, k-fold cross-validation and repeated runs.
