import APIMachinery
import APIServer
import Foundation
import KubeAPI
import TestKit
import Testing

/// What kube-apiserver v1.36.2 makes of objects of every kind, kept as texts (`Scenarios/*.txt`), and this server must make the same
/// of them. The answers were recorded from it; what is shown of an answer is what both have in common.
///
/// `create` with an object in YAML below it: it is sent, and what the answer has beside it is shown. It is the base of what
/// follows until the next: lines of `path: value` (no value takes the member away) change it, and the result is created; after
/// `update` or `status` on the first line the base is created and then replaced by the result, or its status is. Nothing is kept.
@Suite(.serialized) struct ObjectScenarioTests {
    static let names = Scenario.names()

    @Test(arguments: names) func makesOfObjectsWhatKubernetesMakes(_ name: String) async throws {
        // The player of scenarios does not wait, so the blocks are answered first.
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")
        let text = try String(contentsOf: folder.appending(path: "\(name).txt"), encoding: .utf8)
        let answers = Box<[[String]: [[String]]]>([:])
        let range = try #require(AddressRange("10.96.0.0/16"))
        try await Harness.run(Configuration(serviceRange: range)) { harness in
            _ = try await harness.call(
                "POST", "/api/v1/namespaces/default/serviceaccounts",
                ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "default"]])
            let player = ObjectPlayer(harness: harness)
            for block in text.components(separatedBy: "\n\n") {
                let commands = block.split(separator: "\n").map(String.init).prefix { $0 != "----" }
                    .filter { !$0.hasPrefix("#") }
                if commands.isEmpty { continue }
                let answer = try await player.play(commands)
                answers.value[commands, default: []].append(answer)
            }
        }
        try Scenario.run(
            name,
            blocks: { commands in
                var left = answers.value[commands] ?? []
                let answer = left.isEmpty ? [] : left.removeFirst()
                answers.value[commands] = left
                return answer
            })
    }
}

/// Sends what the blocks of a scenario say, and shows what comes back.
private final class ObjectPlayer {
    private let harness: Harness
    private var base = JSON.null

    init(harness: Harness) { self.harness = harness }

