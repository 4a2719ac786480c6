//! California housing: the file, the features derived from it, and the split.

use std::fs;
use std::path::Path;

use ndarray::{Array1, Array2, Axis};
use nnlib::Result;
use nnlib::data::Places;
use nnlib::data::housing::{self, Housing, Origin};
use nnlib::rng::RandomState;

use super::{Dice, panic_message};

/// The first two lines of the published file.
const LINES: &str = "\
-122.230000,37.880000,41.000000,880.000000,129.000000,322.000000,126.000000,8.325200,452600.000000\r\n\
-122.220000,37.860000,21.000000,7099.000000,1106.000000,2401.000000,1138.000000,8.301400,358500.000000\r\n";

fn decode(text: &str) -> Result<Housing, String> {
    housing::decode(text.as_bytes(), Path::new("file")).map_err(|error| error.to_string())
}

/// `count` blocks; block `i` has `i` people and a value of `100000 i`.
fn blocks(count: usize) -> Housing {
    Housing {
        features: Array2::from_shape_fn((count, 8), |(row, column)| (row * (column + 1)) as f64),
        target: Array1::from_shape_fn(count, |row| row as f64),
        origin: Origin::File("file".into()),
    }
}

fn message(result: Result<Housing>) -> String {
    result.unwrap_err().to_string()
}

/// What scikit-learn 1.9 and pandas print of `fetch_california_housing(as_frame=True).frame.head(2)`.
#[test]
fn features_are_those_of_scikit_learn() {
    let housing = decode(LINES).unwrap();
    assert_eq!(
        housing.table().to_string(),
        "   MedInc  HouseAge  AveRooms  AveBedrms  Population  AveOccup  Latitude  Longitude  MedHouseVal\n\
         0  8.3252      41.0  6.984127    1.02381       322.0  2.555556     37.88    -122.23        4.526\n\
         1  8.3014      21.0  6.238137    0.97188      2401.0  2.109842     37.86    -122.22        3.585"
    );
    assert_eq!(housing.features[[0, 2]], 880.0 / 126.0);
    assert_eq!((housing.len(), housing.is_empty()), (2, false));
    assert_eq!(housing.to_string(), "California housing from file (2 blocks)");
    assert_eq!(format!("{housing:?}"), housing.to_string());
    // The last line may end without a break, and lines may end as on any system.
    assert_eq!(decode(LINES.trim_end()).unwrap(), housing);
    assert_eq!(decode(&LINES.replace('\r', "")).unwrap(), housing);
}

#[test]
fn errors_name_line_and_column() {
    let second = |from: &str, to: &str| {
        let (first, line) = LINES.split_at(LINES.find('\n').unwrap() + 1);
        assert!(line.contains(from));
        decode(&(first.to_owned() + &line.replace(from, to))).unwrap_err()
    };
    let number = "file: expected a number with 6 decimals in line 2, column";
    assert_eq!(second("37.860000", "north"), format!("{number} 2 (latitude), found \"north\""));
    assert_eq!(second("21.000000", ""), format!("{number} 3 (median age), found \"\""));
    assert_eq!(second("8.301400", "8.3014"), format!("{number} 8 (median income), found \"8.3014\""));
    assert_eq!(second("8.301400", "NaN"), format!("{number} 8 (median income), found \"NaN\""));
    assert_eq!(second("7099", "1e3"), format!("{number} 4 (rooms), found \"1e3.000000\""));
    assert_eq!(second("7099", &"9".repeat(400)), format!("{number} 4 (rooms), found \"{}\"", "9".repeat(40)));
    assert_eq!(
        second("1138.000000", "0.000000"),
        "file: expected a number above 0 in line 2, column 7 (households), found \"0.000000\""
    );
    let nine = "file: expected 9 numbers with commas between them in line";
    assert_eq!(second(",8.301400", ""), format!("{nine} 2, found 8"));
    assert_eq!(decode(&LINES.replace("\r\n", "\r\n\r\n")).unwrap_err(), format!("{nine} 2, found 1"));
    assert_eq!(decode("longitude,latitude\n").unwrap_err(), format!("{nine} 1, found 2"));
    assert_eq!(decode("").unwrap_err(), "file: expected at least one line of numbers, found none");
    let bytes = [LINES.as_bytes(), b"\xff"].concat();
    let error = housing::decode(&bytes, Path::new("file")).unwrap_err();
    assert_eq!(error.to_string(), "file: expected text in line 3, found bytes that are no UTF-8");
}

