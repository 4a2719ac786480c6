//! The system calls that a program inside may not use (seccomp).
//!
//! What a compiler or a student's program needs is open; what reaches other processes, the network, mounts, or rarely
//! used parts of the kernel fails with "not permitted". System calls younger than this list do not exist inside, nor do
//! those of another architecture; programs cope, as they do on an older kernel.
//!
//! Written for the kernel's small virtual machine here, since the lists of other crates have no such ceiling.

#![allow(unsafe_code, reason = "system calls")]

use super::system::check;
use libc::{sock_filter, sock_fprog};
use std::io;

/// `AUDIT_ARCH_…` of this program.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_003e);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: Option<u32> = Some(0xc000_00b7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCHITECTURE: Option<u32> = None;

/// `mseal`: the last that this list was checked for. On x86-64, the calls of its 32-bit variant lie above, too.
const CEILING: u32 = 462;

/// What is not permitted.
const DENIED: &[libc::c_long] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    // Namespaces, and what is mounted.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // `statmount`, `listmount`
    457,
    458,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_acct,
    // Files by other ways than their names, and watching them.
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_mknodat,
    // The network, and other ways to talk. Pipes are left, and pairs of sockets.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semctl,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_msgget,
    libc::SYS_msgctl,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // Parts of the kernel that are large, young or for administrators.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_setup,
    libc::SYS_io_submit,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_seccomp,
    libc::SYS_personality,
    libc::SYS_memfd_create,
    // `memfd_secret`, which is only on some architectures
    447,
    libc::SYS_remap_file_pages,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_get_mempolicy,
    libc::SYS_vmsplice,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    // The machine.
    libc::SYS_reboot,
    // `kexec_load` and `kexec_file_load`, by the names that there are
    libc::SYS_kexec_load,
    #[cfg(target_arch = "x86_64")]
    320,
    #[cfg(target_arch = "aarch64")]
    294,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
];

/// What `clone` may not be asked for: a namespace. (`clone3` hides what it is asked for, so it does not exist.)
const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    // `CLONE_NEWTIME`; in `clone`, these bits are also those of a signal that is never asked for.
    | 0x80) as u32;

/// What terminals may not be asked for: to take input as if it had been typed.
const TERMINAL_INPUT: [u32; 2] = [libc::TIOCSTI as u32, libc::TIOCLINUX as u32];

/// The pairs of sockets that there may be, by the standard library for one when it starts a program: those that are
/// connected to each other for good. Datagrams could be sent elsewhere.
const PAIRS: [u32; 2] = [libc::SOCK_STREAM as u32, libc::SOCK_SEQPACKET as u32];

/// Where the kernel shows the number of the system call, its architecture, and the lower half of an argument.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const DENY: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
const UNKNOWN: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// A program for the kernel's small machine.
struct Program(Vec<sock_filter>);

impl Program {
    fn push(&mut self, code: u32, value: u32, if_true: u8, if_false: u8) {
        self.0.push(sock_filter { code: code as u16, jt: if_true, jf: if_false, k: value });
    }

    fn load(&mut self, offset: u32) {
        self.push(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    }

    fn end(&mut self, verdict: u32) {
        self.push(libc::BPF_RET | libc::BPF_K, verdict, 0, 0);
    }

    /// Goes on if what is loaded compares, else steps over so many instructions.
    fn when(&mut self, comparison: u32, value: u32, otherwise: u8) {
        self.push(libc::BPF_JMP | comparison | libc::BPF_K, value, 0, otherwise);
    }
}

fn program(architecture: u32) -> Program {
    let mut program = Program(Vec::new());
    program.load(ARCH);
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, architecture, 1, 0);
    program.end(KILL);
    program.load(NUMBER);
    program.when(libc::BPF_JGT, CEILING, 1);
    program.end(UNKNOWN);
    for number in DENIED {
        program.when(libc::BPF_JEQ, *number as u32, 1);
        program.end(DENY);
    }
    program.when(libc::BPF_JEQ, libc::SYS_clone3 as u32, 1);
    program.end(UNKNOWN);
    program.when(libc::BPF_JEQ, libc::SYS_clone as u32, 4);
    program.load(argument(0));
    program.when(libc::BPF_JSET, NAMESPACES, 1);
    program.end(DENY);
    program.end(ALLOW);
    program.when(libc::BPF_JEQ, libc::SYS_ioctl as u32, 6);
    program.load(argument(1));
    for request in TERMINAL_INPUT {
        program.when(libc::BPF_JEQ, request, 1);
        program.end(DENY);
    }
    program.end(ALLOW);
    program.when(libc::BPF_JEQ, libc::SYS_socketpair as u32, 9);
    program.load(argument(0));
    program.when(libc::BPF_JEQ, libc::AF_UNIX as u32, 6);
    program.load(argument(1));
    // Without the flags.
    program.push(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0xf, 0, 0);
    for kind in PAIRS {
        program.when(libc::BPF_JEQ, kind, 1);
        program.end(ALLOW);
    }
    program.end(DENY);
    program.end(ALLOW);
    program
}

