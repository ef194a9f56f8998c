import Basics
import Foundation
import TestKit

@testable import APIMachinery

/// The plainest possible JSON tree, to hold `JSON` against.
indirect enum NaiveJSON: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([NaiveJSON])
    case object([(String, NaiveJSON)])

    static func == (left: NaiveJSON, right: NaiveJSON) -> Bool { left.text == right.text }

    var json: JSON {
        switch self {
        case .null: .null
        case .bool(let value): JSON(value)
        case .number(let text): JSON(number: text)
        case .string(let value): JSON(value)
        case .array(let elements): JSON(elements.map(\.json))
        case .object(let members): JSON(members: members.map { (name: $0.0, value: $0.1.json) })
        }
    }

    /// Compact, with only what must be escaped.
    var text: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let text): return text
        case .string(let value): return Self.quoted(value)
        case .array(let elements): return "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            return "{" + members.map { Self.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }

    static func quoted(_ string: String) -> String {
        var output = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{8}": output += "\\b"
            case "\u{c}": output += "\\f"
            case "\u{0}"..<"\u{20}": output += String(format: "\\u%04x", Int(scalar.value))
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// The same value with white space and escapes thrown in.
    func adorned(_ dice: inout SplitMix64) -> String {
        func space() -> String { ["", "", "", " ", "\n  ", "\t"].randomElement(using: &dice) ?? "" }
        switch self {
        case .null, .bool, .number: return space() + text + space()
        case .string(let value): return space() + Self.adorned(value, &dice) + space()
        case .array(let elements):
            return space() + "[" + space() + elements.map { $0.adorned(&dice) }.joined(separator: ",") + "]" + space()
        case .object(let members):
            let inner = members.map { member in
                space() + Self.adorned(member.0, &dice) + space() + ":" + member.1.adorned(&dice)
            }
            return space() + "{" + inner.joined(separator: ",") + space() + "}" + space()
        }
    }

    static func adorned(_ string: String, _ dice: inout SplitMix64) -> String {
        var output = "\""
        for scalar in string.unicodeScalars {
            if dice.chance(20) {
                for unit in String(scalar).utf16 { output += String(format: "\\u%04X", Int(unit)) }
            } else {
                output += quoted(String(scalar)).dropFirst().dropLast()
            }
        }
        return output + "\""
    }

    static let words = [
        "a", "b", "name", "metadata", "spec", "containers", "app.kubernetes.io/name", "", "é", "日本語", "🐳", "\u{2028}",
        "line\nbreak", "tab\t\"quoted\"\\", "\u{0}", "\u{1f}", "exactly8", "exactly16letters", "x\u{7f}",
        "a longer string that is more than one word",
    ]
    static let numbers = ["0", "-0", "1", "-17", "3.25", "1e3", "1E-2", "9007199254740993", "123456789012345678901234"]

    static func random(_ dice: inout SplitMix64, depth: Int = 0) -> NaiveJSON {
        switch Int.random(in: 0..<(depth > 5 ? 4 : 8), using: &dice) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &dice))
        case 2: return .number(numbers.randomElement(using: &dice) ?? "0")
        case 3: return .string(words.randomElement(using: &dice) ?? "")
        case 4, 5:
            return .array((0..<Int.random(in: 0..<5, using: &dice)).map { _ in random(&dice, depth: depth + 1) })
        default:
            let names = words.shuffled(using: &dice).prefix(Int.random(in: 0..<7, using: &dice))
            return .object(names.map { ($0, random(&dice, depth: depth + 1)) })
        }
    }
}
