import Basics
import Foundation
import Testing

@testable import APIMachinery

@Suite struct JSONFuzzTests {
    /// What JSONSerialization made of a text, as a tree; nil if it refused.
    static func foundation(_ bytes: [UInt8]) -> NaiveJSON? {
        guard let any = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            return nil
        }
        return naive(any)
    }
    static func naive(_ any: Any) -> NaiveJSON {
        switch any {
        case let value as String: .string(value)
        case let value as NSNumber:
            String(cString: value.objCType) == "c" ? .bool(value.boolValue) : .number("\(value)")
        case let value as [Any]: .array(value.map(naive))
        case let value as [String: Any]:
            .object(value.map { ($0.key, naive($0.value)) })
        default: .null
        }
    }
    /// Whether the two agree, numbers by their nearest double and names as Foundation's dictionary tells them apart.
    static func agree(_ ours: JSON, _ theirs: NaiveJSON) -> Bool {
        switch theirs {
        case .null: return ours.isNull
        case .bool(let value): return ours.bool == value
        case .number(let text):
            guard let a = ours.double, let b = Double(text) else { return false }
            return abs(a - b) <= abs(a) * 1e-12
        case .string(let value): return ours.string.map { Array($0.utf8) == Array(value.utf8) } ?? false
        case .array(let elements):
            return ours.isArray && ours.count == elements.count && zip(ours.elements, elements).allSatisfy(agree)
        case .object(let members):
            let byName = Dictionary(ours.members.map { ($0.name, $0.value) }) { $1 }
            return ours.isObject && byName.count == members.count
                && members.allSatisfy { name, value in byName[name].map { agree($0, value) } ?? false }
        }
    }

    /// A text where the two may differ by intent: we replace lone surrogates, keep numbers that are beyond a double, and
    /// know only UTF-8, where Foundation guesses other encodings from zero bytes and passes over a byte order mark.
    static func mayDiffer(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        let digitRuns = text.split { !("0"..."9" ~= $0) }
        return bytes.contains(0) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.starts(with: [0xFE, 0xFF])
            || bytes.starts(with: [0xFF, 0xFE]) || text.contains("\\uD") || text.contains("\\ud")
            || text.lowercased().contains("e") && digitRuns.contains { $0.count > 2 }
            || digitRuns.contains { $0.count > 300 }
    }

    static func check(_ bytes: [UInt8], seed: UInt64) throws {
        let ours = try? JSON(parsing: bytes)
        if let ours {
            // What we accept is a document as it should be: writing and reading again changes nothing.
            let again = try JSON(parsing: ours.bytes)
            #expect(
                again.bytes == ours.bytes && again == ours, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
        guard !mayDiffer(bytes) else { return }
        let theirs = foundation(bytes)
        let note = Comment(rawValue: "seed \(seed): \(bytes) \(String(decoding: bytes, as: UTF8.self))")
        #expect((ours == nil) == (theirs == nil), note)
        if let ours, let theirs { #expect(agree(ours, theirs), note) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func agreesWithFoundationOnValidTexts(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let naive = NaiveJSON.random(&dice)
            let text = naive.adorned(&dice)
            let value = try JSON(parsing: text)
            #expect(try value == JSON(parsing: naive.text))
            try Self.check(Array(text.utf8), seed: seed)
        }
    }

    static let fragments = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "00e9", "0", "-", ".", "e", "1", "null", "true", "fals", " ",
        "\n",
        "\u{1}", "é", "\"a\"", "\"a\":", "\\n", "/", "'",
    ]

    @Test(arguments: 100..<120 as Range<UInt64>) func agreesWithFoundationOnDamagedTexts(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<100 {
            var bytes = Array(NaiveJSON.random(&dice).adorned(&dice).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                let at = Int.random(in: 0...bytes.count, using: &dice)
                switch Int.random(in: 0..<5, using: &dice) {
                case 0: bytes.removeSubrange(at...)
                case 1 where at < bytes.count: bytes.remove(at: at)
                case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 1...255, using: &dice)
                case 3: bytes.insert(contentsOf: bytes.prefix(at), at: at)
                default: bytes.insert(contentsOf: (Self.fragments.randomElement(using: &dice) ?? "").utf8, at: at)
                }
            }
            if bytes.count < 20_000 { try Self.check(bytes, seed: seed) }
        }
    }

    @Test(arguments: 200..<210 as Range<UInt64>) func agreesWithFoundationOnPiecedTexts(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let pieces = (0..<Int.random(in: 1..<9, using: &dice)).map { _ in
                Self.fragments.randomElement(using: &dice) ?? ""
            }
            try Self.check(Array(pieces.joined().utf8), seed: seed)
        }
    }
}
