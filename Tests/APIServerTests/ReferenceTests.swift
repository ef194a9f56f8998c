import APIMachinery
import APIServer
import Basics
import Foundation
import KubeAPI
import Testing

/// What a real kube-apiserver answered, recorded beside the repository; says so when the records are not there.
enum Reference {
    static func read(_ name: String) throws -> JSON? {
        let root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        let file = root.appendingPathComponent("../shared/reference/\(name)").standardizedFileURL
        guard let data = try? Data(contentsOf: file) else {
            FileHandle.standardError.write(Data("not checked: there is no ../shared/reference/\(name)\n".utf8))
            return nil
        }
        return try JSON(parsing: Array(data))
    }

    /// Where `left` differs from `right`; `<scrubbed>` is equal to anything that is there, and so is a time
    /// to a time.
    static func differences(_ left: JSON, _ right: JSON, _ path: String = "") -> [String] {
        if right.string == "<scrubbed>" { return [] }
        // A Job's pods are told by its uid.
        if path.hasSuffix("controller-uid"), left.string?.count == 36 { return [] }
        if let mine = left.string, let theirs = right.string, Instant(rfc3339: mine) != nil,
            Instant(rfc3339: theirs) != nil
        {
            return []
        }
        switch (left.kind, right.kind) {
        case (.object, .object):
            let names = Set(left.members.map(\.name)).union(right.members.map(\.name)).sorted()
            return names.flatMap { name -> [String] in
                guard let mine = left[name] else {
                    return ["\(path).\(name): missing, should be \(right[name]?.text ?? "")"]
                }
                guard let theirs = right[name] else { return ["\(path).\(name): \(mine.text) should not be there"] }
                return differences(mine, theirs, "\(path).\(name)")
            }
        case (.array, .array) where left.count == right.count:
            return zip(left.elements, right.elements).enumerated().flatMap {
                differences($0.element.0, $0.element.1, "\(path)[\($0.offset)]")
            }
        default: return left == right ? [] : ["\(path): \(left.text), should be \(right.text)"]
        }
    }

    /// Whether the path is of a resource that this server has.
    static func isServed(_ path: String) -> Bool {
        let parts = path.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "apis" || parts[0] == "api" else { return true }
        let group = parts[0] == "api" ? "" : parts[1]
        let rest = Array(parts.dropFirst(parts[0] == "api" ? 2 : 3))
        let resource = rest.first == "namespaces" && rest.count > 2 ? rest[2] : rest.first ?? ""
        return group.hasPrefix("nope")
            || ResourceRegistry.builtIn.resource(GroupResource(group: group, resource: resource)) != nil
    }
}

@Suite struct ReferenceTests {
    @Test func refusesAsKubernetesDoes() async throws {
        guard let cases = try Reference.read("errors.json") else { return }
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("kube-root-ca.crt"))
            for one in cases.elements {
                let request: JSON = one["request"] ?? .null
                let path = request["path"]?.string ?? ""
                guard Reference.isServed(path) else { continue }
                let method = request["method"]?.string ?? ""
                var body: JSON? = request["body"].flatMap { $0.isNull ? nil : $0 }
                // The record sorted the members; unknown fields are named in the order they came.
                if let unknown = body?["dataa"] {
                    body?["dataa"] = nil
                    body?["dataa"] = unknown
                }
                let reply = try await cluster.call(
                    method, path, body?.isObject == true ? body : nil,
                    headers: [
                        (
                            name: "content-type",
                            value: method == "PATCH" ? "application/merge-patch+json" : "application/json"
                        )
                    ], text: body?.string)
                #expect(reply.status == one["status"]?.int, "\(method) \(path): \(reply.text)")
                let expected: JSON = one["response"] ?? .null
                if let text = expected.string {
                    #expect(reply.text == text)
                } else if !path.contains("continue=") {
                    let differences = Reference.differences(reply.json, expected)
                    #expect(differences.isEmpty, "\(method) \(path): \(differences)")
                }
            }
        }
    }

    @Test func fillsInWhatKubernetesFillsIn() async throws {
        guard let cases = try Reference.read("defaults.json") else { return }
        let configuration = Configuration(serviceRange: AddressRange("10.96.0.0/12"))
        try await Harness.run(configuration) { cluster in
            for one in cases.members {
                let request: JSON = one.value["request"] ?? .null
                let path = request["path"]?.string ?? ""
                guard Reference.isServed(path) else { continue }
                let reply = try await cluster.call(request["method"]?.string ?? "", path, request["body"])
                #expect(reply.status == one.value["status"]?.int, "\(one.name): \(reply.text)")
                let differences = Reference.differences(reply.json, one.value["response"] ?? .null)
                    .filter { difference in !Self.notYet.contains { difference.hasPrefix($0) } }
                #expect(differences.isEmpty, "\(one.name): \(differences)")
            }
        }
    }

    /// What pods get where tokens are given out, which this server does not; and what the recording leaves out.
    private static let notYet = [
        ".spec.containers[0].volumeMounts: missing", ".spec.volumes: missing", ".metadata.managedFields: ",
    ]

    @Test func discoversWhatKubernetesDiscovers() async throws {
        guard let pages = try Reference.read("discovery.json") else { return }
        try await Harness.run { cluster in
            for root in ["/api", "/apis"] {
                let reply = try await cluster.call(
                    "GET", root,
                    headers: [
                        (
                            name: "accept",
                            value:
                                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
                        )
                    ])
                var expected: [String: JSON] = [:]
                for group in pages[root, "body"]?["items"]?.elements ?? [] {
                    for version in group["versions"]?.elements ?? [] {
                        for resource in version["resources"]?.elements ?? [] {
                            let name = group["metadata", "name"]?.string ?? ""
                            expected[
                                "\(name)/\(version["version"]?.string ?? "")/\(resource["resource"]?.string ?? "")"] =
                                resource
                        }
                    }
                }
                var seen = 0
                for group in reply.json["items"]?.elements ?? [] {
                    // What kube-apiserver does not serve itself.
                    if group["metadata", "name"]?.string == "autoscaling.k8s.io" { continue }
                    for version in group["versions"]?.elements ?? [] {
                        for resource in version["resources"]?.elements ?? [] {
                            let name = group["metadata", "name"]?.string ?? ""
                            let key =
                                "\(name)/\(version["version"]?.string ?? "")/\(resource["resource"]?.string ?? "")"
                            seen += 1
                            let differences = Reference.differences(resource, expected[key] ?? .null)
                            #expect(differences.isEmpty, "\(key): \(differences)")
                        }
                    }
                }
                #expect(seen > 0)
            }
        }
    }
}
