import APIMachinery
import APIServer
import Basics
import ControlLoops
import KubeAPI
import Logging
import LoopTestKit
import TestKit
import Testing

@testable import Kubelet

/// A node that is a user like others: what it may not list as a whole, it reads one by one.
@Suite struct NodeViewTests {
    private static func object(_ kind: String, _ name: String, _ more: JSON = .object) -> JSON {
        var object: JSON = [
            "apiVersion": "v1", "kind": JSON(kind), "metadata": ["name": JSON(name), "namespace": "default"],
        ]
        for member in more.members { object[member.name] = member.value }
        return object
    }
    private static func pod(_ name: String, node: String, secret: String) -> JSON {
        object(
            "Pod", name,
            [
                "spec": [
                    "nodeName": JSON(node),
                    "containers": [
                        ["name": "c", "image": "i", "envFrom": [["secretRef": ["name": JSON(secret)]]]]
                    ],
                ]
            ])
    }

    @Test func aWorldOfItHoldsWhatItsPodsUse() async throws {
        let cluster = TestCluster(clock: SystemClock())
        let user = UserInfo(name: "system:node:n1", groups: ["system:nodes", "system:authenticated"])
        let api = cluster.client(as: user)
        for name in ["mine", "later", "others"] {
            _ = try await cluster.create(Secret.resource, Self.object("Secret", name))
        }
        _ = try await cluster.create(Pod.resource, Self.pod("a", node: "n1", secret: "mine"))
        _ = try await cluster.create(Pod.resource, Self.pod("b", node: "n2", secret: "others"))
        // As the whole it is refused.
        await #expect(throws: StatusError.self) { try await api.list(Secret.resource) }

        let view = NodeView(api, logger: Logger(label: "test"))
        let world = World(view, scopes: NodeView.scopes("n1"))
        for resource in NodeAgent.reads { _ = world.cache(resource) }
        let secrets = world.cache(Secret.resource)
        // A pod is never told of before what it uses is there.
        let early = Box<[String]>([])
        world.cache(Pod.resource).observe { change in
            let name = change.new?["spec", "containers"]?[0]["envFrom"]?[0]["secretRef", "name"]?.string ?? ""
            if secrets.isSynced, change.new != nil, secrets.get(ObjectKey(namespace: "default", name: name)) == nil {
                early.value.append(name)
            }
        }
        let running = Task { await world.run() }
        try await world.waitUntilSynced(NodeAgent.reads.filter { $0 != Node.resource })
        #expect(world.cache(Pod.resource).all().map(\.key.name) == ["a"])
        #expect(secrets.all().map(\.key.name) == ["mine"])

        _ = try await cluster.create(Pod.resource, Self.pod("c", node: "n1", secret: "later"))
        try await world.cache(Pod.resource).wait(until: ObjectKey(namespace: "default", name: "c")) { $0 != nil }
        #expect(secrets.all().map(\.key.name).sorted() == ["later", "mine"])
        #expect(early.value == [])

        // Changes come, an object's deletion and its return too, and what no pod uses any more goes.
        let mine = ObjectKey(namespace: "default", name: "mine")
        _ = try await cluster.patch(Secret.resource, mine, .merge, ["stringData": ["key": "2"]], subresource: nil)
        try await secrets.wait(until: mine) { $0?["data", "key"]?.string == "Mg==" }
        try await cluster.delete(Secret.resource, mine, DeletionOptions())
        try await secrets.wait(until: mine) { $0 == nil }
        _ = try await cluster.create(Secret.resource, Self.object("Secret", "mine"))
        try await secrets.wait(until: mine) { $0 != nil }
        try await cluster.delete(
            Pod.resource, ObjectKey(namespace: "default", name: "c"), DeletionOptions(gracePeriodSeconds: 0))
        try await secrets.wait(until: ObjectKey(namespace: "default", name: "later")) { $0 == nil }

        // All watches end, as when the server is started again.
        cluster.breakWatches(compact: true)
        _ = try await cluster.patch(Secret.resource, mine, .merge, ["stringData": ["key": "3"]], subresource: nil)
        try await secrets.wait(until: mine) { $0?["data", "key"]?.string == "Mw==" }
        running.cancel()
        await running.value
    }

    @Test func claimsLeadToTheirVolumes() async throws {
        let cluster = TestCluster(clock: SystemClock())
        let user = UserInfo(name: "system:node:n1", groups: ["system:nodes", "system:authenticated"])
        for name in ["used", "unused"] {
            _ = try await cluster.create(
                PersistentVolume.resource,
                [
                    "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": JSON(name)],
                    "spec": [
                        "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"], "hostPath": ["path": "/x"],
                        "claimRef": ["namespace": "default", "name": "claim"],
                    ],
                ])
        }
        _ = try await cluster.create(
            PersistentVolumeClaim.resource,
            Self.object(
                "PersistentVolumeClaim", "claim",
                [
                    "spec": [
                        "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
                        "volumeName": "used",
                    ]
                ]))
        var pod = Self.pod("a", node: "n1", secret: "none")
        pod["spec", "volumes"] = [["name": "v", "persistentVolumeClaim": ["claimName": "claim"]]]
        _ = try await cluster.create(Pod.resource, pod)
        let view = NodeView(cluster.client(as: user), logger: Logger(label: "test"))
        let world = World(view, scopes: NodeView.scopes("n1"))
        for resource in NodeAgent.reads { _ = world.cache(resource) }
        let running = Task { await world.run() }
        try await world.cache(PersistentVolume.resource).wait(until: ObjectKey(name: "used")) { $0 != nil }
        // Each is told on its own.
        let claim = ObjectKey(namespace: "default", name: "claim")
        try await world.cache(PersistentVolumeClaim.resource).wait(until: claim) { $0 != nil }
        #expect(world.cache(PersistentVolume.resource).all().map(\.key.name) == ["used"])
        #expect(world.cache(PersistentVolumeClaim.resource).all().map(\.key.name) == ["claim"])
        running.cancel()
        await running.value
    }
}
