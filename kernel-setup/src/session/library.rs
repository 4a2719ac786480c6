//! nnlib's source, as a session compiles it: from the checkout that this binary was built in, or from the binary itself.

use super::Server;
use super::analysis;
use crate::paths;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

const MANIFEST: &str = "Cargo.toml";

/// Relative path and content of every file of nnlib, as of the build of this binary.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/nnlib_files.rs"));

/// The versions of all dependencies that this project is tested with.
pub const LOCKFILE: &str = include_str!(concat!(env!("OUT_DIR"), "/Cargo.lock"));

/// Where the source of a [`Library`] comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The `nnlib` folder of a checkout.
    Checkout(PathBuf),
    /// The copy inside this binary.
    Embedded,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Checkout(path) => write!(f, "the checkout at {}", path.display()),
            Origin::Embedded => write!(f, "the copy inside this binary"),
        }
    }
}

/// The files of nnlib by relative path, with `/` between folders.
pub struct Library {
    files: BTreeMap<String, Vec<u8>>,
    /// Where they come from.
    pub origin: Origin,
}

impl Library {
    /// The library to preload: the checkout's when this binary, or the shell it was called from, is inside the checkout
    /// that it was built in; otherwise the one it carries.
    pub fn find() -> Result<Self> {
        match checkout() {
            Some(workspace) => Self::from_checkout(&workspace.join("nnlib")),
            None => Self::embedded(),
        }
    }

    fn embedded() -> Result<Self> {
        let files = EMBEDDED.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        Ok(Library { files, origin: Origin::Embedded })
    }

    fn from_checkout(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        files.insert(MANIFEST.to_owned(), read(&folder.join(MANIFEST))?);
        collect(&folder.join("src"), "src", &mut files)?;
        Ok(Library { files, origin: Origin::Checkout(folder.to_owned()) })
    }

