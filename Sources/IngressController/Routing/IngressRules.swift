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

    /// All routes, and what of the Ingresses cannot be one. Of two Ingresses that claim one path the older has it.
    func read(_ ingresses: [Ingress]) -> (table: RoutingTable, problems: [IngressProblem]) {
        var reading = Reading()
        for ingress in Self.inOrder(ingresses.filter { isOurs($0) && !$0.isBeingDeleted }) {
            let options = RouteOptions(ingress)
            for fault in options.faults { reading.note(ingress, .annotation, fault) }
            let fallback = ingress.spec.defaultBackend.flatMap {
                reading.route(to: $0, of: ingress, options, "the default backend")
            }
            for rule in ingress.spec.rules {
                for path in rule.http?.paths ?? [] { reading.add(path, host: rule.host ?? "", of: ingress, options) }
                if let fallback { reading.addFallback(host: rule.host ?? "", fallback) }
            }
            // Without rules an Ingress is for everything.
            if ingress.spec.rules.isEmpty, let fallback { reading.addFallback(host: "", fallback) }
        }
        return (reading.table, reading.problems)
    }

    func table(of ingresses: [Ingress]) -> RoutingTable { read(ingresses).table }

    /// What is wrong with the class that an Ingress asks for: nobody has it. One that is another controller's is not ours to
    /// judge.
    func classProblem(_ ingress: Ingress) -> IngressProblem? {
        guard let name = ingress.spec.ingressClassName ?? ingress.annotations[Self.classAnnotation],
            !classes.contains(where: { $0.name == name })
        else { return nil }
        return IngressProblem(
            ingress.key, .ingressClass, "there is no IngressClass \(name), so this Ingress is served by nobody")
    }

    static func inOrder(_ ingresses: [Ingress]) -> [Ingress] {
        ingresses.sorted { left, right in
            let before = left.metadata.creationTimestamp ?? ""
            let after = right.metadata.creationTimestamp ?? ""
            return before == after ? left.key < right.key : before < after
        }
    }
}

/// The table in the making.
private struct Reading {
    var table = RoutingTable()
    var problems: [IngressProblem] = []

    mutating func note(_ ingress: Ingress, _ reason: IngressProblem.Reason, _ message: String) {
        problems.append(IngressProblem(ingress.key, reason, message))
    }

    mutating func add(_ path: HTTPIngressPath, host: String, of ingress: Ingress, _ options: RouteOptions) {
        let text = path.path.flatMap { $0.isEmpty ? nil : $0 } ?? "/"
        let place = "path \(text)" + (host.isEmpty ? "" : " of host \(host)")
        guard let normal = RequestPath(text) else { return note(ingress, .path, "\(place) leads out of the root") }
        guard let backend = path.backend,
            let route = route(to: backend, of: ingress, options, "the backend of \(place)")
        else { return }
        // What ImplementationSpecific means is ours to say: the same as Prefix.
        let type: RoutingTable.PathType = path.pathType == "Exact" ? .exact : .prefix
        guard let present = table.add(host: host, path: normal.text, type: type, route: route),
            present.ingress != ingress.key
        else { return }
        note(ingress, .path, "\(place) is ingress \(present.ingress)'s, which is older")
    }

    mutating func addFallback(host: String, _ route: IngressRoute) { table.addFallback(host: host, route: route) }

    /// nil for a backend that is not a Service: resources as backends need a controller of their own.
    mutating func route(
        to backend: IngressBackend, of ingress: Ingress, _ options: RouteOptions, _ place: String
    ) -> IngressRoute? {
        guard let service = backend.service, let name = service.name else {
            note(ingress, .backend, "\(place) is no Service; resources as backends are not known here")
            return nil
        }
        let port: ServiceTarget.Port
        if let number = service.port?.number, number > 0 {
            port = .number(number)
        } else if let portName = service.port?.name {
            port = .name(portName)
        } else {
            note(ingress, .backend, "\(place) names no port of service \(name)")
            return nil
        }
        return IngressRoute(
            target: ServiceTarget(service: ObjectKey(namespace: ingress.namespace, name: name), port: port),
            ingress: ingress.key, options: options)
    }
}

extension RouteOptions {
    private static let prefix = "nginx.ingress.kubernetes.io/"

    /// ingress-nginx' annotations as far as we have what they ask for. Unlike there, TLS alone brings no redirect. One that
    /// cannot be read has no effect.
    init(_ ingress: Ingress) {
        var wantsTLS = false
        for (name, value) in ingress.annotations.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Self.prefix) {
            switch name.dropFirst(Self.prefix.count) {
            case "ssl-redirect": wantsTLS = read(name, value, Self.flag) == true && !ingress.spec.tls.isEmpty
            case "force-ssl-redirect": redirectsToHTTPS = read(name, value, Self.flag) == true
            case "proxy-body-size": maximumBodyBytes = read(name, value, Self.bytes)
            default: faults.append("the annotation \(name) is not known here and has no effect")
            }
        }
        redirectsToHTTPS = redirectsToHTTPS || wantsTLS
    }

    private mutating func read<Value>(_ name: String, _ text: String, _ parse: (String) -> Value?) -> Value? {
        let value = parse(text)
        if value == nil { faults.append("the annotation \(name) has no effect: \"\(text)\" is no value of it") }
        return value
    }

    /// As Go reads booleans (strconv.ParseBool).
    private static func flag(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
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
