import APIMachinery
import APIServer
import ControlLoops
import EtcdStore
import Foundation
import KubeAPI
import LoopTestKit
import Scheduler
import Synchronization
import Testing

@testable import ControllerManager

@Suite struct IdentityTests {
    /// The list from which the cluster's users are made has every loop that runs.
    @Test func everyLoopIsInTheListOfUsers() {
        let harness = LoopTestKit.Harness()
        let asked = Mutex<Set<LoopIdentity>>([])
        let context = LoopContext(world: harness.world) { identity in
            asked.withLock { _ = $0.insert(identity) }
            return harness.cluster
        }
        _ = Controllers.controllers(context)
        #expect(asked.withLock { $0 } == Set(Controllers.identities))
        let names = Set(Controllers.identities.map { $0.userName.split(separator: ":").last.map(String.init) ?? "" })
        #expect(
            names == [
                "deployment-controller", "replicaset-controller", "replication-controller", "statefulset-controller",
                "daemon-set-controller", "job-controller", "ttl-after-finished-controller", "cronjob-controller",
                "disruption-controller",
                "endpointslice-controller", "endpoint-controller", "endpointslicemirroring-controller",
                "service-controller", "namespace-controller", "service-account-controller", "root-ca-cert-publisher",
                "node-controller", "pod-garbage-collector", "persistent-volume-binder", "generic-garbage-collector",
                "clusterrole-aggregation-controller", "resourcequota-controller", "token-cleaner", "bootstrap-signer",
                "service-ip-address-controller", "service-cidrs-controller",
                "certificate-controller", "resource-claim-controller", "device-taint-eviction-controller",
                "ephemeral-volume-controller",
                "volumeattributesclass-protection-controller", "attachdetach-controller", "expand-controller",
                "ttl-controller", "serviceaccount-token-controller", "legacy-service-account-token-cleaner",
            ])
    }

    /// Reading is not calling: what a loop has not declared is in nobody's way, but may never be kept in memory.
    @Test(.timeLimit(.minutes(1))) func aReconcilerReadsWhatItDeclares() async throws {
        let objects = try await Self.manifoldObjects()
        let makers: [(LoopContext) -> any Reconciler] = [
            { DeploymentReconciler($0) }, { ReplicaReconciler<ReplicaSet>($0) },
            { ReplicaReconciler<ReplicationController>($0) }, { StatefulSetReconciler($0) },
            { DaemonSetReconciler($0) }, { JobReconciler($0) }, { TTLAfterFinishedReconciler($0) },
            { CronJobReconciler($0) }, { DisruptionReconciler($0) }, { EndpointSliceReconciler($0) },
            { EndpointsReconciler($0) }, { SliceMirroringReconciler($0) },
            { LoadBalancerReconciler($0, addresses: ["127.0.0.1"]) },
            { NamespaceReconciler($0) }, { ServiceAccountReconciler($0) }, { RootCAReconciler($0, certificate: "PEM") },
            { NodeLifecycleReconciler($0) }, { TaintEvictionReconciler($0) }, { PodGarbageReconciler($0) },
            { ClaimReconciler($0, ControllerSettings().volumes) },
            { VolumeReconciler($0, ControllerSettings().volumes) },
            { AttributesClassReconciler($0) }, { RoleAggregationReconciler($0) }, { QuotaReconciler($0) },
            { TokenCleanerReconciler($0) },
            { BootstrapSignerReconciler($0) },
            { ServiceAddressReconciler($0) }, { ServiceRangeReconciler($0) },
            { CertificateApprovingReconciler($0, nil) }, { CertificateSigningReconciler($0, nil) },
            { CertificateCleaningReconciler($0) },
            { NodeAddressReconciler($0, network: .standard, reserved: 0) },
            { PodResourceClaimReconciler($0) }, { ResourceClaimReconciler($0) }, { DeviceTaintReconciler($0) },
            { EphemeralClaimReconciler($0) }, { AttachDetachReconciler($0) }, { ExpansionReconciler($0) },
            { NodeTTLReconciler($0) }, { TokenSecretReconciler($0, certificate: "PEM", signer: nil) },
            { LegacyTokenReconciler($0) }, { StaleDisruptionReconciler($0) },
        ]
        var users = Set<String>()
        for maker in makers {
            let harness = LoopTestKit.Harness()
            let reconciler = maker(harness.context)
            let declared = Set(type(of: reconciler).reads.map(\.resource))
            users.insert(type(of: reconciler).identity.userName)
            for resource in declared {
                let items = objects[resource] ?? []
                harness.world.cache(resource).replace(with: ObjectList(items: items, revision: 1_000_000))
            }
            for (resource, items) in objects {
                for object in items {
                    _ = reconciler.reconcile(object.key)
                    for interest in type(of: reconciler).reads where interest.resource == resource {
                        _ = interest.keys(.init(key: object.key, old: nil, new: object), harness.world)
                        _ = interest.keys(.init(key: object.key, old: object, new: nil), harness.world)
                    }
                }
            }
            #expect(harness.world.resources.isSubset(of: declared), "\(type(of: reconciler).name)")
        }
        let others = [GarbageCollector.identity.userName, StandardStorageClass.identity.userName]
        #expect(users.union(others) == Set(Controllers.identities.map(\.userName)))
    }

    /// What a cluster has after a Deployment with a Service, a claim with its volume, a node, and a namespace that goes.
    private static func manifoldObjects() async throws -> [GroupResource: [JSON]] {
        let harness = LoopTestKit.Harness()
        let cluster = harness.cluster
        func metadata(_ name: String, _ namespace: String = "default") -> ObjectMeta {
            ObjectMeta {
                $0.name = name; $0.namespace = namespace
            }
        }
        try await harness.run(Controllers.controllers(harness.context), retrying: true) {
            _ = try await cluster.create(Node { $0.metadata.name = "n1" })
            _ = try await cluster.create(
                Service {
                    $0.metadata = metadata("web")
                    $0.json["spec"] = ["type": "LoadBalancer", "selector": ["app": "web"], "ports": [["port": 80]]]
                })
            _ = try await cluster.create(
                PersistentVolumeClaim {
                    $0.metadata = metadata("data")
                    $0.json["spec"] = [
                        "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                        "resources": ["requests": ["storage": "1Gi"]],
                    ]
                })
            _ = try await cluster.create(deployment("web", replicas: 2))
            try await harness.wait(Pod.self) { $0.count == 2 }
            try await PlayedNodes(harness: harness).play { cluster.objects(Pod.self).allSatisfy { $0.isReady } }
            try await harness.wait(Endpoints.self) { !$0.isEmpty }
            _ = try await cluster.create(
                Namespace {
                    $0.metadata.name = "gone"
                    $0.json["spec"] = ["finalizers": ["kubernetes"]]
                    $0.json["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
                })
            _ = try await cluster.create(ConfigMap { $0.metadata = metadata("left", "gone") })
        }
        var objects: [GroupResource: [JSON]] = [:]
        for resource in ResourceRegistry.builtIn.resources.map(\.groupResource) {
            objects[resource] = try await cluster.list(resource).items
        }
        return objects
    }

    /// A Deployment's way to a node, as the audit trail tells it: who did what, and no more than is worth telling.
    @Test(.timeLimit(.minutes(1))) func theTrailTellsWhichLoopDidWhat() async throws {
        try await Self.withCluster { server, events in
            let admin = server.client(as: UserInfo(name: "admin", groups: ["system:masters"]))
            _ = try await admin.create(Node { $0.metadata.name = "n" })
            let status: JSON = [
                "allocatable": ["cpu": "4", "memory": "8Gi", "pods": "110"],
                "conditions": [["type": "Ready", "status": "True"]],
            ]
            let key = ObjectKey(name: "n")
            _ = try await admin.patch(Node.resource, key, .merge, ["status": status], subresource: .status)
            _ = try await admin.patch(Node.resource, key, .merge, ["spec": ["taints": .null]], subresource: nil)
            _ = try await admin.create(deployment("web", replicas: 2))
            while true {
                let pods = try await admin.list(Pod.resource).items
                let told = try await admin.list(Event.resource).items.filter { $0["reason"]?.string == "Scheduled" }
                if pods.count(where: { !Pod($0).nodeName.isEmpty }) == 2, told.count == 2 { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            let account = "system:serviceaccount:kube-system:"
            for (user, verb, resource) in [
                ("admin", "create", "deployments"), ("\(account)deployment-controller", "create", "replicasets"),
                ("\(account)replicaset-controller", "create", "pods"),
                ("system:kube-scheduler", "create", "pods/binding"),
                ("\(account)service-account-controller", "create", "serviceaccounts"),
            ] { #expect(events.lines.contains("\(user) \(verb) \(resource) 201"), "\(user) \(verb) \(resource)") }
            #expect(!events.lines.contains { $0.contains(" events ") || $0.contains(" leases ") })
            #expect(!events.lines.contains { $0.contains("/status ") && $0.hasPrefix("system:") })
            #expect(!events.lines.contains { $0.hasSuffix(" 403") })
            let pod = try #require(
                events.all.first { $0["objectRef", "resource"]?.string == "pods" && $0["verb"]?.string == "create" })
            #expect(pod["objectRef", "name"]?.string?.hasPrefix("web-") == true)
            #expect(pod["requestURI"]?.string == "/api/v1/namespaces/default/pods")
            #expect(pod["userAgent"]?.string == "kube-controller-manager")
        }
    }

    /// A server with the controllers and the scheduler, each the user that it is.
    private static func withCluster(_ body: @escaping @Sendable (ClusterServer, Trail) async throws -> Void)
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("loops-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try await EmbeddedStore.open(directory: directory)
        let loops = Controllers.identities + SchedulerLoops.identities
        let users = loops + [LoopIdentity.informers(of: loops)]
        let trail = Trail()
        let server = ClusterServer(
            store: store,
            configuration: Configuration(auditPolicy: .standard(loops: Set(users.map(\.userName)))),
            authorizer: AuthorizerChain.standard(loops: users), audit: trail)
        let world = World(server.client(as: LoopIdentity.informers(of: loops)))
        let context = LoopContext(world: world) { server.client(as: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { await world.run() }
            for loop in Controllers.controllers(context) + SchedulerLoops.loops(context) {
                group.addTask { try await loop.run() }
            }
            group.addTask {
                try await server.waitUntilReady()
                try await body(server, trail)
            }
            try await group.next()
            group.cancelAll()
            try? await group.waitForAll()
        }
        await store.close()
    }

    private final class Trail: AuditSink {
        private let events = Mutex<[JSON]>([])
        func record(_ event: JSON) async throws { events.withLock { $0.append(event) } }
        var all: [JSON] { events.withLock { $0 } }
        /// `user verb resource/subresource code`.
        var lines: Set<String> {
            Set(
                all.map { event in
                    let below = event["objectRef", "subresource"]?.string.map { "/\($0)" } ?? ""
                    return "\(event["user", "username"]?.string ?? "") \(event["verb"]?.string ?? "") "
                        + "\(event["objectRef", "resource"]?.string ?? "")\(below) \(event["responseStatus", "code"]?.int ?? 0)"
                })
        }
    }
}
