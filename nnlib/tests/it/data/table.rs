//! `Table`: shown as text and as HTML, and summed up.

use ndarray::{Array1, Array2, array};
use nnlib::data::Table;

use super::panic_message;

fn numbers(values: &[f64]) -> String {
    let table = Table::new(&["x"], &Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap());
    table.to_string().lines().skip(1).map(|line| line.split_whitespace().nth(1).unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_column_has_as_many_decimals_as_its_values_need() {
    assert_eq!(numbers(&[41.0, 21.0]), "41.0 21.0");
    assert_eq!(numbers(&[8.3252, -0.5]), "8.3252 -0.5000");
    assert_eq!(numbers(&[1.0 / 3.0, 1.0]), "0.333333 1.000000");
    assert_eq!(numbers(&[0.0, f64::NAN, 2.5, f64::NEG_INFINITY]), "0.0 NaN 2.5 -inf");
    assert_eq!(numbers(&[f64::NAN]), "NaN");
    assert_eq!(numbers(&[1e-8, 1.0]), "1.000000e-8 1.000000e0");
    assert_eq!(numbers(&[0.0, -2.5e12]), "0.000000e0 -2.500000e12");
}

#[test]
fn text_is_aligned_and_html_is_a_table() {
    let table = Table::new(&["a", "long name"], &array![[1.0, 2.5], [-30.25, 4.0]]);
    let text = "        a  long name\n0    1.00        2.5\n1  -30.25        4.0".to_owned();
    assert_eq!((table.to_string(), format!("{table:?}")), (text.clone(), text));
    assert_eq!(
        table.to_html(),
        "<table>\n<thead>\n<tr><th></th><th>a</th><th>long name</th></tr>\n</thead>\n<tbody>\n\
         <tr><th>0</th><td>1.00</td><td>2.5</td></tr>\n<tr><th>1</th><td>-30.25</td><td>4.0</td></tr>\n\
         </tbody>\n</table>"
    );
    assert_eq!((table.num_rows(), table.num_columns()), (2, 2));
    assert_eq!(table.names(), ["a", "long name"]);
    assert_eq!(table.column("long name"), array![2.5, 4.0]);
}

#[test]
fn of_a_long_table_both_ends_are_shown() {
    let table = Table::new(&["x"], &Array2::from_shape_fn((1000, 1), |(row, _)| row as f64));
    let expected = "         x\n0      0.0\n1      1.0\n2      2.0\n3      3.0\n4      4.0\n…        …\n\
                    995  995.0\n996  996.0\n997  997.0\n998  998.0\n999  999.0\n1000 rows × 1 columns";
    assert_eq!(table.to_string(), expected);
    let html = table.to_html();
    assert!(html.contains("<tr><th>…</th><td>…</td></tr>") && html.ends_with("</table>\n<p>1000 rows × 1 columns</p>"));
    assert_eq!(html.matches("<tr>").count(), 12);
    // Ten rows are all shown, with nothing between them.
    assert_eq!(table.head(10).to_string().lines().count(), 11);
    assert_eq!(table.head(5000), table);
    assert_eq!(table.head(0).to_string(), "  x");
    assert_eq!(Table::new(&[], &Array2::zeros((2, 0))).to_string(), " \n0\n1");
}

#[test]
fn names_cannot_break_out_of_the_table() {
    let table = Table::new(&["<script>alert(\"&\")</script>", "a\nEVCXR_END_CONTENT\nb"], &array![[1.0, 2.0]]);
    let html = table.to_html();
    assert!(
        html.contains("<th>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</th><th>a EVCXR_END_CONTENT b</th>")
    );
    assert!(table.to_string().lines().count() == 2 && html.lines().all(|line| line != "EVCXR_END_CONTENT"));
}

/// pandas 3.1: `DataFrame({'a': [3., 1, 2, 10], 'b': [nan, 2, 4.5, -1]}).describe()`.
#[test]
fn a_description_is_that_of_pandas() {
    let table = Table::new(&["a", "b"], &array![[3.0, f64::NAN], [1.0, 2.0], [2.0, 4.5], [10.0, -1.0]]);
    let description = table.describe();
    let expected_a = [4.0, 4.0, 4.08248290463863, 1.0, 1.75, 2.5, 4.75, 10.0];
    let expected_b = [3.0, 1.8333333333333333, 2.753785273643051, -1.0, 0.5, 2.0, 3.25, 4.5];
    for (name, expected) in [("a", expected_a), ("b", expected_b)] {
        let off = |(value, expected): (&f64, f64)| (value - expected).abs() > 1e-14;
        assert!(!description.column(name).iter().zip(expected).any(off), "{name}: {description}");
    }
    assert_eq!(
        description.to_string(),
        "               a          b\ncount   4.000000   3.000000\nmean    4.000000   1.833333\nstd     4.082483   2.753785\n\
         min     1.000000  -1.000000\n25%     1.750000   0.500000\n50%     2.500000   2.000000\n75%     4.750000   3.250000\n\
         max    10.000000   4.500000"
    );
    assert_eq!(description.head(1).to_string(), "         a    b\ncount  4.0  3.0");
    assert!(description.to_html().contains("<tr><th>25%</th><td>1.750000</td>"));

    // Of one value there is no deviation, of none there is nothing.
    let one = Table::new(&["x"], &array![[7.0]]).describe();
    assert_eq!(one.column("x").slice(ndarray::s![3..]), array![7.0, 7.0, 7.0, 7.0, 7.0]);
    assert!(one.column("x")[2].is_nan());
    let none = Table::new(&["x"], &Array2::zeros((0, 1))).describe();
    assert_eq!(none.column("x")[0], 0.0);
    assert!(none.column("x").iter().skip(1).all(|value| value.is_nan()));
}

#[test]
fn misuse_is_told_with_what_was_expected() {
    let values = || Array2::zeros((3, 2));
    assert_eq!(
        panic_message(|| Table::new(&["a"], &values())),
        "Table::new: got 1 names for 2 columns, expected one for each"
    );
    assert_eq!(panic_message(|| Table::new(&["a", "a"], &values())), "Table::new: there are two columns `a`");
    let table = || Table::new(&["a", "b"], &values());
    assert_eq!(
        panic_message(|| table().with_column("c", Array1::zeros(2))),
        "Table::with_column: column `c` has 2 values, expected 3, one for each row"
    );
    assert_eq!(
        panic_message(|| table().with_column("b", Array1::zeros(3))),
        "Table::with_column: there are two columns `b`"
    );
    assert_eq!(
        panic_message(|| table().column("c").sum()),
        "Table::column: there is no column `c`; there are [\"a\", \"b\"]"
    );
}
