//! The two matrix products of a linear model, over a block of images that is in cache.
//!
//! Pixels are the lanes of the vectors, in both products: the scores sum over them, and the gradient has one value for
//! each. They come in groups of eight, the longest vector. The inner loops keep the sums of ten classes in registers, of
//! two images or of one group of pixels, for ten digits.
//!
//! Most of a picture of a digit is blank: of the groups of MNIST, two thirds. What is 0 adds nothing, so blank groups are
//! passed over; unless some factor is infinite or no number, as 0 times that is no number either.
//!
//! Pixels are bytes until they are multiplied: in floating point, they would push the weights out of the first cache.

use crate::array::Matrix;
use crate::marks::{self, MARKS};
use crate::memory::prefetch;
use pulp::Simd;

/// Images of a block. Their bytes stay in the second-level cache; with fewer, the sums of the gradient are fetched more often.
pub const BLOCK: usize = 64;
/// Fewer images than this are not worth a thread.
pub const ROWS_PER_PART: usize = 1024;
/// A pixel's value in the products.
pub const SCALE: f64 = 1.0 / 255.0;
/// Pixels of a group: the longest vector, in `f64`.
const GROUP: usize = 8;

/// Calls `$tile::<…>(…)` for the first of so many classes at a time: tens, fives and ones.
macro_rules! each_tile {
    ($self:ident.$tile:ident::<$($parameter:tt),*>($($argument:expr),*), $class:ident) => {
        let mut $class = 0;
        while $class + 10 <= $self.num_classes {
            $self.$tile::<$($parameter),*, 10>($($argument),*);
            $class += 10;
        }
        while $class + 5 <= $self.num_classes {
            $self.$tile::<$($parameter),*, 5>($($argument),*);
            $class += 5;
        }
        while $class < $self.num_classes {
            $self.$tile::<$($parameter),*, 1>($($argument),*);
            $class += 1;
        }
    };
}

/// A block of images.
pub struct Block<'a> {
    /// Pixels, 0 … 255, whole groups: up to [`BLOCK`] images, all of as many pixels.
    images: &'a [&'a [u8]],
    /// Those of the next block, to be fetched meanwhile.
    next: &'a [&'a [u8]],
    /// `M`.
    num_classes: usize,
}

