import APIMachinery
import KubeAPI

/// Reads Ingresses into routes: which are ours, and what each rule means.
struct IngressRules {
    /// The name under which classes ask for this controller (IngressClass spec.controller).
    static let controllerName = "skiff.dev/ingress"
    static let classAnnotation = "kubernetes.io/ingress.class"
    static let defaultClassAnnotation = "ingressclass.kubernetes.io/is-default-class"

    let classes: [IngressClass]

    /// Whether an Ingress asks for us: by class name, by the old annotation, or by nothing when our class is the default.
    func isOurs(_ ingress: Ingress) -> Bool {
        if let name = ingress.spec.ingressClassName { return ours.contains { $0.name == name } }
        if let name = ingress.annotations[Self.classAnnotation] { return ours.contains { $0.name == name } }
        return ours.contains { $0.annotations[Self.defaultClassAnnotation] == "true" }
    }

    private var ours: [IngressClass] { classes.filter { $0.spec.controller == Self.controllerName } }

    /// All routes. Of two Ingresses that claim one path the older has it.
    func table(of ingresses: [Ingress]) -> RoutingTable {
        var table = RoutingTable()
        for ingress in Self.inOrder(ingresses.filter { isOurs($0) && !$0.isBeingDeleted }) {
            let options = RouteOptions(ingress)
            let fallback = ingress.spec.defaultBackend.flatMap { route(to: $0, of: ingress, options) }
            for rule in ingress.spec.rules {
                for path in rule.http?.paths ?? [] {
                    add(path, host: rule.host ?? "", of: ingress, options, to: &table)
                }
                if let fallback { table.addFallback(host: rule.host ?? "", route: fallback) }
            }
            // Without rules an Ingress is for everything.
            if ingress.spec.rules.isEmpty, let fallback { table.addFallback(host: "", route: fallback) }
        }
        return table
    }

    static func inOrder(_ ingresses: [Ingress]) -> [Ingress] {
        ingresses.sorted { left, right in
            let before = left.metadata.creationTimestamp ?? ""
            let after = right.metadata.creationTimestamp ?? ""
            return before == after ? left.key < right.key : before < after
        }
    }

    private func add(
        _ path: HTTPIngressPath, host: String, of ingress: Ingress, _ options: RouteOptions,
        to table: inout RoutingTable
    ) {
        guard let route = path.backend.flatMap({ route(to: $0, of: ingress, options) }),
            let normal = RequestPath(path.path.flatMap { $0.isEmpty ? nil : $0 } ?? "/")
        else { return }
        // What ImplementationSpecific means is ours to say: the same as Prefix.
        table.add(host: host, path: normal.text, type: path.pathType == "Exact" ? .exact : .prefix, route: route)
    }

    /// nil for a backend that is not a Service: resources as backends need a controller of their own.
    private func route(to backend: IngressBackend, of ingress: Ingress, _ options: RouteOptions) -> IngressRoute? {
        guard let service = backend.service, let name = service.name else { return nil }
        let port: ServiceTarget.Port
        if let number = service.port?.number, number > 0 {
            port = .number(number)
        } else if let portName = service.port?.name {
            port = .name(portName)
        } else {
            return nil
        }
        return IngressRoute(
            target: ServiceTarget(service: ObjectKey(namespace: ingress.namespace, name: name), port: port),
            ingress: ingress.key, options: options)
    }
}

extension RouteOptions {
    private static let prefix = "nginx.ingress.kubernetes.io/"

    /// ingress-nginx' annotations as far as we have what they ask for. Unlike there, TLS alone brings no redirect.
    init(_ ingress: Ingress) {
        let annotations = ingress.annotations
        let wantsTLS = annotations[Self.prefix + "ssl-redirect"] == "true" && !ingress.spec.tls.isEmpty
        redirectsToHTTPS = wantsTLS || annotations[Self.prefix + "force-ssl-redirect"] == "true"
        maximumBodyBytes = annotations[Self.prefix + "proxy-body-size"].flatMap { Self.bytes($0) }
    }

    /// nginx' sizes: 8m, 16k, 1g, 1024.
    private static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        guard let last = text.lowercased().last else { return nil }
        guard let unit = units[last] else { return Int(text).flatMap { $0 >= 0 ? $0 : nil } }
        guard let number = Int(text.dropLast()), number >= 0 else { return nil }
        let (product, isTooMuch) = number.multipliedReportingOverflow(by: unit)
        return isTooMuch ? nil : product
    }
}
