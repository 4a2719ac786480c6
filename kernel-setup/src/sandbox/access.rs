//! The files that a program inside may use (Landlock).
//!
//! A second fence behind the mounts: should a program get at a mount that was not meant for it, the kernel still says
//! no. It also keeps signals and abstract Unix sockets from leaving, on kernels that can.

use super::{Plan, WORK};
use anyhow::{Result, bail};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};
use std::path::Path;

/// The youngest that this was checked for.
const KNOWN: ABI = ABI::V6;

/// Holds this process, and all that it starts, to its files; there is no way back.
pub fn enter(plan: &Plan) -> Result<()> {
    let read = AccessFs::from_read(KNOWN);
    // Nothing in the folder can be executed: it is mounted so.
    let work = AccessFs::from_all(KNOWN) & !(AccessFs::Execute | AccessFs::MakeBlock | AccessFs::MakeChar);
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::ReadDir;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    let program = plan.content.as_ref().map(|_| &plan.program);
    for inside in plan.read_only.iter().map(|(_, inside)| inside).chain(program) {
        let access = if inside.is_dir() { read } else { read & AccessFs::from_file(KNOWN) };
        rules = rules.add_rule(PathBeneath::new(PathFd::new(inside)?, access))?;
    }
    rules = rules.add_rule(PathBeneath::new(PathFd::new(Path::new(WORK))?, work))?;
    rules = rules.add_rule(PathBeneath::new(PathFd::new(Path::new("/dev"))?, device))?;
    if rules.restrict_self()?.ruleset == RulesetStatus::NotEnforced {
        bail!("this kernel has no Landlock");
    }
    Ok(())
}
