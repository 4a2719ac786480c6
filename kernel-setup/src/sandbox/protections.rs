//! What of the sandbox this machine has, found by attacking it.

use super::attacks::{self, HELD, LIMITS, THROUGH};
use super::{End, Guard, Limits, Outcome, Policy, Protection, group, outside, system};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, process};

/// What is known of a protection before it is tried.
struct Kind {
    name: &'static str,
    /// What it means, if it held.
    meaning: &'static str,
    mend: &'static str,
    attempt: fn(&Kind) -> Result<String, String>,
}

const NAMESPACES: &str = "run it as root, or where users may create namespaces: outside of a container (or in one with --privileged), with sysctl user.max_user_namespaces above 0 and kernel.apparmor_restrict_unprivileged_userns=0";
const GROUPS: &str = "run it in a session of systemd, as systemd-run --user --scope nnkernel ..., or as root";
const LANDLOCK: &str = "a kernel of 5.13 or later, with landlock among the names in /sys/kernel/security/lsm";
const FILTER: &str = "a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or AArch64";
const OURS: &str = "this should hold on every Linux: please report it";

const KINDS: [Kind; 15] = [
    Kind {
        name: "users",
        meaning: "an account that is nobody's outside, in a user namespace",
        mend: NAMESPACES,
        attempt: |kind| held(kind, "users", &[]),
    },
    Kind {
        name: "rights",
        meaning: "no root, no capabilities, and no program that brings any",
        mend: NAMESPACES,
        attempt: |kind| held(kind, "rights", &[]),
    },
    Kind {
        name: "files",
        meaning: "no file of this machine is there but what was given",
        mend: NAMESPACES,
        attempt: files,
    },
    Kind {
        name: "writing",
        meaning: "nothing can be changed but /work, and nothing there executed",
        mend: NAMESPACES,
        attempt: |kind| held(kind, "writing", &[]),
    },
    Kind {
        name: "handles",
        meaning: "nothing that is open outside is open inside",
        mend: OURS,
        attempt: |kind| held(kind, "descriptors", &[]),
    },
    Kind {
        name: "processes",
        meaning: "no process outside can be seen or ended",
        mend: NAMESPACES,
        attempt: |kind| held(kind, "processes", &[process::id().to_string()]),
    },
    Kind { name: "network", meaning: "no network, and no socket of this machine", mend: NAMESPACES, attempt: network },
    Kind { name: "name", meaning: "this machine's name is not told", mend: NAMESPACES, attempt: name },
    Kind { name: "calls", meaning: "system calls that lead out are denied (seccomp)", mend: FILTER, attempt: calls },
    Kind { name: "Landlock", meaning: "a second fence around files", mend: LANDLOCK, attempt: listing },
    Kind { name: "memory", meaning: "limited for all processes together", mend: GROUPS, attempt: memory },
    Kind {
        name: "forks",
        meaning: "the number of processes is limited",
        mend: GROUPS,
        attempt: |kind| held(kind, "forks", &[]),
    },
    Kind {
        name: "space",
        meaning: "the size of /work is limited",
        mend: OURS,
        attempt: |kind| held(kind, "space", &[]),
    },
    Kind { name: "time", meaning: "what takes too long is ended", mend: OURS, attempt: time },
    Kind { name: "output", meaning: "what writes too much is ended", mend: OURS, attempt: output },
];

/// Every protection, tried now.
pub fn protections() -> Vec<Protection> {
    // If nothing at all can be run, that is what is wrong with all of them.
    let fault = attack("nothing", &[], LIMITS, &[]).and_then(|outcome| expect_end(&outcome, End::Exited(HELD))).err();
    let attempt = |kind: &Kind| match &fault {
        Some(fault) => Err(fault.clone()),
        None => (kind.attempt)(kind),
    };
    let protection = |kind: &Kind| {
        let attempt = attempt(kind);
        Protection {
            name: kind.name,
            active: attempt.is_ok(),
            detail: attempt.unwrap_or_else(|fault| fault),
            mend: kind.mend,
        }
    };
    KINDS.iter().map(protection).collect()
}

