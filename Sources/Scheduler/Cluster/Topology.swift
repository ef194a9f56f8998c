/// Where nodes stand by one label: each of its values is a domain, known by a number.
struct Topology {
    let key: String
    /// By slot; -1 for a node without the label, or without a node.
    private(set) var domains: [Int32] = []
    /// How many nodes are in each domain.
    private(set) var nodeCounts: [Int32] = []
    /// How many nodes have the label.
    private(set) var covered = 0
    private var numbers: [String: Int32] = [:]
    private var names: [String] = []
    private var free: [Int32] = []

    init(key: String) { self.key = key }

    func domain(of slot: Int) -> Int { slot < domains.count ? Int(domains[slot]) : -1 }

    /// Where the node stands now, and where it stood before.
    mutating func move(_ slot: Int, to value: String?) -> (from: Int, to: Int) {
        while domains.count <= slot { domains.append(-1) }
        let before = domains[slot]
        if let value, before >= 0, names[Int(before)] == value { return (Int(before), Int(before)) }
        let after = value.map { number(of: $0) } ?? -1
        domains[slot] = after
        if after >= 0 {
            nodeCounts[Int(after)] += 1
            covered += 1
        }
        if before >= 0 {
            nodeCounts[Int(before)] -= 1
            covered -= 1
            if nodeCounts[Int(before)] == 0 {
                numbers[names[Int(before)]] = nil
                free.append(before)
            }
        }
        return (Int(before), Int(after))
    }

    private mutating func number(of value: String) -> Int32 {
        if let number = numbers[value] { return number }
        let number = free.popLast() ?? Int32(names.count)
        if Int(number) < names.count {
            names[Int(number)] = value
        } else {
            names.append(value)
            nodeCounts.append(0)
        }
        numbers[value] = number
        return number
    }
}

/// Numbers by domain, or by slot; what was never counted is zero.
struct Counts {
    private(set) var values: [Int32] = []
    private(set) var total = 0

    subscript(index: Int) -> Int { index >= 0 && index < values.count ? Int(values[index]) : 0 }
    mutating func add(_ number: Int, at index: Int) {
        if index < 0 || number == 0 { return }
        while values.count <= index { values.append(0) }
        values[index] += Int32(number)
        total += number
    }
}
