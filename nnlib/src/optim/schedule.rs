//! How the learning rate changes from step to step.

/// A learning rate that falls along a straight line, then stays.
///
/// ```text
/// rate(t) = (1 - t/T) initial + (t/T) last     for t < T
/// rate(t) = last                               for t >= T
/// ```
///
/// Source: I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), equation 8.14.
///
/// ```
/// use nnlib::optim::LinearDecay;
///
/// let schedule = LinearDecay { initial: 0.01, last: 0.0001, num_steps: 395 };
/// assert_eq!(schedule.rate(0), 0.01);
/// assert_eq!(schedule.rate(395), 0.0001);
/// assert_eq!(schedule.rate(399), 0.0001);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearDecay {
    /// The rate of step 0.
    pub initial: f64,
    /// The rate from step `num_steps` on.
    pub last: f64,
    /// `T`: how many steps the fall takes.
    pub num_steps: usize,
}

impl LinearDecay {
    /// A rate that never changes.
    pub fn constant(rate: f64) -> Self {
        LinearDecay { initial: rate, last: rate, num_steps: 0 }
    }

    /// The rate of `step`, counted from 0.
    pub fn rate(&self, step: usize) -> f64 {
        if step >= self.num_steps {
            return self.last;
        }
        let fraction = step as f64 / self.num_steps as f64;
        (1.0 - fraction) * self.initial + fraction * self.last
    }
}

/// A learning rate that falls by a factor every so many steps.
///
/// ```text
/// rate(t) = initial factor^⌊t / steps_per_drop⌋
/// ```
///
/// Source: A. Krizhevsky, I. Sutskever and G. E. Hinton, *ImageNet Classification with Deep Convolutional Neural
/// Networks*, NIPS 2012, section 5, who divide by 10 by hand.
///
/// ```
/// use nnlib::optim::StepDecay;
///
/// let schedule = StepDecay { initial: 0.5, factor: 0.5, steps_per_drop: 10 };
/// assert_eq!([0, 9, 10, 25].map(|step| schedule.rate(step)), [0.5, 0.5, 0.25, 0.125]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    /// The rate of step 0.
    pub initial: f64,
    /// What a drop multiplies the rate by, mostly below 1.
    pub factor: f64,
    /// How many steps have the same rate.
    pub steps_per_drop: usize,
}

impl StepDecay {
    /// The rate of `step`, counted from 0.
    ///
    /// # Panics
    ///
    /// If `steps_per_drop` is 0.
    #[track_caller]
    pub fn rate(&self, step: usize) -> f64 {
        assert!(self.steps_per_drop > 0, "StepDecay::rate: `steps_per_drop` is 0, expected at least 1");
        self.initial * self.factor.powf((step / self.steps_per_drop) as f64)
    }
}

/// A learning rate that falls by the same factor in each step.
///
/// ```text
/// rate(t) = initial decay^(t / num_steps)
/// ```
///
/// `num_steps` of 1 makes `decay` the factor of a step; the number of batches of an epoch makes it that of an epoch,
/// spread over its steps.
///
/// Source: TensorFlow, `tf.keras.optimizers.schedules.ExponentialDecay`, with `staircase=False`.
///
/// ```
/// use nnlib::optim::ExponentialDecay;
///
/// let schedule = ExponentialDecay { initial: 0.5, decay: 0.25, num_steps: 10 };
/// assert_eq!([0, 5, 10, 20].map(|step| schedule.rate(step)), [0.5, 0.25, 0.125, 0.03125]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    /// The rate of step 0.
    pub initial: f64,
    /// What `num_steps` steps multiply the rate by, mostly below 1.
    pub decay: f64,
    /// How many steps that takes.
    pub num_steps: usize,
}

impl ExponentialDecay {
    /// The rate of `step`, counted from 0.
    ///
    /// # Panics
    ///
    /// If `num_steps` is 0.
    #[track_caller]
    pub fn rate(&self, step: usize) -> f64 {
        assert!(self.num_steps > 0, "ExponentialDecay::rate: `num_steps` is 0, expected at least 1");
        self.initial * self.decay.powf(step as f64 / self.num_steps as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_along_a_line_and_stays() {
        let schedule = LinearDecay { initial: 1.0, last: 0.5, num_steps: 4 };
        assert_eq!([0, 1, 2, 3, 4, 5, 1000].map(|step| schedule.rate(step)), [1.0, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5]);
    }

    #[test]
    fn a_constant_rate_is_one_from_the_first_step() {
        let schedule = LinearDecay::constant(0.3);
        assert_eq!([0, 1, 99].map(|step| schedule.rate(step)), [0.3; 3]);
    }

    #[test]
    #[should_panic(expected = "StepDecay::rate: `steps_per_drop` is 0, expected at least 1")]
    fn drops_need_steps_between_them() {
        StepDecay { initial: 1.0, factor: 0.5, steps_per_drop: 0 }.rate(3);
    }

    #[test]
    #[should_panic(expected = "ExponentialDecay::rate: `num_steps` is 0, expected at least 1")]
    fn a_decay_needs_steps() {
        ExponentialDecay { initial: 1.0, decay: 0.5, num_steps: 0 }.rate(3);
    }
}
