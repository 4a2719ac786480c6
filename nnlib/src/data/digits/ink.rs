//! Ink on paper: the pen's path as a 28 x 28 picture.

use super::hand::Dab;
use super::stream::Stream;

pub(super) const SIDE: usize = 28;
const SHEET: usize = 48;

pub(super) fn print(strokes: &[Vec<Dab>], stream: &mut Stream, pixels: &mut [u8]) {
    let p = super::params();
    let mut sheet = [[0.0f32; SHEET]; SHEET];
    let blur = stream.uniform(p[13], p[14]);
    let middle = SHEET as f32 / 2.0;
    for stroke in strokes {
        for pair in stroke.windows(2) {
            draw(&mut sheet, pair[0], pair[1], middle, blur);
        }
    }
    let gain = stream.uniform(p[17], p[18]);
    let noise = p[15];
    let mut mass = 0u64;
    let mut moment = [0u64; 2];
    let (mut low, mut high) = ([SHEET; 2], [0usize; 2]);
    let mut ink = [[0u8; SHEET]; SHEET];
    for (row, line) in sheet.iter().enumerate() {
        for (column, &cover) in line.iter().enumerate() {
            if cover <= 0.0 { continue; }
            let v = (cover * gain * (1.0 + stream.bell(noise))).clamp(0.0, 1.0);
            let value = (v * 255.0 + 0.5) as u8;
            if value == 0 { continue; }
            ink[row][column] = value;
            mass += u64::from(value);
            moment[0] += u64::from(value) * row as u64;
            moment[1] += u64::from(value) * column as u64;
            low[0] = low[0].min(row); low[1] = low[1].min(column);
            high[0] = high[0].max(row); high[1] = high[1].max(column);
        }
    }
    let from = [0, 1].map(|axis| {
        let centre = ((moment[axis] + mass / 2) / mass) as usize;
        let wanted = centre - SIDE / 2;
        wanted.min(low[axis]).max((high[axis] + 1).saturating_sub(SIDE))
    });
    for row in 0..SIDE {
        pixels[row * SIDE..(row + 1) * SIDE].copy_from_slice(&ink[from[0] + row][from[1]..from[1] + SIDE]);
    }
}

fn draw(sheet: &mut [[f32; SHEET]; SHEET], from: Dab, to: Dab, middle: f32, blur: f32) {
    let reach = from.radius.max(to.radius) + blur / 2.0;
    let bound = |low: f32, high: f32| {
        let first = (low - reach + middle).max(0.0) as usize;
        let last = ((high + reach + middle).max(0.0) as usize + 1).min(SHEET);
        first..last
    };
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let inverse = 1.0 / (dx * dx + dy * dy).max(1e-9);
    for row in bound(from.y.min(to.y), from.y.max(to.y)) {
        let py = row as f32 + 0.5 - middle - from.y;
        let columns = bound(from.x.min(to.x), from.x.max(to.x));
        let first = columns.start;
        for (offset, cell) in sheet[row][columns].iter_mut().enumerate() {
            let px = (first + offset) as f32 + 0.5 - middle - from.x;
            let t = ((px * dx + py * dy) * inverse).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let distance = (ex * ex + ey * ey).sqrt();
            let radius = from.radius + t * (to.radius - from.radius);
            let cover = ((radius - distance) / blur + 0.5).clamp(0.0, 1.0);
            *cell = cell.max(cover);
        }
    }
}
