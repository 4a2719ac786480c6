//! MNIST by networks of two and of four layers, trained by mini-batches as in the course.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run -p nnlib --example layered_net
//! ```

use nnlib::data::mnist;
use nnlib::models::{LayeredNet, LayeredTraining};
use nnlib::rng::RandomState;
use std::time::Instant;

fn main() -> nnlib::Result<()> {
    let mnist = mnist::load()?;
    println!("{}", mnist.origin);
    for (sizes, figure) in [(&[784, 100, 10][..], "97.75 %"), (&[784, 100, 100, 100, 10][..], "about 93 %")] {
        let started = Instant::now();
        let mut rng = RandomState::new(0);
        let mut net = LayeredNet::new(sizes, 0.01, &mut rng);
        // Measured every 40 iterations, not 5: that changes no figure, and the measurements take most of the time.
        let settings = LayeredTraining { evaluate_every: 40, print_every: 10, ..LayeredTraining::default() };
        println!("\n{} layers; the course ends at a test accuracy of {figure}", net.num_layers());
        net.train(&mnist.train, &mnist.test, &settings, &mut rng);
        println!("test: {}  ({:.0} s)", net.evaluate(&mnist.test), started.elapsed().as_secs_f64());
    }
    Ok(())
}
