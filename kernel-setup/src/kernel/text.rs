//! Jupyter counts code points; Rust counts bytes.

/// The byte at which code point `position` of `code` starts; the end, if there are not as many.
pub fn byte_of(code: &str, position: usize) -> usize {
    code.char_indices().nth(position).map_or(code.len(), |(byte, _)| byte)
}

/// How many code points come before byte `byte` of `code`.
pub fn code_point_of(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(start, _)| *start < byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_and_bytes_correspond() {
        let code = "let é = \"🦀\"; é";
        for (position, (byte, _)) in code.char_indices().enumerate() {
            assert_eq!((byte_of(code, position), code_point_of(code, byte)), (byte, position));
        }
        assert_eq!((byte_of(code, 99), code_point_of(code, code.len())), (code.len(), code.chars().count()));
    }
}
