"""What a process may do that runs code of others: asked of Linux by the process itself, for good.

Sources: landlock(7) up to its ABI 6, seccomp(2), capabilities(7), linux/audit.h, and the tables of
system calls of the kernel. All of it can be asked for without any privilege, and none of it can be
taken back, so it holds for all that is run afterwards.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

NO_NEW_PRIVILEGES, NOT_DUMPABLE, FILTER = 38, 4, 22  # linux/prctl.h
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446

FILE_RIGHTS = (13, 13, 14, 15, 15, 16)
"""How many kinds of access to files each ABI of Landlock knows, from the first."""

NET_ABI, SCOPE_ABI = 4, 6
SCOPED = 0b11
"""Neither abstract sockets of other processes, nor signals to these."""

READ = (1 << 0) | (1 << 2) | (1 << 3)
"""Run, read, list."""

OF_FILES = 0b100_0000_0000_0111
"""Run, write, read, shorten: what there is of files that are no folders."""

READABLE = (
    *("/usr", "/lib", "/lib64", "/bin", "/etc/ssl", "/etc/pki", "/etc/ca-certificates"),
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"),
    *("/etc/services", "/etc/protocols", "/etc/localtime", "/etc/mime.types", "/etc/ld.so.cache"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)
"""What of the system code may read: programs, libraries, certificates, and where names lead."""

NULL = "/dev/null"

MOST_FILES = 64
"""Files and connections that are open at a time."""

LARGEST_FILE = 64 << 20

CAPABILITY_VERSION = 0x20080522

NOT_PERMITTED, NOT_THERE = 1, 38  # EPERM, ENOSYS
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # linux/seccomp.h
LOAD, EQUAL, ANY_BIT, ATLEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06  # linux/bpf_common.h
NUMBER, ARCHITECTURE, FIRST = 0, 4, 16  # offsets in struct seccomp_data; FIRST is an argument
THREAD = 0x00010000  # CLONE_THREAD
UNIX = 1  # AF_UNIX
OTHER_ABI = 0x40000000  # x32

SYSTEM_CALLS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "clone": 56,
            "socket": 41,
            "kill": 62,
            "tkill": 200,
            "tgkill": 234,
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "execveat": 322,
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "bpf": 321,
            "keyctl": 250,
            "add_key": 248,
            "request_key": 249,
            "perf_event_open": 298,
            "userfaultfd": 323,
            "mount": 165,
            "umount2": 166,
            "unshare": 272,
            "setns": 308,
            "kcmp": 312,
            "rt_sigqueueinfo": 129,
            "rt_tgsigqueueinfo": 297,
            "prlimit64": 302,
            "setpriority": 141,
            "sched_setscheduler": 144,
            "sched_setaffinity": 203,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "clone": 220,
            "socket": 198,
            "kill": 129,
            "tkill": 130,
            "tgkill": 131,
            "execve": 221,
            "execveat": 281,
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "bpf": 280,
            "keyctl": 219,
            "add_key": 217,
            "request_key": 218,
            "perf_event_open": 241,
            "userfaultfd": 282,
            "mount": 40,
            "umount2": 39,
            "unshare": 97,
            "setns": 268,
            "kcmp": 272,
            "prlimit64": 261,
            "rt_sigqueueinfo": 138,
            "rt_tgsigqueueinfo": 240,
            "setpriority": 140,
            "sched_setscheduler": 119,
            "sched_setaffinity": 122,
        },
    ),
}
"""The name that the kernel has for a machine, and the numbers of its system calls."""

COMMON = {
    "clone3": 435,
    "io_uring_setup": 425,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "pidfd_send_signal": 424,
    "process_madvise": 440,
}
"""Numbers that all machines have in common."""

SINGLE = frozenset({"clone", "clone3", "socket", "kill", "tgkill"})
"""What is refused in some cases, or in another way."""


class UnconfinedError(OSError):
    """The system cannot keep code from what it has no business with."""


LIBC = ctypes.CDLL(None, use_errno=True)


def confine(folder: str, memory: int, seconds: int) -> None:
    """Confine this process: to reading programs, and a folder of its own, for ever.

    `memory` is its address space in bytes, `seconds` what it may compute. What was read before
    stays read. Raises UnconfinedError where that cannot be.
    """
    limit(memory, seconds)
    LIBC.prctl(NOT_DUMPABLE, 0, 0, 0, 0)
    if LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise UnconfinedError("privileges cannot be given up")
    keep_to(folder)
    drop_capabilities()
    filter_calls()


def limit(memory: int, seconds: int) -> None:
    """Limit what this process takes."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
    ):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


