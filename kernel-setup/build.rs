//! Carries nnlib's source, the assignments' manifests and the notebooks that students get inside the binary, so that an installed `nnkernel` needs no checkout.

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

    write_list(&out_dir.join("nnlib_files.rs"), &library, &files)?;

    let notebooks = workspace.join("notebooks");
    let mut found = Vec::new();
    collect(&notebooks, &mut found)?;
    found.sort();
    let is_manifest = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "assignment.toml");
    let manifests: Vec<PathBuf> = found.iter().filter(is_manifest).cloned().collect();
    write_list(&out_dir.join("manifests.rs"), &notebooks, &manifests)?;
    // `<name>/<name>.ipynb`, of folders with a manifest.
    let released = |manifest: &PathBuf| {
        let folder = manifest.parent()?;
        Some(folder.join(folder.file_name()?).with_extension("ipynb")).filter(|path| found.contains(path))
    };
    let released: Vec<PathBuf> = manifests.iter().filter_map(released).collect();
    write_list(&out_dir.join("released.rs"), &notebooks, &released)?;
    println!("cargo::rerun-if-changed={}", notebooks.display());

    let lockfile = workspace.join("Cargo.lock");
    fs::copy(&lockfile, out_dir.join("Cargo.lock"))?;
    println!("cargo::rerun-if-changed={}", lockfile.display());
    println!("cargo::rerun-if-changed={}", library.join("src").display());
    println!("cargo::rerun-if-changed={}", library.join("Cargo.toml").display());
    Ok(())
}

/// A list of paths below `root`, with `/` between folders, and of the files' contents.
fn write_list(path: &Path, root: &Path, files: &[PathBuf]) -> io::Result<()> {
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(root).expect("collected below it").to_str().expect("file names are UTF-8");
        let name = name.replace('\\', "/");
        writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .expect("a String takes all");
    }
    list.push_str("]\n");
    fs::write(path, list)
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