impl<'a> Block<'a> {
    /// The blocks of all `images`, which are of whole groups.
    pub fn each(images: &'a [&'a [u8]], num_classes: usize) -> impl Iterator<Item = Block<'a>> {
        let next = images.chunks(BLOCK).skip(1).chain([&[][..]]);
        images.chunks(BLOCK).zip(next).map(move |(images, next)| Block { images, next, num_classes })
    }

    /// How many images it has.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// `scores = x weights`, `(count, M)`, without the biases.
    #[inline(always)]
    pub fn score<S: Simd>(&self, simd: S, weights: &ByGroup, scores: &mut [f64]) {
        // Sums fill the registers: 32 with AVX-512 and NEON, 16 with AVX2.
        match S::F64_LANES {
            4 => self.score_images::<S, 1>(simd, weights, scores),
            _ => self.score_images::<S, 2>(simd, weights, scores),
        }
    }

    #[inline(always)]
    fn score_images<S: Simd, const IMAGES: usize>(&self, simd: S, weights: &ByGroup, scores: &mut [f64]) {
        let (tiles, rest) = self.images.as_chunks::<IMAGES>();
        let (of_tiles, of_rest) = scores.split_at_mut(tiles.len() * IMAGES * self.num_classes);
        let mut next = self.next.chunks(IMAGES);
        for (images, scores) in tiles.iter().zip(of_tiles.chunks_exact_mut(IMAGES * self.num_classes)) {
            next.next().into_iter().flatten().for_each(|image| prefetch(image));
            each_tile!(self.score_tile::<S, IMAGES>(simd, weights, images, class, scores), class);
        }
        for (image, scores) in rest.iter().zip(of_rest.chunks_exact_mut(self.num_classes)) {
            each_tile!(self.score_tile::<S, 1>(simd, weights, &[image], class, scores), class);
        }
    }

    #[inline(always)]
    fn score_tile<S: Simd, const IMAGES: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &ByGroup,
        images: &[&[u8]; IMAGES],
        class: usize,
        scores: &mut [f64],
    ) {
        let vectors = S::as_simd_f64s(weights.as_slice()).0;
        let mut sums = [[simd.splat_f64s(0.0); CLASSES]; IMAGES];
        for first in (0..images[0].len()).step_by(MARKS * GROUP) {
            let images = images.map(|image| &image[first..image.len().min(first + MARKS * GROUP)]);
            let marks = images.iter().fold(0, |marks, image| marks | not_blank(image));
            for group in marks::marked(if weights.are_finite { marks } else { marks::first(images[0].len() / GROUP) }) {
                let x = images.map(|image| &image[group * GROUP..][..GROUP]);
                let at = (first / GROUP + group) * self.num_classes + class;
                let w = &vectors[at * GROUP / S::F64_LANES..][..CLASSES * GROUP / S::F64_LANES];
                for vector in 0..GROUP / S::F64_LANES {
                    for image in 0..IMAGES {
                        let x = widen::<S>(&x[image][vector * S::F64_LANES..]);
                        for c in 0..CLASSES {
                            let w = w[c * GROUP / S::F64_LANES + vector];
                            sums[image][c] = simd.mul_add_e_f64s(x, w, sums[image][c]);
                        }
                    }
                }
            }
        }
        for image in 0..IMAGES {
            for c in 0..CLASSES {
                scores[image * self.num_classes + class + c] = simd.reduce_sum_f64s(sums[image][c]);
            }
        }
    }

    /// `dweights += xᵀ dscores`.
    #[inline(always)]
    pub fn accumulate<S: Simd>(&self, simd: S, dscores: &[f64], dweights: &mut ByGroup) {
        let Some(first) = self.images.first() else { return };
        let dscores = &dscores[..self.images.len() * self.num_classes];
        // A sum is finite only if all its terms are.
        let mut marks = if dscores.iter().sum::<f64>().is_finite() {
            vec![0_u64; first.len() / GROUP]
        } else {
            vec![marks::first(self.images.len()); first.len() / GROUP]
        };
        let mut next = self.next.iter();
        for (index, image) in self.images.iter().enumerate() {
            next.next().into_iter().for_each(|image| prefetch(image));
            for (marks, group) in marks.iter_mut().zip(image.as_chunks::<GROUP>().0) {
                *marks |= u64::from(u64::from_ne_bytes(*group) != 0) << index;
            }
        }
        for (group, &marks) in marks.iter().enumerate() {
            each_tile!(self.accumulate_tile::<S>(simd, dscores, group, marks, class, dweights), class);
        }
    }

    #[inline(always)]
    fn accumulate_tile<S: Simd, const CLASSES: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        group: usize,
        marks: u64,
        class: usize,
        dweights: &mut ByGroup,
    ) {
        let vectors = S::as_mut_simd_f64s(dweights.values()).0;
        let at = group * self.num_classes + class;
        let vectors = &mut vectors[at * GROUP / S::F64_LANES..][..CLASSES * GROUP / S::F64_LANES];
        for vector in 0..GROUP / S::F64_LANES {
            let mut sums = [simd.splat_f64s(0.0); CLASSES];
            for c in 0..CLASSES {
                sums[c] = vectors[c * GROUP / S::F64_LANES + vector];
            }
            for image in marks::marked(marks) {
                let x = widen::<S>(&self.images[image][group * GROUP + vector * S::F64_LANES..]);
                let dscores = &dscores[image * self.num_classes + class..][..CLASSES];
                for c in 0..CLASSES {
                    sums[c] = simd.mul_add_e_f64s(simd.splat_f64s(dscores[c]), x, sums[c]);
                }
            }
            for c in 0..CLASSES {
                vectors[c * GROUP / S::F64_LANES + vector] = sums[c];
            }
        }
    }
}

/// Which groups of up to [`MARKS`] have a pixel that is not 0.
#[inline(always)]
fn not_blank(pixels: &[u8]) -> u64 {
    let mut marks = [0_u8; MARKS];
    for (mark, group) in marks.iter_mut().zip(pixels.as_chunks::<GROUP>().0) {
        *mark = u8::from(u64::from_ne_bytes(*group) != 0);
    }
    marks::from_bytes(&marks)
}

/// The first pixels, a vector of them.
#[inline(always)]
fn widen<S: Simd>(pixels: &[u8]) -> S::f64s {
    let mut wide = [0.0; GROUP];
    for (wide, &pixel) in wide[..S::F64_LANES].iter_mut().zip(&pixels[..S::F64_LANES]) {
        *wide = f64::from(pixel);
    }
    S::as_simd_f64s(&wide).0[0]
}

/// `images` of `num_pixels` pixels, as whole groups: those that are not are copied to `buffer`, with zeros added.
pub fn in_groups<'a>(
    num_pixels: usize,
    images: impl ExactSizeIterator<Item = &'a [u8]>,
    buffer: &'a mut Vec<u8>,
) -> Vec<&'a [u8]> {
    if num_pixels.is_multiple_of(GROUP) {
        return images.collect();
    }
    let padded = num_pixels.next_multiple_of(GROUP);
    buffer.resize(images.len() * padded, 0);
    for (padded, image) in buffer.chunks_exact_mut(padded).zip(images) {
        padded[..num_pixels].copy_from_slice(image);
    }
    buffer.chunks_exact(padded).collect()
}

/// Weights `(D, M)`, or their gradients, group by group: the pixels of a group for each class in turn.
pub struct ByGroup {
    values: Aligned,
    num_classes: usize,
    /// Whether neither infinite nor no number, as zeros are; known of those that do not change.
    are_finite: bool,
}

impl ByGroup {
    /// Zeros.
    pub fn zeros(num_pixels: usize, num_classes: usize) -> Self {
        let values = Aligned::zeros(num_pixels.next_multiple_of(GROUP) * num_classes);
        ByGroup { values, num_classes, are_finite: true }
    }

