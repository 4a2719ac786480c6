//! What a display shows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An output in one or several forms, of which a notebook shows the best that it can, and a terminal the text.
///
/// Texts are outputs, and so are the pictures of [`plot`](crate::plot).
///
/// ```
/// use nnlib::notebook::Output;
/// use nnlib::plot::CurvePlot;
///
/// let output = Output::text("45 %").html("<progress value=\"45\" max=\"100\"></progress>");
/// assert_eq!(output.plain_text(), "45 %");
/// let picture = Output::from(&CurvePlot::new("Loss").curve("train", &[0, 1], &[2.3, 0.3]));
/// assert_eq!(picture.plain_text(), "[curve plot: Loss; train 0.3000]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    text: String,
    others: Vec<(&'static str, String)>,
}

impl Output {
    /// An output that is text.
    pub fn text(text: impl Into<String>) -> Self {
        Output { text: text.into(), others: Vec::new() }
    }

    /// With a form in HTML. It is shown as it is: what comes from elsewhere must be escaped.
    pub fn html(self, html: impl Into<String>) -> Self {
        self.form("text/html", html.into())
    }

    /// With a picture, a whole PNG file.
    pub fn png(self, png: &[u8]) -> Self {
        self.form("image/png", STANDARD.encode(png))
    }

    /// The form for where there is nothing but text.
    pub fn plain_text(&self) -> &str {
        &self.text
    }

    /// With a form of any type, as Jupyter has it: binary ones in base64.
    pub(crate) fn form(mut self, mime_type: &'static str, content: String) -> Self {
        self.others.retain(|(other, _)| *other != mime_type);
        self.others.push((mime_type, content));
        self
    }

    /// All forms by MIME type, the text first.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&str, &str)> {
        let others = self.others.iter().map(|(mime_type, content)| (*mime_type, content.as_str()));
        [("text/plain", self.text.as_str())].into_iter().chain(others)
    }
}

impl From<&str> for Output {
    fn from(text: &str) -> Self {
        Output::text(text)
    }
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Output::text(text)
    }
}
