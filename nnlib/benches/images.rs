//! The images that a workload trains on.

use crate::workloads::Kind;
use nnlib::data::{ImageSet, Places, cifar10, mnist};
use std::error::Error;
use std::path::Path;

/// A set, and where it came from.
pub struct Images {
    /// `mnist` or `cifar10`.
    pub name: &'static str,
    pub train: ImageSet,
    pub test: ImageSet,
    /// The published set, or what nnlib draws in its place.
    pub origin: String,
}

impl Images {
    /// The set of a workload, from below `data`, or from where notebooks look for it: all of it, or figures could not be
    /// compared with others.
    pub fn load(workload: Kind, data: Option<&Path>) -> Result<Images, Box<dyn Error>> {
        let images = Images::find(workload, data)?;
        let (found, expected) = ([images.train.len(), images.test.len()], workload.num_images());
        if found != expected {
            return Err(format!("{}: {found:?} training and test images, expected {expected:?}", images.name).into());
        }
        Ok(images)
    }

    fn find(workload: Kind, data: Option<&Path>) -> nnlib::Result<Images> {
        let mut places = Places::from_environment();
        if let Some(folder) = data {
            places.data_root = Some(folder.to_owned());
        }
        if workload.is_in_colour() {
            let set = cifar10::load_in(&places)?;
            let origin = match set.origin {
                cifar10::Origin::Embedded => set.origin.to_string(),
                _ => "CIFAR-10".to_owned(),
            };
            return Ok(Images { name: "cifar10", train: set.train, test: set.test, origin });
        }
        let set = mnist::load_in(&places)?;
        let origin = match set.origin {
            mnist::Origin::Embedded => set.origin.to_string(),
            _ => "MNIST".to_owned(),
        };
        Ok(Images { name: "mnist", train: set.train, test: set.test, origin })
    }
}
