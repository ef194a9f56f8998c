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
            let text = member.value.string ?? member.value.number ?? ""
            switch member.name {
            case "cpu": cpu = QuantityText.value(text, thousandths: true)
            case "memory": memory = QuantityText.value(text)
            case "ephemeral-storage": ephemeralStorage = QuantityText.value(text)
            case "pods": break
            default: others[member.name] = QuantityText.value(text)
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

/// Reads resource quantities ("250m", "1.5Gi", "2e3") rounding up, as the scheduler counts them.
enum QuantityText {
    private static let suffixes: [(String, Int64)] = [
        ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("Pi", 1 << 50), ("Ei", 1 << 60),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000), ("P", 1_000_000_000_000_000),
        ("E", 1_000_000_000_000_000_000),
    ]
    static func value(_ text: String, thousandths: Bool = false) -> Int64 {
        let scale: Double = thousandths ? 1_000 : 1
        // The usual forms without floating point.
        if let whole = Int64(text) {
            let (product, hasOverflowed) = whole.multipliedReportingOverflow(by: thousandths ? 1_000 : 1)
            return hasOverflowed ? .max : product
        }
        var number = Substring(text)
        var factor = scale
        if text.hasSuffix("m") {
            number = text.dropLast()
            if thousandths, let whole = Int64(number) { return whole }
            factor = scale / 1_000
        } else if text.hasSuffix("u") {
            number = text.dropLast()
            factor = scale / 1_000_000
        } else if text.hasSuffix("n") {
            number = text.dropLast()
            factor = scale / 1_000_000_000
        } else if let (suffix, multiple) = suffixes.first(where: { text.hasSuffix($0.0) }) {
            number = text.dropLast(suffix.count)
            if !thousandths, let whole = Int64(number) {
                let (product, hasOverflowed) = whole.multipliedReportingOverflow(by: multiple)
                return hasOverflowed ? .max : product
            }
            factor = scale * Double(multiple)
        }
        guard let parsed = Double(number) else { return 0 }
        let product = (parsed * factor).rounded(.up)
        return product >= 9.2e18 ? .max : Int64(product)
    }
}
