/// A quantity such as `100m`, `1.5Gi` or `12e6` (k8s.io/apimachinery resource.Quantity): exact to 10⁻⁹, rounded up from
/// there, so that whoever asks for some gets some.
public struct Quantity: Sendable, CustomStringConvertible {
    /// How the canonical form is written.
    public enum Format: Sendable, Equatable {
        /// `12M`
        case decimalSI
        /// `12Mi`
        case binarySI
        /// `12e6`
        case decimalExponent
    }

    /// The amount in units of 10⁻⁹, within ±1.7·10³⁸.
    let nanos: Int128
    public let format: Format
    /// The text as it was written, if Kubernetes would keep it.
    private let written: String?

    init(nanos: Int128, format: Format, written: String? = nil) {
        self.nanos = nanos
        self.format = format
        self.written = written
    }

    static let nanosPerUnit: Int128 = 1_000_000_000
    public static let zero = Quantity(0)

    public init(_ value: Int, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * Self.nanosPerUnit, format: format)
    }
    public init(milli value: Int, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * (Self.nanosPerUnit / 1000), format: format)
    }
    public init(_ text: String) throws(QuantityError) {
        self = try QuantityReader.read(text)
    }
    /// From a string or, as Kubernetes also takes, a number.
    public init(_ json: JSON) throws(QuantityError) {
        guard let text = json.string ?? json.number else { throw .format }
        try self.init(text)
    }

    public var isZero: Bool { nanos == 0 }
    public var isNegative: Bool { nanos < 0 }
    /// In whole units, rounded up (away from zero), within the bounds of Int.
    public var value: Int { Int(clamping: nanos.dividedRoundingAway(by: Self.nanosPerUnit)) }
    /// In thousandths, rounded up (away from zero), within the bounds of Int.
    public var milliValue: Int { Int(clamping: nanos.dividedRoundingAway(by: Self.nanosPerUnit / 1000)) }
    /// Whether it is a whole number of units.
    public var isWhole: Bool { nanos % Self.nanosPerUnit == 0 }

    /// The form in which Kubernetes answers it: as it was written if that is canonical, else the canonical form.
    public var text: String { written ?? canonicalText }
    public var description: String { text }
    public var json: JSON { JSON(text) }
}

/// Why a text is not a quantity.
public enum QuantityError: Error, Equatable, CustomStringConvertible {
    case format, suffix, range
    public var description: String {
        switch self {
        case .format:
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        case .suffix: "unable to parse quantity's suffix"
        case .range: "quantity is out of range"
        }
    }
}

extension Quantity: Comparable, Hashable, AdditiveArithmetic {
    public static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    public static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
    /// The sum, held at the largest quantity; zero takes on the other's format.
    public static func + (left: Quantity, right: Quantity) -> Quantity {
        let (sum, overflow) = left.nanos.addingReportingOverflow(right.nanos)
        let held = overflow ? (left.nanos < 0 ? Int128.min : Int128.max) : sum
        return Quantity(nanos: held, format: left.isZero ? right.format : left.format)
    }
    public static func - (left: Quantity, right: Quantity) -> Quantity { left + -right }
    public static prefix func - (quantity: Quantity) -> Quantity {
        Quantity(nanos: quantity.nanos == .min ? .max : -quantity.nanos, format: quantity.format)
    }
    /// The product, held at the largest quantity.
    public static func * (left: Quantity, right: Int) -> Quantity {
        let (product, overflow) = left.nanos.multipliedReportingOverflow(by: Int128(right))
        let held = overflow ? ((left.nanos < 0) == (right < 0) ? Int128.max : Int128.min) : product
        return Quantity(nanos: held, format: left.format)
    }
}

extension Int128 {
    /// The quotient, away from zero if it is not whole. The divisor is positive.
    func dividedRoundingAway(by divisor: Int128) -> Int128 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : quotient + (self < 0 ? -1 : 1)
    }
}
