import APIMachinery
import ArgumentParser

/// What pods of a bench want, after the cases of Kubernetes' scheduler_perf.
enum ScheduleCase: String, CaseIterable, ExpressibleByArgument {
    case basic, nodeAffinity = "node-affinity", spread, podAffinity = "pod-affinity", antiAffinity = "anti-affinity"
    case preferredAffinity = "preferred-affinity", preferredAntiAffinity = "preferred-anti-affinity"
    case namespaceSelector = "namespace-selector", gated, preemption, churn

    static let hostname = "kubernetes.io/hostname"
    static let zone = "topology.kubernetes.io/zone"

    /// Pods that are there before the clock starts, for so many nodes.
    func initialPods(_ nodes: Int) -> Int {
        switch self {
        case .basic, .nodeAffinity: nodes / 5
        case .spread, .podAffinity, .preferredAffinity, .preferredAntiAffinity: nodes
        case .antiAffinity, .namespaceSelector: nodes / 5
        case .gated: 2 * nodes
        // Nodes are full of them.
        case .preemption: 4 * nodes
        case .churn: 0
        }
    }
    /// Pods that are scheduled while the clock runs.
    func measuredPods(_ nodes: Int) -> Int {
        switch self {
        case .basic, .gated, .churn: 2 * nodes
        case .antiAffinity, .namespaceSelector: nodes * 2 / 5
        default: nodes
        }
    }
    func labels(ofNode number: Int) -> [String: String] {
        [Self.hostname: "node-\(number)", Self.zone: "zone-\(number % 3)"]
    }

    /// One of the pods; the initial ones are the others' company, wait at a gate, or are in the way.
    func pod(_ name: String, isInitial: Bool) -> JSON {
        var pod = SamplePod.small
        pod["metadata", "name"] = JSON(name)
        pod["metadata", "labels", "color"] = "green"
        pod["spec", "containers"]?[0]["resources"] = ["requests": ["cpu": "10m", "memory": "16Mi"]]
        switch self {
        case .basic, .churn: break
        case .nodeAffinity:
            let term: JSON = [
                "matchExpressions": [["key": JSON(Self.zone), "operator": "In", "values": ["zone-1", "zone-2"]]]
            ]
            pod["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
                "nodeSelectorTerms": [term]
            ]
        case .spread:
            pod["spec", "topologySpreadConstraints"] = [
                [
                    "maxSkew": 5, "topologyKey": JSON(Self.zone), "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": Self.green,
                ]
            ]
        case .podAffinity: pod["spec", "affinity", "podAffinity"] = Self.required(Self.term(Self.zone))
        case .antiAffinity: pod["spec", "affinity", "podAntiAffinity"] = Self.required(Self.term(Self.hostname))
        case .preferredAffinity: pod["spec", "affinity", "podAffinity"] = Self.preferred(Self.term(Self.hostname))
        case .preferredAntiAffinity:
            pod["spec", "affinity", "podAntiAffinity"] = Self.preferred(Self.term(Self.hostname))
        case .namespaceSelector:
            var term = Self.term(Self.hostname)
            term["namespaceSelector"] = ["matchLabels": ["kubernetes.io/metadata.name": "default"]]
            pod["spec", "affinity", "podAntiAffinity"] = Self.required(term)
        case .gated: if isInitial { pod["spec", "schedulingGates"] = [["name": "bench.example.com/wait"]] }
        case .preemption:
            // Four fill a node of 32; one of the others needs the room of two.
            pod["spec", "containers"]?[0]["resources", "requests", "cpu"] = isInitial ? "8" : "16"
            pod["spec", "terminationGracePeriodSeconds"] = 0
            if !isInitial { pod["spec", "priorityClassName"] = "system-cluster-critical" }
        }
        return pod
    }

    /// What comes and goes while `churn` is measured: a node, a pod that fits nowhere, a Service.
    static func churning(_ number: Int) -> [(resource: GroupResource, object: JSON)] {
        let name = JSON("churn-\(number)")
        var pod = SamplePod.small
        pod["metadata", "name"] = name
        pod["spec", "containers"]?[0]["resources"] = ["requests": ["cpu": "900"]]
        pod["spec", "terminationGracePeriodSeconds"] = 0
        let node: JSON = ["apiVersion": "v1", "kind": "Node", "metadata": ["name": name]]
        let service: JSON = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": name, "namespace": "default"],
            "spec": ["selector": ["app": "none"], "ports": [["port": 8080]]],
        ]
        return [("nodes", node), ("pods", pod), ("services", service)].map { (GroupResource(resource: $0.0), $0.1) }
    }

    private static let green: JSON = ["matchLabels": ["color": "green"]]
    private static func term(_ key: String) -> JSON { ["topologyKey": JSON(key), "labelSelector": green] }
    private static func required(_ term: JSON) -> JSON { ["requiredDuringSchedulingIgnoredDuringExecution": [term]] }
    private static func preferred(_ term: JSON) -> JSON {
        ["preferredDuringSchedulingIgnoredDuringExecution": [["weight": 1, "podAffinityTerm": term]]]
    }
}
