//! The two matrix products of a linear model, over a block of images that is in cache.
//!
//! Pixels are the lanes of the vectors, in both products: the scores sum over them, and the gradient has one value for
//! each. Rows are padded with zeros to whole vectors, which changes no sum. The inner loops keep a tile of 20 vectors of
//! sums in registers, 5 classes by 4 images or by 4 vectors of pixels: ten classes are two tiles, and no lane is idle.

use pulp::Simd;

/// Classes in a tile of sums.
const CLASSES: usize = 5;
/// The longest vector, in `f64`; rows are padded to whole ones.
pub const LONGEST_VECTOR: usize = 8;

/// A block of images in vectors of pixels, 0 … 255.
pub struct Block<'a, V> {
    /// `(count, stride)`.
    pub x: &'a [V],
    /// Vectors of an image.
    pub stride: usize,
    /// Images.
    pub count: usize,
    /// `M`.
    pub num_classes: usize,
}

impl<V: Copy> Block<'_, V> {
    /// `scores = x weightsᵀ`, `(count, M)`, without the biases.
    #[inline(always)]
    pub fn score<S: Simd<f64s = V>, const SIDE: usize>(&self, simd: S, weights: &[V], scores: &mut [f64]) {
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
    fn score_classes<S: Simd<f64s = V>, const SIDE: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[V],
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
    fn score_tile<S: Simd<f64s = V>, const ROWS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        weights: &[V],
        row: usize,
        class: usize,
        scores: &mut [f64],
    ) {
        let stride = self.stride;
        let x: [&[V]; ROWS] = std::array::from_fn(|r| &self.x[(row + r) * stride..][..stride]);
        let w: [&[V]; CLASSES] = std::array::from_fn(|c| &weights[(class + c) * stride..][..stride]);
        let mut sums = [[simd.splat_f64s(0.0); CLASSES]; ROWS];
        for k in 0..stride {
            for r in 0..ROWS {
                for c in 0..CLASSES {
                    sums[r][c] = simd.mul_add_e_f64s(x[r][k], w[c][k], sums[r][c]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                scores[(row + r) * self.num_classes + class + c] = simd.reduce_sum_f64s(*sum);
            }
        }
    }

    /// `dweights += dscoresᵀ x`, `(M, stride)`.
    #[inline(always)]
    pub fn accumulate<S: Simd<f64s = V>, const SIDE: usize>(&self, simd: S, dscores: &[f64], dweights: &mut [V]) {
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
    fn accumulate_vectors<S: Simd<f64s = V>, const VECTORS: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        dweights: &mut [V],
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
    fn accumulate_tile<S: Simd<f64s = V>, const VECTORS: usize, const CLASSES: usize>(
        &self,
        simd: S,
        dscores: &[f64],
        vector: usize,
        class: usize,
        dweights: &mut [V],
    ) {
        let mut sums: [[V; VECTORS]; CLASSES] =
            std::array::from_fn(|c| std::array::from_fn(|v| dweights[(class + c) * self.stride + vector + v]));
        for row in 0..self.count {
            let x = &self.x[row * self.stride + vector..][..VECTORS];
            let dscores = &dscores[row * self.num_classes + class..][..CLASSES];
            for c in 0..CLASSES {
                let dscore = simd.splat_f64s(dscores[c]);
                for v in 0..VECTORS {
                    sums[c][v] = simd.mul_add_e_f64s(dscore, x[v], sums[c][v]);
                }
            }
        }
        for (c, sums) in sums.iter().enumerate() {
            dweights[(class + c) * self.stride + vector..][..VECTORS].copy_from_slice(sums);
        }
    }
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
