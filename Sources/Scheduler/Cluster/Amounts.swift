import APIMachinery
import KubeAPI

/// Amounts of resources as whole numbers: CPU in thousandths, everything else in units (bytes for memory).
struct Amounts: Equatable, Sendable {
    var cpu: Int64 = 0
    var memory: Int64 = 0
    var ephemeralStorage: Int64 = 0
    /// All others by name, such as "example.com/gpu" or "hugepages-2Mi"; zeros are left out.
    var others: [String: Int64] = [:]

    init() {}
    /// From a ResourceList; what cannot be read counts as nothing, since the server has checked it. "pods" is left out.
    init(_ list: JSON?) {
        for member in list?.members ?? [] {
            let quantity = (try? Quantity(member.value)) ?? .zero
            switch member.name {
            case "cpu": cpu = Int64(quantity.milliValue)
            case "memory": memory = Int64(quantity.value)
            case "ephemeral-storage": ephemeralStorage = Int64(quantity.value)
            case "pods": break
            default: others[member.name] = Int64(quantity.value)
            }
        }
    }

    static func += (left: inout Amounts, right: Amounts) { left.combine(right) { $0.addingReportingOverflow($1) } }
    static func -= (left: inout Amounts, right: Amounts) { left.combine(right) { $0.subtractingReportingOverflow($1) } }

    /// The larger of each.
    mutating func raise(to other: Amounts) {
        cpu = max(cpu, other.cpu)
        memory = max(memory, other.memory)
        ephemeralStorage = max(ephemeralStorage, other.ephemeralStorage)
        for (name, amount) in other.others { others[name] = max(others[name] ?? 0, amount) }
    }

    private mutating func combine(_ other: Amounts, _ with: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)) {
        func saturated(_ a: Int64, _ b: Int64) -> Int64 {
            let (value, hasOverflowed) = with(a, b)
            return hasOverflowed ? .max : value
        }
        cpu = saturated(cpu, other.cpu)
        memory = saturated(memory, other.memory)
        ephemeralStorage = saturated(ephemeralStorage, other.ephemeralStorage)
        for (name, amount) in other.others {
            let sum = saturated(others[name] ?? 0, amount)
            others[name] = sum == 0 ? nil : sum
        }
    }
}
