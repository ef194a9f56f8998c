import APIMachinery
import KubeAPI
import Testing

@testable import APIServer

/// Quotas at the server, whose status the test says as the loop that counts would.
@Suite struct QuotaTests {
    private static let quotas = "/api/v1/namespaces/default/resourcequotas"

    /// Makes a quota whose status is known: nothing is used.
    private static func make(_ cluster: Harness, _ name: String, _ hard: [String: String], _ spec: JSON = .object)
        async throws
    {
        var spec = spec
        spec["hard"] = JSON(hard)
        let quota: JSON = ["metadata": ["name": JSON(name)], "spec": spec]
        var made = try await cluster.call("POST", quotas, quota).json
        made["status"] = ["hard": JSON(hard), "used": JSON(hard.mapValues { _ in "0" })]
        let told = try await cluster.call("PUT", "\(quotas)/\(name)/status", made)
        #expect(told.status == 200, "\(told.message)")
    }
    private static func used(_ cluster: Harness, _ name: String) async throws -> [String: String] {
        try await cluster.call("GET", "\(quotas)/\(name)").json["status", "used"]?.stringMap ?? [:]
    }
    private static func pod(_ name: String, _ requests: [String: String], _ limits: [String: String] = [:]) -> JSON {
        var pod = Harness.pod(name)
        pod["spec", "containers"] = [
            ["name": "c", "image": "i", "resources": ["requests": JSON(requests), "limits": JSON(limits)]]
        ]
        return pod
    }

