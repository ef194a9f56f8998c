import APIMachinery
import Testing

@testable import KubeAPI

/// Kubernetes' warnings, each with an object that has it; and that a plain object has none.
@Suite struct WarningsTests {
    private static func warnings(_ apiVersion: String, _ kind: String, _ body: JSON, old: JSON? = nil) throws
        -> [String]
    {
        let resource = try #require(
            ResourceRegistry.builtIn.resource(GroupVersionKind(apiVersion: apiVersion, kind: kind)))
        return resource.warnings(body, old)
    }
    private static func pod(_ spec: JSON, _ metadata: JSON = ["name": "p"]) -> JSON {
        ["metadata": metadata, "spec": spec]
    }
    private static let alpha = "seccomp.security.alpha.kubernetes.io"
    private static let armor = "container.apparmor.security.beta.kubernetes.io/c"

    private static let podCases: [(spec: String, expected: [String])] = [
        (
            #"{"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"B"}],"ports":[{"containerPort":80}]}]}"#,
            []
        ),
        (
            #"{"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}]}"#,
            [#"spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply"#]
        ),
        (#"{"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"A","value":"$(A)2"}]}]}"#, []),
        (
            #"{"containers":[{"name":"c","ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":80,"protocol":"TCP"}]}]}"#,
            ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"]
        ),
        (
            #"{"containers":[{"name":"c","ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]}]}"#,
            []
        ),
        (
            #"{"initContainers":[{"name":"i","ports":[{"containerPort":80,"hostPort":80,"protocol":"TCP"}]}],"containers":[{"name":"c","ports":[{"containerPort":80,"protocol":"TCP"}]}]}"#,
            ["spec.containers[0].ports[0]: overlapping port definition with spec.initContainers[0].ports[0]"]
        ),
        (
            #"{"containers":[{"name":"c","ports":[{"containerPort":80,"hostPort":80,"protocol":"TCP"},{"containerPort":80,"hostPort":80,"hostIP":"10.0.0.1","protocol":"TCP"}]}]}"#,
            ["spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]"]
        ),
        (
            #"{"containers":[{"name":"c","ports":[{"name":"http","containerPort":80,"hostIP":"10.0.0.1","protocol":"TCP"},{"name":"http","containerPort":81,"protocol":"TCP"}]}]}"#,
            [
                "spec.containers[0].ports[0]: hostIP set without hostPort: {Name:http HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}",
                #"spec.containers[0].ports[1]: duplicate port name "http" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]"#,
            ]
        ),
        (
            #"{"containers":[{"name":"c","resources":{"limits":{"memory":"100m","cpu":"100m"},"requests":{"ephemeral-storage":"1500m"}}}]}"#,
            [
                #"spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer"#,
                #"spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "1500m" is invalid, must be an integer"#,
            ]
        ),
        (
            #"{"overhead":{"memory":"1500m"},"terminationGracePeriodSeconds":-1}"#,
            [
                #"spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer"#,
                "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
            ]
        ),
        (
            #"{"nodeSelector":{"beta.kubernetes.io/os":"linux"},"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"node-role.kubernetes.io/master"}]}]},"preferredDuringSchedulingIgnoredDuringExecution":[{"preference":{"matchExpressions":[{"key":"a","values":["-x"]}]}}]}}}"#,
            [
                #"spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead"#,
                #"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: node-role.kubernetes.io/master is use "node-role.kubernetes.io/control-plane" instead"#,
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: -x is invalid, "
                    + Validation.isLabelValue("-x")[0],
            ]
        ),
        (
            #"{"topologySpreadConstraints":[{"topologyKey":"failure-domain.beta.kubernetes.io/zone"}],"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"a"}]},"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"podAffinityTerm":{}}]}}}"#,
            [
                #"spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead"#,
                "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod",
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod",
            ]
        ),
        (
            #"{"volumes":[{"name":"g","gitRepo":{}},{"name":"s","storageos":{}},{"name":"e","ephemeral":{"volumeClaimTemplate":{"spec":{"resources":{"requests":{"storage":"1500m"}}}}}}]}"#,
            [
                "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
                "spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+",
                #"spec.volumes[2].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer"#,
            ]
        ),
        (
            #"{"volumes":[{"name":"v","configMap":{"name":"m","items":[{"path":"a"},{"path":"a/b"},{"path":"ab"}]}},{"name":"w","projected":{"sources":[{"secret":{"name":"s","items":[{"path":"x/"}]}},{"serviceAccountToken":{"path":"x"}},{}]}}]}"#,
            [
                #"volume "v" (ConfigMap "m"): overlapping paths: "a/b" with "a""#,
                #"volume "w" (Projected) has no sources provided"#,
                #"volume "w" (Projected): overlapping paths: "x" (ServiceAccountToken) with "x" (Secret "s")"#,
            ]
        ),
        (
            #"{"hostAliases":[{"ip":"1.1.1.1"},{"ip":"1.1.1.1"},{"ip":"FD00::1"}],"imagePullSecrets":[{"name":""},{"name":"a"},{"name":"a"}],"dnsConfig":{"nameservers":["::ffff:1.2.3.4"]}}"#,
            [
                #"spec.hostAliases[1].ip: duplicate ip "1.1.1.1""#,
                #"spec.imagePullSecrets[2].name: duplicate name "a""#,
                #"spec.imagePullSecrets[0].name: invalid empty name """#,
                #"spec.dnsConfig.nameservers[0]: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4""#,
                #"spec.hostAliases[2].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")"#,
            ]
        ),
    ]

    @Test(arguments: podCases.indices) func ofPodsAndTemplates(_ index: Int) throws {
        let one = Self.podCases[index]
        let spec = try JSON(parsing: one.spec)
        #expect(try Self.warnings("v1", "Pod", Self.pod(spec)) == one.expected)
        // The same in every template, with its path.
        func inTemplate(_ sentences: [String], _ place: String) -> [String] {
            sentences.map { sentence in
                sentence.replacing("spec.", with: "\(place)spec.").replacing(
                    "\(place)spec.resources", with: "spec.resources")
            }
        }
        let template = Self.pod(spec, .object)
        let workload: JSON = ["metadata": ["name": "w"], "spec": ["template": template]]
        for (apiVersion, kind) in [
            ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"),
            ("batch/v1", "Job"), ("v1", "ReplicationController"),
        ] {
            #expect(
                try Self.warnings(apiVersion, kind, workload) == inTemplate(one.expected, "spec.template."), "\(kind)")
        }
        let cron: JSON = ["metadata": ["name": "w"], "spec": ["jobTemplate": ["spec": ["template": template]]]]
        let cronPlace = "spec.jobTemplate.spec.template."
        #expect(try Self.warnings("batch/v1", "CronJob", cron) == inTemplate(one.expected, cronPlace))
        #expect(
            try Self.warnings("v1", "PodTemplate", ["template": template]) == inTemplate(one.expected, "template."))
    }

    @Test func ofAnnotationsThatBecameFields() throws {
        let metadata: JSON = [
            "name": "p",
            "annotations": [
                "scheduler.alpha.kubernetes.io/critical-pod": "", "\(Self.alpha)/pod": "a",
                "container.\(Self.alpha)/c": "a", Self.armor: "runtime/default",
            ],
        ]
        let spec: JSON = ["containers": [["name": "c"]]]
        let expected = [
            "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "
                + "\"priorityClassName\" field instead",
            "metadata.annotations[\(Self.alpha)/pod]: non-functional in v1.27+; use the \"seccompProfile\" field instead",
            "metadata.annotations[container.\(Self.alpha)/c]: non-functional in v1.27+; use the \"seccompProfile\" field "
                + "instead",
            "metadata.annotations[\(Self.armor)]: deprecated since v1.30; use the \"appArmorProfile\" field instead",
        ]
        #expect(try Self.warnings("v1", "Pod", Self.pod(spec, metadata)) == expected)
        let profiles: JSON = [
            "seccompProfile": ["type": "RuntimeDefault"], "appArmorProfile": ["type": "RuntimeDefault"],
        ]
        let sound: JSON = [
            "securityContext": profiles, "containers": [["name": "c", "securityContext": profiles]],
        ]
        #expect(try Self.warnings("v1", "Pod", Self.pod(sound, metadata)) == [expected[0]])
    }

    @Test func ofNamesThatPodsHave() throws {
        let why = WarningCollector.list(Validation.isDNS1123Label("a.b"))
        #expect(
            try Self.warnings("v1", "Pod", Self.pod(.object, ["name": "a.b"])) == [
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is "
                    + "recommended: \(why)"
            ])
        let object: JSON = ["metadata": ["name": "a.b", "generation": 1]]
        let sentence =
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label "
            + "is recommended: \(why)"
        for (apiVersion, kind) in [
            ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("batch/v1", "Job"), ("batch/v1", "CronJob"),
            ("v1", "ReplicationController"),
        ] {
            #expect(try Self.warnings(apiVersion, kind, object) == [sentence])
            #expect(try Self.warnings(apiVersion, kind, object, old: object) == [])
        }
    }

    private static let others: [(apiVersion: String, kind: String, body: String, expected: [String])] = [
        (
            "v1", "Service",
            #"{"metadata":{"annotations":{"service.kubernetes.io/topology-aware-hints":"x"}},"spec":{"type":"ClusterIP","clusterIP":"None","clusterIPs":["None"],"externalIPs":["1.2.3.4"],"loadBalancerIP":"1.2.3.4","sessionAffinity":"ClientIP","externalName":"a","trafficDistribution":"PreferClose","loadBalancerSourceRanges":["10.0.0.1/8"]}}"#,
            [
                "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
                "spec.loadBalancerIP is ignored for headless services",
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
                #"spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)"#,
                #"spec.externalName is ignored when spec.type is not "ExternalName""#,
                #"spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone""#,
            ]
        ),
        (
            "v1", "Service", #"{"spec":{"type":"ExternalName","externalIPs":["FD00::1"]}}"#,
            [
                #"spec.externalIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")"#,
                #"spec.externalIPs is ignored when spec.type is "ExternalName""#,
            ]
        ),
        (
            "v1", "Service", #"{"spec":{"type":"NodePort","externalIPs":["1.2.3.4"]}}"#,
            ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"]
        ),
        (
            "networking.k8s.io/v1", "Ingress", #"{"metadata":{"annotations":{"kubernetes.io/ingress.class":"x"}}}"#,
            [#"annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead"#]
        ),
        (
            "networking.k8s.io/v1", "NetworkPolicy",
            #"{"spec":{"egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8","except":["FD00::/64"]}}]}]}}"#,
            [
                #"spec.egress[0].to[0].ipBlock.except[0]: IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")"#
            ]
        ),
        (
            "discovery.k8s.io/v1", "EndpointSlice", #"{"addressType":"FQDN","endpoints":[{"addresses":["FD00::1"]}]}"#,
            [
                "spec.addressType: FQDN endpoints are deprecated",
                #"endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")"#,
            ]
        ),
        (
            "v1", "Endpoints", #"{"subsets":[{"notReadyAddresses":[{"ip":"FD00::1"}]}]}"#,
            [
                #"subsets[0].notReadyAddresses[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")"#
            ]
        ),
        (
            "v1", "Node", #"{"spec":{"configSource":{},"externalID":"x","podCIDRs":["10.0.0.1/24"]}}"#,
            [
                "spec.configSource: the feature is removed",
                "spec.externalID: this field is deprecated, and is unused by Kubernetes",
                #"spec.podCIDRs[0]: CIDR value "10.0.0.1/24" is ambiguous in this context (should be "10.0.0.0/24" or "10.0.0.1/32"?)"#,
            ]
        ),
        (
            "v1", "ServiceAccount", #"{"metadata":{"annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}}}"#,
            [
                "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
            ]
        ),
        (
            "v1", "ResourceQuota",
            #"{"spec":{"hard":{"cpu":"2","limits.cpu":"1","requests.memory":"1Gi","limits.memory":"1Gi"}}}"#,
            ["ResourceQuota cpu (2) should be less than limits.cpu (1)"]
        ),
        (
            "v1", "PersistentVolume",
            #"{"metadata":{"annotations":{"volume.beta.kubernetes.io/mount-options":"x"}},"spec":{"persistentVolumeReclaimPolicy":"Recycle","rbd":{},"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"beta.kubernetes.io/arch"}]}]}}}}"#,
            [
                #"metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead"#,
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
                #"spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead"#,
                "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
            ]
        ),
        (
            "v1", "PersistentVolumeClaim",
            #"{"metadata":{"annotations":{"volume.beta.kubernetes.io/storage-class":"x"}},"spec":{"resources":{"requests":{"storage":"500m"}}}}"#,
            [
                #"metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead"#,
                #"spec.resources.requests[storage]: fractional byte value "500m" is invalid, must be an integer"#,
            ]
        ),
        (
            "storage.k8s.io/v1", "StorageClass",
            #"{"allowedTopologies":[{"matchLabelExpressions":[{"key":"beta.kubernetes.io/instance-type"}]}]}"#,
            [
                #"allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "node.kubernetes.io/instance-type" instead"#
            ]
        ),
        (
            "node.k8s.io/v1", "RuntimeClass", #"{"scheduling":{"nodeSelector":{"beta.kubernetes.io/os":"linux"}}}"#,
            [#"scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead"#]
        ),
        (
            "apps/v1", "StatefulSet",
            #"{"metadata":{"name":"a"},"spec":{"revisionHistoryLimit":-1,"volumeClaimTemplates":[{"spec":{"resources":{"limits":{"storage":"500m"}}}}]}}"#,
            [
                #"spec.volumeClaimTemplates[0].resources.limits[storage]: fractional byte value "500m" is invalid, must be an integer"#,
                "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
            ]
        ),
        (
            "v1", "Secret", #"{"type":"kubernetes.io/tls","data":{"tls.crt":"","tls.key":""}}"#,
            ["tls: failed to find any PEM data in certificate input"]
        ),
        ("v1", "Secret", #"{"type":"Opaque","data":{"tls.crt":"","tls.key":""}}"#, []),
    ]

    @Test(arguments: others.indices) func ofOtherKinds(_ index: Int) throws {
        let one = Self.others[index]
        #expect(try Self.warnings(one.apiVersion, one.kind, JSON(parsing: one.body)) == one.expected)
    }

    @Test func ofAScheduleWithAZone() throws {
        let job: JSON = ["metadata": ["name": "a", "generation": 1], "spec": ["schedule": "TZ=UTC * * * * *"]]
        #expect(try Self.warnings("batch/v1", "CronJob", job, old: job).count == 1)
    }

    @Test func ofAddressesInStatus() throws {
        let service = try #require(
            ResourceRegistry.builtIn.resource(GroupVersionKind(apiVersion: "v1", kind: "Service")))
        let status: JSON = ["status": ["loadBalancer": ["ingress": [["ip": "FD00::1"]]]]]
        #expect(
            service.statusWarnings(status, status) == [
                #"status.loadBalancer.ingress[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")"#
            ])
    }
}
