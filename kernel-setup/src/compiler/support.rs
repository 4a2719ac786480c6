//! What cells have in common, compiled once.
//!
//! evcxr puts a module into each cell that keeps variables between cells; compiling it takes longer than compiling most
//! cells. Here it is [replaced](replace) by one of the same names that calls a crate, which is compiled with the template.

use super::recipe::Recipe;
use crate::runtime::markers::INTERNAL_MODULE;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, iter};
use syn::spanned::Spanned;

/// The crate's name.
const CRATE: &str = "nnkernel_cell";
/// Its source.
pub const SOURCE: &str = include_str!("support/nnkernel_cell.rs");
/// Its second file.
pub const INSTANCES: &str = include_str!("support/instances.rs");
/// The folder of the compiled crate, beside that of the crate of cells.
pub const FOLDER: &str = "support";
/// The module that calls it.
const MODULE: &str = include_str!("support/evcxr_internal_runtime.rs");
/// What evcxr's module has, by which it is known: constants, types and functions.
const KNOWN: [&str; 10] = [
    "VARIABLE_CHANGED_TYPE",
    "USER_ERROR_OCCURRED",
    "VariableStore",
    "VariableStore::new",
    "VariableStore::put_variable",
    "VariableStore::check_variable",
    "VariableStore::take_variable",
    "VariableStore::lazy_arc",
    "VariableStore::merge",
    "create_variable_store",
];
/// Of these, what is not replaced: asynchronous cells call it.
const NOT_REPLACED: &str = "lazy_arc";

/// By this, rustc looks for generic code in other crates before it compiles it, and lets others find what it has compiled: cells find
/// much of ndarray in this crate, which halves their time. rustc has it among options that may change; without it, cells do without.
///
/// nnlib is compiled without: its products of matrices are fast because generic code of other crates becomes part of them.
const SHARE: &str = "-Zshare-generics=y";
/// rustc takes such options where this is set, to 1.
const UNLOCK: &str = "RUSTC_BOOTSTRAP";
/// What else rustc takes then, and cells are not to have.
const NO_FEATURES: &str = "-Zallow-features=";
/// In the crate's folder: [`SHARE`], if rustc knows it.
const FLAGS: &str = "flags";

/// Compiles the crate into `folder`, for cells that are compiled as `recipe` says.
pub fn build(folder: &Path, recipe: &Recipe) -> Result<()> {
    let write = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write(&format!("{CRATE}.rs"), SOURCE)?;
    write("instances.rs", INSTANCES)?;
    if compile(folder, recipe, |rustc| rustc.arg(SHARE).env(UNLOCK, "1"))?.status.success() {
        return write(FLAGS, SHARE);
    }
    let output = compile(folder, recipe, |rustc| rustc)?;
    if !output.status.success() {
        bail!("what cells are linked with does not compile: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn compile(folder: &Path, recipe: &Recipe, adjust: impl FnOnce(&mut Command) -> &mut Command) -> Result<Output> {
    let mut rustc = Command::new(&recipe.rustc);
    rustc
        .args(["--edition=2024", "--crate-type=rlib", "-Copt-level=3", "-Ccodegen-units=1", "-Cprefer-dynamic"])
        .args(["--crate-name", CRATE, "--out-dir"])
        .arg(folder)
        .arg(folder.join(format!("{CRATE}.rs")))
        .args(recipe.dependencies());
    adjust(&mut rustc).output().context("rustc could not be started")
}

/// What cells are compiled with for the sake of the crate that was [built](build) into `folder`: arguments, and environment.
pub fn flags(folder: &Path) -> (Vec<String>, Option<(&'static str, &'static str)>) {
    match fs::read_to_string(folder.join(FLAGS)) {
        Ok(share) => (vec![share, NO_FEATURES.to_owned()], Some((UNLOCK, "1"))),
        Err(_) => (Vec::new(), None),
    }
}

/// Where the crate is, seen from the folder of the crate of cells.
pub fn folder() -> PathBuf {
    Path::new("..").join(FOLDER)
}

/// The argument by which rustc finds the crate that was [built](build) into `folder`; `None` if none was.
pub fn argument(folder: &Path) -> Option<String> {
    let library = folder.join(format!("lib{CRATE}.rlib"));
    library.is_file().then(|| format!("{CRATE}={}", library.display()))
}

/// `code`, which evcxr has made of a cell, with our module in place of evcxr's, in as many lines; `None` if it has not the module
/// that is known, or needs what ours does not have.
pub fn replace(code: &str) -> Option<String> {
    let file = syn::parse_file(code).ok()?;
    let module = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == INTERNAL_MODULE => Some(module),
        _ => None,
    })?;
    let (before, after) = (module.span().start().line - 1, module.span().end().line);
    let all: Vec<&str> = code.lines().collect();
    let replacement: Vec<&str> = MODULE.lines().collect();
    let padding = (after - before).checked_sub(replacement.len())?;
    let mut others = all[..before].iter().chain(&all[after..]);
    if names(module) != KNOWN || others.any(|line| line.contains(NOT_REPLACED)) {
        return None;
    }
    let padding = iter::repeat_n(&"", padding);
    let lines = all[..before].iter().chain(&replacement).chain(padding).chain(&all[after..]);
    Some(lines.flat_map(|line| [line, "\n"]).collect())
}

/// What is in the module, in order.
fn names(module: &syn::ItemMod) -> Vec<String> {
    let items = module.content.iter().flat_map(|(_, items)| items);
    items
        .flat_map(|item| match item {
            syn::Item::Const(constant) => vec![constant.ident.to_string()],
            syn::Item::Struct(structure) => vec![structure.ident.to_string()],
            syn::Item::Fn(function) => vec![function.sig.ident.to_string()],
            syn::Item::Impl(block) => block
                .items
                .iter()
                .map(|item| match (&*block.self_ty, item) {
                    (syn::Type::Path(path), syn::ImplItem::Fn(function)) => {
                        let owner = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
                        format!("{owner}::{}", function.sig.ident)
                    }
                    _ => String::new(),
                })
                .collect(),
            _ => vec![String::new()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as evcxr's, with the same names in it.
    const CODE: &str = "fn a() {}
mod evcxr_internal_runtime {
pub const VARIABLE_CHANGED_TYPE: &str = \"\";
pub const USER_ERROR_OCCURRED: &str = \"\";
pub struct VariableStore;
impl VariableStore {
    pub fn new() {}
    pub fn put_variable() {}
    pub fn check_variable() {}
    pub fn take_variable() {}
    pub fn lazy_arc() {}
    pub fn merge() {}
}
pub fn create_variable_store() {}
















}
fn b() {}
";

    #[test]
    fn no_line_behind_the_module_moves() {
        let replaced = replace(CODE).expect("it is the module that is known");
        let (before, after): (Vec<&str>, Vec<&str>) = (CODE.lines().collect(), replaced.lines().collect());
        assert_eq!(before.len(), after.len());
        assert_eq!((after[0], after[before.len() - 1]), ("fn a() {}", "fn b() {}"));
        assert!(replaced.contains("nnkernel_cell::Variables"), "{replaced}");
        syn::parse_file(&replaced).expect("it is Rust");
    }

    #[test]
    fn what_is_not_known_stays() {
        assert_eq!(replace(&CODE.replace("merge", "join")), None);
        assert_eq!(replace(&CODE.replace("fn b() {}", "fn b() { store.lazy_arc() }")), None);
        assert_eq!(replace("fn a() {}"), None);
        assert_eq!(replace("mod evcxr_internal_runtime {"), None);
    }
}
