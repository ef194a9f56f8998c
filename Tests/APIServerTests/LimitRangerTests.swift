import APIMachinery
import KubeAPI
import Testing

/// LimitRanges at the server.
@Suite struct LimitRangerTests {
    private static func limit(_ cluster: Harness, _ item: JSON) async throws {
        let range: JSON = ["metadata": ["name": "limits"], "spec": ["limits": [item]]]
        let made = try await cluster.call("POST", "/api/v1/namespaces/default/limitranges", range)
        #expect(made.status == 201, "\(made.message)")
    }
    private static func pod(_ name: String, _ resources: JSON...) -> JSON {
        var pod = Harness.pod(name)
        pod["spec", "containers"] = JSON(
            resources.enumerated().map { index, resources in
                ["name": JSON("c\(index)"), "image": "i", "resources": resources]
            })
        return pod
    }

    @Test func containersGetWhatTheyDoNotSay() async throws {
        try await Harness.run { cluster in
            try await Self.limit(
                cluster,
                [
                    "type": "Container", "default": ["cpu": "500m", "memory": "256Mi"],
                    "defaultRequest": ["cpu": "100m", "memory": "128Mi"],
                ])
            let made = try await cluster.call(
                "POST", Harness.pods, Self.pod("p", ["requests": ["cpu": "300m"]], .object))
            #expect(made.status == 201, "\(made.message)")
            let containers = made.json["spec", "containers"]?.elements ?? []
            #expect(
                containers.map { $0["resources"] } == [
                    ["requests": ["cpu": "300m", "memory": "128Mi"], "limits": ["cpu": "500m", "memory": "256Mi"]],
                    ["requests": ["cpu": "100m", "memory": "128Mi"], "limits": ["cpu": "500m", "memory": "256Mi"]],
                ])
            #expect(
                made.json["metadata", "annotations", "kubernetes.io/limit-ranger"]?.string
                    == "LimitRanger plugin set: memory request for container c0; cpu, memory limit for container c0; cpu, "
                    + "memory request for container c1; cpu, memory limit for container c1")
            #expect(made.json["status", "qosClass"]?.string == "Burstable")
            let silent = try await cluster.call("POST", Harness.pods, Self.pod("q", .object))
            #expect(silent.json["status", "qosClass"]?.string == "Burstable")
        }
    }

    @Test func containersStayWithinBounds() async throws {
        try await Harness.run { cluster in
            try await Self.limit(
                cluster,
                [
                    "type": "Container", "min": ["memory": "64Mi"], "max": ["cpu": "1"], "default": ["cpu": "1"],
                    "maxLimitRequestRatio": ["cpu": "2"],
                ])
            func message(_ resources: JSON) async throws -> String {
                try await cluster.call("POST", Harness.pods, Self.pod("p", resources)).message
            }
            let start = "pods \"p\" is forbidden: "
            #expect(
                try await message(["requests": ["cpu": "600m", "memory": "32Mi"]])
                    == "\(start)minimum memory usage per Container is 64Mi, but request is 32Mi")
            #expect(
                try await message(["requests": ["cpu": "1500m", "memory": "64Mi"], "limits": ["cpu": "2"]])
                    == "\(start)maximum cpu usage per Container is 1, but limit is 2")
            #expect(
                try await message(["requests": ["cpu": "300m", "memory": "32Mi"]])
                    == "\(start)[minimum memory usage per Container is 64Mi, but request is 32Mi, cpu max limit to request "
                    + "ratio per Container is 2, but provided ratio is 3.333333]")
            #expect(try await message(["requests": ["cpu": "500m", "memory": "64Mi"]]) == "")
        }
    }

    @Test func podsAndClaimsAreBoundAsAWhole() async throws {
        try await Harness.run { cluster in
            let range: JSON = [
                "metadata": ["name": "limits"],
                "spec": [
                    "limits": [
                        ["type": "Pod", "max": ["cpu": "1"]],
                        ["type": "PersistentVolumeClaim", "min": ["storage": "1Gi"], "max": ["storage": "2Gi"]],
                    ]
                ],
            ]
            let made = try await cluster.call("POST", "/api/v1/namespaces/default/limitranges", range)
            #expect(made.status == 201, "\(made.message)")
            let half: JSON = ["limits": ["cpu": "600m"]]
            #expect(
                try await cluster.call("POST", Harness.pods, Self.pod("p", half, half)).message
                    == "pods \"p\" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m")
            #expect(
                try await cluster.call("POST", Harness.pods, Self.pod("p", half, .object)).status == 201)
            #expect(
                try await cluster.call("POST", Harness.pods, Self.pod("q", .object)).message
                    == "pods \"q\" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified")
            func claim(_ size: String) async throws -> String {
                let claim: JSON = [
                    "metadata": ["name": "c"],
                    "spec": [
                        "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": JSON(size)]],
                    ],
                ]
                return try await cluster.call("POST", "/api/v1/namespaces/default/persistentvolumeclaims", claim)
                    .message
            }
            let start = "persistentvolumeclaims \"c\" is forbidden: "
            #expect(
                try await claim("1Mi")
                    == "\(start)minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi")
            #expect(
                try await claim("3Gi")
                    == "\(start)maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi")
            #expect(try await claim("2Gi") == "")
        }
    }
}