    /// `weights` times `factor`.
    pub fn new(weights: &Matrix, factor: f64) -> Self {
        let mut by_group = ByGroup::zeros(weights.nrows(), weights.ncols());
        for (place, weight) in weights.indexed_iter() {
            let place = by_group.place(place);
            by_group.values()[place] = weight * factor;
        }
        by_group.are_finite = by_group.as_slice().iter().all(|weight| weight.is_finite());
        by_group
    }

    /// Times `factor`, as a matrix for so many pixels.
    pub fn to_matrix(&self, num_pixels: usize, factor: f64) -> Matrix {
        Matrix::from_shape_fn((num_pixels, self.num_classes), |place| self.as_slice()[self.place(place)] * factor)
    }

    /// Adds `other`.
    pub fn add(&mut self, other: &ByGroup) {
        self.values().iter_mut().zip(other.as_slice()).for_each(|(sum, other)| *sum += other);
    }

    fn place(&self, (pixel, class): (usize, usize)) -> usize {
        (pixel / GROUP * self.num_classes + class) * GROUP + pixel % GROUP
    }

    fn as_slice(&self) -> &[f64] {
        self.values.as_slice()
    }

    fn values(&mut self) -> &mut [f64] {
        self.values.values()
    }
}

/// Zeros that begin at a cache line: a vector that lies across two lines takes two accesses.
struct Aligned {
    buffer: Vec<f64>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// That many zeros.
    fn zeros(len: usize) -> Self {
        let buffer = vec![0.0; len + GROUP];
        // Where there is no answer, only speed is lost.
        let start = buffer.as_ptr().align_offset(GROUP * size_of::<f64>()).min(GROUP);
        Aligned { buffer, start, len }
    }

    /// The numbers.
    fn as_slice(&self) -> &[f64] {
        &self.buffer[self.start..][..self.len]
    }

    /// The numbers, to be changed.
    fn values(&mut self) -> &mut [f64] {
        &mut self.buffer[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matmul::tests::whole;
    use ndarray::{Array2, s};
    use pulp::{Arch, Scalar, WithSimd};

    /// Scores and gradients of all blocks, as a model has them.
    struct Products<'a> {
        images: &'a [&'a [u8]],
        weights: &'a Matrix,
        dscores: &'a Matrix,
    }

    impl WithSimd for Products<'_> {
        type Output = (Matrix, Matrix);

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> (Matrix, Matrix) {
            let (num_pixels, num_classes) = self.weights.dim();
            let mut scores = Matrix::zeros((self.images.len(), num_classes));
            let mut dweights = ByGroup::zeros(num_pixels, num_classes);
            let weights = ByGroup::new(self.weights, 1.0);
            let mut first = 0;
            for block in Block::each(self.images, num_classes) {
                let rows = s![first..first + block.len(), ..];
                block.score(simd, &weights, scores.slice_mut(rows).into_slice().expect("whole rows"));
                let dscores = self.dscores.slice(rows).to_slice().expect("whole rows");
                block.accumulate(simd, dscores, &mut dweights);
                first += block.len();
            }
            (scores, dweights.to_matrix(num_pixels, 1.0))
        }
    }

    fn expect_products(run: impl Fn(Products) -> (Matrix, Matrix)) {
        for (count, num_pixels, num_classes) in [(1, 1, 1), (65, 7, 6), (130, 100, 27), (9, 784, 10)] {
            let ink = |(i, j): (usize, usize)| ((i * 31 + j * 17) % 256) as u8 * u8::from((i + j / 8) % 3 == 0);
            let pixels = Array2::from_shape_fn((count, num_pixels), ink);
            let mut buffer = Vec::new();
            let images = pixels.as_slice().expect("in standard layout").chunks_exact(num_pixels);
            let images = in_groups(num_pixels, images, &mut buffer);
            let numbers = |rows| whole(rows, num_classes).mapv(|x| x as f64);
            let (weights, dscores) = (numbers(num_pixels), numbers(count));
            let x = pixels.mapv(f64::from);
            let products = run(Products { images: &images, weights: &weights, dscores: &dscores });
            assert_eq!(products, (x.dot(&weights), x.t().dot(&dscores)), "{count} x {num_pixels} x {num_classes}");
        }
    }

    #[test]
    fn without_vectors() {
        expect_products(|products| products.with_simd(Scalar));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn with_vectors_of_every_length_that_there_is() {
        if let Some(avx2) = pulp::x86::V3::try_new() {
            expect_products(|products| Arch::V3(avx2).dispatch(products));
        }
        expect_products(|products| Arch::new().dispatch(products));
    }

    #[test]
    fn marks_of_groups() {
        let mut pixels = [0; MARKS * GROUP];
        assert_eq!(not_blank(&pixels), 0);
        for group in [0, 1, 9, 62, 63] {
            pixels[group * GROUP + group % GROUP] = 1;
        }
        let marks = 1 | 1 << 1 | 1 << 9 | 1 << 62 | 1 << 63;
        assert_eq!(not_blank(&pixels), marks);
        assert_eq!(not_blank(&pixels[..10 * GROUP]), 1 | 1 << 1 | 1 << 9);
    }
}