    func play(_ lines: [String]) async throws -> [String] {
        if lines[0] == "create" {
            base = try YAML.document(Array(lines.dropFirst().joined(separator: "\n").utf8)).value
            let reply = try await harness.call("POST", path() + Self.dryRun, base)
            return shown(reply) + (reply.status < 300 ? Self.additions(of: reply.json, to: base) : [])
        }
        var mode = "create"
        var changes: [(path: [Step], value: JSON?)] = []
        for line in lines {
            var line = line
            for word in ["update", "status"] where line.hasPrefix("\(word) ") {
                mode = word
                line = String(line.dropFirst(word.count + 1))
            }
            changes.append(try Self.change(line))
        }
        if mode == "create" {
            var object = base
            for change in changes { object = Self.setting(object, change.path[...], change.value) }
            return shown(try await harness.call("POST", path() + Self.dryRun, object))
        }
        let name = base["metadata", "name"]?.string ?? ""
        var object = try await harness.call("POST", path() + "?fieldValidation=Strict", base).json
        for change in changes { object = Self.setting(object, change.path[...], change.value) }
        let part = mode == "status" ? "/status" : ""
        let reply = try await harness.call("PUT", "\(path())/\(name)\(part)\(Self.dryRun)", object)
        _ = try await harness.call("DELETE", "\(path())/\(name)?gracePeriodSeconds=0")
        _ = try await harness.call(
            "PATCH", "\(path())/\(name)", ["metadata": ["finalizers": .null]],
            headers: [(name: "content-type", value: "application/merge-patch+json")])
        if base["kind"]?.string == "Namespace" {
            _ = try await harness.call(
                "PUT", "\(path())/\(name)/finalize",
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": JSON(name)], "spec": .object])
        }
        return shown(reply)
    }

    private static let dryRun = "?dryRun=All&fieldValidation=Strict"

    private func path() throws -> String {
        let kind = GroupVersionKind(apiVersion: base["apiVersion"]?.string ?? "", kind: base["kind"]?.string ?? "")
        let resource = try #require(ResourceRegistry.builtIn.resource(kind), "\(kind)")
        let root = kind.group.isEmpty ? "/api/v1" : "/apis/\(kind.apiVersion)"
        return root + (resource.isNamespaced ? "/namespaces/default/" : "/") + resource.plural
    }

    // MARK: What is sent

    private enum Step { case member(String), index(Int) }

    /// A line such as `spec.containers[0].image: j`; a member's name that has dots stands in `["…"]`.
    private static func change(_ line: String) throws -> (path: [Step], value: JSON?) {
        var steps: [Step] = []
        var rest = line[...]
        while let first = rest.first, first != ":" {
            if rest.hasPrefix("[\"") {
                let name = rest.dropFirst(2).prefix { $0 != "\"" }
                steps.append(.member(String(name)))
                rest = rest[name.endIndex...].dropFirst(2)
            } else if first == "[" {
                let number = rest.dropFirst().prefix { $0 != "]" }
                steps.append(.index(Int(number) ?? 0))
                rest = rest[number.endIndex...].dropFirst()
            } else {
                if first == "." { rest.removeFirst() }
                let name = rest.prefix { !".[:".contains($0) }
                steps.append(.member(String(name)))
                rest = rest[name.endIndex...]
            }
        }
        guard rest.hasPrefix(": ") else { return (steps, nil) }
        return (steps, try YAML.document(Array(rest.dropFirst(2).utf8)).value)
    }

    private static func setting(_ object: JSON?, _ path: ArraySlice<Step>, _ value: JSON?) -> JSON {
        guard let step = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        switch step {
        case .member(let name):
            var object = object.flatMap { $0.isObject ? $0 : nil } ?? .object
            object[name] = rest.isEmpty ? value : setting(object[name], rest, value)
            return object
        case .index(let index):
            var elements = object?.elements ?? []
            while elements.count <= index { elements.append(.object) }
            elements[index] = setting(elements[index], rest, value)
            return JSON(elements)
        }
    }

    // MARK: What is shown

    private func shown(_ reply: Harness.Reply) -> [String] {
        var lines = reply.headers.filter { $0.name == "warning" }.map { header in
            "warning: "
                + header.value.dropFirst(7).dropLast().replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
        }
        let causes = reply.json["details", "causes"]?.elements ?? []
        if reply.status < 300 {
            lines.append("taken")
        } else if reply.status == 422, !causes.isEmpty {
            lines += causes.map { "\($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")" }
        } else {
            lines.append("\(reply.status) \(reply.json["reason"]?.string ?? ""): \(reply.message)")
        }
        return lines.map(Self.masked)
    }

    /// Identities and given addresses are others each time; how a change is shown line by line is Kubernetes' own way.
    private static func masked(_ line: String) -> String {
        let line = String(line.prefix { $0 != "\n" }).replacing(/10\.96\.[0-9]+\.[0-9]+(?!\/)/, with: "ADDRESS")
        return line.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UID")
    }

    private static let own: Set = ["uid", "creationTimestamp", "managedFields", "resourceVersion"]

    /// What an answer has beside what was sent, as lines of `path: value`; only a path where it lacks something.
    private static func additions(of answer: JSON, to sent: JSON) -> [String] {
        var lines: [String] = []
        func walk(_ sent: JSON?, _ answer: JSON, _ path: String) {
            switch answer.kind {
            case .object:
                let names = Set(answer.members.map(\.name)).union(sent?.members.map(\.name) ?? []).sorted()
                for name in names where path != "metadata" || !own.contains(name) {
                    let isPlain = name.utf8.allSatisfy { 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == 0x5F }
                    let place = isPlain ? (path.isEmpty ? name : "\(path).\(name)") : "\(path)[\"\(name)\"]"
                    guard let value = answer[name] else {
                        lines.append("  \(place):")
                        continue
                    }
                    if sent?[name] != nil || value.isObject && !value.isEmpty {
                        walk(sent?[name] ?? .object, value, place)
                    } else if !(name == "metadata" && value.isEmpty) {
                        lines.append("  \(place): \(value.sortedKeys.text)")
                    }
                }
            case .array where sent?.kind == .array && sent?.count == answer.count:
                for (index, pair) in zip(sent?.elements ?? [], answer.elements).enumerated() {
                    walk(pair.0, pair.1, "\(path)[\(index)]")
                }
            default: if sent != answer { lines.append("  \(path): \(answer.sortedKeys.text)") }
            }
        }
        walk(sent, answer, "")
        return lines.map { line in
            masked(line).replacing(/"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"/, with: "\"TIME\"")
        }
    }
}