    fn manifest(&self) -> Result<toml::Table> {
        let content = self.files.get(MANIFEST).with_context(|| format!("{} has no {MANIFEST}", self.origin))?;
        std::str::from_utf8(content)
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(text.parse()?))
            .with_context(|| format!("{MANIFEST} of nnlib, from {}", self.origin))
    }

    /// The features of nnlib that are left when these are withheld: all that neither are withheld nor need one that is.
    pub fn features_without(&self, withheld: &[String]) -> Result<Vec<String>> {
        let manifest = self.manifest()?;
        let features = manifest.get("features").and_then(toml::Value::as_table).context("nnlib has no features")?;
        let needs = |feature: &str| -> Vec<&str> {
            let needed = features.get(feature).and_then(toml::Value::as_array);
            needed
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .filter(|name| features.contains_key(*name))
                .collect()
        };
        let known: Vec<&str> = features.keys().map(String::as_str).filter(|name| *name != "default").collect();
        if let Some(unknown) = withheld.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("nnlib has no module {unknown:?} that can be withheld; there are {}", known.join(", "));
        }
        let is_left = |feature: &&str| {
            let mut reached = vec![*feature];
            let mut next = 0;
            while let Some(&name) = reached.get(next) {
                let more = needs(name).into_iter().filter(|name| !reached.contains(name)).collect::<Vec<_>>();
                reached.extend(more);
                next += 1;
            }
            !reached.iter().any(|name| withheld.iter().any(|withheld| withheld == name))
        };
        Ok(known.iter().copied().filter(|feature| is_left(feature)).map(str::to_owned).collect())
    }

    /// Feeds every path and content into `hasher`, so that any change makes another template.
    pub fn hash_into(&self, hasher: &mut Sha256) {
        for (name, content) in &self.files {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update((content.len() as u64).to_le_bytes());
            hasher.update(content);
        }
    }

    /// Writes all files below `folder`, for a kernel with this server.
    pub fn write_to(&self, folder: &Path, server: Server) -> Result<()> {
        let manifest = toml::to_string(&for_cells(self.manifest()?, server))?.into_bytes();
        for (name, content) in &self.files {
            let content = if name == MANIFEST { &manifest } else { content };
            let path = folder.join(name);
            paths::create_dir(path.parent().unwrap_or(folder))?;
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The workspace that this binary was built in, if it is still there and this process has to do with it.
pub fn checkout() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.canonicalize().ok()?;
    if !workspace.join("nnlib/Cargo.toml").is_file() {
        return None;
    }
    let inside = |path: std::io::Result<PathBuf>| {
        path.and_then(|path| path.canonicalize()).is_ok_and(|path| path.starts_with(&workspace))
    };
    (inside(env::current_dir()) || inside(env::current_exe())).then_some(workspace)
}

/// The manifest without what only nnlib's own development needs: those files are not copied, and cargo would look for them.
fn for_cells(mut manifest: toml::Table, server: Server) -> toml::Table {
    for section in ["dev-dependencies", "bench", "test", "example"] {
        manifest.remove(section);
    }
    // evcxr shows what the compiler says of any crate it builds; a notebook is not the place for advice on nnlib.
    let allow_warnings = toml::Table::from_iter([("warnings".to_owned(), "allow".into())]);
    manifest.insert("lints".to_owned(), toml::Table::from_iter([("rust".to_owned(), allow_warnings.into())]).into());
    if server == Server::Ours && cfg!(unix) {
        analysis::hide_dependencies(&mut manifest);
        // A library that all cells share: they are linked sooner, and what nnlib holds, as fonts, is there once. In the
        // other form rustc finds what it has to know of nnlib, without unpacking it.
        let library = manifest.entry("lib").or_insert_with(|| toml::Table::new().into());
        if let Some(library) = library.as_table_mut() {
            library.insert("crate-type".to_owned(), vec!["dylib", "rlib"].into());
        }
    }
    manifest
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}/{name}");
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else {
            files.insert(name, read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_carries_the_library_of_its_checkout() {
        let checkout = Library::from_checkout(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../nnlib")).unwrap();
        let embedded = Library::embedded().unwrap();
        assert_eq!(embedded.files.keys().collect::<Vec<_>>(), checkout.files.keys().collect::<Vec<_>>());
        assert!(embedded.files.contains_key("src/lib.rs"));
    }

    #[test]
    fn what_needs_a_withheld_module_is_withheld_too() {
        let library = Library::embedded().unwrap();
        let left = |withheld: &[&str]| {
            let withheld: Vec<String> = withheld.iter().map(|name| (*name).to_owned()).collect();
            library.features_without(&withheld).map(|left| left.join(" ")).map_err(|error| error.to_string())
        };
        assert_eq!(left(&[]).unwrap(), "grad gradient_check init layers losses models optim sequential serial");
        assert_eq!(left(&["layers"]).unwrap(), "grad gradient_check init losses optim sequential serial");
        assert_eq!(left(&["grad", "losses"]).unwrap(), "gradient_check init layers optim");
        let expected =
            "nnlib has no module \"layer\" that can be withheld; there are grad, gradient_check, init, layers, ";
        assert!(left(&["layer"]).unwrap_err().starts_with(expected));
    }

    #[test]
    fn the_manifest_keeps_what_a_dependent_needs_and_nothing_else() {
        let manifest = "[package]\nname = \"nnlib\"\nversion = \"0.1.0\"\n\
             [dependencies]\nndarray = \"0.17\"\npng = \"0.18\"\n\
             [dev-dependencies]\nsha2 = \"0.10\"\n[[bench]]\nname = \"speed\"\nharness = false\n";
        let stock = for_cells(manifest.parse().unwrap(), Server::Stock);
        assert_eq!(stock["dependencies"].as_table().unwrap().len(), 2);
        let kept = for_cells(manifest.parse().unwrap(), Server::Ours);
        assert_eq!(kept["dependencies"], toml::Table::from_iter([("ndarray".to_owned(), "0.17".into())]).into());
        let hidden = &kept["target"]["cfg(not(nnkernel_analysis))"]["dependencies"];
        assert_eq!(*hidden, toml::Table::from_iter([("png".to_owned(), "0.18".into())]).into());
        assert!(!kept.contains_key("dev-dependencies") && !kept.contains_key("bench"), "{kept}");
    }
}
