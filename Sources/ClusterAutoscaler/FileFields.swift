import APIMachinery
import Basics

/// The fields of one mapping of the file; who has read all that is known asks for the rest to be refused.
final class FileFields {
    private let json: JSON
    private let path: String
    private var known: Set<String> = []

    init(_ json: JSON, _ path: String) throws(NodeGroupsFile.Fault) {
        guard json.isObject else { throw NodeGroupsFile.Fault(field: path, reason: "must be a mapping") }
        self.json = json
        self.path = path
    }
    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    private func value(_ name: String) -> JSON? {
        known.insert(name)
        return json[name].flatMap { $0.isNull ? nil : $0 }
    }
    private func checked<T>(_ name: String, _ what: String, _ read: (JSON) -> T?) throws(NodeGroupsFile.Fault) -> T? {
        guard let value = value(name) else { return nil }
        guard let result = read(value) else {
            throw NodeGroupsFile.Fault(field: place(name), reason: "must be \(what)")
        }
        return result
    }

    func list(_ name: String) throws(NodeGroupsFile.Fault) -> [JSON] {
        try checked(name, "a list") { $0.isArray ? $0.elements : nil } ?? []
    }
    func text(_ name: String) throws(NodeGroupsFile.Fault) -> String? { try checked(name, "a string") { $0.string } }
    func flag(_ name: String) throws(NodeGroupsFile.Fault) -> Bool? { try checked(name, "true or false") { $0.bool } }
    func number(_ name: String, _ range: ClosedRange<Int>) throws(NodeGroupsFile.Fault) -> Int? {
        try checked(name, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }
    func decimal(_ name: String, _ range: ClosedRange<Double>) throws(NodeGroupsFile.Fault) -> Double? {
        try checked(name, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }
    func duration(_ name: String) throws(NodeGroupsFile.Fault) -> Duration? {
        try checked(name, "a duration, such as 30s or 10m") { value in
            (value.string ?? value.number).flatMap { Duration(goText: $0) }.flatMap { $0 >= .zero ? $0 : nil }
        }
    }
    func map(_ name: String) throws(NodeGroupsFile.Fault) -> [String: String] {
        try checked(name, "a mapping of strings") { value in
            value.isObject && value.members.allSatisfy { ($0.value.string ?? $0.value.number) != nil }
                ? Dictionary(
                    value.members.map { ($0.name, $0.value.string ?? $0.value.number ?? "") }, uniquingKeysWith: { $1 })
                : nil
        } ?? [:]
    }
    func refuseUnknown() throws(NodeGroupsFile.Fault) {
        for (name, _) in json.members where !known.contains(name) {
            throw NodeGroupsFile.Fault(
                field: place(name), reason: "is not known; known are \(known.sorted().joined(separator: ", "))")
        }
    }
}
