//! Own namespaces: users, mounts, processes, the network, and the rest.

#![allow(unsafe_code, reason = "system calls")]

use super::system::{check_int, end_with_parent};
use super::{Guard, rights, wire};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;

/// Who the keeper and all inside are in their user namespace.
const INSIDE: u32 = 1000;

/// Accounts of the machine that belong to nobody: each sandbox that root starts has its own, by its keeper's number.
const FIRST_ACCOUNT: u32 = 1_850_000_000;
/// The account that is there where few are, as in containers: "nobody".
const NOBODY: u32 = 65_534;

/// Every namespace but that of users and that of time. The next process that is started is the first of its own.
const ALL: i32 = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Who this process is after [`enter`].
pub struct Identity {
    /// Who may own files in mounts that are made now.
    pub owner: u32,
    /// The account that is taken when nothing is left to do that takes rights; none if it has been taken already.
    pub later: Option<u32>,
    /// Whether the processes of the account are the sandbox's alone, so that they can be counted.
    pub is_own_account: bool,
}

/// Whether this process may do everything.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Leaves the machine's namespaces for new ones, in which this process may do everything.
///
/// A user takes the rights that this needs from a user namespace. Root has them, gives itself an account that is
/// nobody's, and a user namespace all the same where it can: what is root's outside is then nobody's inside.
///
/// `open` gets hold of files, in the new namespaces but while this process is still who it was.
pub fn enter<T>(
    control: &mut UnixStream,
    request: &wire::Request,
    open: impl FnOnce() -> Result<T>,
) -> Result<(Identity, T)> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    // Before this process is in a namespace that has no accounts yet.
    let account = if is_root() { own_account() } else { None };
    if is_root() {
        rights::leave_groups().context("cannot leave root's groups")?;
    }
    let wants_users = !request.without.contains(&Guard::UserNamespace);
    let users = if wants_users { unshare(libc::CLONE_NEWUSER | ALL) } else { Err(std::io::Error::other("left out")) };
    let (identity, opened) = match (users, account) {
        (Ok(()), Some(account)) => {
            let opened = open()?;
            wire::send(control, &wire::Report::Unmapped { account })?;
            control.read_exact(&mut [0]).context("the caller has ended")?;
            rights::become_account(INSIDE).context("cannot take an account without rights")?;
            end_with_parent(request.caller)?;
            (Identity { owner: INSIDE, later: None, is_own_account: true }, opened)
        }
        (Ok(()), None) => {
            fs::write("/proc/self/setgroups", "deny").context("cannot write /proc/self/setgroups")?;
            fs::write("/proc/self/uid_map", format!("{INSIDE} {user} 1")).context("cannot write /proc/self/uid_map")?;
            fs::write("/proc/self/gid_map", format!("{INSIDE} {group} 1"))
                .context("cannot write /proc/self/gid_map")?;
            (Identity { owner: INSIDE, later: None, is_own_account: true }, open()?)
        }
        (Err(error), _) if request.strict && wants_users => return Err(error).context("no user namespace"),
        (Err(_), Some(account)) => {
            unshare(ALL).context("no namespaces, though this is root: is it a container without CAP_SYS_ADMIN?")?;
            (Identity { owner: account, later: Some(account), is_own_account: account != NOBODY }, open()?)
        }
        (Err(error), None) => bail!("no namespaces: {error}"),
    };
    if identity.later.is_none() {
        // In this namespace of users there are no further ones: rights in those could be used for attacks, if the filter
        // of system calls had a gap. Without one of its own, this would be the machine's setting.
        let _ = fs::write("/proc/sys/user/max_user_namespaces", "0");
    }
    name().context("cannot take another name")?;
    Ok((identity, opened))
}

/// Gives the sandbox a name that says nothing of the machine.
fn name() -> std::io::Result<()> {
    let name = b"sandbox";
    // SAFETY: the name outlives the calls, and the length is the name's.
    unsafe {
        check_int(libc::sethostname(name.as_ptr().cast(), name.len()))?;
        check_int(libc::setdomainname(name.as_ptr().cast(), 0)).map(drop)
    }
}

/// The caller's part: says who the keeper is in its user namespace.
pub fn map(keeper: u32, account: u32) -> Result<()> {
    let write = |name: &str, text: String| {
        let path = format!("/proc/{keeper}/{name}");
        fs::write(&path, text).with_context(|| format!("cannot write {path}"))
    };
    write("setgroups", "deny".to_owned())?;
    write("gid_map", format!("{INSIDE} {account} 1"))?;
    write("uid_map", format!("{INSIDE} {account} 1"))
}

/// The account of this keeper, among those that this machine or container has; none in one where root is alone.
fn own_account() -> Option<u32> {
    let has = |map: &str, account: u32| {
        fs::read_to_string(map).is_ok_and(|text| {
            text.lines().any(|line| {
                let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
                let [inside, _, length] = numbers[..] else { return false };
                (inside..inside + length).contains(&account.into())
            })
        })
    };
    [FIRST_ACCOUNT + std::process::id(), NOBODY]
        .into_iter()
        .find(|account| has("/proc/self/uid_map", *account) && has("/proc/self/gid_map", *account))
}

fn unshare(flags: i32) -> std::io::Result<()> {
    // SAFETY: takes numbers alone; this process has one thread.
    check_int(unsafe { libc::unshare(flags) }).map(drop)
}
