//! Tables for spreadsheets (RFC 4180), in which no text becomes a formula.

/// A line of a table.
pub fn line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(field).collect();
    fields.join(",") + "\n"
}

/// A field, quoted if it must be.
fn field(text: &str) -> String {
    // Spreadsheets take these for the beginning of a formula, the wide ones in some languages; an apostrophe says that it is text.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) || text.starts_with([' ', '\'']) || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(
            line(["plain", "a,b", "say \"x\"", "two\nlines", "", " x"]),
            "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,\" x\"\n"
        );
    }

    #[test]
    fn formulas_are_text() {
        for formula in ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "\r=1", "＝1"] {
            assert_eq!(line([formula]), format!("\"'{formula}\"\n"));
        }
        assert_eq!(line(["a=1", "1-1"]), "a=1,1-1\n");
    }

    #[test]
    fn a_reader_reads_what_was_written() {
        let fields = ["a,b", "\"", "x\r\ny", "", "é"];
        let text = line(["1", "2", "3", "4", "5"]) + &line(fields);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(records[0].iter().collect::<Vec<_>>(), fields);
    }
}
