//! The embedded digits: always the same, balanced, centred, and all there.

use nnlib::data::{ImageSet, digits};
use nnlib::rng::RandomState;
use sha2::{Digest, Sha256};

/// SHA-256 of the pixels and then the labels.
fn sha256(set: &ImageSet) -> String {
    let mut hasher = Sha256::new();
    hasher.update(set.pixels().as_slice().unwrap());
    hasher.update(set.labels().as_slice().unwrap());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Row and column of the centre of mass of an image, and its mass.
fn centre(set: &ImageSet, index: usize) -> (f64, f64, f64) {
    let image = set.image(index);
    let (mut mass, mut row, mut column) = (0.0, 0.0, 0.0);
    for ((y, x), &ink) in image.indexed_iter() {
        mass += f64::from(ink);
        row += f64::from(ink) * y as f64;
        column += f64::from(ink) * x as f64;
    }
    (row / mass, column / mass, mass)
}

/// The sums come from this program itself, the same at optimisation levels 0 and 3 and with all instructions of the
/// processor allowed: a change of one bit in one image shows.
#[test]
fn the_sets_are_the_same_on_every_machine() {
    assert_eq!(sha256(&digits::train_set(1000)), "9dbc413a88d68a5ea43f625bacdb192e3dfd9a0cbcd3c79665afa8cf381d6c64");
    assert_eq!(sha256(&digits::test_set(1000)), "bd1f4ae236fd4c636a6c818b5cba79544479ac048287f7a32319fc750e07db58");
}

#[test]
fn the_first_images_do_not_depend_on_how_many_there_are() {
    // Sets of other sizes are also divided otherwise between the threads.
    let set = digits::train_set(500);
    for count in [0, 1, 2, 3, 77, 499] {
        assert_eq!(digits::train_set(count), set.head(count));
    }
}

#[test]
fn training_and_test_images_are_different_ones() {
    let (train, test) = (digits::train_set(300), digits::test_set(300));
    assert_ne!(train.labels(), test.labels());
    assert!(train.pixels().rows().into_iter().all(|row| !test.pixels().rows().into_iter().any(|other| row == other)));
}

#[test]
fn every_class_has_its_share_in_random_order() {
    let set = digits::train_set(10_000);
    // Each count is binomial with mean 1000 and deviation 30.
    assert!(set.class_counts().iter().all(|&count| (850..1150).contains(&count)), "{:?}", set.class_counts());
    let repeated = set.labels().iter().zip(set.labels().iter().skip(1)).filter(|(a, b)| a == b).count();
    assert!((850..1150).contains(&repeated), "{repeated} labels like the one before");
}

#[test]
fn every_image_is_centred_and_has_ink() {
    let set = digits::train_set(5000);
    assert_eq!((set.height(), set.width()), (28, 28));
    let mut off_centre = 0;
    for index in 0..set.len() {
        let (row, column, mass) = centre(&set, index);
        assert!(mass > 15.0 * 255.0, "image {index} is all but empty");
        let distance = (row - 14.0).abs().max((column - 14.0).abs());
        assert!(distance < 1.0, "image {index} is centred at ({row}, {column})");
        off_centre += usize::from(distance > 0.5);
    }
    // Only a digit that would be cut off is moved.
    assert!(off_centre <= 5, "{off_centre} images are more than half a pixel off centre");
}

#[test]
fn the_mean_image_of_a_class_looks_like_it_and_no_other() {
    let (train, test) = (digits::train_set(5000), digits::test_set(1000));
    let means: Vec<_> = (0..10u8)
        .map(|digit| {
            let indices: Vec<usize> = (0..train.len()).filter(|&index| train.labels()[index] == digit).collect();
            train.subset(&indices).to_f64().mean_axis(nnlib::ndarray::Axis(0)).unwrap()
        })
        .collect();
    let images = test.to_f64();
    let right = images.rows().into_iter().zip(test.labels()).filter(|(image, label)| {
        let distance = |digit: &usize| (image - &means[*digit]).mapv(|d| d * d).sum();
        let nearest = (0..10).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
        nearest == usize::from(**label)
    });
    // The nearest mean is right for 82 % of the real test set; far more would be too easy, far fewer no digits.
    let right = right.count();
    assert!((700..880).contains(&right), "{right} of 1000");
}

#[test]
fn some_images_without_the_others() {
    let (train, test) = (digits::train_set(50), digits::test_set(50));
    let indices = [49, 3, 3, 0];
    assert_eq!(digits::train_subset(&indices), train.subset(&indices));
    assert_eq!(digits::test_subset(&indices), test.subset(&indices));
    assert_eq!(digits::train_subset(&[]).len(), 0);
}

#[test]
fn generated_images_are_others_from_the_same_distribution() {
    let mut rng = RandomState::new(0);
    let (generated, more) = (digits::generate(4000, &mut rng), digits::generate(100, &mut rng));
    assert_eq!(generated.head(100), digits::generate(100, &mut RandomState::new(0)));
    assert_ne!(generated.head(100), more);
    let train = digits::train_set(4000);
    let seen: std::collections::HashSet<Vec<u8>> = train.pixels().rows().into_iter().map(|row| row.to_vec()).collect();
    assert!(generated.pixels().rows().into_iter().all(|row| !seen.contains(&row.to_vec())));
    // Each count is binomial with mean 400 and deviation 19.
    assert!(
        generated.class_counts().iter().all(|&count| (305..495).contains(&count)),
        "{:?}",
        generated.class_counts()
    );
    // The deviation of a pixel is 127 at most, that of a difference of two means 127 √2 / √4000 = 2.9.
    let mean = |set: &ImageSet| set.pixels().mapv(f64::from).mean_axis(nnlib::ndarray::Axis(0)).unwrap();
    let apart = (mean(&generated) - mean(&train)).fold(0.0, |most: f64, difference| most.max(difference.abs()));
    assert!(apart < 15.0, "{apart}");
}
