//! Ink on paper: the pen's path as a picture.

use super::hand::Dab;
use crate::data::stream::Stream;

/// The side of a picture in pixels.
pub(super) const SIDE: usize = 28;
/// The side of the sheet on which a digit is drawn before it is centred: wherever its centre of mass lies within its
/// box, the picture around it is on the sheet.
const SHEET: usize = 48;
/// The width, in pixels, over which the edge of a line fades, of the sharpest and of the softest scan.
const BLUR: (f32, f32) = (1.0, 1.6);
/// How dark the ink is, from the palest to the darkest; beyond 1 more of the edge is fully dark.
const GAIN: (f32, f32) = (0.95, 1.15);
/// The standard deviation of the grain of the ink.
const GRAIN: f32 = 0.05;

/// Draws the strokes into `pixels` (`SIDE * SIDE`, row by row), the centre of mass at pixel (14, 14) as in MNIST.
pub(super) fn print(strokes: &[Vec<Dab>], stream: &mut Stream, pixels: &mut [u8]) {
    let mut cover = [[0.0; SHEET]; SHEET];
    let blur = stream.uniform(BLUR.0, BLUR.1);
    for stroke in strokes {
        for ends in stroke.windows(2) {
            draw_line(&mut cover, ends[0], ends[1], blur);
        }
    }
    let gain = stream.uniform(GAIN.0, GAIN.1);
    let ink = cover.map(|line| {
        line.map(|cover| {
            if cover == 0.0 {
                return 0;
            }
            let darkness = cover * gain * (1.0 + stream.bell(GRAIN));
            // The cast cuts off at 0 and 255, and one half more makes it round.
            (darkness * 255.0 + 0.5) as u8
        })
    });
    let [top, left] = corner(&ink);
    for (row, line) in pixels.chunks_exact_mut(SIDE).zip(&ink[top..]) {
        row.copy_from_slice(&line[left..left + SIDE]);
    }
}

/// Raises `cover` to the share of each pixel that a line from one dab to the next covers.
fn draw_line(cover: &mut [[f32; SHEET]; SHEET], from: Dab, to: Dab, blur: f32) {
    let middle = SHEET as f32 / 2.0;
    let reach = from.radius.max(to.radius) + blur / 2.0;
    let span = |a: f32, b: f32| {
        let first = (a.min(b) - reach + middle) as usize;
        let last = (a.max(b) + reach + middle) as usize;
        first..(last + 1).min(SHEET)
    };
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let inverse = 1.0 / (dx * dx + dy * dy).max(1e-9);
    let columns = span(from.x, to.x);
    for row in span(from.y, to.y) {
        let py = row as f32 + 0.5 - middle - from.y;
        for (column, cell) in columns.clone().zip(&mut cover[row][columns.clone()]) {
            let px = column as f32 + 0.5 - middle - from.x;
            let t = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let distance = (ex * ex + ey * ey).sqrt();
            let radius = from.radius + t * (to.radius - from.radius);
            *cell = cell.max(((radius - distance) / blur + 0.5).clamp(0.0, 1.0));
        }
    }
}

/// The row and column at which to cut the picture out of the sheet, so that its centre of mass is within half a pixel
/// of (14, 14), or nearer to the edge where ink would be cut off.
fn corner(ink: &[[u8; SHEET]; SHEET]) -> [usize; 2] {
    let mut mass = 0;
    let mut moment = [0; 2];
    let mut low = [SHEET; 2];
    let mut high = [0; 2];
    for (row, line) in ink.iter().enumerate() {
        for (column, &darkness) in line.iter().enumerate().filter(|&(_, &darkness)| darkness > 0) {
            mass += usize::from(darkness);
            for (axis, place) in [row, column].into_iter().enumerate() {
                moment[axis] += usize::from(darkness) * place;
                low[axis] = low[axis].min(place);
                high[axis] = high[axis].max(place);
            }
        }
    }
    [0, 1].map(|axis| {
        let centre = (moment[axis] + mass / 2) / mass;
        let wanted = centre.saturating_sub(SIDE / 2).min(SHEET - SIDE);
        wanted.min(low[axis]).max((high[axis] + 1).saturating_sub(SIDE))
    })
}
