import Listening

extension SocketTable {
    /// The loopback address on which one of the processes listens; nil when none does.
    func address(port: Int, heldBy processes: [Int]) -> String? {
        let candidates = rows.filter { $0.port == port && !$0.address.isIPv6 && $0.address.bytes.first == 127 }
        guard !candidates.isEmpty else { return nil }
        for process in processes {
            let inodes = Self.sockets(ofProcess: process)
            if let row = candidates.first(where: { inodes.contains($0.inode) }) { return row.address.description }
        }
        return nil
    }
}
