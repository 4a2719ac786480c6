//! Text that arrives in pieces.

/// Makes text of bytes; what is no UTF-8 is replaced.
#[cfg(any(unix, test))]
#[derive(Default)]
pub struct Decoder {
    /// The beginning of a character whose end has not come yet.
    incomplete: Vec<u8>,
}

#[cfg(any(unix, test))]
impl Decoder {
    /// The text of all bytes so far that no more bytes can change.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        self.incomplete.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.incomplete);
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(valid));
            match error.error_len() {
                Some(length) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &after[length..];
                }
                None => {
                    self.incomplete = after.to_owned();
                    return text;
                }
            }
        }
    }

    /// What is left when no more bytes come.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.incomplete)).into_owned()
    }
}

/// How many bytes at the end of `text` are the beginning of `word`, which is not in it as a whole.
pub fn held_back(text: &str, word: &str) -> usize {
    (1..word.len().min(text.len() + 1))
        .rev()
        .find(|&length| text.is_char_boundary(text.len() - length) && word.starts_with(&text[text.len() - length..]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_come_in_pieces() {
        let text = "aé🦀z";
        for cut in 0..=text.len() {
            let mut decoder = Decoder::default();
            let first = decoder.decode(&text.as_bytes()[..cut]);
            let second = decoder.decode(&text.as_bytes()[cut..]);
            assert_eq!(format!("{first}{second}{}", decoder.finish()), text);
        }
    }

    #[test]
    fn what_is_no_utf_8_is_replaced() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"a\xff\xfeb\xc3"), "a\u{fffd}\u{fffd}b");
        assert_eq!(decoder.decode(b"\xa9\xe2\x82"), "é");
        assert_eq!(decoder.finish(), "\u{fffd}");
        assert_eq!(decoder.finish(), "");
    }

    #[test]
    fn the_beginning_of_a_word_is_held_back() {
        for (text, count) in [("", 0), ("x", 0), ("xn", 1), ("xno", 2), ("noon", 1), ("é", 0), ("nonc", 4)] {
            assert_eq!(held_back(text, "nonce"), count, "{text:?}");
        }
    }
}
