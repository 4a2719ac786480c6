//! `nnkernel doctor`: looks at everything a notebook needs, and names the command that mends what is missing.

use crate::cli;
use crate::kernelspec;
use crate::notebook::KERNEL_NAME;
use crate::paths;
use crate::sandbox;
use crate::session::{template, toolchain};
use anyhow::Result;
use nnlib::data::mnist;
use std::process::{Command, ExitCode};

/// Something that a notebook needs is missing.
const MISSING: u8 = 1;

enum Finding {
    /// It is there.
    Good(String),
    /// It is not, but notebooks run without it.
    Note(String, String),
    /// It is not, and nothing works without it: what was found, and what mends it.
    Missing(String, String),
}

/// Prints a line for each thing that is looked at; fails if a notebook could not run.
pub fn run(options: &cli::Doctor) -> Result<ExitCode> {
    if options.sandbox {
        return Ok(protections());
    }
    let findings = [
        ("rustc", rustc()),
        ("cargo", cargo()),
        ("linker", linker()),
        ("rust-src", rust_src()),
        ("undo", undo()),
        ("cache", cache()),
        ("nnlib", template_state()),
        ("data", data()),
        ("jupyter", jupyter()),
        ("kernel", registered()),
    ];
    let missing = findings.iter().map(|(name, finding)| usize::from(print(name, finding))).sum::<usize>();
    if missing == 0 {
        println!("\nNotebooks can run: nnkernel run NOTEBOOK");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("\n{missing} missing: notebooks cannot run until that is mended.");
        Ok(ExitCode::from(MISSING))
    }
}

/// Prints a line, and another with what mends it; whether it is missing.
fn print(name: &str, finding: &Finding) -> bool {
    let (mark, text, mend) = match finding {
        Finding::Good(text) => ("ok  ", text, None),
        Finding::Note(text, mend) => ("note", text, Some(mend)),
        Finding::Missing(text, mend) => ("MISSING", text, Some(mend)),
    };
    println!("{mark:<7}  {name:<9}  {text}");
    if let Some(mend) = mend {
        println!("{:>21} {mend}", "->");
    }
    matches!(finding, Finding::Missing(..))
}

/// Prints a line for each protection of the sandbox.
fn protections() -> ExitCode {
    let mut missing = 0;
    for protection in sandbox::protections() {
        let sandbox::Protection { name, active, detail, mend } = protection;
        let finding = if active { Finding::Good(detail) } else { Finding::Missing(detail, mend.to_owned()) };
        missing += usize::from(print(name, &finding));
    }
    if missing == 0 {
        println!("\nAll protections are active: submissions can be graded.");
        ExitCode::SUCCESS
    } else {
        println!("\n{missing} missing: submissions are graded only with --allow-weak-sandbox.");
        ExitCode::from(MISSING)
    }
}

/// Whether a cell that fails is undone.
fn undo() -> Finding {
    if cfg!(target_os = "linux") {
        return Finding::Good("cells that fail are undone, whatever they do".to_owned());
    }
    let lacking = if cfg!(unix) {
        "not on this system: a cell that ends its process takes all variables along"
    } else {
        "not on this system: a cell that ends its process takes all variables along, and nothing is shown before a cell ends"
    };
    Finding::Note(lacking.to_owned(), "run notebooks on Linux, for which a container will do".to_owned())
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn rustc() -> Finding {
    const INSTALL: &str = "install Rust from https://rustup.rs";
    let Some(version) = first_line("rustc", &["--version"]) else {
        return Finding::Missing("not found".to_owned(), INSTALL.to_owned());
    };
    // `rustc 1.95.0 (…)`
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let numbers = |text: &str| -> Vec<u32> { text.split('.').filter_map(|part| part.parse().ok()).collect() };
    let found = version.split_whitespace().nth(1).unwrap_or_default().split('-').next().unwrap_or_default();
    if numbers(found) < numbers(needed) {
        return Finding::Missing(format!("{version}, but nnlib needs {needed}"), "rustup update stable".to_owned());
    }
    Finding::Good(version)
}

fn cargo() -> Finding {
    match first_line("cargo", &["--version"]) {
        Some(version) => Finding::Good(version),
        None => Finding::Missing("not found".to_owned(), "install Rust from https://rustup.rs".to_owned()),
    }
}

fn linker() -> Finding {
    match first_line("cc", &["--version"]) {
        Some(version) => Finding::Good(version),
        None => Finding::Missing(
            "no `cc`, which rustc links with".to_owned(),
            "apt install gcc libc6-dev, or xcode-select --install on macOS".to_owned(),
        ),
    }
}

fn rust_src() -> Finding {
    match toolchain::standard_library_source() {
        Ok(path) if path.is_dir() => Finding::Good(path.display().to_string()),
        _ => Finding::Note(
            "not installed: types are then inferred by the compiler, which makes cells slower".to_owned(),
            "rustup component add rust-src".to_owned(),
        ),
    }
}

fn cache() -> Finding {
    match paths::cache_root().and_then(|root| {
        paths::write_atomically(&root.join("doctor"), b"")?;
        std::fs::remove_file(root.join("doctor"))?;
        Ok(root)
    }) {
        Ok(root) => Finding::Good(root.display().to_string()),
        Err(error) => Finding::Missing(
            format!("{error:#}"),
            format!("set {} to a folder that can be written to", paths::CACHE_VARIABLE),
        ),
    }
}

fn template_state() -> Finding {
    match template::state() {
        Ok(state) if state.complete => Finding::Good(format!(
            "compiled for notebooks from {}, {} MB in {}",
            state.library,
            state.bytes / 1_000_000,
            state.path.display()
        )),
        Ok(state) => Finding::Note(
            format!("not compiled for notebooks yet (from {}): the first one will wait two minutes", state.library),
            "nnkernel install".to_owned(),
        ),
        Err(error) => Finding::Missing(format!("{error:#}"), "install Rust from https://rustup.rs".to_owned()),
    }
}

fn data() -> Finding {
    match mnist::load() {
        Ok(set) => Finding::Good(set.origin.to_string()),
        Err(error) => Finding::Missing(error.to_string(), "mend or remove that folder".to_owned()),
    }
}

fn jupyter() -> Finding {
    match first_line("jupyter", &["lab", "--version"]) {
        Some(version) => Finding::Good(format!("JupyterLab {version}")),
        None => Finding::Note(
            "JupyterLab was not found: `nnkernel run` works without it".to_owned(),
            "pip install jupyterlab".to_owned(),
        ),
    }
}

fn registered() -> Finding {
    let mend = "nnkernel install".to_owned();
    let Ok(data) = kernelspec::user_data() else { return Finding::Note("not registered".to_owned(), mend) };
    let path = data.join("kernels").join(KERNEL_NAME).join("kernel.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Finding::Note(format!("not registered for this user ({} is missing)", path.display()), mend);
    };
    let specification: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    match specification["argv"][0].as_str() {
        Some(program) if std::path::Path::new(program).is_file() => Finding::Good(path.display().to_string()),
        Some(program) => Finding::Note(format!("registered as {program}, which is gone"), mend),
        None => Finding::Note(format!("{} is not valid", path.display()), mend),
    }
}
