//! `one_hot`: unit rows, and which row is wrong.

use ndarray::{Array1, array};
use nnlib::data::{one_hot, one_hot_f64};

use super::{panic_message, small_set};

#[test]
fn rows_are_one_in_the_column_of_the_label() {
    let labels = array![2_usize, 0, 2];
    let expected = array![[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
    assert_eq!(one_hot_f64(&labels, 4), expected);
    assert_eq!(one_hot(&labels, 4), expected.mapv(|value| value as f32));
    assert_eq!(one_hot(&Array1::zeros(0), 3).dim(), (0, 3));
    let set = small_set(12);
    assert_eq!(one_hot_f64(&set.class_indices(), 10), set.one_hot());
}

#[test]
fn a_label_out_of_range_is_told_with_its_row() {
    let labels = || array![2_usize, 0, 10, 3, 11];
    assert_eq!(
        panic_message(|| one_hot(&labels(), 10)),
        "one_hot: `labels` has 10 in row 2, expected labels below 10 (`num_classes`)"
    );
    assert_eq!(
        panic_message(|| one_hot_f64(&labels(), 11)),
        "one_hot_f64: `labels` has 11 in row 4, expected labels below 11 (`num_classes`)"
    );
}
