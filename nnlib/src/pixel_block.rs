//! The two matrix products of a linear model, over a block of images that is in cache.
//!
//! Pixels are the lanes of the vectors, in both products: the scores sum over them, and the gradient has one value for
//! each. Rows are padded with zeros to whole vectors, which changes no sum. The inner loops keep a tile of 20 vectors of
//! sums in registers, 5 classes by 4 images or by 4 vectors of pixels: ten classes are two tiles, and no lane is idle.
//!
//! Pixels are bytes until they are multiplied. To widen them beside the multiplications costs nothing, as the
//! instructions do not compete; in floating point, four images would push the weights out of the first cache.

use pulp::Simd;

/// Classes in a tile of sums.
const CLASSES: usize = 5;
/// The longest vector, in `f64`; rows are padded to whole ones.
pub const LONGEST_VECTOR: usize = 8;

/// A block of images.
pub struct Block<'a> {
    /// Pixels, 0 … 255: `(count, stride)` vectors.
    pub x: &'a [u8],
    /// Vectors of an image.
    pub stride: usize,
    /// Images.
    pub count: usize,
    /// `M`.
    pub num_classes: usize,
}

impl Block<'_> {
    /// `scores = x weightsᵀ`, `(count, M)`, without the biases.
    #[inline(always)]
    pub fn score<S: Simd, const SIDE: usize>(&self, simd: S, weights: &[S::f64s], scores: &mut [f64]) {
        let mut class = 0;
        // The weights of a tile's classes stay in the first cache while all images pass by.
        while class + CLASSES <= self.num_classes {
            self.score_classes::<S, SIDE, CLASSES>(simd, weights, class, scores);
            class += CLASSES;
        }
        for class in class..self.num_classes {
            self.score_classes::<S, SIDE, 1>(simd, weights, class, scores);
        }
    }

    #[inline(always)]
    fn score_classes<S: Simd, const SIDE: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[S::f64s],
        class: usize,
        scores: &mut [f64],
    ) {
        let mut row = 0;
        while row + SIDE <= self.count {
            self.score_tile::<S, SIDE, CLASSES>(simd, weights, row, class, scores);
            row += SIDE;
        }
        for row in row..self.count {
            self.score_tile::<S, 1, CLASSES>(simd, weights, row, class, scores);
        }
    }

    #[inline(always)]
    fn score_tile<S: Simd, const ROWS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[S::f64s],
        row: usize,
        class: usize,
        scores: &mut [f64],
    ) {
        let stride = self.stride;
        let x: [&[u8]; ROWS] =
            std::array::from_fn(|r| &self.x[(row + r) * stride * S::F64_LANES..][..stride * S::F64_LANES]);
        let w: [&[S::f64s]; CLASSES] = std::array::from_fn(|c| &weights[(class + c) * stride..][..stride]);
        let mut sums = [[simd.splat_f64s(0.0); CLASSES]; ROWS];
        for k in 0..stride {
            for r in 0..ROWS {
                let x = widen::<S>(&x[r][k * S::F64_LANES..]);
                for c in 0..CLASSES {
                    sums[r][c] = simd.mul_add_e_f64s(x, w[c][k], sums[r][c]);
                }
            }
        }
        for r in 0..ROWS {
            for c in 0..CLASSES {
                scores[(row + r) * self.num_classes + class + c] = simd.reduce_sum_f64s(sums[r][c]);
            }
        }
    }

    /// `dweights += dscoresᵀ x`, `(M, stride)`.
    #[inline(always)]
    pub fn accumulate<S: Simd, const SIDE: usize>(&self, simd: S, dscores: &[f64], dweights: &mut [S::f64s]) {
        let mut vector = 0;
        // The pixels of a tile are read for the first of its classes, and are in the first cache for the rest.
        while vector + SIDE <= self.stride {
            self.accumulate_vectors::<S, SIDE>(simd, dscores, vector, dweights);
            vector += SIDE;
        }
        for vector in vector..self.stride {
            self.accumulate_vectors::<S, 1>(simd, dscores, vector, dweights);
        }
    }

    #[inline(always)]
    fn accumulate_vectors<S: Simd, const VECTORS: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        dweights: &mut [S::f64s],
    ) {
        let mut class = 0;
        while class + CLASSES <= self.num_classes {
            self.accumulate_tile::<S, VECTORS, CLASSES>(simd, dscores, vector, class, dweights);
            class += CLASSES;
        }
        for class in class..self.num_classes {
            self.accumulate_tile::<S, VECTORS, 1>(simd, dscores, vector, class, dweights);
        }
    }

    #[inline(always)]
    fn accumulate_tile<S: Simd, const VECTORS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        class: usize,
        dweights: &mut [S::f64s],
    ) {
        let mut sums: [[S::f64s; VECTORS]; CLASSES] =
            std::array::from_fn(|c| std::array::from_fn(|v| dweights[(class + c) * self.stride + vector + v]));
        for row in 0..self.count {
            let x = &self.x[(row * self.stride + vector) * S::F64_LANES..][..VECTORS * S::F64_LANES];
            let x: [S::f64s; VECTORS] = std::array::from_fn(|v| widen::<S>(&x[v * S::F64_LANES..]));
            let dscores = &dscores[row * self.num_classes + class..][..CLASSES];
            for c in 0..CLASSES {
                let dscore = simd.splat_f64s(dscores[c]);
                for v in 0..VECTORS {
                    sums[c][v] = simd.mul_add_e_f64s(dscore, x[v], sums[c][v]);
                }
            }
        }
        for c in 0..CLASSES {
            for v in 0..VECTORS {
                dweights[(class + c) * self.stride + vector + v] = sums[c][v];
            }
        }
    }
}

/// The first pixels, a vector of them.
#[inline(always)]
fn widen<S: Simd>(pixels: &[u8]) -> S::f64s {
    let mut wide = [0.0; LONGEST_VECTOR];
    for (wide, &pixel) in wide[..S::F64_LANES].iter_mut().zip(&pixels[..S::F64_LANES]) {
        *wide = f64::from(pixel);
    }
    S::as_simd_f64s(&wide).0[0]
}

/// Zeros that begin at a cache line: a vector that lies across two lines takes two accesses.
pub struct Aligned {
    buffer: Vec<f64>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// That many zeros.
    pub fn zeros(len: usize) -> Self {
        let buffer = vec![0.0; len + LONGEST_VECTOR];
        // Where there is no answer, only speed is lost.
        let start = buffer.as_ptr().align_offset(LONGEST_VECTOR * size_of::<f64>()).min(LONGEST_VECTOR);
        Aligned { buffer, start, len }
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f64] {
        &self.buffer[self.start..][..self.len]
    }

    /// The numbers, to be changed.
    pub fn values(&mut self) -> &mut [f64] {
        &mut self.buffer[self.start..][..self.len]
    }
}
