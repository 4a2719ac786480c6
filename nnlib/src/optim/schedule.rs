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
}
