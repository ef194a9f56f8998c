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
        return try quantity(text, isNegative, whole, fraction, suffix)
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
    private mutating func takeSuffix() -> Substring.UTF8View {
        let start = rest
        rest = rest.drop { "eEinumkKMGTP".utf8.contains($0) }
        _ = takeSign()
        _ = takeDigits()
        return start[..<rest.startIndex]
    }

    /// Digits of a fraction beyond these only tell whether there is something more.
    private static let fractionDigits = 18
    private static let largestBinary = Int128(Int64.max) * Quantity.nanosPerUnit

    private static func quantity(
        _ text: String, _ isNegative: Bool, _ whole: Substring.UTF8View, _ fraction: Substring.UTF8View,
        _ suffix: Suffix
    ) throws(QuantityError) -> Quantity {
        let kept = fraction.prefix(fractionDigits)
        let hasMore = fraction.dropFirst(fractionDigits).contains { $0 != UInt8(ascii: "0") }
        var nanos: Int128
        if let mantissa = number(kept, after: number(whole, after: 0)),
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

    /// The number that has these digits behind those of another; nil if that is too large.
    private static func number(_ digits: Substring.UTF8View, after former: Int128?) -> Int128? {
        guard var value = former else { return nil }
        for digit in digits {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = product.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
            if isTooLarge || isOver { return nil }
            value = sum
        }
        return value
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

    init(_ text: Substring.UTF8View) throws(QuantityError) {
        guard let letter = text.first else {
            self = .decimal(power: 0)
            return
        }
        let rest = text.dropFirst()
        if rest.isEmpty, let power = Self.power(letter) {
            self = .decimal(power: power)
        } else if rest.elementsEqual(CollectionOfOne(UInt8(ascii: "i"))), let bits = Self.bits(letter) {
            self = .binary(bits: bits)
        } else if letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E"), let power = Int32(Substring(rest)) {
            self = .exponent(power: Int(power))
        } else {
            throw .suffix
        }
    }

    private static func power(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "n"): -9
        case UInt8(ascii: "u"): -6
        case UInt8(ascii: "m"): -3
        case UInt8(ascii: "k"): 3
        case UInt8(ascii: "M"): 6
        case UInt8(ascii: "G"): 9
        case UInt8(ascii: "T"): 12
        case UInt8(ascii: "P"): 15
        case UInt8(ascii: "E"): 18
        default: nil
        }
    }
    private static func bits(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "K"): 10
        case UInt8(ascii: "M"): 20
        case UInt8(ascii: "G"): 30
        case UInt8(ascii: "T"): 40
        case UInt8(ascii: "P"): 50
        case UInt8(ascii: "E"): 60
        default: nil
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
    /// The whole part comes without leading zeros.
    func keepsText(whole: Substring.UTF8View, fraction: Substring.UTF8View) -> Bool {
        switch self {
        case .binary(let bits):
            let room = 15 - max(whole.count, 1) - bits * 3 / 10 - 1
            return fraction.isEmpty && room >= 0 && (Int(Substring(whole)) ?? 0) & 7 != 0
        case .decimal(let power), .exponent(let power):
            let scale = power - fraction.count
            let count = whole.count + fraction.count
            let zeros = fraction.reversed().prefix { $0 == UInt8(ascii: "0") }.count
            let end = zeros < fraction.count ? zeros : zeros + whole.reversed().prefix { $0 == UInt8(ascii: "0") }.count
            return !whole.isEmpty && count <= 18 && scale >= -9 && scale % 3 == 0 && end < 3
        }
    }
}