fn attack(name: &str, words: &[String], limits: Limits, without: &[Guard]) -> Result<Outcome, String> {
    let policy = Policy { without: without.to_vec(), ..Policy::weak() };
    let run = attacks::plan(name, words, limits).and_then(|plan| outside::run(&plan, &policy));
    run.map_err(|error| format!("{error:#}"))
}

fn expect_end(outcome: &Outcome, expected: End) -> Result<(), String> {
    if outcome.end == expected {
        return Ok(());
    }
    let said = [outcome.stdout.as_slice(), &outcome.stderr].concat();
    let said = String::from_utf8_lossy(&said[..said.len().min(500)]).trim().to_owned();
    Err(if outcome.end == End::Exited(THROUGH) { said } else { format!("{:?} {said}", outcome.end) })
}

fn held(kind: &Kind, name: &str, words: &[String]) -> Result<String, String> {
    expect_end(&attack(name, words, LIMITS, &[])?, End::Exited(HELD))?;
    Ok(kind.meaning.to_owned())
}

/// As [`held`]; and if the attack gets nowhere without this guard, either, that is told.
fn held_by(kind: &Kind, name: &str, words: &[String], guard: Guard) -> Result<String, String> {
    held(kind, name, words)?;
    let control = attack(name, words, LIMITS, &[guard])?;
    match control.end {
        End::Exited(THROUGH) => Ok(kind.meaning.to_owned()),
        end => Err(format!("the attack fails without it, too ({end:?}): it proves nothing")),
    }
}

fn files(kind: &Kind) -> Result<String, String> {
    let paths = [env::current_dir().ok(), dirs::home_dir(), env::current_exe().ok()];
    // Those that every sandbox has.
    let is_common = |path: &PathBuf| ["/", "/tmp", super::WORK].iter().any(|common| path == Path::new(common));
    let paths: Vec<String> =
        paths.into_iter().flatten().filter(|path| !is_common(path)).map(|path| path.display().to_string()).collect();
    held(kind, "files", &paths)
}

fn network(kind: &Kind) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port().to_string();
    let name = format!("nnkernel-doctor-{}-{port}", process::id());
    let address = SocketAddr::from_abstract_name(&name).map_err(|error| error.to_string())?;
    let _listener = UnixListener::bind_addr(&address).map_err(|error| error.to_string())?;
    let words = [port, name];
    held(kind, "network", &words)?;
    // The namespace alone must do, too.
    expect_end(&attack("network", &words, LIMITS, &[Guard::Filter, Guard::Access])?, End::Exited(HELD))?;
    Ok(kind.meaning.to_owned())
}

fn name(kind: &Kind) -> Result<String, String> {
    held(kind, "name", &[system::host_name()])
}

fn calls(kind: &Kind) -> Result<String, String> {
    held_by(kind, "calls", &[], Guard::Filter)
}

fn listing(kind: &Kind) -> Result<String, String> {
    held_by(kind, "listing", &[], Guard::Access)
}

fn memory(kind: &Kind) -> Result<String, String> {
    let outcome = attack("memory", &[], LIMITS, &[])?;
    match group::describe() {
        Some(groups) => {
            expect_end(&outcome, End::OutOfMemory)?;
            Ok(format!("{} ({groups})", kind.meaning))
        }
        None => Err("each process is limited, and all are looked at now and then: no control groups".to_owned()),
    }
}

fn time(kind: &Kind) -> Result<String, String> {
    let wall = Limits { wall: Duration::from_millis(200), ..LIMITS };
    expect_end(&attack("time", &[], wall, &[])?, End::TimedOut)?;
    Ok(kind.meaning.to_owned())
}

fn output(kind: &Kind) -> Result<String, String> {
    expect_end(&attack("flood", &[], LIMITS, &[])?, End::TooMuchOutput)?;
    Ok(kind.meaning.to_owned())
}
