//! How each digit is written: the strokes of its usual forms.

/// Points along one stroke, in hundredths of the digit's box: x from the left, y from the top.
///
/// The pen runs smoothly through them; a point given twice is a corner.
pub(super) type Stroke = &'static [(i8, i8)];

/// One way to write a digit.
pub(super) struct Glyph {
    /// How many writers in a hundred use this form of the digit.
    pub(super) share: u32,
    /// The strokes, in writing order.
    pub(super) strokes: &'static [Stroke],
}

const fn glyph(share: u32, strokes: &'static [Stroke]) -> Glyph {
    Glyph { share, strokes }
}

/// The forms of the digits 0 to 9; the shares of each digit add up to 100.
pub(super) const GLYPHS: [&[Glyph]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

#[rustfmt::skip]
const ZERO: &[Glyph] = &[
    // closed
    glyph(50, &[&[(52, 2), (26, 12), (10, 40), (12, 70), (34, 97), (62, 95), (86, 68), (88, 34), (72, 8), (48, 3)]]),
    // ends in a hook inside
    glyph(30, &[&[(66, 10), (40, 2), (16, 24), (8, 60), (28, 96), (60, 96), (88, 66), (86, 28), (62, 6), (40, 10),
                  (34, 22)]]),
    // not quite closed at the top
    glyph(20, &[&[(40, 6), (14, 26), (10, 66), (34, 98), (66, 94), (90, 60), (84, 22), (62, 4), (50, 7)]]),
];

#[rustfmt::skip]
const ONE: &[Glyph] = &[
    // a plain line
    glyph(68, &[&[(50, 0), (50, 33), (50, 67), (50, 100)]]),
    // with an upstroke
    glyph(20, &[&[(28, 26), (52, 0), (52, 0), (52, 50), (52, 100)]]),
    // with an upstroke and a base
    glyph(12, &[&[(26, 26), (52, 0), (52, 0), (52, 50), (52, 100)], &[(24, 100), (50, 99), (80, 99)]]),
];

#[rustfmt::skip]
const TWO: &[Glyph] = &[
    // a corner at the foot
    glyph(40, &[&[(12, 24), (28, 6), (56, 0), (80, 18), (76, 42), (48, 70), (12, 98), (12, 98), (50, 96), (90, 94)]]),
    // a loop at the foot
    glyph(30, &[&[(14, 22), (34, 2), (66, 4), (80, 28), (64, 60), (34, 90), (14, 94), (14, 78), (34, 76), (62, 92),
                  (92, 90)]]),
    // a flat top, like a Z
    glyph(15, &[&[(10, 14), (40, 6), (78, 6), (82, 22), (46, 62), (10, 96), (10, 96), (46, 92), (90, 98)]]),
    // a curled start
    glyph(15, &[&[(32, 32), (16, 26), (24, 6), (56, 0), (80, 18), (76, 44), (44, 76), (14, 96), (14, 96), (54, 92),
                  (90, 98)]]),
];

#[rustfmt::skip]
const THREE: &[Glyph] = &[
    // a corner at the waist
    glyph(45, &[&[(16, 12), (42, 0), (74, 10), (74, 34), (40, 46), (40, 46), (76, 56), (82, 82), (52, 100),
                  (12, 90)]]),
    // a round waist
    glyph(25, &[&[(16, 14), (44, 2), (74, 14), (66, 38), (46, 46), (72, 58), (80, 80), (54, 100), (14, 92)]]),
    // a small loop at the waist
    glyph(15, &[&[(18, 14), (46, 0), (74, 14), (66, 38), (40, 50), (34, 44), (46, 42), (76, 58), (80, 84), (48, 100),
                  (14, 88)]]),
    // a flat top
    glyph(15, &[&[(14, 4), (46, 4), (78, 4), (78, 4), (42, 40), (42, 40), (76, 52), (84, 78), (56, 100), (14, 92)]]),
];

#[rustfmt::skip]
const FOUR: &[Glyph] = &[
    // open at the top
    glyph(45, &[&[(22, 2), (16, 30), (12, 56), (12, 56), (50, 56), (90, 52)], &[(70, 4), (68, 50), (64, 100)]]),
    // closed
    glyph(20, &[&[(64, 2), (36, 32), (8, 66), (8, 66), (50, 66), (92, 64)], &[(64, 2), (64, 50), (64, 100)]]),
    // a cup and a stem
    glyph(20, &[&[(24, 4), (18, 34), (28, 54), (56, 50), (76, 34), (82, 6), (82, 6), (74, 56), (66, 100)]]),
    // a short stem set low
    glyph(15, &[&[(34, 2), (22, 32), (12, 58), (12, 58), (50, 58), (90, 54)], &[(72, 20), (64, 60), (54, 100)]]),
];

#[rustfmt::skip]
const FIVE: &[Glyph] = &[
    // body, then the bar
    glyph(40, &[&[(30, 4), (24, 28), (22, 44), (22, 44), (50, 36), (80, 50), (82, 78), (54, 100), (12, 94)],
                &[(30, 4), (58, 4), (86, 2)]]),
    // one stroke from the bar on
    glyph(30, &[&[(84, 4), (56, 4), (30, 6), (30, 6), (20, 46), (20, 46), (48, 38), (78, 52), (78, 82), (48, 100),
                  (12, 90)]]),
    // like an S
    glyph(18, &[&[(88, 6), (56, 2), (30, 14), (26, 36), (50, 48), (76, 60), (74, 86), (46, 100), (12, 90)]]),
    // the bar set off
    glyph(12, &[&[(26, 14), (24, 34), (22, 50), (22, 50), (50, 44), (74, 60), (74, 84), (44, 100), (10, 92)],
                &[(34, 8), (64, 4), (94, 2)]]),
];

#[rustfmt::skip]
const SIX: &[Glyph] = &[
    // a curved back
    glyph(40, &[&[(68, 2), (36, 24), (14, 60), (24, 94), (56, 98), (78, 78), (66, 54), (40, 56), (18, 76)]]),
    // a small loop
    glyph(20, &[&[(58, 0), (32, 30), (16, 66), (24, 94), (50, 100), (72, 86), (64, 66), (40, 66), (22, 84)]]),
    // a wide head
    glyph(20, &[&[(84, 8), (50, 8), (20, 36), (12, 70), (36, 98), (70, 94), (84, 70), (64, 50), (34, 56), (16, 74)]]),
    // a straight back
    glyph(20, &[&[(48, 0), (26, 46), (14, 78), (34, 100), (68, 94), (76, 68), (50, 54), (22, 72)]]),
];

#[rustfmt::skip]
const SEVEN: &[Glyph] = &[
    // a bar and a slope
    glyph(45, &[&[(10, 6), (48, 6), (88, 4), (88, 4), (64, 48), (42, 100)]]),
    // a round shoulder
    glyph(20, &[&[(10, 12), (40, 4), (80, 4), (84, 16), (62, 48), (42, 100)]]),
    // crossed
    glyph(20, &[&[(12, 8), (48, 6), (88, 4), (88, 4), (64, 48), (42, 100)], &[(32, 52), (58, 50), (86, 48)]]),
    // a serif at the left
    glyph(15, &[&[(14, 24), (12, 6), (12, 6), (50, 8), (86, 4), (86, 4), (60, 46), (50, 100)]]),
];

#[rustfmt::skip]
const EIGHT: &[Glyph] = &[
    // one stroke, closed at the top right
    glyph(45, &[&[(76, 14), (50, 0), (24, 14), (30, 36), (58, 52), (80, 74), (64, 98), (36, 98), (18, 78), (36, 54),
                  (68, 36), (80, 18), (70, 6)]]),
    // two rings
    glyph(25, &[&[(50, 0), (26, 10), (26, 36), (50, 48), (74, 36), (74, 10), (50, 0)],
                &[(50, 48), (20, 60), (18, 88), (50, 100), (82, 88), (80, 60), (50, 48)]]),
    // open at the top right
    glyph(30, &[&[(82, 4), (48, 2), (22, 16), (34, 40), (64, 58), (76, 84), (50, 100), (24, 86), (34, 60), (64, 36),
                  (86, 10)]]),
];

#[rustfmt::skip]
const NINE: &[Glyph] = &[
    // a straight stem
    glyph(40, &[&[(76, 16), (50, 0), (20, 16), (18, 42), (46, 52), (74, 34), (78, 10), (78, 10), (76, 56), (70, 100)]]),
    // a curled tail
    glyph(20, &[&[(76, 20), (52, 2), (22, 14), (18, 40), (44, 52), (72, 36), (78, 14), (78, 14), (80, 60), (64, 92),
                  (30, 96)]]),
    // a small loop and a slope
    glyph(25, &[&[(72, 22), (54, 4), (28, 16), (26, 40), (50, 46), (72, 24), (72, 24), (62, 62), (46, 100)]]),
    // closed from the right
    glyph(15, &[&[(82, 8), (50, 2), (22, 22), (28, 46), (60, 44), (80, 10), (80, 10), (76, 50), (76, 100)]]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_and_strokes_stay_in_the_box() {
        for (digit, forms) in GLYPHS.iter().enumerate() {
            assert_eq!(forms.iter().map(|form| form.share).sum::<u32>(), 100, "shares of {digit}");
            for stroke in forms.iter().flat_map(|form| form.strokes) {
                assert!(stroke.len() >= 2 && stroke[0] != stroke[1], "a stroke of {digit} has no start");
                let ends_in_corner = stroke[stroke.len() - 1] == stroke[stroke.len() - 2];
                assert!(!ends_in_corner, "a stroke of {digit} has no end");
                let inside = |&(x, y): &(i8, i8)| (0..=100).contains(&x) && (0..=100).contains(&y);
                assert!(stroke.iter().all(inside), "a stroke of {digit} leaves the box");
            }
        }
    }
}
