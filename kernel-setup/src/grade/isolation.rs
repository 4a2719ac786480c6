//! Where programs run that nobody trusts, or that their user does.

use crate::sandbox::{self, End, Outcome, Plan, Policy, WORK};
use crate::session::toolchain;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Files and folders outside, and where they lie inside.
type Places = Vec<(PathBuf, PathBuf)>;

/// How a program is kept apart from the rest of the machine.
#[derive(Clone, Debug)]
pub enum Isolation {
    /// In a sandbox.
    Sandbox(Policy),
    /// Not at all: it is its user's own. What would be in [`WORK`] is in a temporary folder.
    None,
}

impl Isolation {
    /// Runs a program to its end. An error is a fault of ours or of the machine, never of what ran.
    pub fn run(&self, plan: &Plan) -> Result<Outcome> {
        match self {
            Isolation::Sandbox(policy) => sandbox::run(plan, policy),
            Isolation::None => run_plainly(plan),
        }
    }

    /// Where folders of the machine lie for what runs: outside, and inside. Wherever the cache is, it is in nobody's way there.
    pub fn places(&self, folders: &[PathBuf]) -> Places {
        let place = |(index, folder): (usize, &PathBuf)| match self {
            Isolation::Sandbox(_) => (folder.clone(), Path::new(CRATES).join(index.to_string())),
            Isolation::None => (folder.clone(), folder.clone()),
        };
        folders.iter().enumerate().map(place).collect()
    }

    /// What a compiler has to read beside these places.
    pub fn compiler_mounts(&self, places: Places) -> Result<Places> {
        match self {
            Isolation::Sandbox(_) => Ok(sandbox::compiler_mounts()?.into_iter().chain(places).collect()),
            Isolation::None => Ok(Vec::new()),
        }
    }

    /// The environment of a compiler.
    pub fn compiler_environment(&self) -> Result<Vec<(OsString, OsString)>> {
        match self {
            Isolation::Sandbox(_) => sandbox::compiler_environment(),
            Isolation::None => Ok(env::var_os("PATH").map(|path| ("PATH".into(), path)).into_iter().collect()),
        }
    }

    /// What a compiled program has to read that is linked with these shared libraries, and where it finds those.
    pub fn runtime_mounts(&self, libraries: &[PathBuf]) -> Result<(Places, Vec<PathBuf>)> {
        match self {
            Isolation::Sandbox(_) => {
                let inside = |library: &PathBuf| Some((library.clone(), Path::new(CRATES).join(library.file_name()?)));
                let libraries = libraries.iter().filter_map(inside);
                let mounts = sandbox::runtime_mounts()?.into_iter().chain(libraries).collect();
                Ok((mounts, vec![CRATES.into(), sandbox::RUST_LIBRARIES.into()]))
            }
            Isolation::None => {
                let own = libraries.iter().filter_map(|library| library.parent()).map(Path::to_owned);
                Ok((Vec::new(), own.chain([toolchain::library_folder()?]).collect()))
            }
        }
    }
}

/// Where crates lie in a sandbox.
const CRATES: &str = "/crates";

/// Runs a program as any other of this user's: limited in time alone.
fn run_plainly(plan: &Plan) -> Result<Outcome> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    // What the plan names as its own, and nothing else: this machine may have a folder of the same name.
    let named =
        plan.inputs.iter().map(|(path, _)| path).chain(&plan.outputs).chain(&plan.products).chain([&plan.folder]);
    let mut own: BTreeMap<&Path, PathBuf> =
        named.filter_map(|path| Some((path.as_path(), folder.path().join(path.strip_prefix(WORK).ok()?)))).collect();
    if let Some(content) = &plan.content {
        let path = folder.path().join(PROGRAM);
        write_program(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        own.insert(&plan.program, path);
    }
    let outside = |path: &Path| match (own.get(path), plan.read_only.iter().find(|(_, inside)| inside == path)) {
        (Some(own), _) => own.clone(),
        (None, Some((outside, _))) => outside.clone(),
        (None, None) => path.to_owned(),
    };
    for (path, content) in &plan.inputs {
        let path = outside(path);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for path in &plan.outputs {
        let path = outside(path);
        fs::write(&path, []).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let replaced = |text: &OsString| own.get(Path::new(text)).map_or(text.clone(), |own| own.clone().into_os_string());
    let started = Instant::now();
    let mut command = Command::new(outside(&plan.program));
    command
        .args(plan.arguments.iter().map(replaced))
        .env_clear()
        .envs(plan.environment.iter().map(|(name, value)| (name, replaced(value))))
        .current_dir(outside(&plan.folder))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", plan.program.display()))?;
    let stdout = drain(child.stdout.take(), plan.limits.output_bytes);
    let stderr = drain(child.stderr.take(), plan.limits.output_bytes);
    let status = wait(&mut child, plan.limits.wall)?;
    // Whoever holds these is one of its processes: the program has ended when the last of them has.
    let (stdout, stderr) = (collect(stdout)?, collect(stderr)?);
    let read = |path: &PathBuf| {
        let mut content = Vec::new();
        let file = fs::File::open(outside(path)).with_context(|| format!("cannot read {}", path.display()))?;
        file.take(plan.limits.output_bytes).read_to_end(&mut content)?;
        Ok((path.clone(), content))
    };
    let products = plan.products.iter().filter(|path| outside(path).is_file()).cloned().collect::<Vec<_>>();
    Ok(Outcome {
        end: status.map_or(End::TimedOut, end),
        stdout,
        stderr,
        outputs: plan.outputs.iter().chain(&products).map(read).collect::<Result<_>>()?,
        wall: started.elapsed(),
        cpu: Duration::ZERO,
        peak_memory: 0,
    })
}

/// The program's name in the temporary folder, which no plan names otherwise.
const PROGRAM: &str = ".program";

fn write_program(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::write(path, content)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(unix)]
fn end(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Signaled(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn end(status: ExitStatus) -> End {
    End::Exited(status.code().unwrap_or(1))
}

fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for a process")? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

type Drained = Option<thread::JoinHandle<io::Result<Vec<u8>>>>;

/// Reads to the end, and keeps the first `limit` bytes.
fn drain(pipe: Option<impl Read + Send + 'static>, limit: u64) -> Drained {
    pipe.map(|mut pipe| {
        thread::spawn(move || {
            let mut content = Vec::new();
            pipe.by_ref().take(limit).read_to_end(&mut content)?;
            io::copy(&mut pipe, &mut io::sink())?;
            Ok(content)
        })
    })
}

fn collect(drained: Drained) -> Result<Vec<u8>> {
    match drained.map(thread::JoinHandle::join) {
        Some(Ok(content)) => Ok(content?),
        Some(Err(_)) => anyhow::bail!("a thread that read a program's output ended unexpectedly"),
        None => Ok(Vec::new()),
    }
}
