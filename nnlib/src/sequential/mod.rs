//! Networks as a stack of layers that knows how to train itself.
