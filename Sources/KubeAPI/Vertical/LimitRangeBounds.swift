import APIMachinery

/// What the LimitRanges of a namespace come to, taken together, for pods or for containers.
struct LimitRangeBounds: Sendable {
    /// nil where none says anything.
    private(set) var least: ResourceAmounts?
    private(set) var most: ResourceAmounts?
    private(set) var defaultLimits = ResourceAmounts()

    /// nil when nothing is said of this type, "Pod" or "Container".
    init?(_ ranges: [JSON], _ type: String) {
        let items = ranges.flatMap { $0["spec", "limits"]?.elements ?? [] }.filter { $0["type"]?.string == type }
        for item in items {
            if let list = item["default"] { defaultLimits = ResourceAmounts(list) }
            if let list = item["max"] { most = Self.picked(most, ResourceAmounts(list)) { min($0, $1) } }
            if let list = item["min"] { least = Self.picked(least, ResourceAmounts(list)) { max($0, $1) } }
        }
        if least == nil, most == nil, defaultLimits.isEmpty { return nil }
    }

    private static func picked(
        _ one: ResourceAmounts?, _ other: ResourceAmounts, _ pick: (Quantity, Quantity) -> Quantity
    ) -> ResourceAmounts {
        guard var result = one else { return other }
        for name in ["cpu", "memory"] {
            guard let amount = other[name] else { continue }
            result[name] = result[name].map { pick($0, amount) } ?? amount
        }
        return result
    }
}

/// Amounts in proportion: processors in thousandths, all else in whole units, as the autoscaler project counts.
enum Proportion {
    /// `amount` · `to` / `from`; as it is where there is nothing to divide by.
    static func scaled(
        _ amount: Quantity, from: Quantity, to: Quantity, isProcessor: Bool, roundsUp: Bool = false
    ) -> Quantity {
        if from.isZero { return amount }
        func number(_ quantity: Quantity) -> Int128 { Int128(isProcessor ? quantity.milliValue : quantity.value) }
        let (quotient, rest) = (number(amount) * number(to)).quotientAndRemainder(dividingBy: number(from))
        let value = Int(clamping: quotient + (isProcessor && roundsUp && rest != 0 ? 1 : 0))
        return isProcessor
            ? Quantity(milli: value, format: amount.format) : Quantity(value, format: amount.format)
    }

    /// The limit that is to a new request as the old one was to the old request; nil where there is none, with the reason.
    static func limit(
        _ name: String, _ limit: Quantity?, _ request: Quantity?, _ recommended: Quantity?, _ preset: Quantity?
    ) -> (limit: Quantity?, note: String?) {
        guard let limit = limit.flatMap({ $0.isZero ? nil : $0 }) ?? preset, !limit.isZero else {
            return (nil, "\(name): limit NOT set since originalLimit is nil or 0")
        }
        guard let recommended, !recommended.isZero else {
            return (nil, "\(name): limit NOT set since recommendedRequest is nil or 0")
        }
        guard let request, !request.isZero, request.milliValue != limit.milliValue else { return (recommended, nil) }
        return (scaled(limit, from: request, to: recommended, isProcessor: name == "cpu"), nil)
    }

    /// The request whose limit would be just this bound; zero where no limit is known.
    static func request(
        _ name: String, _ request: Quantity?, _ limit: Quantity?, bound: Quantity, _ preset: Quantity?
    ) -> Quantity {
        guard let limit = limit.flatMap({ $0.isZero ? nil : $0 }) ?? preset, !limit.isZero else { return .zero }
        guard let request, !request.isZero else { return bound }
        return scaled(request, from: limit, to: bound, isProcessor: name == "cpu")
    }
}
