//! What the peers need to train the same network: images, first weights, and the losses that they should see.

use crate::arguments::Options;
use crate::images::Images;
use crate::npy;
use crate::workloads::{self, FirstSteps};
use nnlib::data::ImageSet;
use nnlib::ndarray::{Array1, Array2};
use nnlib::save::npz;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::path::Path;

/// Writes into `folder`:
///
/// - `mnist/` or `cifar10/` with `train_images.npy`, `train_labels.npy`, `test_images.npy` and `test_labels.npy`;
/// - `WORKLOAD-BATCH-WIDTH.npz`: the first weights, `w1`, `b1`, ..., the numbers of the images of some steps, `batches`,
///   and the losses of these steps, `losses`;
/// - `WORKLOAD-BATCH-WIDTH.json`, which says so, and which is returned.
pub fn write(options: &Options, folder: &Path) -> Result<Value, Box<dyn Error>> {
    let images = Images::load(options.workload, options.data.as_deref())?;
    write_images(&images, &folder.join(images.name))?;

    let mut workload = workloads::new(options, &images);
    let mut arrays = workload.parameters();
    let FirstSteps { batches, losses } = workload.first_steps();
    let width = batches.first().map_or(0, Vec::len);
    let rows = Array2::from_shape_fn((batches.len(), width), |(step, place)| batches[step][place] as f64);
    arrays.insert("batches", rows);
    arrays.insert("losses", Array1::from(losses));

    let name = format!("{}-{}-{}", options.workload, options.batch(), options.width());
    npz::write(&arrays, folder.join(format!("{name}.npz")))?;
    let start = json!({
        "workload": options.workload.to_string(),
        "images": images.name,
        "data": images.origin,
        "batch": options.batch(),
        "width": options.width(),
        "start": format!("{name}.npz"),
        "file": folder.join(format!("{name}.json")),
    });
    fs::write(folder.join(format!("{name}.json")), format!("{start}\n"))?;
    Ok(start)
}

fn write_images(images: &Images, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, set) in [("train", &images.train), ("test", &images.test)] {
        let ImageBytes { pixels, labels } = ImageBytes::of(set);
        npy::write(&folder.join(format!("{name}_images.npy")), set.pixels().shape(), pixels)?;
        npy::write(&folder.join(format!("{name}_labels.npy")), &[set.len()], labels)?;
    }
    Ok(())
}

/// A set as it lies in memory.
struct ImageBytes<'a> {
    pixels: &'a [u8],
    labels: &'a [u8],
}

impl<'a> ImageBytes<'a> {
    fn of(set: &'a ImageSet) -> Self {
        let in_order = "an image set lies row by row in memory";
        ImageBytes {
            pixels: set.pixels().as_slice().expect(in_order),
            labels: set.labels().as_slice().expect(in_order),
        }
    }
}
