//! Bytes in NumPy's own format, which nnlib writes of floating-point numbers only.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Writes `bytes` as an array of `uint8` of this shape, for `np.load`.
pub fn write(path: &Path, shape: &[usize], bytes: &[u8]) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&header(shape))?;
    file.write_all(bytes)?;
    file.flush()
}

/// The header of version 1.0, which ends with a line and at a multiple of 64 bytes.
fn header(shape: &[usize]) -> Vec<u8> {
    const FRONT: &[u8] = b"\x93NUMPY\x01\x00";
    let axes: String = shape.iter().map(|axis| format!("{axis},")).collect();
    let mut text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({axes}), }}");
    let length = (FRONT.len() + 2 + text.len() + 1).next_multiple_of(64);
    text.push_str(&" ".repeat(length - FRONT.len() - 2 - text.len() - 1));
    text.push('\n');
    [FRONT, &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn headers_end_where_numpy_expects_them_to() {
        for shape in [&[60_000, 784][..], &[10]] {
            let header = header(shape);
            assert_eq!(header.len() % 64, 0);
            assert_eq!(header.last(), Some(&b'\n'));
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
        }
    }
}
