import Foundation
import TestKit

/// Network namespaces of their own for the members of a store, joined by a bridge of the host; and what goes wrong
/// between them. Needs root and ip(8). Names carry this process' id, so that what a killed test left is found.
final class StoreNetwork {
    struct Place {
        var namespace: String
        /// The host's end of its cable.
        var cable: String
        var address: String
    }

    private static let prefix = "skiffnet"
    let places: [Place]
    private let bridge: String
    /// Where the host reaches the members from.
    let hostAddress: String

    /// Whether namespaces can be made here.
    static var isPossible: Bool {
        guard geteuid() == 0 else { return false }
        let name = "\(prefix)\(getpid())probe"
        defer { _ = try? Program.run("ip", ["netns", "del", name]) }
        return (try? Program.run("ip", ["netns", "add", name]).exitCode) == 0
    }

    init(count: Int) throws {
        Self.removeLeftovers()
        let id = Int(getpid())
        // 198.18.0.0/15 is set aside for tests of networks (RFC 2544).
        let net = "198.18.\(id % 256)"
        bridge = "skb\(id)"
        hostAddress = "\(net).1"
        places = (0..<count).map {
            Place(namespace: "\(Self.prefix)\(id)-\($0)", cable: "skv\(id)\($0)", address: "\(net).\(10 + $0)")
        }
        do { try build(net) } catch {
            remove()
            throw error
        }
    }

    private func build(_ net: String) throws {
        try Self.ip("link", "add", bridge, "type", "bridge")
        try Self.ip("addr", "add", "\(hostAddress)/24", "dev", bridge)
        try Self.ip("link", "set", bridge, "up")
        for place in places {
            try Self.ip("netns", "add", place.namespace)
            try Self.ip("link", "add", place.cable, "type", "veth", "peer", "name", "eth0", "netns", place.namespace)
            try Self.ip("link", "set", place.cable, "master", bridge, "up")
            try Self.ip("-n", place.namespace, "addr", "add", "\(place.address)/24", "dev", "eth0")
            try Self.ip("-n", place.namespace, "link", "set", "eth0", "up")
            try Self.ip("-n", place.namespace, "link", "set", "lo", "up")
        }
    }

    private static func ip(_ arguments: String...) throws {
        let result = try Program.run("ip", arguments)
        guard result.exitCode == 0 else {
            throw ProgramFailure(description: "ip \(arguments.joined(separator: " ")): \(result.errors)")
        }
    }

    // MARK: What goes wrong

    /// Pulls a member's cable: nobody reaches it, clients neither. Or puts it in again.
    func setCable(_ member: Int, isIn: Bool) throws {
        try Self.ip("link", "set", places[member].cable, isIn ? "up" : "down")
    }

    /// What `member` sends to `other` is lost on the way, silently; what comes the other way arrives.
    func lose(from member: Int, to other: Int) throws {
        // Frames to an address that nobody has.
        try Self.ip(
            "-n", places[member].namespace, "neigh", "replace", places[other].address, "lladdr", "02:00:00:00:00:01",
            "dev", "eth0", "nud", "permanent")
    }

    /// Everything arrives again.
    func heal() throws {
        for place in places {
            try Self.ip("link", "set", place.cable, "up")
            try Self.ip("-n", place.namespace, "neigh", "flush", "dev", "eth0", "nud", "permanent")
        }
    }

    // MARK: The end

    func remove() {
        for place in places {
            _ = try? Program.run("ip", ["link", "del", place.cable])
            _ = try? Program.run("ip", ["netns", "del", place.namespace])
        }
        _ = try? Program.run("ip", ["link", "del", bridge])
    }

    /// What processes left that are gone.
    private static func removeLeftovers() {
        guard let list = try? Program.run("ip", ["netns", "list"]).output else { return }
        for line in list.split(separator: "\n") {
            guard let name = line.split(separator: " ").first, name.hasPrefix(prefix) else { continue }
            let digits = name.dropFirst(prefix.count).prefix { $0.isNumber }
            guard let id = pid_t(digits), kill(id, 0) != 0, errno == ESRCH else { continue }
            for process in (try? Program.run("ip", ["netns", "pids", String(name)]).output.split(separator: "\n")) ?? []
            {
                if let process = pid_t(process) { kill(process, SIGKILL) }
            }
            _ = try? Program.run("ip", ["netns", "del", String(name)])
            _ = try? Program.run("ip", ["link", "del", "skb\(id)"])
        }
    }
}
