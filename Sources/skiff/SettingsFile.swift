import APIMachinery
import ArgumentParser
import Foundation
import Synchronization

/// The settings of a `--config` file by their flag's name; remembers which were asked for, to refuse the others.
final class SettingsFile: Sendable {
    private let path: String
    private let values: JSON
    private let asked = Mutex<Set<String>>([])

    /// Settings that come from elsewhere; `path` is where, for sentences.
    init(values: JSON, path: String) {
        self.path = path
        self.values = values
    }

    init(path: String?) throws {
        self.path = path ?? ""
        guard let path else {
            values = .object
            return
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("the configuration file \(path) cannot be read")
        }
        do {
            values = try YAML.document(Array(data)).value
        } catch {
            throw ValidationError("the configuration file \(path) is not YAML: \(error)")
        }
        guard values.isObject || values.isNull else {
            throw ValidationError("the configuration file \(path) is not a map of settings")
        }
    }

    func string(_ name: String) throws -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string ?? value.number else {
            throw ValidationError("\(name) in \(path) must be a string")
        }
        return text
    }

    func int(_ name: String) throws -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.int else { throw ValidationError("\(name) in \(path) must be a whole number") }
        return number
    }

    func bool(_ name: String) throws -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw ValidationError("\(name) in \(path) must be true or false") }
        return bool
    }

    /// All settings by their flags' names, with what they were told: by these arguments, by the file, or nothing. Where a password
    /// may be is not shown.
    func flags(and arguments: [String]) -> [String: String] {
        var flags = Dictionary(uniqueKeysWithValues: asked.withLock { $0 }.map { ($0, "") })
        for member in values.members { flags[member.name] = member.value.string ?? member.value.text }
        for (index, argument) in arguments.enumerated() where argument.hasPrefix("--") {
            let sides = argument.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = sides.first else { continue }
            let next = index + 1 < arguments.count ? arguments[index + 1] : nil
            flags[name] = sides.count > 1 ? sides[1] : next.flatMap { $0.hasPrefix("--") ? nil : $0 } ?? "true"
        }
        for name in Self.classified where flags[name]?.isEmpty == false { flags[name] = "CLASSIFIED" }
        return flags
    }
    private static let classified = ["database-url", "etcd-servers"]

    /// Call last: a setting that nobody asked for is a mistake in writing.
    func refuseUnknown() throws {
        let known = asked.withLock { $0 }
        for member in values.members where !known.contains(member.name) {
            throw ValidationError("\(path) has the unknown setting \(member.name)")
        }
    }

    private func value(_ name: String) -> JSON? {
        asked.withLock { _ = $0.insert(name) }
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }
}
