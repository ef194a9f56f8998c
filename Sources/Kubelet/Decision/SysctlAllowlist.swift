import KubeAPI

/// Which kernel parameters pods may set (pkg/kubelet/sysctl): those of a namespace of their own that touch nobody else, and
/// what the node allows besides.
struct SysctlAllowlist {
    private enum Owner: String { case ipc = "IPC", network = "Net" }

    private static let safe: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ]
    /// Names, or beginnings of names followed by `*`.
    let unsafeOnes: [String]

    /// Why a pod is not taken; nil when it may have all that it asks for. Without networks of their own all pods are in the
    /// host's.
    func refusal(_ pod: Pod, hasNetworks: Bool) -> String? {
        for sysctl in pod.spec.securityContext?.sysctls ?? [] {
            let name = Self.normalized(sysctl.name ?? "")
            guard Self.safe.contains(name) || unsafeOnes.contains(where: { Self.matches(name, $0) }) else {
                return "forbidden sysctl: \"\(name)\" not allowlisted"
            }
            let owner: Owner = name.hasPrefix("net.") ? .network : .ipc
            if owner == .network ? pod.spec.hostNetwork == true || !hasNetworks : pod.spec.hostIPC == true {
                return "forbidden sysctl: \"\(name)\" not allowed with host \(owner.rawValue) enabled"
            }
        }
        return nil
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let pattern = normalized(pattern)
        return pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// With dots between parts: where slashes are, they change places.
    static func normalized(_ name: String) -> String {
        guard name.first(where: { $0 == "." || $0 == "/" }) == "/" else { return name }
        return String(name.map { $0 == "/" ? "." : $0 == "." ? "/" : $0 })
    }
}
