//! Training a model by mini-batches.
