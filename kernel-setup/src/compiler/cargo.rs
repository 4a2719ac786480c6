//! In place of cargo.

use super::recipe::Recipe;
use super::rustc::{self, fail};
use super::store::Store;
use super::{RUSTC, cell, tools};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::{env, fs, process};

/// By which evcxr tells where it looks for the path of what was compiled.
const PRODUCT_FILE: &str = "EVCXR_EXECUTION_SO_PATH";
/// The file of the session's nonce, seen from the crate's folder.
const NONCE: &str = "../nonce";

/// Compiles a cell if it is known how, and becomes cargo for all else; does not return.
pub fn run(tools: &Path) -> ! {
    let builds = env::args_os().nth(1).is_some_and(|argument| argument == "build");
    if let (true, Some(product_file)) = (builds, env::var_os(PRODUCT_FILE))
        && let Some(recipe) = Recipe::read()
        && let Some(product) = recipe.product()
        // evcxr reads this when the compiler has succeeded.
        && fs::write(product_file, product.as_os_str().as_encoded_bytes()).is_ok()
    {
        if let (Ok(nonce), Some(folder)) = (fs::read_to_string(NONCE), tools::cell_folder())
            && let Some(status) = cell::compile(&recipe, &product, &nonce, &Store::new(folder))
        {
            process::exit(status.unwrap_or_else(|error| fail(&format!("{error:#}"))))
        }
        if let Err(error) = rustc::mark(Path::new(NONCE)) {
            fail(&format!("{error:#}"));
        }
        let error = recipe.command().env_remove(RUSTC).exec();
        fail(&format!("{} could not be started: {error}", recipe.rustc.display()))
    }
    tools::run_real(tools::CARGO, tools)
}
