import APIMachinery

/// The pod addresses of one node, of a network such as 127.100.3.0/24 the ones from .2 to .254: handed out in turn, so
/// that an address that came free is the last to be used again.
struct AddressPool: Sendable {
    private let network: CIDR
    /// Taken ones and the last one, by their distance from the network's first address.
    private var used: Set<Int> = []
    private var last: Int
    /// All but the network's own address, its first (a gateway's) and its broadcast address.
    private let numbers: Range<Int>

    /// `last` is the last host number handed out before.
    init(network: CIDR, last: Int = 1) {
        self.network = network
        numbers = 2..<max(3, network.count - 1)
        self.last = min(max(last, 1), numbers.upperBound - 1)
    }

    var lastUsed: Int { last }

    mutating func take() -> String? {
        for step in 1...numbers.count {
            let candidate = (last - numbers.lowerBound + step) % numbers.count + numbers.lowerBound
            if used.insert(candidate).inserted {
                last = candidate
                return network.first.advanced(by: candidate)?.description
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
    private func number(_ text: String) -> Int? {
        guard let address = IPAddress(text), network.contains(address) else { return nil }
        return Int(address.value - network.first.value)
    }
}
