import APIMachinery
import ContainerRuntime
import ControlLoops
import Foundation
import Glibc
import KubeAPI
import TestKit
import Testing

@testable import ContainerRuntime
@testable import Kubelet

/// What pods see of their volumes, as a table: one pod a line, all on one node at the same time.
@Suite(.enabled(if: MemoryFileSystem.isAllowed), .timeLimit(.minutes(3))) struct VolumeBehaviourTests {
    @Test func podsSeeWhatKubernetesSays() async throws {
        let node = NodeFixture(index: 67)
        try await node.with { _ in try await VolumeBehaviour.run("volume-behaviours", on: node) }
    }

    @Test func whatCannotBeMountedIsSaidAsTheMachineSaysIt() async throws {
        let place = FileManager.default.temporaryDirectory.path + "/mount-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { rmdir(place) }
        do {
            try await MountTool.mount("server:/exports", at: place, type: "nosuchfs", options: ["ro", "hard"])
            Issue.record("it was mounted")
        } catch {
            let begin =
                "mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nosuchfs -o ro,hard server:/exports \(place)\nOutput: mount: "
            #expect("\(error)".hasPrefix(begin), "\(error)")
        }
    }

    @Test func sharesAreNamedAsMountWantsThem() throws {
        let planner = VolumePlanner(
            pod: Pod(), fields: DownwardFields(pod: Pod(), podIP: "", hostIP: "", nodeCapacity: [:]),
            configMap: { _ in nil }, secret: { _ in nil }, claim: { _ in nil }, volume: { _ in nil }, tokens: [:])
        func plan(_ server: String) throws -> VolumePlan {
            try planner.plan(Volume(["name": "v", "nfs": ["server": JSON(server), "path": "/x", "readOnly": true]]))
        }
        #expect(try plan("files.example.com") == .nfs("files.example.com:/x", options: ["ro"]))
        #expect(try plan("fd00::1") == .nfs("[fd00::1]:/x", options: ["ro"]))
    }

    @Test func theTableOfMountsIsRead() {
        let table = MountTable(
            """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            40 22 0:40 / /run/a\\040b rw shared:7 master:2 - tmpfs tmpfs rw
            41 40 0:41 / /run/a\\040b/in rw - tmpfs tmpfs rw
            cut off
            """)
        #expect(table.isMounted("/run/a b"))
        #expect(!table.isMounted("/run/a"))
        #expect(table.below("/run/a b") == ["/run/a b/in", "/run/a b"])
        #expect(table.isShared("/run/a b/x") && table.isShared("/home"))
        #expect(!table.isShared("/run/a b/in/deep"))
    }
}

/// A line is `name: {…}` in YAML's flow form: `volumes` by name, `mounts` the main container's, `main`, `init` and `sidecar`
/// shell scripts; `objects` are made first, and `update` are put in their place once the pod runs; `container` is more of the
/// main container, `before` mounts of the init container or sidecar; all else is the pod's spec. HOST is a directory of the machine.
struct VolumeBehaviour {
    private let name: String
    private let until: String
    private let pod: JSON
    private let objects: [JSON]
    private let updates: [JSON]

