//! A file system of its own: what the plan names, a few devices, and the folder that can be written to.

#![allow(unsafe_code, reason = "system calls")]

use super::namespaces::Identity;
use super::system::{c_path, check, check_int, descriptor};
use super::{Plan, WORK};
use anyhow::{Context, Result, bail};
use std::ffi::CString;
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// Where the new root is put together; it hides what is there, in the keeper's namespace alone.
const NEW_ROOT: &str = "/tmp";

/// What is inside of `/dev`. None of them keeps anything.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// How many files [`WORK`] may hold.
const FILES: u32 = 16_384;

/// A file or folder of the machine, not yet put in its place.
pub struct Tree {
    open: OwnedFd,
    is_folder: bool,
    inside: PathBuf,
}

/// Gets hold of what the plan names, and of the devices.
pub fn open(plan: &Plan) -> Result<Vec<Tree>> {
    let mut trees = Vec::new();
    for (host, inside) in &plan.read_only {
        if !is_plain(inside) || inside.starts_with(WORK) {
            bail!("{} cannot be a place in the sandbox: expected an absolute path outside {WORK}", inside.display());
        }
        trees.push(tree(host, inside, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)?);
    }
    for name in DEVICES {
        let path = Path::new("/dev").join(name);
        // Writing to a device is not writing to the file system that names it.
        let attributes = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
        trees.push(tree(&path, &path, attributes)?);
    }
    Ok(trees)
}

fn tree(host: &Path, inside: &Path, attributes: u64) -> Result<Tree> {
    let cannot = || format!("cannot show {} to the sandbox", host.display());
    let is_folder = fs::metadata(host).with_context(cannot)?.is_dir();
    let path = c_path(host)?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as u32;
    // SAFETY: the path outlives the call.
    let open = descriptor(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) })
        .with_context(cannot)?;
    set_attributes(&open, attributes, libc::AT_RECURSIVE).with_context(cannot)?;
    Ok(Tree { open, is_folder, inside: inside.to_owned() })
}

/// Adds attributes to a mount, and takes it from those that tell each other of changes.
fn set_attributes(mount: &OwnedFd, attributes: u64, recursive: i32) -> std::io::Result<()> {
    // SAFETY: all zeros are a valid value of this structure of numbers.
    let mut change: libc::mount_attr = unsafe { std::mem::zeroed() };
    change.attr_set = attributes;
    change.propagation = libc::MS_PRIVATE;
    // SAFETY: the empty path and the structure outlive the call, and the size is the structure's.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | recursive,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    })
    .map(drop)
}

/// Leaves the machine's file system for a new one; the current folder is then its root.
pub fn enter(trees: Vec<Tree>, plan: &Plan, identity: &Identity) -> Result<()> {
    mount(None, "/", "", libc::MS_REC | libc::MS_PRIVATE, "").context("cannot keep mounts to ourselves")?;
    let plain = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    mount(Some("tmpfs"), NEW_ROOT, "tmpfs", plain, "mode=755,size=1m,nr_inodes=1024")
        .context("cannot mount a new root")?;
    let root = Path::new(NEW_ROOT);
    let place = |inside: &Path| root.join(inside.strip_prefix("/").unwrap_or(inside));

    let owner = identity.owner;
    let size = plan.limits.work_bytes;
    let work = place(Path::new(WORK));
    fs::create_dir(&work).context("cannot create the folder to work in")?;
    let options = format!("mode=700,uid={owner},gid={owner},size={size},nr_inodes={FILES}");
    mount(Some("tmpfs"), &work.to_string_lossy(), "tmpfs", plain, &options)
        .context("cannot mount the folder to work in")?;
    symlink("work/tmp", root.join("tmp")).context("cannot create /tmp")?;

    for tree in trees {
        let target = place(&tree.inside);
        let cannot = || format!("cannot put {} in its place in the sandbox", tree.inside.display());
        let parent = target.parent().unwrap_or(root);
        fs::create_dir_all(parent).with_context(cannot)?;
        if !target.exists() {
            if tree.is_folder {
                fs::create_dir(&target).with_context(cannot)?;
            } else {
                fs::File::create_new(&target).with_context(cannot)?;
            }
        }
        let path = c_path(&target)?;
        // SAFETY: both paths outlive the call.
        check(unsafe {
            libc::syscall(
                libc::SYS_move_mount,
                tree.open.as_raw_fd(),
                c"".as_ptr(),
                libc::AT_FDCWD,
                path.as_ptr(),
                libc::MOVE_MOUNT_F_EMPTY_PATH,
            )
        })
        .with_context(cannot)?;
    }

    if let Some(content) = &plan.content {
        let target = place(&plan.program);
        put_program(&target, content)
            .with_context(|| format!("cannot put {} in its place in the sandbox", plan.program.display()))?;
    }

    std::env::set_current_dir(root).context("cannot enter the new root")?;
    // SAFETY: the paths outlive the calls.
    unsafe {
        check(libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr())).context("cannot change the root")?;
        check_int(libc::umount2(c".".as_ptr(), libc::MNT_DETACH)).context("cannot let go of the old root")?;
    }
    std::env::set_current_dir("/").context("cannot enter the new root")?;
    let root = OwnedFd::from(fs::File::open("/")?);
    set_attributes(&root, libc::MOUNT_ATTR_RDONLY, 0).context("cannot close the new root for writing")
}

/// Writes the program into a folder that nobody can write to afterwards.
fn put_program(target: &Path, content: &[u8]) -> Result<()> {
    let folder = target.parent().context("it has no folder")?;
    fs::create_dir(folder).context("its folder holds something else")?;
    let options = format!("mode=755,size={},nr_inodes=16", content.len());
    mount(Some("tmpfs"), &folder.to_string_lossy(), "tmpfs", libc::MS_NOSUID | libc::MS_NODEV, &options)?;
    fs::write(target, content)?;
    // Whatever this process's mask is.
    fs::set_permissions(target, fs::Permissions::from_mode(0o555))?;
    set_attributes(&OwnedFd::from(fs::File::open(folder)?), libc::MOUNT_ATTR_RDONLY, 0)?;
    Ok(())
}

fn mount(source: Option<&str>, target: &str, kind: &str, flags: libc::c_ulong, options: &str) -> std::io::Result<()> {
    let text = |text: &str| CString::new(text).map_err(std::io::Error::other);
    let (source, target, kind, options) = (text(source.unwrap_or("none"))?, text(target)?, text(kind)?, text(options)?);
    // SAFETY: all strings outlive the call.
    check_int(unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast()) })
        .map(drop)
}

/// Whether a path is absolute and goes nowhere but down.
fn is_plain(path: &Path) -> bool {
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && components.clone().next().is_some()
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// A path of the plan, relative to [`WORK`].
pub fn within_work(path: &Path) -> Result<PathBuf> {
    let relative = path.strip_prefix(WORK).unwrap_or(path);
    let is_below = relative.components().all(|component| matches!(component, Component::Normal(_)));
    if relative.as_os_str().is_empty() || !is_below {
        bail!("{} is no file in {WORK}: expected a path below it", path.display());
    }
    Ok(relative.to_owned())
}