#[test]
fn no_line_is_half_read() {
    let first = LINES.find("\r\n").unwrap();
    for length in 0..LINES.len() {
        match decode(&LINES[..length]) {
            // Cut between the lines, or within the end of the second.
            Ok(housing) => {
                assert!((first..first + 3).contains(&length) || length >= LINES.len() - 2, "{housing} {length}")
            }
            Err(error) => assert!(error.starts_with("file: expected "), "{error}"),
        }
    }
    let mut dice = Dice(3);
    for _ in 0..20_000 {
        let damaged = dice.damage(LINES.as_bytes());
        if let Ok(housing) = housing::decode(&damaged, Path::new("file")) {
            assert_eq!(housing.features.dim(), (housing.len(), 8));
            assert!(housing.features.iter().chain(&housing.target).all(|value| value.is_finite()));
        }
    }
}

#[test]
fn a_whole_set_is_looked_for_in_order() {
    let [root, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let places = Places { data_root: Some(root.path().to_owned()), cache: Some(cache.path().to_owned()) };
    let folders: Vec<_> = [&root, &cache]
        .into_iter()
        .flat_map(|root| ["california-housing", "CaliforniaHousing"].map(|name| root.path().join(name)))
        .collect();
    let found = || -> Vec<_> {
        let places = housing::locate_in(&places).into_iter();
        places.map(|place| (place.folder, place.found.map_err(|error| error.to_string()))).collect()
    };
    assert!(found().into_iter().eq(folders.iter().map(|folder| (folder.clone(), Ok(None)))));

    let whole = LINES.repeat(housing::LEN / 2);
    for (index, folder) in folders.iter().enumerate().rev() {
        fs::create_dir(folder).unwrap();
        let file = folder.join("cal_housing.data");
        let nothing = format!("{}: expected the file cal_housing.data, found none of that name", folder.display());
        assert_eq!(found()[index].1, Err(nothing));
        assert!(message(housing::load_in(&places)).starts_with(&format!("cannot read {}: ", file.display())));
        fs::write(&file, &whole).unwrap();
        let housing = housing::load_in(&places).unwrap();
        assert_eq!((housing.len(), &housing.origin), (housing::LEN, &Origin::File(file.clone())));
        assert_eq!(found()[index].1, Ok(Some(Origin::File(file))));
    }
    // A file cut between two lines is well formed, but not whole.
    let file = folders[0].join("cal_housing.data");
    fs::write(&file, &whole[LINES.len()..]).unwrap();
    let expected = format!("{}: expected 20640 lines, found 20638", file.display());
    assert_eq!(message(housing::load_in(&places)), expected);
}

#[test]
fn a_split_is_a_permutation_of_the_blocks() {
    let housing = blocks(10);
    let split = housing.split(5, 3, 2, &mut RandomState::new(0));
    // NumPy: np.random.RandomState(0).permutation(10).
    let order = [2.0, 8.0, 4.0, 9.0, 1.0, 6.0, 7.0, 3.0, 0.0, 5.0];
    let targets = [&split.train, &split.validation, &split.test].map(|samples| samples.y.to_vec()).concat();
    assert_eq!(targets, order);
    assert_eq!(split.validation.x.index_axis(Axis(0), 1).iter().nth(2), Some(&21.0));
    assert_eq!(format!("{split:?}"), "train: x (5, 8), y (5,)\nvalidation: x (3, 8), y (3,)\ntest: x (2, 8), y (2,)");

    let standardized = split.standardized();
    assert!(standardized.train.x.mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-15));
    // Block 6, from blocks 2, 8, 4, 9 and 1: mean 4.8, mean square distance 10.16.
    let expected = (6.0 - 4.8) / 10.16_f64.sqrt();
    assert!(standardized.validation.x.index_axis(Axis(0), 0).iter().all(|value| (value - expected).abs() < 1e-14));
    assert_eq!(standardized.test.y, split.test.y);

    assert_eq!(
        panic_message(|| blocks(10).split(8, 2, 1, &mut RandomState::new(0))),
        "Housing::split: got 8 + 2 + 1 blocks, expected at most 10 together"
    );
    assert!(panic_message(|| blocks(10).split(usize::MAX, 2, 1, &mut RandomState::new(0))).contains("at most 10"));
    assert_eq!(
        panic_message(|| blocks(10).split(0, 2, 1, &mut RandomState::new(0)).standardized()),
        "Split::standardized: there are no blocks to train on, expected at least 1"
    );
}

