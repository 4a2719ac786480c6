//! The generated colour pictures: always the same, balanced, and not told apart by their colours alone.

use nnlib::data::{ImageSet, textures};
use nnlib::rng::RandomState;
use sha2::{Digest, Sha256};

/// SHA-256 of the pixels and then the labels.
fn sha256(set: &ImageSet) -> String {
    let mut hasher = Sha256::new();
    hasher.update(set.pixels().as_slice().unwrap());
    hasher.update(set.labels().as_slice().unwrap());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of each image, the mean of each of `parts` equal parts of its row.
fn part_means(set: &ImageSet, parts: usize) -> Vec<Vec<f64>> {
    let part_len = set.pixels().ncols() / parts;
    let mean = |part: &[u8]| part.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / part.len() as f64;
    let means = |row: &[u8]| row.chunks_exact(part_len).map(mean).collect();
    set.pixels().rows().into_iter().map(|row| means(row.as_slice().unwrap())).collect()
}

/// How many rows of `test` are nearest to the mean row of their own class in `train`.
fn right_by_nearest_mean(train: &[Vec<f64>], train_labels: &[u8], test: &[Vec<f64>], test_labels: &[u8]) -> usize {
    let mut means = vec![vec![0.0; train[0].len()]; 10];
    for (row, &label) in train.iter().zip(train_labels) {
        let count = train_labels.iter().filter(|&&other| other == label).count() as f64;
        means[usize::from(label)].iter_mut().zip(row).for_each(|(sum, value)| *sum += value / count);
    }
    let distance =
        |row: &[f64], class: usize| -> f64 { row.iter().zip(&means[class]).map(|(a, b)| (a - b) * (a - b)).sum() };
    let nearest = |row: &[f64]| (0..10).min_by(|&a, &b| distance(row, a).total_cmp(&distance(row, b))).unwrap();
    test.iter().zip(test_labels).filter(|(row, label)| nearest(row) == usize::from(**label)).count()
}

/// The sums come from this program itself, the same at optimisation levels 0 and 3: a change of one bit in one image
/// shows.
#[test]
fn the_sets_are_the_same_on_every_machine() {
    assert_eq!(sha256(&textures::train_set(1000)), "d5179314a944a616f0171d0325e3adc05c12dac3305e43f24d90dc068714ba0c");
    assert_eq!(sha256(&textures::test_set(1000)), "fe6b6078ad417127f01deec1edc21fa7bff539f7f189e904bbafd066c34ab377");
}

#[test]
fn the_first_images_do_not_depend_on_how_many_there_are() {
    let set = textures::train_set(300);
    for count in [0, 1, 2, 77, 299] {
        assert_eq!(textures::train_set(count), set.head(count));
    }
}

#[test]
fn training_and_test_images_are_different_ones() {
    let (train, test) = (textures::train_set(200), textures::test_set(200));
    assert_ne!(train.labels(), test.labels());
    assert!(train.pixels().rows().into_iter().all(|row| !test.pixels().rows().into_iter().any(|other| row == other)));
}

#[test]
fn every_class_has_its_share_in_random_order() {
    let set = textures::train_set(5000);
    assert_eq!((set.channels(), set.height(), set.width()), (3, 32, 32));
    assert_eq!(textures::CLASS_NAMES.len(), set.num_classes());
    // Each count is binomial with mean 500 and deviation 21.
    assert!(set.class_counts().iter().all(|&count| (395..605).contains(&count)), "{:?}", set.class_counts());
    let repeated = set.labels().iter().zip(set.labels().iter().skip(1)).filter(|(a, b)| a == b).count();
    assert!((395..605).contains(&repeated), "{repeated} labels like the one before");
}

#[test]
fn every_image_has_contrast() {
    for (index, row) in textures::train_set(2000).pixels().rows().into_iter().enumerate() {
        let mean = row.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / row.len() as f64;
        let variance = row.iter().map(|&pixel| (f64::from(pixel) - mean).powi(2)).sum::<f64>() / row.len() as f64;
        assert!(variance.sqrt() > 12.0, "image {index} has a standard deviation of {}", variance.sqrt());
    }
}

/// Guessing is right for 200 of 2000.
#[test]
fn colour_is_a_hint_and_templates_are_another_and_neither_is_enough() {
    let (train, test) = (textures::train_set(3000), textures::test_set(2000));
    let (train_labels, test_labels) = (train.labels().to_vec(), test.labels().to_vec());
    for (parts, least, most) in [(3, 300, 600), (3 * 32 * 32, 400, 800)] {
        let (train, test) = (part_means(&train, parts), part_means(&test, parts));
        let right = right_by_nearest_mean(&train, &train_labels, &test, &test_labels);
        assert!((least..most).contains(&right), "{right} of 2000 by {parts} means");
    }
}

#[test]
fn generated_images_are_others_from_the_same_distribution() {
    let mut rng = RandomState::new(0);
    let (generated, more) = (textures::generate(2000, &mut rng), textures::generate(100, &mut rng));
    assert_eq!(generated.head(100), textures::generate(100, &mut RandomState::new(0)));
    assert_ne!(generated.head(100), more);
    let train = textures::train_set(2000);
    let seen: std::collections::HashSet<Vec<u8>> = train.pixels().rows().into_iter().map(|row| row.to_vec()).collect();
    assert!(generated.pixels().rows().into_iter().all(|row| !seen.contains(&row.to_vec())));
    // Each count is binomial with mean 200 and deviation 13.
    assert!(
        generated.class_counts().iter().all(|&count| (135..265).contains(&count)),
        "{:?}",
        generated.class_counts()
    );
    // Templates of one set are as good for the other, as for test images.
    let labels = |set: &ImageSet| set.labels().to_vec();
    let parts = 3 * 32 * 32;
    let right = right_by_nearest_mean(
        &part_means(&train, parts),
        &labels(&train),
        &part_means(&generated, parts),
        &labels(&generated),
    );
    assert!((400..800).contains(&right), "{right} of 2000");
}
