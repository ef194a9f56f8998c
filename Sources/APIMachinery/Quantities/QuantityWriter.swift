extension Quantity {
    /// The canonical form: no fraction, the largest suffix that leaves a whole number, and a binary one only from 1024 on.
    var canonicalText: String {
        if isZero { return "0" }
        if format == .binarySI && nanos.magnitude >= UInt128(1024 * Self.nanosPerUnit) && isWhole { return binaryText }
        return decimalText
    }

    private var binaryText: String {
        var value = nanos / Self.nanosPerUnit
        var suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][...]
        while value % 1024 == 0 && suffixes.count > 1 {
            value /= 1024
            suffixes.removeFirst()
        }
        return "\(value)\(suffixes.first ?? "")"
    }

    private var decimalText: String {
        var value = nanos
        var exponent = -9
        let largest = format == .decimalExponent ? Int.max : 18
        while value % 1000 == 0 && exponent < largest {
            value /= 1000
            exponent += 3
        }
        if format == .decimalExponent { return exponent == 0 ? "\(value)" : "\(value)e\(exponent)" }
        let suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
        return "\(value)\(suffixes[(exponent + 9) / 3])"
    }
}
