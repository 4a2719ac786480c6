//! Making the kernel known to Jupyter: a folder `kernels/<name>` with a `kernel.json` and a picture.
//!
//! Format and places: Jupyter client documentation, "Making kernels for Jupyter", kernel specs.

use crate::assignment::{self, Assignment};
use crate::cli::{Install, Place, Uninstall};
use crate::notebook::{KERNEL_DISPLAY_NAME, KERNEL_NAME};
use crate::paths;
use crate::run::terminal::BUILD_NOTICE;
use crate::session::Server;
use crate::session::template::Template;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

const LOGO: &[u8] = include_bytes!("logo-svg.svg");

/// Registers this binary as a kernel, once for everything and once for each assignment, and builds nnlib for notebooks, so that the first
/// one opens at once.
pub fn install(options: &Install) -> Result<ExitCode> {
    let kernels = options.place.kernels()?;
    paths::create_dir(&kernels)?;
    let specifications = specifications(&options.place.name, &options.assignments)?;
    for specification in &specifications {
        specification.register(&kernels, options)?;
    }
    if !options.no_build {
        for specification in &specifications {
            let server = if options.stock { Server::Stock } else { Server::Ours };
            Template::open(&specification.withheld, server, &|| {
                eprintln!("{BUILD_NOTICE}");
                eprintln!("(for \"{}\")", specification.display_name);
            })?;
        }
        println!("nnlib is compiled for notebooks; open one with: jupyter lab");
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes what [`install`] registered.
pub fn uninstall(options: &Uninstall) -> Result<ExitCode> {
    let kernels = options.place.kernels()?;
    let name = &options.place.name;
    if !kernels.join(name).exists() {
        bail!("there is no kernel {name} in {}", kernels.display());
    }
    for specification in specifications(name, &options.assignments)? {
        let target = kernels.join(&specification.name);
        if target.exists() {
            remove(&target)?;
            println!("removed {}", target.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A kernel as Jupyter knows it.
struct Specification {
    name: String,
    display_name: String,
    /// Modules of nnlib that it leaves out.
    withheld: Vec<String>,
}

/// The kernel for everything, called `name`, and those of the assignments, of which `others` are folders.
fn specifications(name: &str, others: &[PathBuf]) -> Result<Vec<Specification>> {
    let display_name = match name {
        KERNEL_NAME => KERNEL_DISPLAY_NAME.to_owned(),
        other => format!("{KERNEL_DISPLAY_NAME}: {other}"),
    };
    let mut assignments = assignment::known()?;
    for folder in others {
        let Assignment { name, manifest, .. } = Assignment::find(folder, None)?;
        assignments.retain(|(known, _)| *known != name);
        assignments.push((name, manifest));
    }
    let of_assignments = assignments.into_iter().map(|(assignment, manifest)| Specification {
        name: assignment::kernel_name(name, &assignment),
        display_name: assignment::kernel_display_name(&display_name, &assignment),
        withheld: manifest.withheld,
    });
    let general = Specification { name: name.to_owned(), display_name: display_name.clone(), withheld: Vec::new() };
    Ok([general].into_iter().chain(of_assignments).collect())
}

impl Specification {
    /// Puts it into the folder of all kernels.
    fn register(&self, kernels: &Path, options: &Install) -> Result<()> {
        let target = kernels.join(&self.name);
        let program = env::current_exe().context("this program does not know its own path")?;
        let program = program.to_str().context("the path of this program must be valid UTF-8")?;
        let mut arguments = vec![program, "kernel", "--connection-file", "{connection_file}"];
        for (is_set, option) in [(options.stock, "--stock"), (options.no_spare, "--no-spare")] {
            if is_set {
                arguments.push(option);
            }
        }
        let withheld = self.withheld.join(",");
        if !withheld.is_empty() {
            arguments.extend(["--withhold", &withheld]);
        }
        let specification = json!({
            "argv": arguments,
            "display_name": self.display_name,
            "language": "rust",
            "interrupt_mode": "message",
        });

        // Made beside its place and put there whole: Jupyter may be looking.
        let draft = tempfile::Builder::new()
            .prefix(".nnkernel-")
            .tempdir_in(kernels)
            .with_context(|| format!("cannot write into {}", kernels.display()))?;
        fs::write(draft.path().join("kernel.json"), serde_json::to_string_pretty(&specification)? + "\n")?;
        fs::write(draft.path().join("logo-svg.svg"), LOGO)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(draft.path(), fs::Permissions::from_mode(0o755))?;
        }
        remove(&target)?;
        let draft = draft.keep();
        fs::rename(&draft, &target).with_context(|| format!("cannot put {} in place", target.display()))?;
        println!("\"{}\" is registered in {}", self.display_name, target.display());
        Ok(())
    }
}

/// Removes a kernel's folder, if it is one of ours.
fn remove(target: &Path) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    let path = target.join("kernel.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let specification: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
    let is_ours = specification["argv"].as_array().is_some_and(|arguments| {
        arguments.get(1).is_some_and(|argument| argument == "kernel") && specification["language"] == "rust"
    });
    if !is_ours {
        bail!("{} is another program's kernel: choose another --name", target.display());
    }
    fs::remove_dir_all(target).with_context(|| format!("cannot remove {}", target.display()))
}

impl Place {
    /// The folder that holds a folder for each kernel.
    fn kernels(&self) -> Result<PathBuf> {
        if let Some(prefix) = &self.prefix {
            return Ok(std::path::absolute(prefix)?.join("share/jupyter/kernels"));
        }
        if self.sys_prefix {
            return Ok(python_prefix()?.join("share/jupyter/kernels"));
        }
        Ok(user_data()?.join("kernels"))
    }
}

/// Jupyter's data folder of this user.
pub fn user_data() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("JUPYTER_DATA_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let folder = if cfg!(target_os = "macos") {
        dirs::home_dir().map(|home| home.join("Library/Jupyter"))
    } else {
        dirs::data_dir().map(|data| data.join("jupyter"))
    };
    folder.context("this user has no data folder: use --prefix FOLDER")
}

fn python_prefix() -> Result<PathBuf> {
    for python in ["python3", "python"] {
        let Ok(output) = Command::new(python).args(["-c", "import sys; print(sys.prefix)"]).output() else { continue };
        if output.status.success() {
            return Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
    }
    bail!("--sys-prefix needs python3 or python on the PATH; without Python, use --user or --prefix FOLDER")
}
