/// Prometheus' text format 0.0.4, read strictly: what a scraper would refuse, or would misunderstand, is a problem.
public struct ExpositionParser {
    public struct Sample: Hashable, Sendable {
        public var name: String
        public var labels: [String: String]
    }
    public struct Page: Sendable {
        /// Types by the families' names.
        public var families: [String: String] = [:]
        public var help: [String: String] = [:]
        public var samples: [Sample: Double] = [:]
        public var problems: [String] = []
        public init() {}

        public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
            samples[Sample(name: name, labels: labels)]
        }
        /// The sum of the samples of a name that have (at least) these labels; nil if there is none.
        public func sum(_ name: String, _ labels: [String: String] = [:]) -> Double? {
            let fitting = samples.filter { sample, _ in
                sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }
            return fitting.isEmpty ? nil : fitting.values.reduce(0, +)
        }
        /// The label names of a family's samples, without `le`; nil if they differ or there is no sample.
        public func labels(of name: String) -> Set<String>? {
            let endings = families[name] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
            let sets = Set(
                samples.keys.filter { sample in endings.contains { sample.name == name + $0 } }
                    .map { Set($0.labels.keys.filter { $0 != "le" }) })
            return sets.count == 1 ? sets.first : nil
        }
    }

    public static func parse(_ text: String) -> Page {
        var parser = ExpositionParser()
        guard text.last == "\n" else {
            parser.page.problems.append("the last line does not end")
            return parser.page
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { parser.read(line) }
        parser.endFamily()
        return parser.page
    }

    private var page = Page()
    /// The family whose lines are being read, and the bounds and counts of its buckets in their order.
    private var family = ""
    private var buckets: [[String: String]: [(bound: Double, count: Double)]] = [:]

    private mutating func read(_ line: Substring) {
        if line.hasPrefix("# HELP ") {
            let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            begin(String(words.first ?? ""))
            if page.help.updateValue(words.count > 1 ? String(words[1]) : "", forKey: family) != nil {
                page.problems.append("help comes twice: \(line)")
            }
        } else if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ")
            guard words.count == 2, ["counter", "gauge", "histogram"].contains(words[1]) else {
                page.problems.append("no type: \(line)")
                return
            }
            begin(String(words[0]))
            if page.families.updateValue(String(words[1]), forKey: family) != nil {
                page.problems.append("a family comes twice: \(line)")
            }
        } else {
            readSample(line)
        }
    }

    private mutating func begin(_ name: String) {
        if !Self.isName(name) { page.problems.append("no name: \(name)") }
        if name == family { return }
        endFamily()
        family = name
    }

    /// Buckets rise, the last is without bound and says the count.
    private mutating func endFamily() {
        for (labels, buckets) in buckets {
            let bounds = buckets.map(\.bound)
            let counts = buckets.map(\.count)
            let isRising = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            let isCumulative = zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 }
            let count = page.value(family + "_count", labels)
            let sum = page.value(family + "_sum", labels)
            if !isRising || !isCumulative || bounds.last != .infinity || counts.last != count || sum == nil {
                page.problems.append("the buckets of \(family) \(labels) do not agree")
            }
        }
        buckets = [:]
    }

    private mutating func readSample(_ line: Substring) {
        var rest = line
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            guard let (read, after) = Self.labels(rest.dropFirst()) else {
                page.problems.append("no labels: \(line)")
                return
            }
            (labels, rest) = (read, after)
        }
        guard Self.isName(name), rest.first == " ", let value = Self.number(rest.dropFirst()) else {
            page.problems.append("no sample: \(line)")
            return
        }
        let type = page.families[family]
        let endings = type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        if type == nil || !endings.contains(where: { name == family + $0 }) {
            page.problems.append("a sample outside its family: \(line)")
        }
        if type == "counter", value < 0 { page.problems.append("a negative count: \(line)") }
        if page.samples.updateValue(value, forKey: Sample(name: name, labels: labels)) != nil {
            page.problems.append("a sample comes twice: \(line)")
        }
        if name == family + "_bucket", type == "histogram" {
            guard let bound = labels.removeValue(forKey: "le").flatMap({ Self.number($0[...]) }) else {
                page.problems.append("a bucket without bound: \(line)")
                return
            }
            buckets[labels, default: []].append((bound, value))
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.first?.isLetter == true ? nil : Double(text)
        }
    }

    /// What is between the braces, and the text after them.
    private static func labels(_ text: Substring) -> ([String: String], Substring)? {
        var rest = text
        var labels: [String: String] = [:]
        while rest.first != "}" {
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard isName(name), !name.contains(":"), rest.hasPrefix("=\"") else { return nil }
            rest = rest.dropFirst(2)
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: return nil
                }
            }
            guard labels.updateValue(value, forKey: name) == nil else { return nil }
            if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
        }
        return (labels, rest.dropFirst())
    }
}
