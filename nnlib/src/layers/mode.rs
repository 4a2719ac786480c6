//! What a pass is for.

/// What a forward pass is for: some layers, like batch normalization, do not do the same in training and after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// To train.
    #[default]
    Train,
    /// To use what has been trained.
    Test,
}
