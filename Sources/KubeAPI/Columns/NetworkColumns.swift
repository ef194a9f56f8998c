import APIMachinery

/// What `kubectl get` shows of Services, endpoints and Ingresses.
enum NetworkColumns {
    static let services: [Resource.Column] = [
        .name,
        .text("Type") { $0["spec", "type"]?.string ?? "" },
        .text("Cluster-IP") { Cells.orNone($0["spec", "clusterIPs"]?[0] ?? $0["spec", "clusterIP"]) },
        .text("External-IP", externalAddress),
        .text("Port(s)", ports),
        .age,
        .text("Selector", priority: 1) { Cells.labels($0["spec", "selector"]) },
    ]
    static let ingresses: [Resource.Column] = [
        .name,
        .text("Class") { Cells.orNone($0["spec", "ingressClassName"]) },
        .text("Hosts", hosts),
        .text("Address") { Cells.loadBalancer($0) },
        .text("Ports") { $0["spec", "tls"]?.count ?? 0 > 0 ? "80, 443" : "80" },
        .age,
    ]
    static let ingressClasses: [Resource.Column] = [
        Resource.Column("Name", "string", format: "name") {
            Cells.nameWithDefault($0, ["ingressclass.kubernetes.io/is-default-class"])
        },
        .text("Controller") { $0["spec", "controller"]?.string ?? "" },
        .text("Parameters", parameters),
        .age,
    ]
    static let endpointSlices: [Resource.Column] = [
        .name,
        .text("AddressType") { $0["addressType"]?.string ?? "" },
        .text("Ports") { slice in
            Cells.list(
                (slice["ports"]?.elements ?? []).map { $0["port"]?.number ?? $0["name"]?.string ?? "*" })
        },
        .text("Endpoints") { slice in
            Cells.list((slice["endpoints"]?.elements ?? []).flatMap { $0["addresses"]?.strings ?? [] })
        },
        .age,
    ]
    static let endpoints: [Resource.Column] = [.name, .text("Endpoints", subsets), .age]

    private static func externalAddress(_ service: JSON) -> String {
        let external = service["spec", "externalIPs"]?.strings ?? []
        switch service["spec", "type"]?.string {
        case "ExternalName": return service["spec", "externalName"]?.string ?? ""
        case "LoadBalancer":
            let all = [Cells.loadBalancer(service)].filter { !$0.isEmpty } + external
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        case "ClusterIP", "NodePort": return external.isEmpty ? Cells.none : external.joined(separator: ",")
        default: return "<unknown>"
        }
    }

    private static func ports(_ service: JSON) -> String {
        let ports = (service["spec", "ports"]?.elements ?? []).map { port in
            let number = port["port"]?.int ?? 0
            let nodePort = port["nodePort"]?.int ?? 0
            let shown = nodePort > 0 ? "\(number):\(nodePort)" : "\(number)"
            return "\(shown)/\(port["protocol"]?.string ?? "")"
        }
        return ports.isEmpty ? Cells.none : ports.joined(separator: ",")
    }

    private static func hosts(_ ingress: JSON) -> String {
        let rules = ingress["spec", "rules"]?.elements ?? []
        let hosts = rules.compactMap { $0["host"]?.string }.filter { !$0.isEmpty }
        if hosts.isEmpty { return "*" }
        let shown = hosts.prefix(3).joined(separator: ",")
        return hosts.count > 3 ? "\(shown) + \(rules.count - 3) more..." : shown
    }

    private static func parameters(_ ingressClass: JSON) -> String {
        guard let parameters = ingressClass["spec", "parameters"] else { return Cells.none }
        let group = parameters["apiGroup"]?.string.map { ".\($0)" } ?? ""
        return "\(parameters["kind"]?.string ?? "")\(group)/\(parameters["name"]?.string ?? "")"
    }

    private static func subsets(_ endpoints: JSON) -> String {
        var shown: [String] = []
        for subset in endpoints["subsets"]?.elements ?? [] {
            let addresses = (subset["addresses"]?.elements ?? []).compactMap { $0["ip"]?.string }
            let ports = subset["ports"]?.elements ?? []
            if ports.isEmpty { shown += addresses }
            for port in ports {
                let number = port["port"]?.int ?? 0
                shown += addresses.map { $0.contains(":") ? "[\($0)]:\(number)" : "\($0):\(number)" }
            }
        }
        return endpoints["subsets"]?.count ?? 0 == 0 ? Cells.none : shown.isEmpty ? "" : Cells.list(shown)
    }
}
