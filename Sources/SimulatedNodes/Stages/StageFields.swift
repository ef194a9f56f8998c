import APIMachinery
import Basics

/// Why a file of stages cannot be used: where, and what is wrong there.
public struct StageError: Error, Equatable, CustomStringConvertible {
    public var field: String
    public var reason: String
    public var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
}

/// The fields of one mapping of a file of stages. What is not known there is refused.
struct StageFields {
    private let json: JSON
    private let path: String

    init(_ json: JSON, _ path: String, known: Set<String>) throws(StageError) {
        self.json = json
        self.path = path
        guard json.isObject else { throw StageError(field: path, reason: "must be a mapping") }
        for (name, _) in json.members where !known.contains(name) {
            throw StageError(
                field: place(name), reason: "is not known; known are \(known.sorted().joined(separator: ", "))")
        }
    }

    private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    private func value(_ name: String) -> JSON? { json[name].flatMap { $0.isNull ? nil : $0 } }

    /// nil where it is absent.
    func fields(_ name: String, known: Set<String>) throws(StageError) -> StageFields? {
        guard let value = value(name) else { return nil }
        return try StageFields(value, place(name), known: known)
    }

    func list(_ name: String, known: Set<String>) throws(StageError) -> [StageFields]? {
        guard let value = value(name) else { return nil }
        guard value.isArray else { throw StageError(field: place(name), reason: "must be a list") }
        var all: [StageFields] = []
        for (index, element) in value.elements.enumerated() {
            all.append(try StageFields(element, "\(place(name))[\(index)]", known: known))
        }
        return all
    }

    func text(_ name: String) throws(StageError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw StageError(field: place(name), reason: "must be a string") }
        return text
    }

    func texts(_ name: String) throws(StageError) -> [String] {
        guard let value = value(name) else { return [] }
        guard value.isArray, value.elements.allSatisfy({ $0.string != nil }) else {
            throw StageError(field: place(name), reason: "must be a list of strings")
        }
        return value.strings
    }

    func map(_ name: String) throws(StageError) -> [String: String]? {
        guard let value = value(name) else { return nil }
        guard value.isObject, value.members.allSatisfy({ $0.value.string != nil }) else {
            throw StageError(field: place(name), reason: "must be a mapping of strings")
        }
        return value.stringMap
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(StageError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw StageError(
                field: place(name), reason: "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// From 0 to 1; absent is all.
    func share(_ name: String) throws(StageError) -> Double {
        guard let value = value(name) else { return 1 }
        guard let share = value.double, (0...1).contains(share) else {
            throw StageError(field: place(name), reason: "must be a number from 0 to 1")
        }
        return share
    }

    /// A duration, or `from` one `to` another.
    func span(_ name: String) throws(StageError) -> Span? {
        guard let value = value(name) else { return nil }
        guard value.isObject else { return Span(try duration(value, place(name))) }
        let ends = try StageFields(value, place(name), known: ["from", "to"])
        let least = try duration(ends.value("from") ?? "0", ends.place("from"))
        let most = try duration(ends.value("to") ?? "0", ends.place("to"))
        guard least <= most else { throw StageError(field: ends.place("to"), reason: "must not be before from") }
        return Span(from: least, to: most)
    }

    private func duration(_ value: JSON, _ place: String) throws(StageError) -> Duration {
        guard let duration = Duration(goText: value.string ?? value.number ?? "") else {
            throw StageError(field: place, reason: "must be a duration, such as 500ms, 5s or 1m30s")
        }
        return duration
    }
}
