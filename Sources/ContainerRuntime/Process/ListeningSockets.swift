import Glibc

/// The machine's listening IPv4 sockets, as /proc/net/tcp tells them.
struct ListeningSockets {
    struct Row: Equatable {
        /// Dotted.
        var address: String
        var port: Int
        var inode: UInt64
    }
    let rows: [Row]

    /// Reads what the kernel prints: a line per socket, with address and port in hexadecimal digits (the address as the
    /// machine keeps a number, so backwards), 0A for listening, and the inode as the tenth field.
    init(table: [UInt8]) {
        rows = String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]) else { return nil }
            let local = fields[1].split(separator: ":")
            guard local.count == 2, let address = UInt32(local[0], radix: 16), let port = UInt16(local[1], radix: 16)
            else { return nil }
            let bytes = [0, 8, 16, 24].map { String(UInt32(littleEndian: address) >> $0 & 0xFF) }
            return Row(address: bytes.joined(separator: "."), port: Int(port), inode: inode)
        }
    }
    static func read() -> ListeningSockets {
        ListeningSockets(table: SystemCall.contents(of: "/proc/net/tcp") ?? [])
    }

    /// The loopback address on which one of the processes listens; nil when none does.
    func address(port: Int, heldBy processes: [Int]) -> String? {
        let candidates = rows.filter { $0.port == port && $0.address.hasPrefix("127.") }
        guard !candidates.isEmpty else { return nil }
        for process in processes {
            let inodes = Self.sockets(of: process)
            if let row = candidates.first(where: { inodes.contains($0.inode) }) { return row.address }
        }
        return nil
    }

    /// The inodes of the sockets that a process has open; none when it is gone or not ours to look at.
    private static func sockets(of process: Int) -> Set<UInt64> {
        var inodes: Set<UInt64> = []
        let folder = "/proc/\(process)/fd"
        for name in SystemCall.names(in: folder) {
            var buffer = [CChar](repeating: 0, count: 64)
            let count = readlink(folder + "/" + name, &buffer, buffer.count)
            let link = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard link.hasPrefix("socket:["), let inode = UInt64(link.dropFirst(8).dropLast()) else { continue }
            inodes.insert(inode)
        }
        return inodes
    }
}
