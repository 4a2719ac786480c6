//! The compiler that cells are built with.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// The compiler, on the PATH.
pub const RUSTC: &str = "rustc";

/// What `rustc -vV` says, whole: another compiler, or another host, needs another template.
pub fn rustc_version() -> Result<String> {
    let output = Command::new(RUSTC)
        .arg("-vV")
        .output()
        .context("rustc was not found: install Rust from https://rustup.rs and make sure that cargo is on the PATH")?;
    if !output.status.success() {
        bail!("`rustc -vV` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The version of the compiler: `1.95.0`.
pub fn rust_release() -> Result<String> {
    let version = rustc_version()?;
    let release = version.lines().find_map(|line| line.strip_prefix("release: "));
    release.map(str::to_owned).context("`rustc -vV` does not say which release it is")
}

/// Where the standard library's shared object lies, which every compiled cell is linked to.
pub fn library_folder() -> Result<PathBuf> {
    let output = Command::new(RUSTC).args(["--print", "target-libdir"]).output().context("rustc was not found")?;
    if !output.status.success() {
        bail!("`rustc --print target-libdir` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Where this toolchain's standard library source lies if it is installed: rust-analyzer infers types from it.
pub fn standard_library_source() -> Result<PathBuf> {
    // lib/rustlib/<target>/lib
    let libraries = library_folder()?;
    let rustlib = libraries.ancestors().nth(2).context("the toolchain's libraries do not lie where they use to")?;
    Ok(rustlib.join("src/rust/library"))
}
