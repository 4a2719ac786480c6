//! Generic code that most cells would have compiled for themselves: arithmetic, products, sums, slices and texts of arrays.
//!
//! rustc compiles generic code where it is used for a type; with this crate's flags, crates that depend on it find here
//! what it has compiled for `f64` and `f32`. Nobody calls [`compile`]: that it could be called is what counts.

use nnlib::ndarray::{Array, Array1, Array2, ArrayD, Axis, Ix2, concatenate, s, stack};
use std::fmt::Write;

macro_rules! compile_for {
    ($float:ty, $n:expr, $text:expr) => {{
        let (n, number, text) = ($n, $n as $float, $text);
        let a: Array2<$float> = Array2::zeros((n, n));
        let b = Array2::<$float>::ones((n, n)) + Array2::<$float>::eye(n) + Array2::<$float>::from_elem((n, n), number);
        let v = Array1::<$float>::zeros(n) + Array1::<$float>::linspace(0.0, 1.0, n);
        let dynamic: ArrayD<$float> = ArrayD::zeros(vec![n]);
        let _ = write!(text, "{a} {v} {a:?} {:?} {v:?} {:?} {dynamic:?} {:?}", a.view(), v.view(), dynamic.view());

        let products = [a.dot(&b), a.t().dot(&b), a.dot(&b.t())];
        let sums = [products[0].sum(), a.dot(&v).sum(), v.dot(&v)];

        let c = &(&(&(&a + &b) - &b) * &b) / &b;
        let c = (((c + &b) - &b) * &b) / &b;
        let c = (((c + &v) - &v) * &v) / &v;
        let c = &(&(&(&c + &v) - &v) * &v) / &v;
        let c = (((c + number) - number) * number) / number;
        let c = -(&(&(&(&c + number) - number) * number) / number);
        let mut d = c.clone();
        d += &a;
        d -= &a;
        d *= &a;
        d /= &a;
        d += &v;
        d -= &v;
        d += number;
        d -= number;
        d *= number;
        d /= number;
        d.scaled_add(number, &a);
        d.assign(&a);
        d.fill(number);

        let u = &(&(&(&v + &v) - &v) * &v) / &v;
        let mut u = ((((u + &v) - &v) * &v) * number) / number;
        u += &v;
        u -= &v;
        u *= number;
        u.scaled_add(number, &v);

        let rows = d.sum_axis(Axis(1)).insert_axis(Axis(1));
        let normed = &(&d / &rows) - &rows;
        let columns = (d.sum_axis(Axis(0)), d.mean_axis(Axis(0)), d.std_axis(Axis(0), number), d.var_axis(Axis(0), number));
        let parts = (d.slice(s![..n, ..n]).to_owned(), d.slice(s![.., n]).to_owned(), d.row(n).to_owned(), d.column(n).to_owned());
        let chosen = d.select(Axis(0), &[n]);
        let elements: Vec<$float> = d.iter().copied().collect();
        let shapes = (
            d.clone().into_shape_with_order((n, n)),
            d.clone().into_dyn(),
            dynamic.into_dimensionality::<Ix2>(),
            Array2::from_shape_vec((n, n), elements.clone()),
            Array::from_vec(elements.clone()),
            d.clone().reversed_axes(),
            concatenate(Axis(0), &[d.view(), a.view()]),
            stack(Axis(0), &[v.view(), u.view()]),
        );
        let counts = d.rows().into_iter().count() + d.outer_iter().count() + d.axis_iter(Axis(1)).count();
        let _ = write!(text, "{products:?} {sums:?} {normed:?} {columns:?} {parts:?} {chosen:?} {elements:?} {shapes:?} {counts}");
        let _ = write!(text, "{:?} {} {}", d.mean(), d.std(number), d == a);
    }};
}

/// Uses it all.
pub fn compile(n: usize) -> String {
    let mut text = String::new();
    compile_for!(f64, n, &mut text);
    compile_for!(f32, n, &mut text);
    text
}
