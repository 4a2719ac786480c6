//! Carries nnlib's source inside the binary, so that an installed `nnkernel` needs no checkout.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let workspace = manifest_dir.parent().expect("kernel-setup lies in the workspace");
    let library = workspace.join("nnlib");

    let mut files = vec![library.join("Cargo.toml")];
    collect(&library.join("src"), &mut files)?;
    files.sort();

    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&library).expect("collected below nnlib").to_str().expect("file names are UTF-8");
        let name = name.replace('\\', "/");
        writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .expect("a String takes all");
    }
    list.push_str("]\n");
    fs::write(out_dir.join("nnlib_files.rs"), list)?;

    let lockfile = workspace.join("Cargo.lock");
    fs::copy(&lockfile, out_dir.join("Cargo.lock"))?;
    println!("cargo::rerun-if-changed={}", lockfile.display());
    println!("cargo::rerun-if-changed={}", library.join("src").display());
    println!("cargo::rerun-if-changed={}", library.join("Cargo.toml").display());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
