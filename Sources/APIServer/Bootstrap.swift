import APIMachinery
import KubeAPI

extension ClusterServer {
    /// Makes what every cluster has: the system namespaces, the system's priority classes, the `kubernetes` service with
    /// its endpoints, and the standard roles.
    func bootstrap() async throws {
        while true {
            do {
                try await cache.waitUntilFresh()
                break
            } catch let error as StatusError {
                if Task.isCancelled { throw CancellationError() }
                log.warning("Waiting for the store", metadata: ["error": "\(error)"])
            }
        }
        allocations.load(storedServices())
        try await ensureSystemObjects()
        try await ensureStandardRoles(ownClient)
        try await serveDefinitions()
        markBootstrapped()
        definitions.ring()
        try await keepSystemObjects()
    }

    /// The Services as the cache has them.
    private func storedServices() -> [JSON] {
        var stored: [JSON] = []
        cache.cache(.services)?.snapshot(reached: 0).tree.forEach { object in
            stored.append(object.json)
            return true
        }
        return stored
    }

    /// How often it is looked whether what every cluster has is still there, as kube-apiserver does.
    private static let upkeepPeriod = Duration.seconds(10)

    /// Makes anew what was deleted (`kubectl delete all --all` takes the `kubernetes` service too).
    private func keepSystemObjects() async throws {
        while true {
            try await surroundings.sleep(Self.upkeepPeriod)
            do {
                if allocations.hasDoubts {
                    try await cache.waitUntilFresh()
                    allocations.settleDoubts(stored: storedServices())
                }
                try await ensureSystemObjects()
            } catch let error as StatusError {
                log.debug("The system's objects could not be seen to", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The cluster as the server itself.
    var ownClient: LocalClient {
        LocalClient(server: self, user: .server, agent: "kube-apiserver", isOwn: true)
    }

    private func ensureSystemObjects() async throws {
        let api = ownClient
        for name in Self.systemNamespaces {
            try await ensure(
                ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": JSON(name)]], "namespaces", "", api)
        }
        for priorityClass in PriorityClasses.ofTheSystem {
            try await ensure(priorityClass, "priorityclasses", "scheduling.k8s.io", api)
        }
        try await ensureFlowControl(api)
        if configuration.serviceAccountTokens != nil { try await keepTokenUse() }
        try await ensure(
            [
                "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1",
                "metadata": ["name": JSON(ServiceCIDRs.defaultName)],
                "spec": ["cidrs": [JSON(configuration.serviceRange.description)]],
            ], "servicecidrs", "networking.k8s.io", api)
        for object in kubernetesService() { try await ensure(object.json, object.resource, object.group, api) }
    }

    /// The object is there, and tells the address and port that are served now.
    private func ensure(_ object: JSON, _ resource: String, _ group: String = "", _ api: any ClusterAPI) async throws {
        let name = GroupResource(group: group, resource: resource)
        if let kind = registry.resource(name) {
            let key = object.key
            let present = Call.key(kind, namespace: key.namespace, name: key.name)
            if let stored = try await current(kind, present)?.json {
                var updated = stored
                for field in ["subsets", "endpoints", "ports"] where object[field] != nil {
                    updated[field] = object[field]
                }
                if updated != stored { _ = try await api.update(name, updated, subresource: nil) }
                return
            }
        }
        do {
            _ = try await api.create(name, object)
        } catch let error as StatusError where error.reason == .alreadyExists {
            return
        }
    }

    /// The service by which pods find the API server, and where it is.
    private func kubernetesService() -> [(json: JSON, resource: String, group: String)] {
        let labels: JSON = ["component": "apiserver", "provider": "kubernetes"]
        let port = configuration.securePort
        let service: JSON = [
            "kind": "Service", "apiVersion": "v1",
            "metadata": ["name": "kubernetes", "namespace": "default", "labels": labels],
            "spec": [
                "type": "ClusterIP", "clusterIP": JSON(AddressRange.text(configuration.serviceRange[1])),
                "sessionAffinity": "None",
                "ports": [["name": "https", "protocol": "TCP", "port": 443, "targetPort": JSON(port)]],
            ],
        ]
        let endpoints: JSON = [
            "kind": "Endpoints", "apiVersion": "v1",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
            ],
            "subsets": [
                [
                    "addresses": [["ip": JSON(configuration.advertiseAddress)]],
                    "ports": [["name": "https", "protocol": "TCP", "port": JSON(port)]],
                ]
            ],
        ]
        let slice: JSON = [
            "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
            "metadata": [
                "name": "kubernetes", "namespace": "default", "labels": ["kubernetes.io/service-name": "kubernetes"],
            ],
            "addressType": "IPv4",
            "endpoints": [["addresses": [JSON(configuration.advertiseAddress)], "conditions": ["ready": true]]],
            "ports": [["name": "https", "protocol": "TCP", "port": JSON(port)]],
        ]
        return [
            (service, "services", ""), (endpoints, "endpoints", ""), (slice, "endpointslices", "discovery.k8s.io"),
        ].filter { registry.resource(GroupResource(group: $0.2, resource: $0.1)) != nil }
    }
}
