//! In place of cargo.

use super::recipe::{Purpose, Recipe};
use super::rustc::{self, fail};
use super::store::Store;
use super::{cell, tools};
use std::path::Path;
use std::{env, fs, process};

/// By which evcxr tells where it looks for the path of what was compiled.
const PRODUCT_FILE: &str = "EVCXR_EXECUTION_SO_PATH";
/// The file of the session's nonce, seen from the crate's folder.
const NONCE: &str = "../nonce";

/// Compiles or checks a cell if it is known how, and becomes cargo for all else; does not return.
pub fn run(tools: &Path) -> ! {
    let job = env::args().nth(1).unwrap_or_default();
    let recipe = Recipe::read();
    if let ("check", Some(recipe)) = (job.as_str(), &recipe) {
        rustc::become_output(recipe.run(Purpose::Check));
    }
    if let ("build", Some(product_file)) = (job.as_str(), env::var_os(PRODUCT_FILE))
        && let Some(recipe) = recipe
        && let Some(product) = recipe.product()
        // evcxr reads this when the compiler has succeeded.
        && fs::write(product_file, product.as_os_str().as_encoded_bytes()).is_ok()
    {
        let store = tools::cell_folder().map(Store::new);
        if let Ok(nonce) = fs::read_to_string(NONCE)
            && let Some(status) = cell::compile(&recipe, &product, &nonce, store.as_ref())
        {
            process::exit(status.unwrap_or_else(|error| fail(&format!("{error:#}"))))
        }
        if let Err(error) = rustc::mark(Path::new(NONCE)) {
            fail(&format!("{error:#}"));
        }
        let purpose = Purpose::build(&fs::read_to_string(rustc::SOURCE).unwrap_or_default());
        rustc::become_output(recipe.run(purpose));
    }
    tools::run_real(tools::CARGO, tools)
}
