import APIMachinery
import Basics
import FoundationEssentials
import Glibc

/// The machine's sockets that listen or take datagrams, as /proc/net tells them (proc(5)).
public struct SocketTable: Sendable {
    public struct Row: Sendable, Equatable {
        public var address: IPAddress
        public var port: Int
        public var user: UInt32
        public var inode: UInt64
        public init(address: IPAddress, port: Int, user: UInt32, inode: UInt64) {
            self.address = address
            self.port = port
            self.user = user
            self.inode = inode
        }
    }
    public let rows: [Row]

    public init(rows: [Row]) { self.rows = rows }

    /// Reads what the kernel prints: a line per socket, with address and port in hexadecimal digits (the address in words
    /// as the machine keeps numbers, so backwards), the state (0A is listening, 07 takes datagrams), and as the eighth and
    /// tenth field user and inode.
    public init(text: String) {
        rows = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A" || fields[3] == "07", let user = UInt32(fields[7]),
                let inode = UInt64(fields[9])
            else { return nil }
            let local = fields[1].split(separator: ":")
            guard local.count == 2, let port = UInt16(local[1], radix: 16), let address = Self.address(local[0]) else {
                return nil
            }
            return Row(address: address, port: Int(port), user: user, inode: inode)
        }
    }

    private static func address(_ digits: Substring) -> IPAddress? {
        var bytes: [UInt8] = []
        var rest = digits
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        return IPAddress(bytes: bytes)
    }

    /// The table of a transport now, IPv4 and IPv6.
    public static func read(_ transport: ListenPlace.Transport) -> SocketTable {
        let name = transport == .tcp ? "tcp" : "udp"
        return SocketTable(
            rows: ["/proc/net/\(name)", "/proc/net/\(name)6"].flatMap {
                SocketTable(text: KernelFile.text(of: $0)).rows
            })
    }

    /// The inodes of the sockets that a process has open; none when it is gone or not ours to look at.
    public static func sockets(ofProcess process: Int) -> Set<UInt64> {
        var inodes: Set<UInt64> = []
        let folder = "/proc/\(process)/fd"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            var buffer = [CChar](repeating: 0, count: 64)
            let count = readlink("\(folder)/\(name)", &buffer, buffer.count)
            let link = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard link.hasPrefix("socket:["), let inode = UInt64(link.dropFirst(8).dropLast()) else { continue }
            inodes.insert(inode)
        }
        return inodes
    }

    // MARK: Who has an address

    /// Who listens where something else would: "nginx -g daemon off; (process 12)", or "a program of user 33" when the
    /// process cannot be seen; nil when nobody is.
    public static func holder(of place: ListenPlace) -> String? {
        let rows = read(place.transport).rows.filter { $0.port == place.port && $0.covers(place.address) }
        guard let first = rows.first else { return nil }
        let inodes = Set(rows.map(\.inode))
        let holders = processes().filter { !sockets(ofProcess: $0).isDisjoint(with: inodes) }
        // Children may have it from the one who listens.
        let eldest = holders.first { process in parent(of: process).map { !holders.contains($0) } ?? true }
        return eldest.map { describe(process: $0) } ?? "a program of user \(first.user)"
    }

    /// The fourth field of its state (proc(5)), counted behind the name, which may have spaces.
    private static func parent(of process: Int) -> Int? {
        let state = KernelFile.text(of: "/proc/\(process)/stat")
        guard let end = state.lastIndex(of: ")") else { return nil }
        let fields = state[state.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    /// A process as a person knows it: its command, shortened, and its number.
    public static func describe(process: Int) -> String {
        var words = KernelFile.text(of: "/proc/\(process)/cmdline").split(separator: "\0").map(String.init)
        guard let program = words.first else { return "process \(process)" }
        words[0] = program.split(separator: "/").last.map(String.init) ?? program
        let command = words.joined(separator: " ")
        let short = command.count > shownCharacters ? "\(command.prefix(shownCharacters))…" : command
        return "\(short) (process \(process))"
    }
    private static let shownCharacters = 80

    private static func processes() -> [Int] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int($0) }.sorted()
    }
}

extension SocketTable.Row {
    /// Whether it keeps others from listening at this address: the same, or either of them every address.
    fileprivate func covers(_ text: String) -> Bool {
        guard let wanted = IPAddress(text) else { return true }
        return address == wanted || address.isUnspecified || wanted.isUnspecified
    }
}