    /// 64 at once, of which half come twice; while somebody who looked too early says that nothing is used.
    @Test(.timeLimit(.minutes(1))) func aQuotaIsNeverExceeded() async throws {
        try await Harness.run { cluster in
            try await Self.make(cluster, "q", ["configmaps": "10", "count/configmaps": "12"])
            let early = try await cluster.call("GET", "\(Self.quotas)/q").json
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        if number % 8 == 7 {
                            var late = early
                            late["metadata", "resourceVersion"] = nil
                            _ = try await cluster.call("PUT", "\(Self.quotas)/q/status", late)
                        }
                        let map = Harness.configMap("m\(number / 2)")
                        return try await cluster.call("POST", Harness.configMaps, map).status
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses[201] ?? 0 <= 10, "\(statuses)")
            // Places of those that the store refused are free again.
            for number in 32..<52 {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("m\(number)"))
            }
            let count = try await cluster.call("GET", Harness.configMaps).json["items"]?.count
            #expect(count == 10)
            #expect(try await Self.used(cluster, "q") == ["configmaps": "10", "count/configmaps": "10"])
            let refused = try await cluster.call("POST", Harness.configMaps, Harness.configMap("more"))
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "configmaps \"more\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=10, "
                    + "limited: configmaps=10")
            // A dry run asks and charges nothing.
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/m32")
            let dry = try await cluster.call("POST", "\(Harness.configMaps)?dryRun=All", Harness.configMap("dry"))
            #expect(dry.status == 403)
        }
    }

    @Test func aDeletionIsCountedOnceSomebodyLooks() async throws {
        try await Harness.run { cluster in
            try await Self.make(cluster, "q", ["count/configmaps": "2"])
            for name in ["a", "b"] {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap(name))
            }
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/a")
            let patch: JSON = ["status": ["used": ["count/configmaps": "0"]]]
            let told = try await cluster.call(
                "PATCH", "\(Self.quotas)/q/status", patch, headers: DeletionTests.merge)
            #expect(told.json["status", "used", "count/configmaps"]?.string == "1")
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("c")).status == 201)
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("d")).status == 403)
        }
    }

    @Test func podsAreChargedForWhatTheyAskFor() async throws {
        try await Harness.run { cluster in
            try await Self.make(
                cluster, "q",
                ["requests.cpu": "1", "memory": "1Gi", "limits.cpu": "2", "requests.example.com/gpu": "2", "pods": "5"])
            let silent = try await cluster.call("POST", Harness.pods, Harness.pod("silent"))
            #expect(
                silent.message
                    == "pods \"silent\" is forbidden: failed quota: q: must specify limits.cpu for: c; memory for: c; "
                    + "requests.cpu for: c")
            let gpu = ["cpu": "600m", "memory": "500Mi", "example.com/gpu": "1"]
            let made = try await cluster.call(
                "POST", Harness.pods, Self.pod("p", gpu, ["cpu": "1", "example.com/gpu": "1"]))
            #expect(made.status == 201, "\(made.message)")
            #expect(
                try await Self.used(cluster, "q") == [
                    "requests.cpu": "600m", "memory": "500Mi", "limits.cpu": "1", "requests.example.com/gpu": "1",
                    "pods": "1",
                ])
            let more = try await cluster.call(
                "POST", Harness.pods, Self.pod("more", ["cpu": "500m", "memory": "600Mi"], ["cpu": "1"]))
            #expect(
                more.message
                    == "pods \"more\" is forbidden: exceeded quota: q, requested: memory=600Mi,requests.cpu=500m, used: "
                    + "memory=500Mi,requests.cpu=600m, limited: memory=1Gi,requests.cpu=1")
        }
    }

    @Test func aQuotaWhoseStatusIsUnknownLetsNothingPass() async throws {
        try await Harness.run { cluster in
            let quota: JSON = ["metadata": ["name": "q"], "spec": ["hard": ["services": "1"]]]
            var made = try await cluster.call("POST", Self.quotas, quota).json
            // What is not in the status does not bind yet.
            #expect(try await cluster.call("POST", Self.services, Self.service("a", "ClusterIP", 1)).status == 201)
            made["status"] = ["hard": ["services": "1", "count/services": "1"]]
            let told = try await cluster.call("PUT", "\(Self.quotas)/q/status", made).json
            #expect(told["status", "used"]?.isEmpty ?? true)
            let refused = try await cluster.call("POST", Self.services, Self.service("b", "ClusterIP", 1))
            #expect(
                refused.message
                    == "services \"b\" is forbidden: status unknown for quota: q, resources: count/services,services")
        }
    }

    private static let services = "/api/v1/namespaces/default/services"
    private static func service(_ name: String, _ type: String, _ ports: Int) -> JSON {
        let ports: [JSON] = (0..<ports).map { ["name": JSON("p\($0)"), "port": JSON(80 + $0)] }
        return ["metadata": ["name": JSON(name)], "spec": ["type": JSON(type), "ports": JSON(ports)]]
    }

    @Test func servicesAreChargedForNodePortsAndLoadBalancersAlsoWhenTheyChange() async throws {
        try await Harness.run { cluster in
            try await Self.make(
                cluster, "q", ["services": "3", "services.nodeports": "3", "services.loadbalancers": "1"])
            let made = try await cluster.call("POST", Self.services, Self.service("a", "NodePort", 2))
            #expect(made.status == 201, "\(made.message)")
            #expect(try await cluster.call("POST", Self.services, Self.service("b", "ClusterIP", 2)).status == 201)
            let wide = try await cluster.call(
                "PATCH", "\(Self.services)/b", ["spec": ["type": "LoadBalancer"]], headers: DeletionTests.merge)
            #expect(
                wide.message
                    == "services \"b\" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: "
                    + "services.nodeports=2, limited: services.nodeports=3")
            let narrow = try await cluster.call(
                "PATCH", "\(Self.services)/b",
                ["spec": ["type": "LoadBalancer", "allocateLoadBalancerNodePorts": false]],
                headers: DeletionTests.merge)
            #expect(narrow.status == 200, "\(narrow.message)")
            #expect(
                try await Self.used(cluster, "q")
                    == ["services": "3", "services.nodeports": "2", "services.loadbalancers": "1"])
        }
    }

    @Test func scopesSayWhichPodsCount() async throws {
        try await Harness.run { cluster in
            let classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
            _ = try await cluster.call("POST", classes, ["metadata": ["name": "high"], "value": 10])
            try await Self.make(cluster, "terminating", ["pods": "9"], ["scopes": ["Terminating"]])
            try await Self.make(cluster, "lasting", ["pods": "9"], ["scopes": ["NotTerminating"]])
            try await Self.make(cluster, "best", ["pods": "9"], ["scopes": ["BestEffort"]])
            try await Self.make(cluster, "sure", ["pods": "9"], ["scopes": ["NotBestEffort"]])
            func selected(_ name: String, _ scope: String, _ operation: String, _ values: [String] = []) async throws {
                var requirement: JSON = ["scopeName": JSON(scope), "operator": JSON(operation)]
                if !values.isEmpty { requirement["values"] = JSON(values) }
                try await Self.make(
                    cluster, name, ["pods": "9"], ["scopeSelector": ["matchExpressions": [requirement]]])
            }
            try await selected("high", "PriorityClass", "In", ["high"])
            try await selected("others", "PriorityClass", "NotIn", ["high"])
            try await selected("classless", "PriorityClass", "DoesNotExist")
            try await selected("far", "CrossNamespacePodAffinity", "Exists")
            var pod = Self.pod("p", ["cpu": "1"])
            pod["spec", "activeDeadlineSeconds"] = 5
            pod["spec", "priorityClassName"] = "high"
            let term: JSON = ["topologyKey": "zone", "namespaceSelector": .object, "labelSelector": .object]
            pod["spec", "affinity"] = ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]
            let made = try await cluster.call("POST", Harness.pods, pod)
            #expect(made.status == 201, "\(made.message)")
            #expect(try await cluster.call("POST", Harness.pods, Harness.pod("plain")).status == 201)
            for name in ["terminating", "lasting", "best", "sure", "high", "others", "classless", "far"] {
                #expect(try await Self.used(cluster, name) == ["pods": "1"], "\(name)")
            }
        }
    }

    @Test func claimsOfDevicesAreCountedByTheMostTheyMayGet() {
        let claim: JSON = [
            "spec": [
                "devices": [
                    "requests": [
                        [
                            "name": "a",
                            "exactly": ["deviceClassName": "gpu", "allocationMode": "ExactCount", "count": 2],
                        ],
                        [
                            "name": "b",
                            "firstAvailable": [
                                ["name": "x", "deviceClassName": "gpu", "count": 1],
                                ["name": "y", "deviceClassName": "net", "allocationMode": "All"],
                            ],
                        ],
                    ]
                ]
            ]
        ]
        let usage = QuotaUsage.of(
            claim, GroupResource(group: "resource.k8s.io", resource: "resourceclaims"), now: .distantPast)
        #expect(
            usage.sentence
                == "count/resourceclaims.resource.k8s.io=1,gpu.deviceclass.resource.k8s.io/devices=3,"
                + "net.deviceclass.resource.k8s.io/devices=32")
    }

    @Test func claimsAreChargedByTheirClass() async throws {
        try await Harness.run { cluster in
            let gold = "gold.storageclass.storage.k8s.io/requests.storage"
            try await Self.make(cluster, "q", ["requests.storage": "5Gi", gold: "2Gi", "persistentvolumeclaims": "3"])
            let selector: JSON = [
                "matchExpressions": [["scopeName": "VolumeAttributesClass", "operator": "In", "values": ["fast"]]]
            ]
            try await Self.make(cluster, "fast", ["persistentvolumeclaims": "3"], ["scopeSelector": selector])
            func claim(_ name: String, _ size: String, _ storageClass: String) -> JSON {
                [
                    "metadata": ["name": JSON(name)],
                    "spec": [
                        "accessModes": ["ReadWriteOnce"], "storageClassName": JSON(storageClass),
                        "volumeAttributesClassName": storageClass == "gold" ? "fast" : .null,
                        "resources": ["requests": ["storage": JSON(size)]],
                    ],
                ]
            }
            let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
            let made = try await cluster.call("POST", claims, claim("a", "2Gi", "gold"))
            #expect(made.status == 201, "\(made.message)")
            #expect(
                try await cluster.call("POST", claims, claim("b", "1Gi", "gold")).message
                    == "persistentvolumeclaims \"b\" is forbidden: exceeded quota: q, requested: \(gold)=1Gi, used: "
                    + "\(gold)=2Gi, limited: \(gold)=2Gi")
            #expect(try await cluster.call("POST", claims, claim("c", "2Gi", "silver")).status == 201)
            #expect(
                try await Self.used(cluster, "q")
                    == ["requests.storage": "4Gi", gold: "2Gi", "persistentvolumeclaims": "2"])
            #expect(try await Self.used(cluster, "fast") == ["persistentvolumeclaims": "1"])
        }
    }
}