/// Holds this process, and all that it starts, to the list; there is no way back.
pub fn enter() -> io::Result<()> {
    let architecture = ARCHITECTURE.ok_or_else(|| io::Error::other("there is no list for this architecture"))?;
    let mut program = program(architecture);
    let filter = sock_fprog { len: program.0.len() as u16, filter: program.0.as_mut_ptr() };
    // SAFETY: the structure and the program outlive the call, and the length is the program's.
    check(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const filter) }).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would say: the few instructions in use, one by one.
    fn verdict(number: u32, architecture: u32, arguments: [u32; 2]) -> u32 {
        let program = program(ARCHITECTURE.expect("tests run where there is a list"));
        let (mut loaded, mut at) = (0, 0);
        loop {
            let instruction = program.0[at];
            at += 1;
            let code = u32::from(instruction.code);
            let jump = |holds: bool| usize::from(if holds { instruction.jt } else { instruction.jf });
            if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS {
                loaded = match instruction.k {
                    NUMBER => number,
                    ARCH => architecture,
                    offset => arguments[((offset - 16) / 8) as usize],
                };
            } else if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K {
                at += jump(loaded == instruction.k);
            } else if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K {
                loaded &= instruction.k;
            } else if code == libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K {
                at += jump(loaded > instruction.k);
            } else if code == libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K {
                at += jump(loaded & instruction.k != 0);
            } else {
                assert_eq!(code, libc::BPF_RET | libc::BPF_K);
                return instruction.k;
            }
        }
    }

    #[test]
    fn every_kind_of_call_has_its_verdict() {
        let own = ARCHITECTURE.unwrap_or_default();
        let call = |number: libc::c_long, arguments| verdict(number as u32, own, arguments);
        for number in [libc::SYS_read, libc::SYS_execve, libc::SYS_openat, libc::SYS_futex, libc::SYS_pipe2] {
            assert_eq!(call(number, [0, 0]), ALLOW, "{number}");
            assert_eq!(verdict(number as u32, own ^ 1, [0, 0]), KILL, "{number} of another architecture");
            assert_eq!(call(number | 0x4000_0000, [0, 0]), UNKNOWN, "{number} of the 32-bit variant");
        }
        for number in DENIED {
            assert_eq!(call(*number, [0, 0]), DENY, "{number}");
        }
        assert_eq!(call(libc::SYS_clone3, [0, 0]), UNKNOWN);
        assert_eq!(call(463, [0, 0]), UNKNOWN);
        let thread = (libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND | libc::CLONE_SETTLS) as u32;
        assert_eq!(call(libc::SYS_clone, [thread, 0]), ALLOW);
        assert_eq!(call(libc::SYS_clone, [libc::SIGCHLD as u32, 0]), ALLOW);
        assert_eq!(call(libc::SYS_clone, [libc::CLONE_NEWUSER as u32 | libc::SIGCHLD as u32, 0]), DENY);
        let flags = libc::SOCK_CLOEXEC as u32;
        assert_eq!(call(libc::SYS_socketpair, [libc::AF_UNIX as u32, libc::SOCK_SEQPACKET as u32 | flags]), ALLOW);
        assert_eq!(call(libc::SYS_socketpair, [libc::AF_UNIX as u32, libc::SOCK_STREAM as u32]), ALLOW);
        assert_eq!(call(libc::SYS_socketpair, [libc::AF_UNIX as u32, libc::SOCK_DGRAM as u32 | flags]), DENY);
        assert_eq!(call(libc::SYS_socketpair, [libc::AF_TIPC as u32, libc::SOCK_STREAM as u32]), DENY);
        assert_eq!(call(libc::SYS_ioctl, [1, libc::TCGETS as u32]), ALLOW);
        assert_eq!(call(libc::SYS_ioctl, [0, libc::TIOCSTI as u32]), DENY);
        assert_eq!(call(libc::SYS_ioctl, [0, libc::TIOCLINUX as u32]), DENY);
    }
}