    private init(_ text: String) throws {
        let colon = try #require(text.firstIndex(of: ":"))
        name = String(text[..<colon])
        var spec = try #require(try YAML.documents(String(text[text.index(after: colon)...])).first).value
        func take(_ field: String) -> JSON? {
            defer { spec[field] = nil }
            return spec[field]
        }
        until = take("until")?.string ?? "Succeeded"
        objects = (take("objects")?.elements ?? []).map(Self.whole)
        updates = (take("update")?.elements ?? []).map(Self.whole)
        let mounts = take("mounts")
        func container(_ name: String, _ script: JSON, _ mounts: JSON?) -> JSON {
            var container: JSON = ["name": JSON(name), "image": "shell", "command": ["/bin/sh", "-c", script]]
            container["volumeMounts"] = mounts
            return container
        }
        var main = container("main", take("main") ?? "exit 0", mounts)
        for member in take("container")?.members ?? [] { main[member.name] = member.value }
        let before = take("before") ?? mounts
        var first: [JSON] = []
        if let script = take("init") { first.append(container("init", script, before)) }
        if let script = take("sidecar") {
            var sidecar = container("sidecar", script, before)
            sidecar["restartPolicy"] = "Always"
            sidecar["securityContext"] = ["privileged": true]
            // It is waited for, as what it mounts is looked at.
            sidecar["startupProbe"] = ["exec": ["command": ["test", "-e", "/tmp/ready"]], "periodSeconds": 1]
            first.append(sidecar)
        }
        spec["containers"] = [main]
        if !first.isEmpty { spec["initContainers"] = JSON(first) }
        spec["volumes"] = JSON(
            (take("volumes")?.members ?? []).map { member in
                var volume = member.value
                volume["name"] = JSON(member.name)
                return volume
            })
        spec["nodeName"] = "node-1"
        spec["restartPolicy"] = "Never"
        spec["terminationGracePeriodSeconds"] = 1
        pod = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": JSON(name), "namespace": "default", "labels": ["app": JSON(name)]], "spec": spec,
        ]
    }

    private static func whole(_ object: JSON) -> JSON {
        var object = object
        object["apiVersion"] = "v1"
        if object["kind"]?.string != "PersistentVolume" { object["metadata", "namespace"] = "default" }
        return object
    }
    private static func resource(_ object: JSON) -> GroupResource {
        switch object["kind"]?.string {
        case "Secret": Secret.resource
        case "PersistentVolume": PersistentVolume.resource
        case "PersistentVolumeClaim": PersistentVolumeClaim.resource
        case "Pod": Pod.resource
        default: ConfigMap.resource
        }
    }

    /// Runs a table against what is written in it.
    static func run(_ table: String, on node: NodeFixture) async throws {
        let host = node.directory + "/host"
        try FileManager.default.createDirectory(atPath: host + "/local", withIntermediateDirectories: true)
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios/\(table).txt")
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
            .filter { $0.contains(": {") && $0.contains("volumes:") }
            .map { ($0, try VolumeBehaviour($0.replacing("HOST", with: host))) }
        let all = try await withThrowingTaskGroup(of: (String, String).self) { group in
            for (command, line) in lines {
                group.addTask { (command, try await line.answer(on: node).replacing(host, with: "HOST")) }
            }
            var all: [String: String] = [:]
            for try await (command, answer) in group { all[command] = answer }
            return all
        }
        try Scenario.run(table) { all[$0] ?? "" }
    }

    private func answer(on node: NodeFixture) async throws -> String {
        for object in objects {
            let made = try await node.cluster.create(Self.resource(object), object)
            guard object["status"] != nil else { continue }
            var whole = made
            whole["status"] = object["status"]
            _ = try await node.cluster.update(Self.resource(object), whole, subresource: .status)
        }
        do { _ = try await node.cluster.create(Pod.resource, pod) } catch let error as StatusError {
            return error.message
        }
        if !updates.isEmpty {
            try await node.wait(name) { $0?.phase == "Running" }
            for update in updates {
                let resource = Self.resource(update)
                guard resource == Pod.resource else {
                    _ = try await node.cluster.update(resource, update)
                    continue
                }
                _ = try await node.cluster.patch(
                    resource, ObjectKey(namespace: "default", name: name), .merge, update, subresource: nil)
            }
        }
        if until.hasPrefix("event ") {
            let reason = until.dropFirst(6)
            while true {
                let event = node.events.first { $0.reason ?? "" == reason && $0.involvedObject?.name == name }
                if let event { return "\(reason) \"\(event.message ?? "")\"" }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let pod = try await node.wait(name) { [until] pod in
            pod?.phase == until || pod?.main?.state?.waiting?.reason == until
        }
        let state = pod?.main?.state
        let message = state?.terminated?.message ?? state?.waiting?.message ?? ""
        return until + " \"" + message.split(separator: "\n").joined(separator: " / ") + "\""
    }
}
