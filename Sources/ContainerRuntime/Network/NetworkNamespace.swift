import CProcess
import Glibc

/// A network namespace that is held by a file in /run/netns, where `ip netns` looks for them too: it is there until the
/// file is unmounted and the last process in it has ended.
struct NetworkNamespace: Sendable, Hashable {
    static let folder = "/run/netns"
    let name: String
    var path: String { Self.folder + "/" + name }

    func make() throws(ContainerError) {
        try SystemCall.makeDirectories(Self.folder)
        let path = path
        close(
            try SystemCall.check("create \(path)") {
                open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
            })
        let number = cprocess_make_network(path)
        guard number == 0 else {
            unlink(path)
            throw .system(call: "make the network namespace \(name)", number: number)
        }
    }

    /// Harmless when it is not there.
    func remove() {
        umount2(path, Int32(MNT_DETACH))
        unlink(path)
    }

    /// Whether the file holds a namespace; it does not after the machine has started anew.
    var isThere: Bool {
        let (file, own) = (Self.information("\(Self.folder)/\(name)"), Self.information(Self.ownPath))
        return file != nil && file?.st_dev == own?.st_dev
    }

    /// A socket in it, non-blocking.
    func socket(_ family: Int32, _ type: Int32) throws(ContainerError) -> Int32 {
        let path = path
        return try SystemCall.check("socket in \(name)") { cprocess_socket_in_network(path, family, type) }
    }

    /// Sets a parameter, such as `net.ipv4.ip_unprivileged_port_start`, as it is in this namespace alone.
    func set(_ parameter: String, to value: String) throws(ContainerError) {
        let number = cprocess_write_in_network(path, KernelParameter.path(parameter), value)
        guard number == 0 else { throw .system(call: "set sysctl \(parameter)", number: number) }
    }

    static func names(withPrefix prefix: String) -> [String] {
        SystemCall.names(in: folder).filter { $0.hasPrefix(prefix) }
    }

    /// The number of the namespace that this process is in.
    static var own: UInt { UInt(information(ownPath)?.st_ino ?? 0) }
    private static let ownPath = "/proc/self/ns/net"

    private static func information(_ path: String) -> stat? {
        var information = stat()
        return stat(path, &information) == 0 ? information : nil
    }
}

/// Names of kernel parameters (sysctl(8)).
enum KernelParameter {
    static func isOfNetwork(_ name: String) -> Bool { name.hasPrefix("net.") || name.hasPrefix("net/") }

    /// Dots and slashes both part a name; where slashes do, a dot belongs to a part (an interface's name).
    static func path(_ name: String) -> String {
        let firstSeparator = name.first { $0 == "." || $0 == "/" }
        return "/proc/sys/" + (firstSeparator == "/" ? name : name.replacing(".", with: "/"))
    }
}
