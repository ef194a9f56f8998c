/// Reads the text of a quantity: sign, digits with a point, and a suffix. As in Kubernetes, absent digits are zero.
struct QuantityReader {
    private var rest: Substring.UTF8View

    static func read(_ text: String) throws(QuantityError) -> Quantity {
        guard !text.isEmpty else { throw .format }
        var reader = QuantityReader(rest: text[...].utf8)
        let isNegative = reader.takeSign()
        let whole = reader.takeDigits().drop { $0 == UInt8(ascii: "0") }
        var fraction: Substring.UTF8View = ""[...].utf8
        if reader.rest.first == UInt8(ascii: ".") {
            reader.rest.removeFirst()
            fraction = reader.takeDigits()
        }
        let suffixText = reader.takeSuffix()
        guard reader.rest.isEmpty else { throw .format }
        let suffix = try Suffix(suffixText)
        return try quantity(text, isNegative, Substring(whole), Substring(fraction), suffix)
    }

    private mutating func takeSign() -> Bool {
        guard let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") else { return false }
        rest.removeFirst()
        return sign == UInt8(ascii: "-")
    }

    private mutating func takeDigits() -> Substring.UTF8View {
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    /// Letters, then perhaps a sign and digits; whether that means something is for `Suffix` to say.
    private mutating func takeSuffix() -> String {
        let start = rest
        rest = rest.drop { "eEinumkKMGTP".utf8.contains($0) }
        _ = takeSign()
        _ = takeDigits()
        return String(Substring(start[..<rest.startIndex]))
    }

    /// Digits of a fraction beyond these only tell whether there is something more.
    private static let fractionDigits = 18
    private static let largestBinary = Int128(Int64.max) * Quantity.nanosPerUnit

    private static func quantity(
        _ text: String, _ isNegative: Bool, _ whole: Substring, _ fraction: Substring, _ suffix: Suffix
    ) throws(QuantityError) -> Quantity {
        let kept = fraction.prefix(fractionDigits)
        let hasMore = fraction.dropFirst(fractionDigits).contains { $0 != "0" }
        var nanos: Int128
        if let mantissa = Int128(whole + kept) ?? ((whole + kept).isEmpty ? 0 : nil),
            let scaled = scale(mantissa, hasMore, suffix, by: 9 - kept.count)
        {
            nanos = scaled
        } else if case .binary = suffix {
            nanos = largestBinary
        } else {
            throw .range
        }
        var format = suffix.format
        if format == .binarySI {
            nanos = min(nanos, largestBinary)
            if nanos > 0 && nanos < Quantity.nanosPerUnit { format = .decimalSI }
        }
        let isKept = suffix.keepsText(whole: whole, fraction: fraction)
        return Quantity(nanos: isNegative ? -nanos : nanos, format: format, written: isKept ? text : nil)
    }

    /// The mantissa times its suffix times ten to the power of `digits`, rounded up; nil if that is too large.
    private static func scale(_ mantissa: Int128, _ hasMore: Bool, _ suffix: Suffix, by digits: Int) -> Int128? {
        guard mantissa > 0 || hasMore else { return 0 }
        var value = mantissa
        var exponent = digits
        switch suffix {
        case .binary(let bits):
            let (product, overflow) = value.multipliedReportingOverflow(by: 1 << Int128(bits))
            if overflow { return nil }
            value = product
        case .decimal(let power), .exponent(let power): exponent += power
        }
        while exponent > 0 && value != 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
            exponent -= 1
        }
        var isInexact = hasMore
        while exponent < 0 && value != 0 {
            isInexact = isInexact || value % 10 != 0
            value /= 10
            exponent += 1
        }
        return isInexact ? value + 1 : value
    }
}

/// What stands after a quantity's digits.
enum Suffix {
    case decimal(power: Int)
    case binary(bits: Int)
    case exponent(power: Int)

    init(_ text: String) throws(QuantityError) {
        let decimal = ["n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18]
        let binary = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]
        if let power = decimal[text] {
            self = .decimal(power: power)
        } else if let bits = binary[text] {
            self = .binary(bits: bits)
        } else if text.hasPrefix("e") || text.hasPrefix("E"), let power = Int32(text.dropFirst()) {
            self = .exponent(power: Int(power))
        } else {
            throw .suffix
        }
    }

    var format: Quantity.Format {
        switch self {
        case .decimal: .decimalSI
        case .binary: .binarySI
        case .exponent: .decimalExponent
        }
    }

    /// Whether Kubernetes answers such a quantity as it was written: its own test of what looks canonical.
    func keepsText(whole: Substring, fraction: Substring) -> Bool {
        let digits = (whole.isEmpty ? "0" : whole) + fraction
        switch self {
        case .binary(let bits):
            let room = 15 - max(whole.count, 1) - bits * 3 / 10 - 1
            return fraction.isEmpty && room >= 0 && (Int(digits) ?? 0) & 7 != 0
        case .decimal(let power), .exponent(let power):
            let scale = power - fraction.count
            return digits.count <= 18 && scale >= -9 && scale % 3 == 0 && !digits.hasSuffix("000")
                && !digits.hasPrefix("0") && !whole.isEmpty
        }
    }
}
