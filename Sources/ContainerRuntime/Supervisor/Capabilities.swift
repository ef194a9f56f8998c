/// The capabilities that a container's root keeps.
struct Capabilities: Equatable {
    /// In the order of their numbers (linux/capability.h).
    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
    /// What containerd gives.
    static let standard = Self.bits(of: [
        "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE",
        "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP",
    ])

    /// Bit n is capability n.
    let bits: UInt64

    /// `ALL` comes first, whether it is added or dropped, and single ones change it; one that is both is added.
    init(_ security: ContainerConfiguration.Security) {
        let added = security.addedCapabilities ?? []
        let dropped = security.droppedCapabilities ?? []
        var bits = Self.standard
        if Self.isAll(added) { bits = ~0 }
        bits = Self.isAll(dropped) ? (Self.isAll(added) ? bits : 0) : bits & ~Self.bits(of: dropped)
        self.bits = bits | Self.bits(of: added)
    }

    /// Names with or without `CAP_`, in any case; those nobody knows count for nothing.
    private static func bits(of list: [String]) -> UInt64 {
        list.reduce(0) { bits, name in
            names.firstIndex(of: plain(name)).map { bits | 1 << UInt64($0) } ?? bits
        }
    }
    private static func isAll(_ list: [String]) -> Bool { list.contains { plain($0) == "ALL" } }
    private static func plain(_ name: String) -> String {
        let upper = name.uppercased()
        return upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
    }
}
