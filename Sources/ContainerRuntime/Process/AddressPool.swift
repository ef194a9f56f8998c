/// The pod addresses of one node, 127.100.<node>.2 to .254: handed out in turn, so that an address that came free is
/// the last to be used again.
struct AddressPool: Sendable {
    let prefix: String
    private var used: Set<Int> = []
    private var last: Int

    /// `last` is the last host number handed out before.
    init(node: Int, last: Int = 1) {
        prefix = "127.100.\(node)."
        self.last = last
    }

    var lastUsed: Int { last }

    mutating func take() -> String? {
        for step in 1...253 {
            let candidate = (last - 2 + step) % 253 + 2
            if used.insert(candidate).inserted {
                last = candidate
                return prefix + String(candidate)
            }
        }
        return nil
    }
    /// Notes an address that is in use already.
    mutating func keep(_ address: String) {
        if let number = number(address) { used.insert(number) }
    }
    mutating func giveBack(_ address: String) {
        if let number = number(address) { used.remove(number) }
    }
    private func number(_ address: String) -> Int? {
        address.hasPrefix(prefix) ? Int(address.dropFirst(prefix.count)) : nil
    }
}
