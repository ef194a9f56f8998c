import Instruments

/// A page that is being written.
public struct Exposition: Sendable {
    public enum Format: Sendable {
        /// Prometheus' text format, version 0.0.4.
        case text
        /// OpenMetrics, version 1.0.0.
        case openMetrics

        /// The one that a scraper asks for: OpenMetrics if its Accept header names it.
        public init(accept: String?) {
            self = accept?.lowercased().contains("application/openmetrics-text") == true ? .openMetrics : .text
        }
        public var contentType: String {
            switch self {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    let format: Format
    private(set) var text = ""

    init(_ format: Format) { self.format = format }

    /// The lines above a family's series.
    mutating func head(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
        // OpenMetrics has the ending of a counter's name in its series only.
        let isCut = format == .openMetrics && kind == .counter && name.hasSuffix("_total")
        let family = isCut ? String(name.dropLast("_total".count)) : name
        let type =
            switch kind {
            case .counter: format == .openMetrics && !isCut ? "unknown" : "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        if !help.isEmpty { text += "# HELP \(family) \(Self.escaped(help, quotes: format == .openMetrics))\n" }
        text += "# TYPE \(family) \(type)\n"
    }
    mutating func line(_ name: String, _ labels: String, _ value: Int64) { line(name, labels, String(value)) }
    mutating func line(_ name: String, _ labels: String, _ value: Double) {
        line(name, labels, Self.number(value))
    }
    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(value)\n"
    }
    mutating func finish() { if format == .openMetrics { text += "# EOF\n" } }

    /// A bucket's bound; OpenMetrics writes every one as a fraction.
    func bound(_ value: Double) -> String {
        let text = Self.number(value, exponentFrom: 6)
        let isWhole = !text.contains { $0 == "." || $0 == "e" }
        return format == .openMetrics && isWhole ? text + ".0" : text
    }

    // MARK: Text

    /// As Go writes numbers, which is how others know the bounds: with an exponent below 0.0001 and from 10^`exponentFrom`.
    static func number(_ value: Double, exponentFrom: Int = 15) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
        let whole = String(Int64(value))
        let digits = value < 0 ? whole.dropFirst() : whole[...]
        if digits.utf8.count <= exponentFrom { return whole }
        let exponent = digits.utf8.count - 1
        var fraction = digits.dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return (value < 0 ? "-" : "") + digits.prefix(1) + (fraction.isEmpty ? "" : ".\(fraction)")
            + "e+\(exponent < 10 ? "0" : "")\(exponent)"
    }

    /// Letters, digits, `_` and `:`; anything else becomes `_`.
    static func name(_ text: String, allowsColon: Bool = true) -> String {
        var bytes = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                byte
            case UInt8(ascii: ":") where allowsColon: byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.first.map({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `name="value",…`; of a name that comes twice the first value counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        var names: [String] = []
        var labels: [String] = []
        for (label, value) in dimensions {
            let label = name(label, allowsColon: false)
            if names.contains(label) { continue }
            names.append(label)
            labels.append("\(label)=\"\(escaped(value, quotes: true))\"")
        }
        return labels.joined(separator: ",")
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == 0x0A }) else {
            return text
        }
        let slashes = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? slashes.replacing("\"", with: "\\\"") : slashes
    }
}