# Files.


def keep_to(folder: str) -> None:
    """Let this process read what it runs, and do in a folder what it likes; nothing else."""
    abi = LIBC.syscall(CREATE_RULESET, None, 0, 1)
    if abi < 1:
        raise UnconfinedError("Landlock is not there, which Linux has from 5.13 on")
    every = (1 << FILE_RIGHTS[min(abi, len(FILE_RIGHTS)) - 1]) - 1
    told = struct.pack("=QQQ", every, 0, SCOPED if abi >= SCOPE_ABI else 0)
    ruleset = LIBC.syscall(CREATE_RULESET, told, len(told) if abi >= SCOPE_ABI else 8, 0)
    if ruleset < 0:
        raise UnconfinedError("Landlock takes no rules")
    try:
        for path in readable():
            allow(ruleset, path, READ & every)
        allow(ruleset, NULL, every & 0b110)
        allow(ruleset, folder, every)
        if LIBC.syscall(RESTRICT_SELF, ruleset, 0):
            raise UnconfinedError("Landlock takes no effect")
    finally:
        os.close(ruleset)


def readable() -> Iterable[str]:
    """Return the paths that code may read: those of Python and of the system."""
    ours = (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values())
    return sorted({*READABLE, *ours})


def allow(ruleset: int, path: str, rights: int) -> None:
    """Allow some access to what is at a path, and below, if there is anything."""
    with suppress(OSError):
        found = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not Path(path).is_dir():
                rights &= OF_FILES
            LIBC.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, found), 0)
        finally:
            os.close(found)


# Privileges.


def drop_capabilities() -> None:
    """Give up what makes root more than another account."""
    header = struct.pack("=Ii", CAPABILITY_VERSION, 0)
    if LIBC.capset(header, bytes(24)):
        raise UnconfinedError("capabilities cannot be given up")


# System calls.


def filter_calls() -> None:
    """Refuse system calls that reach other processes, or make such."""
    machine = platform.machine()
    if machine not in SYSTEM_CALLS:
        raise UnconfinedError(f"system calls of {machine} are not known")
    steps = program(*SYSTEM_CALLS[machine])
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    head = struct.pack("@HxxxxxxP", len(steps), ctypes.addressof(code))
    if LIBC.prctl(FILTER, 2, ctypes.c_char_p(head), 0, 0):
        raise UnconfinedError("system calls cannot be filtered")


Step = tuple[int, int, int, int]
"""An instruction: what to do, how many to skip if so, and if not, and a value."""


def program(architecture: int, numbers: Mapping[str, int]) -> Sequence[Step]:
    """Return the filter of a machine: each system call is allowed that is not refused."""
    own = os.getpid()
    steps: list[Step] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, REFUSE | NOT_PERMITTED),
        (LOAD, 0, 0, NUMBER),
        (ATLEAST, 0, 1, OTHER_ABI),
        (RETURN, 0, 0, REFUSE | NOT_PERMITTED),
    ]
    for name, number in {**numbers, **COMMON}.items():
        if name not in SINGLE:
            steps += refused(number, NOT_PERMITTED)
    steps += refused(COMMON["clone3"], NOT_THERE)
    # `refused_unless` leaves the argument where the number was: what it is about ends there.
    steps += refused_unless(numbers["clone"], (ANY_BIT, 1, 0, THREAD))
    steps += refused_unless(numbers["socket"], (EQUAL, 0, 1, UNIX))
    steps += refused_unless(numbers["kill"], (EQUAL, 1, 0, own))
    steps += refused_unless(numbers["tgkill"], (EQUAL, 1, 0, own))
    return [*steps, (RETURN, 0, 0, ALLOW)]


def refused(number: int, error: int) -> list[Step]:
    """Return how a system call is refused."""
    return [(EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | error)]


def refused_unless(number: int, check: Step) -> list[Step]:
    """Return how a system call is refused unless its first argument is right."""
    return [
        (EQUAL, 0, 4, number),
        (LOAD, 0, 0, FIRST),
        check,
        (RETURN, 0, 0, REFUSE | NOT_PERMITTED),
        (RETURN, 0, 0, ALLOW),
    ]
