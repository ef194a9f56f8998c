import APIMachinery

/// Amounts of resources by their names (core/v1 ResourceList), such as `["cpu": 500m, "pods": 3]`.
public struct ResourceAmounts: Sendable, Equatable {
    private var amounts: [String: Quantity]

    public init(_ amounts: [String: Quantity] = [:]) { self.amounts = amounts }

    /// What a list in an object says; what cannot be read counts as nothing.
    public init(_ list: JSON?) {
        amounts = [:]
        for member in list?.members ?? [] { amounts[member.name] = QuantityRules.quantity(member.value) }
    }

    public subscript(name: String) -> Quantity? {
        get { amounts[name] }
        set { amounts[name] = newValue }
    }
    public var names: [String] { amounts.keys.sorted() }
    public var isEmpty: Bool { amounts.isEmpty }

    public static func += (left: inout ResourceAmounts, right: ResourceAmounts) {
        left.amounts.merge(right.amounts) { $0 + $1 }
    }
    /// What remains, and never less than nothing; names that only the right side has are left out.
    public static func - (left: ResourceAmounts, right: ResourceAmounts) -> ResourceAmounts {
        var rest = left
        for (name, amount) in left.amounts {
            guard let taken = right.amounts[name] else { continue }
            rest.amounts[name] = max(amount - taken, .zero)
        }
        return rest
    }
    /// The greater amount of each name.
    public mutating func raise(to other: ResourceAmounts) {
        amounts.merge(other.amounts) { max($0, $1) }
    }

    public func only(_ names: some Sequence<String>) -> ResourceAmounts {
        let names = Set(names)
        return ResourceAmounts(amounts.filter { names.contains($0.key) })
    }
    public var withoutZeros: ResourceAmounts { ResourceAmounts(amounts.filter { !$0.value.isZero }) }
    /// The names of amounts below zero.
    public var negativeNames: [String] { amounts.filter { $0.value.isNegative }.keys.sorted() }
    /// The names whose amount here is more than there; a name that is not there has no bound.
    public func names(above bounds: ResourceAmounts) -> [String] {
        names.filter { name in
            guard let amount = amounts[name], let bound = bounds.amounts[name] else { return false }
            return amount > bound
        }
    }

    public var json: JSON {
        var json = JSON.object
        for name in names { json[name] = amounts[name]?.json }
        return json
    }
    /// `cpu=500m,pods=3`, as Kubernetes words it in refusals.
    public var sentence: String { names.map { "\($0)=\(amounts[$0]?.text ?? "")" }.joined(separator: ",") }
}
