/// One series of a page: a name, labels, and a value.
public struct ExposedSeries: Sendable, Equatable {
    public var name: String
    public var labels: [String: String]
    public var value: Double
    /// When it was measured, in milliseconds since 1970; nil: now.
    public var milliseconds: Int?
    /// Whether it only grows: a counter, or a part of a histogram or summary that counts.
    public var isCounter = false
}

/// What is wrong with a page, and in which line (from 1; 0 for the whole).
public struct ExpositionError: Error, Equatable, CustomStringConvertible {
    public var line: Int
    public var message: String
    public init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
    public var description: String { line == 0 ? message : "line \(line): \(message)" }
}

/// How much of a page is read.
public struct ExpositionLimits: Sendable {
    public var bytes = 4 << 20
    public var series = 5_000
    public var labels = 64
    /// Of a name or a value, in bytes.
    public var textBytes = 2_048
    public init() {}
}

/// Prometheus' text format 0.0.4, read strictly: a page with a mistake is refused whole, as its values cannot be trusted.
/// (https://prometheus.io/docs/instrumenting/exposition_formats)
public struct Exposition: Sendable {
    public private(set) var series: [ExposedSeries] = []
    /// Types by the families' names.
    public private(set) var types: [String: String] = [:]

    private struct Identity: Hashable {
        var name: String
        var labels: [String: String]
    }
    private static let knownTypes: Set<String> = ["counter", "gauge", "histogram", "summary", "untyped"]

    public init(_ text: [UInt8], limits: ExpositionLimits = ExpositionLimits()) throws(ExpositionError) {
        guard text.count <= limits.bytes else {
            throw ExpositionError(line: 0, message: "the page has more than \(limits.bytes) bytes")
        }
        if text.isEmpty { return }
        guard text.last == UInt8(ascii: "\n") else {
            throw ExpositionError(line: 0, message: "the last line does not end")
        }
        var seen: Set<Identity> = []
        var families: Set<String> = []
        var number = 0
        for line in text.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var reader = ExpositionLine(line, number: number, limits)
            reader.skipBlanks()
            if reader.isAtEnd { continue }
            if reader.take("#") {
                try readComment(&reader, families)
                continue
            }
            var one = try reader.series()
            guard seen.insert(Identity(name: one.name, labels: one.labels)).inserted else {
                throw ExpositionError(line: number, message: "the series \(one.name) comes twice")
            }
            guard series.count < limits.series else {
                throw ExpositionError(line: number, message: "the page has more than \(limits.series) series")
            }
            let (family, isCounter) = family(of: one)
            one.isCounter = isCounter
            families.insert(family)
            series.append(one)
        }
    }

    private mutating func readComment(_ reader: inout ExpositionLine, _ families: Set<String>) throws(ExpositionError) {
        reader.skipBlanks()
        guard reader.takeWord("TYPE") else {
            if reader.takeWord("HELP") {
                reader.skipBlanks()
                _ = try reader.name()
            }
            return
        }
        reader.skipBlanks()
        let name = try reader.name()
        reader.skipBlanks()
        let type = reader.rest()
        guard Self.knownTypes.contains(type) else { throw reader.error("no type: \(type.prefix(40))") }
        if types[name] != nil { throw reader.error("the type of \(name) comes twice") }
        if families.contains(name) { throw reader.error("the type of \(name) comes after its series") }
        types[name] = type
    }

    /// The family that a series belongs to, and whether it grows only.
    private func family(of series: ExposedSeries) -> (String, isCounter: Bool) {
        if let type = types[series.name] {
            // Of a summary's quantiles.
            return (series.name, type == "counter")
        }
        for ending in ["_bucket", "_count", "_sum"] where series.name.hasSuffix(ending) {
            let name = String(series.name.dropLast(ending.count))
            if let type = types[name], type == "histogram" || type == "summary" && ending != "_bucket" {
                return (name, true)
            }
        }
        return (series.name, false)
    }
}

/// One line of a page.
struct ExpositionLine {
    private let bytes: ArraySlice<UInt8>
    private var place: Int
    private let number: Int
    private let limits: ExpositionLimits

