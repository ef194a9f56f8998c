import APIMachinery
import KubeAPI
import Synchronization
import Testing

@testable import APIServer

/// The seam of admission, with steps that are not the server's own.
@Suite struct AdmissionTests {
    private static func with(_ steps: [any AdmissionStep]) -> Configuration {
        var configuration = Configuration()
        configuration.admission = Admission(steps)
        return configuration
    }

    /// So many ConfigMaps a namespace may have; counts what is written and what is being written.
    private final class MapQuota: ValidatingAdmission {
        let scope = AdmissionScope([.create, .delete], [GroupResource(resource: "configmaps")])
        private let limit: Int
        private let counts = Mutex<[String: Int]>([:])
        init(limit: Int) { self.limit = limit }

        func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
            let namespace = request.namespace
            if request.operation == .delete {
                return { isWritten in if isWritten { self.counts.withLock { $0[namespace, default: 0] -= 1 } } }
            }
            let isFree = counts.withLock { counts in
                guard counts[namespace, default: 0] < limit else { return false }
                counts[namespace, default: 0] += 1
                return true
            }
            guard isFree else { throw request.forbidden("exceeded quota") }
            if request.isDryRun {
                counts.withLock { $0[namespace, default: 0] -= 1 }
                return nil
            }
            return { isWritten in if !isWritten { self.counts.withLock { $0[namespace, default: 0] -= 1 } } }
        }
    }

    @Test func aQuotaIsNeverExceededAndGivesBackWhatWasNotWritten() async throws {
        try await Harness.run(Self.with([MapQuota(limit: 10)])) { cluster in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    // Half of the names come twice: who is refused by the store must not count.
                    let name = "m\(number / 2)"
                    group.addTask {
                        try await cluster.call("POST", Harness.configMaps, Harness.configMap(name)).status
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            // Some may have been refused beside one that then was not written; none may be too many.
            #expect(statuses[201] ?? 0 <= 10, "\(statuses)")
            for number in 32..<42 {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("m\(number)"))
            }
            let list = try await cluster.call("GET", Harness.configMaps)
            #expect(list.json["items"]?.count == 10)
            let dry = try await cluster.call(
                "POST", "\(Harness.configMaps)?dryRun=All", Harness.configMap("dry"))
            #expect(dry.message == "configmaps \"dry\" is forbidden: exceeded quota")
            let name = list.json["items"]?[0]["metadata", "name"]?.string ?? ""
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/\(name)")
            #expect(
                try await cluster.call("POST", "\(Harness.configMaps)?dryRun=All", Harness.configMap("dry")).status
                    == 201)
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("new")).status == 201)
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("more")).status == 403)
        }
    }

    /// Notes which calls reach it, and marks what passes.
    private final class Scribe: MutatingAdmission, ValidatingAdmission {
        let scope: AdmissionScope
        let seen = Mutex<[String]>([])
        private let name: String
        init(_ name: String, _ scope: AdmissionScope) {
            self.name = name
            self.scope = scope
        }
        private func note(_ phase: String, _ request: AdmissionRequest) {
            let verb = request.operation == .create ? "create" : request.operation == .update ? "update" : "delete"
            let subresource = request.subresource.map { "/\($0)" } ?? ""
            seen.withLock { $0.append("\(phase) \(verb) \(request.resource)\(subresource)") }
        }
        func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
            note("admit", request)
            guard request.resource.resource == "configmaps" else { return }
            let trace = request.object["metadata", "annotations", "trace"]?.string ?? ""
            request.object["metadata", "annotations", "trace"] = JSON(trace + name)
            request.warnings.append("\(name) was here, \(request.user.name)")
        }
        func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
            note("validate", request)
            return nil
        }
    }

    @Test func stepsSeeWhatTheyAskForInTheirOrder() async throws {
        let maps = Scribe("a", AdmissionScope([.create, .update], [GroupResource(resource: "configmaps")]))
        let all = Scribe("b", AdmissionScope([.create, .delete], nil, subresources: nil))
        let statuses = Scribe("c", AdmissionScope(.update, [.pods], subresources: [.status]))
        try await Harness.run(Self.with([maps, all, statuses])) { cluster in
            all.seen.withLock { $0 = [] }
            let made = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(made.json["metadata", "annotations", "trace"]?.string == "ab")
            #expect(
                made.headers.filter { $0.name == "warning" }.map(\.value)
                    == ["299 - \"a was here, admin\"", "299 - \"b was here, admin\""])
            _ = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x", ["data": ["n": "1"]], headers: DeletionTests.merge)
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/x")
            let pod = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            var changed: JSON = pod.json
            changed["status", "phase"] = "Running"
            _ = try await cluster.call("PUT", "\(Harness.pods)/p/status", changed)
            _ = try await cluster.call(
                "POST", "\(Harness.pods)/p/binding",
                ["apiVersion": "v1", "kind": "Binding", "target": ["kind": "Node", "name": "n"]])
            _ = try await cluster.call("GET", "\(Harness.pods)/p")
            #expect(
                maps.seen.withLock { $0 } == [
                    "admit create configmaps", "validate create configmaps", "admit update configmaps",
                    "validate update configmaps",
                ])
            #expect(
                all.seen.withLock { $0 } == [
                    "admit create configmaps", "validate create configmaps", "validate delete configmaps",
                    "admit create pods", "validate create pods", "admit create pods/binding",
                    "validate create pods/binding",
                ])
            #expect(
                statuses.seen.withLock { $0 } == ["admit update pods/status", "validate update pods/status"])
        }
    }

    /// Asks other objects and whether the caller may do more than he asks for, as owner references and quotas do.
    private struct OnlyWithPermission: ValidatingAdmission {
        let scope = AdmissionScope(.create, [GroupResource(resource: "configmaps")])
        func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
            let namespace = try await view.object(.namespaces, request.namespace)
            var count = 0
            try await view.forEach(GroupResource(resource: "configmaps"), in: request.namespace) { _ in count += 1 }
            let asked = RequestAttributes(
                verb: .delete, version: "v1", resource: "pods", namespace: request.namespace, path: "",
                isResourceRequest: true)
            let mayDelete = await view.isAllowed(request.user, asked)
            let stranger = await view.isAllowed(UserInfo(name: "eve"), asked)
            throw request.forbidden(
                "\(namespace?["metadata", "name"]?.string ?? "none") has \(count), \(mayDelete), \(stranger)")
        }
    }

    @Test func aViewTellsOfObjectsAndRights() async throws {
        try await Harness.run(Self.with([OnlyWithPermission()])) { cluster in
            let reply = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(reply.message == "configmaps \"x\" is forbidden: default has 0, true, false")
        }
    }

    @Test func theServersOwnStepsProtectVolumesAndNamespaces() async throws {
        try await Harness.run { cluster in
            let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
            let claim = try await cluster.call(
                "POST", claims,
                [
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "c"],
                    "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
                ])
            #expect(claim.json["metadata", "finalizers"]?.strings == ["kubernetes.io/pvc-protection"], "\(claim.text)")
            let volume = try await cluster.call(
                "POST", "/api/v1/persistentvolumes",
                [
                    "apiVersion": "v1", "kind": "PersistentVolume",
                    "metadata": ["name": "v", "finalizers": ["kubernetes.io/pv-protection"]],
                    "spec": [
                        "accessModes": ["ReadWriteOnce"], "capacity": ["storage": "1Gi"],
                        "hostPath": ["path": "/tmp/v"],
                    ],
                ])
            #expect(volume.json["metadata", "finalizers"]?.strings == ["kubernetes.io/pv-protection"], "\(volume.text)")
            for name in ["default", "kube-system", "kube-public"] {
                let reply = try await cluster.call("DELETE", "/api/v1/namespaces/\(name)")
                #expect(reply.message == "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
            }
        }
    }
}
