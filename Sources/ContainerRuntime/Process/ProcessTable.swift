import Glibc

/// All processes of the machine at one moment, for adding up what a tree of them uses.
struct ProcessTable {
    struct Row {
        var parent: Int
        var nanoseconds: Int
        var residentBytes: Int
    }
    private(set) var rows: [Int: Row] = [:]

    static func read() -> ProcessTable {
        var table = ProcessTable()
        let nanosecondsPerTick = 1_000_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK)))
        let page = sysconf(Int32(_SC_PAGESIZE))
        for name in SystemCall.names(in: "/proc") {
            guard let process = Int(name), let bytes = SystemCall.contents(of: "/proc/\(name)/stat"),
                let close = bytes.lastIndex(of: UInt8(ascii: ")"))
            else { continue }
            let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
            guard fields.count > 21, let parent = Int(fields[1]), let user = Int(fields[11]),
                let system = Int(fields[12]),
                let pages = Int(fields[21])
            else { continue }
            table.rows[process] = Row(
                parent: parent, nanoseconds: (user &+ system) &* nanosecondsPerTick, residentBytes: pages &* page)
        }
        return table
    }

    /// The sum over a process and all below it.
    func usage(below ancestor: Int) -> (nanoseconds: Int, residentBytes: Int) {
        var sum = (nanoseconds: 0, residentBytes: 0)
        for process in processes(below: ancestor) {
            guard let row = rows[process] else { continue }
            sum.nanoseconds &+= row.nanoseconds
            sum.residentBytes &+= row.residentBytes
        }
        return sum
    }

    /// A process, if it is there, and all below it.
    func processes(below ancestor: Int) -> [Int] {
        rows.keys.filter { process in
            var current = process
            var steps = 0
            while current != ancestor, let next = rows[current]?.parent, steps < 1000 {
                current = next
                steps += 1
            }
            return current == ancestor
        }
    }
}
