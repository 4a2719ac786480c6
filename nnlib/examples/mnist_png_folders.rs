//! Writes part of MNIST as PNG files, a folder a digit: the form in which the softmax-regression assignment's original
//! got it.
//!
//! ```text
//! NNLIB_DATA=~/data cargo run -p nnlib --example mnist_png_folders -- ~/png/mnist 6000 1000
//! NNLIB_DATA=~/png nnkernel run notebooks/softmax-regression/softmax-regression.ipynb
//! ```
//!
//! The arguments are the folder to make, and how many training and test images go there: the first of the set.

use nnlib::data::{mnist, png_folder};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, counts @ ..] = arguments.as_slice() else {
        return Err("expected a folder to make, then how many training and test images go there".into());
    };
    let counts: Vec<usize> = counts.iter().map(|count| count.parse()).collect::<Result<_, _>>()?;
    let &[num_train, num_test] = counts.as_slice() else {
        return Err(format!("expected two numbers after {folder}, found {}", counts.len()).into());
    };
    let mnist = mnist::load()?;
    println!("{mnist}");
    for (name, set, count) in [("Train", &mnist.train, num_train), ("Test", &mnist.test, num_test)] {
        if count > set.len() {
            return Err(format!("{name}: the set has {} images, expected at least {count}", set.len()).into());
        }
        let path = Path::new(folder).join(name);
        png_folder::write(&set.head(count), &path)?;
        println!("{count} images in {}", path.display());
    }
    Ok(())
}
