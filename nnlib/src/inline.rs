//! Rich output of a cell: what a kernel built on evcxr shows instead of plain text.

use std::io::Write;

/// A representation of an output: its MIME type, and its content.
pub(crate) struct Content<'a> {
    pub mime_type: &'a str,
    pub text: &'a str,
}

/// Shows one output in all `representations`; the notebook picks the best that it can show.
///
/// The protocol goes by lines of stdout (evcxr, "Displaying rich content"), so no content may hold the closing line.
/// Everything is written at once, under the lock of stdout, so that no other thread's output gets in between.
pub(crate) fn show(representations: &[Content]) {
    let mut output = String::new();
    for Content { mime_type, text } in representations {
        output += &format!("EVCXR_BEGIN_CONTENT {mime_type}\n{text}\nEVCXR_END_CONTENT\n");
    }
    let mut stdout = std::io::stdout().lock();
    // A notebook that no longer listens is not the picture's to report.
    let _ = stdout.write_all(output.as_bytes()).and_then(|()| stdout.flush());
}
