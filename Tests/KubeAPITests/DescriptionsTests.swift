import APIMachinery
import Testing

@testable import KubeAPI

/// What `kubectl explain` prints.
@Suite struct DescriptionsTests {
    /// The kinds that people look up.
    static let kinds = [
        "core.v1.Pod", "core.v1.Service", "core.v1.ConfigMap", "core.v1.Secret", "core.v1.Namespace", "core.v1.Node",
        "core.v1.PersistentVolume", "core.v1.PersistentVolumeClaim", "core.v1.ServiceAccount", "core.v1.Event",
        "core.v1.Endpoints", "core.v1.ResourceQuota", "core.v1.LimitRange", "apps.v1.Deployment", "apps.v1.ReplicaSet",
        "apps.v1.StatefulSet", "apps.v1.DaemonSet", "batch.v1.Job", "batch.v1.CronJob", "networking.v1.Ingress",
        "networking.v1.IngressClass", "networking.v1.NetworkPolicy", "policy.v1.PodDisruptionBudget", "rbac.v1.Role",
        "rbac.v1.ClusterRole", "rbac.v1.RoleBinding", "rbac.v1.ClusterRoleBinding", "storage.v1.StorageClass",
        "scheduling.v1.PriorityClass", "autoscaling.v2.HorizontalPodAutoscaler", "coordination.v1.Lease",
        "discovery.v1.EndpointSlice", "certificates.v1.CertificateSigningRequest",
    ]
    /// Parts that hardly anybody writes or reads.
    static let rare = [
        "GCEPersistentDisk", "AWSElasticBlockStore", "ISCSI", "FC", "Flex", "RBD", "CephFS", "Cinder", "Glusterfs",
        "Azure",
        "Vsphere", "Quobyte", "Photon", "Portworx", "ScaleIO", "StorageOS", "Flocker", "GitRepo", "CSI", "Windows",
        "SELinux", "AppArmor", "NodeConfig", "ConfigMapNodeConfig", "NodeRuntimeHandler", "NodeFeatures", "NodeSwap",
        "ContainerUser", "LinuxContainerUser", "ResourceStatus", "ResourceHealth", "VolumeMountStatus", "VolumeStatus",
        "ImageVolumeStatus", "ContainerRestartRule", "PodExtendedResource", "ContainerExtendedResource",
        "NodeAllocatable", "PodResourceClaimStatus", "PodSchedulingGroup", "ClusterTrustBundle", "PodCertificate",
        "FileKeySelector", "ResourceClaim", "PortStatus", "IngressPortStatus", "IngressLoadBalancer",
        "IngressClassParameters", "ShardInfo", "ModifyVolume", "TypedObject", "AttachedVolume", "ContainerImage",
        "NodeDaemonEndpoints", "DaemonEndpoint", "EventSeries", "UncountedTerminatedPods",
        "PersistentVolumeClaimTemplate",
        "SecretReference", "VolumeNodeAffinity", "TopologySelector", "ForZone", "ForNode", "EndpointHints",
        "ScopeSelector", "ScopedResource", "MetricStatus", "MetricValue", "Condition",
    ]

    @Test func whatIsSaidIsOfSomething() throws {
        for (name, field) in Descriptions.all.names where name != "*" {
            let type = try #require(Schema.kubernetes.type(named: name), "\(name) is no type")
            if let field { #expect(type.field(field) != nil, "\(name) has no \(field)") }
        }
    }

    @Test func everyFieldThatPeopleLookUpHasASentence() throws {
        var seen: Set<String> = []
        var waiting = try Self.kinds.map { try #require(Schema.kubernetes.type(named: "io.k8s.api.\($0)"), "\($0)") }
        while let type = waiting.popLast() {
            guard seen.insert(type.name).inserted, !Self.isRare(type.shortName) else { continue }
            let sentence = Descriptions.all.sentence(of: type) ?? ""
            #expect(Self.isSound(sentence), "\(type.name): \(sentence)")
            for field in type.fields {
                let sentence = Descriptions.all.sentence(of: field.name, in: type) ?? ""
                #expect(Self.isSound(sentence), "\(type.name).\(field.name): \(sentence)")
                if let type = field.type { waiting.append(type) }
            }
        }
        #expect(seen.count > 150)
    }

    private static func isRare(_ name: String) -> Bool {
        rare.contains { name.hasPrefix($0) || ($0.contains("Metric") && name.contains($0)) }
    }

    private static func isSound(_ sentence: String) -> Bool {
        sentence.hasSuffix(".") && sentence.count <= 160
    }

    @Test func documentsCarryThem() {
        let document = OpenAPI.v3(group: "apps", version: "v1", registry: .builtIn) ?? .null
        let schemas = document["components", "schemas"] ?? .null
        let deployment = schemas["io.k8s.api.apps.v1.Deployment"]
        #expect(deployment?["description"]?.string?.isEmpty == false)
        let spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]
        #expect(spec?["properties", "replicas", "description"]?.string == "How many pods; 1 unless said.")
        #expect(spec?["properties", "template", "description"]?.string?.isEmpty == false)
        #expect(spec?["properties", "template", "allOf"] != nil)
    }
}
