//! Probes, as a grader reads them.

use nnlib::ndarray::{ArrayD, array};
use nnlib::probe::{MAX_VALUES, Probe, probe_rng};
use std::process::Command;

/// The values of a notebook's types, in the shapes that a grader compares.
#[test]
fn what_can_be_sent() {
    let shapes_and_values = |value: &dyn Probe| {
        let values = value.values();
        (values.shape().to_vec(), values.iter().copied().collect::<Vec<f64>>())
    };
    assert_eq!(shapes_and_values(&0.5), (vec![], vec![0.5]));
    assert_eq!(shapes_and_values(&3_usize), (vec![], vec![3.0]));
    assert_eq!(shapes_and_values(&true), (vec![], vec![1.0]));
    assert_eq!(shapes_and_values(&vec![1.5_f32, 2.0]), (vec![2], vec![1.5, 2.0]));
    assert_eq!(shapes_and_values(&array![[1_u8, 2], [3, 4]]), (vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]));
    // Rows come one after the other, however the array lies in memory.
    let transposed = array![[1.0, 2.0], [3.0, 4.0]].reversed_axes();
    assert_eq!(shapes_and_values(&transposed), (vec![2, 2], vec![1.0, 3.0, 2.0, 4.0]));
    let tensor = nnlib::grad::Tensor::from(array![[1.0, 2.0, 3.0]]);
    assert_eq!(shapes_and_values(&tensor), (vec![1, 3], vec![1.0, 2.0, 3.0]));
}

#[test]
fn without_a_grader_probes_do_nothing_and_inputs_are_the_same_each_time() {
    nnlib::probe::probe("x", &ArrayD::<f64>::zeros(vec![MAX_VALUES + 1]));
    assert_eq!(probe_rng().randn(3), nnlib::rng::RandomState::new(0).randn(3));
}

/// Runs this test binary once more, as the process that sends.
fn send(probes: Option<&std::path::Path>, seed: Option<&str>) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["probe::sender", "--exact", "--ignored", "--nocapture"]);
    command.envs(probes.map(|path| ("NNLIB_PROBES", path))).envs(seed.map(|seed| ("NNLIB_PROBE_SEED", seed)));
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
#[ignore = "the sending half of the tests below"]
fn sender() {
    let drawn = probe_rng().randint(0, 1000, 1)[0];
    nnlib::probe::probe("drawn", &drawn);
    nnlib::probe::probe("größe", &array![[1.0, f64::NAN, -0.0]]);
    nnlib::probe::probe("empty", &ArrayD::<f64>::zeros(vec![0, 3]));
    if std::env::var_os("NNLIB_PROBE_SEED").is_some_and(|seed| seed == "8") {
        nnlib::probe::probe("large", &vec![0.0; MAX_VALUES + 1]);
    }
}

#[test]
fn records_are_appended_to_the_file_that_the_grader_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probes");
    std::fs::write(&path, b"").unwrap();
    assert_eq!(send(Some(&path), Some("7")), (true, String::new()));
    let mut expected = Vec::new();
    let drawn = nnlib::rng::RandomState::new(7).randint(0, 1000, 1)[0] as f64;
    let records: [(&str, &[u64], &[f64]); 3] =
        [("drawn", &[], &[drawn]), ("größe", &[1, 3], &[1.0, f64::NAN, -0.0]), ("empty", &[0, 3], &[])];
    for (name, shape, values) in records {
        expected.extend(b"PROB");
        expected.extend((name.len() as u32).to_le_bytes());
        expected.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|len| expected.extend(len.to_le_bytes()));
        expected.extend(name.as_bytes());
        values.iter().for_each(|value| expected.extend(value.to_le_bytes()));
    }
    assert_eq!(std::fs::read(&path).unwrap(), expected);
}

#[test]
fn what_goes_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let (passed, said) = send(Some(&missing), None);
    assert!(!passed && said.contains("probe: `drawn` could not be sent: "), "{said}");
    let path = folder.path().join("probes");
    std::fs::write(&path, b"").unwrap();
    let (passed, said) = send(Some(&path), Some("eight"));
    assert!(!passed && said.contains("NNLIB_PROBE_SEED is `eight`, expected 0 to 4294967295"), "{said}");
    let (passed, said) = send(Some(&path), Some("8"));
    let expected = format!("probe: `large` has {} values, expected at most {MAX_VALUES}", MAX_VALUES + 1);
    assert!(!passed && said.contains(&expected), "{said}");
}
