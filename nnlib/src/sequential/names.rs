//! Keras's names: what a builder takes as `"relu"` as well as by its type.

/// A setting that Keras calls by name: an activation, a loss, an initializer …
pub trait Named: Copy + 'static {
    /// What it is, for messages.
    #[doc(hidden)]
    const KIND: &'static str;
    /// Every name, in alphabetical order, and what it stands for.
    #[doc(hidden)]
    const ALL: &'static [(&'static str, Self)];
}

/// A setting, or its name in Keras: `Activation::Relu` or `"relu"`.
///
/// Every [`Named`] type is one, and so is `&str`, which panics with the list of names when it is none of them.
pub trait Choice<T> {
    /// The setting; `place` is the function that asks, for the message.
    #[doc(hidden)]
    #[track_caller]
    fn choose(self, place: &str) -> T;
}

impl<T: Named> Choice<T> for T {
    fn choose(self, _place: &str) -> T {
        self
    }
}

impl<T: Named> Choice<T> for &str {
    #[track_caller]
    fn choose(self, place: &str) -> T {
        match T::ALL.iter().find(|(name, _)| *name == self) {
            Some((_, setting)) => *setting,
            None => {
                let names: Vec<&str> = T::ALL.iter().map(|(name, _)| *name).collect();
                panic!("{place}: there is no {} `{self}`; there are {}", T::KIND, names.join(", "))
            }
        }
    }
}