/// Where `NNLIB_DATA` names a data root with the set in it: figures of NumPy 2.4 and pandas,
///
/// ```python
/// d = np.loadtxt('cal_housing.data', delimiter=',')[:, [8, 7, 2, 3, 4, 5, 6, 1, 0]]
/// y, x = d[:, 0] / 100000.0, d[:, 1:].copy()
/// x[:, 2] /= x[:, 5]; x[:, 3] /= x[:, 5]; x[:, 5] = x[:, 4] / x[:, 5]
/// order = np.random.RandomState(0).permutation(20640)
/// x, y = x[order], y[order]
/// x = (x - x[:15640].mean(0)) / x[:15640].std(0)
/// ```
#[test]
fn the_real_set_is_what_it_is_known_to_be() {
    let Some(root) = Places::from_environment().data_root else { return };
    let folder = root.join("california-housing");
    if !folder.exists() {
        return;
    }
    let housing = housing::load_from(&folder).unwrap();
    assert_eq!(
        housing.table().head(5).to_string(),
        "   MedInc  HouseAge  AveRooms  AveBedrms  Population  AveOccup  Latitude  Longitude  MedHouseVal\n\
         0  8.3252      41.0  6.984127   1.023810       322.0  2.555556     37.88    -122.23        4.526\n\
         1  8.3014      21.0  6.238137   0.971880      2401.0  2.109842     37.86    -122.22        3.585\n\
         2  7.2574      52.0  8.288136   1.073446       496.0  2.802260     37.85    -122.24        3.521\n\
         3  5.6431      52.0  5.817352   1.073059       558.0  2.547945     37.85    -122.25        3.413\n\
         4  3.8462      52.0  6.281853   1.081081       565.0  2.181467     37.85    -122.25        3.422"
    );
    let description = housing.table().describe();
    assert_eq!(description.column("MedHouseVal")[0], 20640.0);
    let close = |value: f64, expected: f64| (value - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    assert!(close(description.column("AveOccup")[7], 1243.3333333333333));
    let text = description.to_string();
    let line = |label: &str| text.lines().find(|line| line.starts_with(label)).unwrap().split_whitespace().skip(1);
    let deviations =
        ["1.899822", "12.585558", "2.474173", "0.473911", "1132.462122", "10.386050", "2.135952", "2.003532"];
    assert!(line("std").eq(deviations.into_iter().chain(["1.153956"])), "{text}");
    let quarters =
        ["4.743250", "37.000000", "6.052381", "1.099526", "1725.000000", "3.282261", "37.710000", "-118.010000"];
    assert!(line("75%").eq(quarters.into_iter().chain(["2.647250"])), "{text}");

    let split = housing.split(15640, 2500, 2500, &mut RandomState::new(0)).standardized();
    assert_eq!(
        format!("{split:?}"),
        "train: x (15640, 8), y (15640,)\nvalidation: x (2500, 8), y (2500,)\ntest: x (2500, 8), y (2500,)"
    );
    assert_eq!([split.train.y[0], split.validation.y[0], split.test.y[0]], [1.369, 3.313, 1.449]);
    let first = [
        0.1491658388366356,
        -0.5272996839874332,
        0.0920376563434338,
        -0.05037781361758445,
        0.118573451527299,
        0.08952988257142777,
        -1.4285490385397883,
        1.2566888685346467,
    ];
    let of_test = [
        0.2583169499876961,
        -0.20915727514701782,
        0.35007421690488566,
        -0.22359971980803245,
        -0.18157319225626126,
        0.014144692236654577,
        -1.433236643264791,
        1.2316545880230687,
    ];
    for (x, expected) in [(&split.train.x, first), (&split.test.x, of_test)] {
        let row = x.index_axis(Axis(0), 0);
        assert!(row.iter().zip(expected).all(|(&value, expected)| close(value, expected)), "{row}");
    }
}

#[test]
fn without_the_set_it_is_the_embedded_one_and_says_so() {
    let root = tempfile::tempdir().unwrap();
    let places = Places { data_root: Some(root.path().to_owned()), cache: None };
    let housing = housing::load_in(&places).unwrap();
    assert_eq!(housing.origin, Origin::Embedded);
    assert_eq!(
        housing.to_string(),
        "embedded houses, made by a generator: NOT the real California housing (20640 blocks).\n\
         For the real set, put cal_housing.data into $NNLIB_DATA/california-housing."
    );
    let split = housing.split(15640, 2500, 2500, &mut RandomState::new(0));
    assert_eq!((split.train.x.shape(), split.test.y.len()), (&[15640, 8][..], 2500));
}
