import Basics

/// A domain name as its labels, without the root's (RFC 1035 §3.1). Upper and lower case are the same to it.
public struct DNSName: Sendable, Hashable, CustomStringConvertible {
    public static let longestBytes = 255
    public static let longestLabelBytes = 63

    /// As they came.
    public private(set) var labels: [[UInt8]]
    private var folded: [[UInt8]]

    /// nil when a label is empty or too long, or all together are.
    public init?(labels: [[UInt8]]) {
        var length = 1
        for label in labels {
            guard !label.isEmpty, label.count <= Self.longestLabelBytes else { return nil }
            length += label.count + 1
        }
        guard length <= Self.longestBytes else { return nil }
        self.init(checked: labels)
    }

    /// From text such as `web.default.svc.cluster.local`, with or without the final dot; no escapes.
    public init?(_ text: some StringProtocol) {
        let trimmed = text.hasSuffix(".") ? text.dropLast() : text[...]
        guard !trimmed.isEmpty else {
            guard text.count <= 1 else { return nil }
            self.init(checked: [])
            return
        }
        self.init(
            labels: trimmed.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) }
        )
    }

    private init(checked labels: [[UInt8]]) {
        self.labels = labels
        folded = labels.map { $0.map(Self.fold) }
    }

    public static let root = DNSName(checked: [])

    /// Lower case, with escapes for what is not a plain character of a name.
    public var description: String {
        folded.isEmpty ? "." : folded.map(Self.text).joined(separator: ".")
    }

    /// The labels in lower case as text; nil for one that is not plain text.
    public var words: [String] { folded.map(Self.text) }

    public func hasSuffix(_ other: DNSName) -> Bool {
        folded.count >= other.folded.count && folded.suffix(other.folded.count).elementsEqual(other.folded)
    }

    /// The name without its last labels; nil if they are others.
    public func dropping(suffix other: DNSName) -> [String]? {
        hasSuffix(other) ? words.dropLast(other.folded.count).map { $0 } : nil
    }

    /// This name below another; nil when that is too long.
    public func appending(_ other: DNSName) -> DNSName? { DNSName(labels: labels + other.labels) }

    public static func == (left: DNSName, right: DNSName) -> Bool { left.folded == right.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }

    /// The bytes from each label on, for compression.
    var suffixes: [[[UInt8]]] { folded.indices.map { Array(folded[$0...]) } }

    private static func fold(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }
    private static func text(_ label: [UInt8]) -> String {
        var text = ""
        for byte in label {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "."), byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                // Decimal, as in zone files (RFC 1035 §5.1).
                text += "\\" + byte.digits(3)
            }
        }
        return text
    }
}
