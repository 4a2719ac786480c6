//! What the compiler, and a program that it made, need of the machine's files.

use crate::session::toolchain;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// Where [`runtime_mounts`] puts Rust's own library, for an `LD_LIBRARY_PATH` of programs that are linked to it.
pub const RUST_LIBRARIES: &str = "/rust";

/// Where systems keep programs and libraries. What is only for people, as `/usr/share`, is left out.
const SYSTEM: [&str; 12] = [
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    // Where Debian's `cc` leads.
    "/etc/alternatives",
    "/etc/ld.so.cache",
    // NixOS has everything there.
    "/nix/store",
];

/// The loader that programs name, by architecture.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// What belongs to the C library where it is in several files.
const C_LIBRARY: [&str; 5] = ["libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"];

/// What rustc, the linker driver `cc` and the linker need: the toolchain, and the system's programs and libraries.
///
/// All lie inside where they lie outside, so that no path has to be changed.
pub fn compiler_mounts() -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut folders = vec![toolchain()?.root.clone()];
    folders.extend(SYSTEM.iter().map(PathBuf::from).filter(|path| path.exists()));
    if let Some(folder) = linker_folder()
        && !folders.iter().any(|shown| folder.starts_with(shown))
    {
        folders.push(folder);
    }
    let mut mounts: Vec<_> = folders.into_iter().map(|path| (path.clone(), path)).collect();
    // What rustc has `cc` start as its linker is a wrapper that must be told by `/proc` where it lies. The linker itself
    // goes by the name that it is started with.
    let programs = toolchain()?.libraries.with_file_name("bin");
    let (linker, wrapper) = (programs.join("rust-lld"), programs.join("gcc-ld/ld.lld"));
    if linker.is_file() && wrapper.is_file() {
        mounts.push((linker, wrapper));
    }
    Ok(mounts)
}

/// Where rustc lies among [`compiler_mounts`].
#[cfg(test)]
pub fn compiler_program() -> Result<PathBuf> {
    Ok(toolchain()?.root.join("bin/rustc"))
}

/// What rustc wants to be told there: where `cc` lies, and, since there is no `/proc` to tell where a program itself
/// lies, where its own libraries are.
pub fn compiler_environment() -> Result<Vec<(OsString, OsString)>> {
    let mut search: Vec<PathBuf> = linker_folder().into_iter().collect();
    search.extend(["/usr/bin", "/bin"].map(PathBuf::from));
    let search = env::join_paths(search).context("the folder of `cc` has a colon in its name")?;
    Ok(vec![("PATH".into(), search), ("LD_LIBRARY_PATH".into(), toolchain()?.root.join("lib").into())])
}

/// Where this process finds the linker driver.
fn linker_folder() -> Option<PathBuf> {
    let search = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&search).find(|folder| folder.is_absolute() && folder.join("cc").is_file())
}

/// What a program that rustc made needs to run: the loader, the C library, and Rust's library in [`RUST_LIBRARIES`].
pub fn runtime_mounts() -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut mounts = loaded_libraries()?;
    let folder = &toolchain()?.libraries;
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("libstd-") && entry.path().extension().is_some_and(|end| end == "so") {
            mounts.push((entry.path(), Path::new(RUST_LIBRARIES).join(name)));
        }
    }
    Ok(mounts)
}

/// The loader and the C library. This program is made by rustc: what it has loaded is what others load.
pub fn loaded_libraries() -> Result<Vec<(PathBuf, PathBuf)>> {
    let maps = fs::read_to_string("/proc/self/maps").context("cannot read /proc/self/maps")?;
    let is_library = |name: &str| ["libc.so", "libgcc_s.so"].iter().any(|start| name.starts_with(start));
    let mut libraries: BTreeSet<PathBuf> = BTreeSet::new();
    for path in maps.lines().filter_map(|line| line.find('/').map(|start| Path::new(&line[start..]))) {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if is_library(&name) && path.is_file() {
            libraries.insert(path.to_owned());
            let beside = C_LIBRARY.iter().map(|name| path.with_file_name(name));
            libraries.extend(beside.filter(|path| path.is_file()));
        }
    }
    libraries.extend(LOADERS.iter().map(PathBuf::from).filter(|path| path.is_file()));
    libraries.extend(Some(PathBuf::from("/nix/store")).filter(|path| path.exists()));
    Ok(libraries.into_iter().map(|path| (path.clone(), path)).collect())
}

/// Where the compiler lies.
struct Toolchain {
    /// The folder that holds `bin/rustc`.
    root: PathBuf,
    /// The folder, below it, of Rust's own library.
    libraries: PathBuf,
}

/// Asks the compiler, once.
fn toolchain() -> Result<&'static Toolchain> {
    static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();
    if let Some(known) = TOOLCHAIN.get() {
        return Ok(known);
    }
    let output = Command::new(toolchain::RUSTC).args(["--print", "sysroot"]).output().context("rustc was not found")?;
    let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let real = |path: &Path| fs::canonicalize(path).with_context(|| format!("{} is not there", path.display()));
    let found = Toolchain { root: real(&root)?, libraries: real(&toolchain::library_folder()?)? };
    Ok(TOOLCHAIN.get_or_init(|| found))
}