    init(_ bytes: ArraySlice<UInt8>, number: Int, _ limits: ExpositionLimits) {
        self.bytes = bytes
        place = bytes.startIndex
        self.number = number
        self.limits = limits
    }

    var isAtEnd: Bool { place == bytes.endIndex }
    func error(_ message: String) -> ExpositionError { ExpositionError(line: number, message: message) }

    private var next: UInt8? { isAtEnd ? nil : bytes[place] }

    mutating func skipBlanks() {
        while let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { place += 1 }
    }
    mutating func take(_ character: Character) -> Bool {
        guard let byte = next, byte == character.asciiValue else { return false }
        place += 1
        return true
    }
    /// A word with a blank behind it.
    mutating func takeWord(_ word: String) -> Bool {
        let end = place + word.utf8.count
        guard end < bytes.endIndex, bytes[place..<end].elementsEqual(word.utf8),
            bytes[end] == UInt8(ascii: " ") || bytes[end] == UInt8(ascii: "\t")
        else { return false }
        place = end
        return true
    }
    mutating func rest() -> String {
        var end = bytes.endIndex
        while end > place, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        defer { place = bytes.endIndex }
        return String(decoding: bytes[place..<end], as: UTF8.self)
    }

    mutating func series() throws(ExpositionError) -> ExposedSeries {
        let name = try name()
        skipBlanks()
        let labels = try take("{") ? labels() : [:]
        skipBlanks()
        let text = try word("a value is missing")
        guard let value = Self.number(text) else { throw error("no number: \(text.prefix(40))") }
        var series = ExposedSeries(name: name, labels: labels, value: value)
        skipBlanks()
        if !isAtEnd {
            let time = try word("a time is missing")
            guard let milliseconds = Int(time) else { throw error("no time: \(time.prefix(40))") }
            series.milliseconds = milliseconds
            skipBlanks()
            if !isAtEnd { throw error("more follows the series") }
        }
        return series
    }

    private mutating func word(_ missing: String) throws(ExpositionError) -> String {
        let start = place
        while let byte = next, byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { place += 1 }
        if start == place { throw error(missing) }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// Colons are for names of series alone.
    mutating func name(withColons: Bool = true) throws(ExpositionError) -> String {
        let start = place
        while let byte = next, Self.isOfName(byte, isFirst: place == start, withColons: withColons) { place += 1 }
        if start == place { throw error("a name is missing") }
        guard place - start <= limits.textBytes else { throw error("a name is too long") }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }
    private static func isOfName(_ byte: UInt8, isFirst: Bool, withColons: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
        case UInt8(ascii: ":"): withColons
        default: false
        }
    }

    private mutating func labels() throws(ExpositionError) -> [String: String] {
        var labels: [String: String] = [:]
        while true {
            skipBlanks()
            if take("}") { return labels }
            let name = try name(withColons: false)
            skipBlanks()
            guard take("=") else { throw error("= is missing behind the label \(name)") }
            skipBlanks()
            guard take("\"") else { throw error("the value of the label \(name) is not quoted") }
            let value = try quoted()
            if name == "__name__" { throw error("a label may not be called __name__") }
            if labels.updateValue(value, forKey: name) != nil { throw error("the label \(name) comes twice") }
            if labels.count > limits.labels { throw error("a series has more than \(limits.labels) labels") }
            skipBlanks()
            if take("}") { return labels }
            guard take(",") else { throw error("a comma is missing between labels") }
        }
    }

    private mutating func quoted() throws(ExpositionError) -> String {
        var value: [UInt8] = []
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: value, as: UTF8.self) else { throw error("a value is not UTF-8") }
                return text
            case UInt8(ascii: "\\"):
                guard let escaped = next else { throw error("a value does not end") }
                place += 1
                switch escaped {
                case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(escaped)
                default: throw error("an escape that is none")
                }
            default: value.append(byte)
            }
            if value.count > limits.textBytes { throw error("a value is too long") }
        }
        throw error("a value does not end")
    }

    /// As Go reads floating point numbers, without hexadecimal ones and underscores.
    static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: break
        }
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || "+-.eE".utf8.contains(byte)
        }
        return isPlain ? Double(text) : nil
    }
}
