import APIMachinery
import HTTPMessages
import KubeAPI

/// The proxies of pods, Services and nodes: what comes below their path goes to whom the path names, and back.
extension ClusterServer {
    /// Methods that are passed on.
    static let proxiedMethods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    func proxy(_ call: Call, _ request: Request) async throws -> Outcome {
        let kind = call.resource.singular
        guard let name = ProxiedName(call.name) else {
            throw StatusError.badRequest("invalid \(kind) request \(JSON(call.name).text)")
        }
        let place = try limits.proxyPlace()
        // api, version, [namespaces, namespace,] resource, name, proxy
        let path = ProxiedPath(request.path, segments: call.resource.isNamespaced ? 7 : 5)
        let backend: Backend?
        switch call.resource.plural {
        case "pods": backend = try await podBackend(call, name)
        case "services": backend = try await serviceBackend(call, name)
        default: backend = try await nodeBackend(call, name)
        }
        if path.rest.isEmpty, ["GET", "HEAD"].contains(request.method), !ProxiedMessages.isUpgrade(request) {
            // A page's relative links would lead beside the proxy.
            let location = path.prefix + "/" + (request.query.isEmpty ? "" : "?\(request.query)")
            return .answer(Answer(status: 301, headers: [(name: "location", value: location)]))
        }
        guard let backend else {
            let passed = ProxiedMessages.request(request, path, Backend(host: name.name, port: 0, isSecure: true))
            return .answer(place.held(by: try await nodes.page(node: name.name, request: passed)))
        }
        let answer = try await backends.forward(ProxiedMessages.request(request, path, backend), to: backend)
        let links = ProxyLinks(
            prefix: path.prefix, backend: backend.authority, asked: request.header("host") ?? "")
        return .answer(place.held(by: ProxiedMessages.answer(answer, links)))
    }

    // MARK: Whom a path names

    private func podBackend(_ call: Call, _ name: ProxiedName) async throws -> Backend {
        guard let pod = try await current(call.resource, "\(call.namespace)/\(name.name)")?.json else {
            throw StatusError.notFound(call.groupResource, name.name)
        }
        var port = name.port
        if port.isEmpty {
            let first = (pod["spec", "containers"]?.elements ?? []).compactMap { $0["ports"]?.elements.first }.first
            port = first?["containerPort"]?.number ?? ""
        }
        let address = pod["status", "podIPs"]?[0]["ip"]?.string ?? pod["status", "podIP"]?.string ?? ""
        return try Self.backend(address, port, name)
    }

    /// One of the Service's endpoints that is a pod, by chance.
    private func serviceBackend(_ call: Call, _ name: ProxiedName) async throws -> Backend {
        let key = "\(call.namespace)/\(name.name)"
        var port = name.port
        if let number = Int(port) {
            guard let service = try await current(call.resource, key)?.json else {
                throw StatusError.notFound(call.groupResource, name.name)
            }
            let ports = service["spec", "ports"]?.elements ?? []
            guard let declared = ports.first(where: { $0["port"]?.int == number }) else {
                throw Self.unavailable("no service port \(number) found for service \(JSON(name.name).text)")
            }
            port = declared["name"]?.string ?? ""
        }
        let endpoints = GroupResource(resource: "endpoints")
        guard let kind = registry.resource(endpoints), let found = try await current(kind, key)?.json else {
            throw StatusError.notFound(endpoints, name.name)
        }
        let subsets = found["subsets"]?.elements ?? []
        if subsets.isEmpty {
            throw Self.unavailable("no endpoints available for service \(JSON(name.name).text)")
        }
        for subset in rotated(subsets) {
            let ports = subset["ports"]?.elements ?? []
            guard let number = ports.first(where: { $0["name"]?.string ?? "" == port })?["port"]?.int else { continue }
            for address in rotated(subset["addresses"]?.elements ?? []) {
                guard try await isPod(address, in: call.namespace) else { continue }
                return try Self.backend(address["ip"]?.string ?? "", String(number), name)
            }
        }
        throw Self.unavailable("no endpoints available for service \(JSON(call.name).text)")
    }

    /// Whoever writes endpoints must not make this server call whom he likes: an address is one of a pod that has it.
    private func isPod(_ address: JSON, in namespace: String) async throws -> Bool {
        guard let target = address["targetRef"], target["namespace"]?.string == namespace,
            let pods = registry.resource(GroupResource(resource: "pods")),
            let pod = try await current(pods, "\(namespace)/\(target["name"]?.string ?? "")")?.json
        else { return false }
        return (pod["status", "podIPs"]?.elements ?? []).contains { $0["ip"]?.string == address["ip"]?.string }
    }

    /// Nil for the node's own kubelet.
    private func nodeBackend(_ call: Call, _ name: ProxiedName) async throws -> Backend? {
        guard let node = try await current(call.resource, name.name)?.json else {
            throw StatusError.notFound(call.groupResource, name.name)
        }
        let own = node["status", "daemonEndpoints", "kubeletEndpoint", "Port"]?.int ?? Self.kubeletPort
        if name.port.isEmpty || name.port == String(own) { return nil }
        let addresses = node["status", "addresses"]?.elements ?? []
        let address = addresses.first { $0["type"]?.string == "InternalIP" }?["address"]?.string ?? ""
        return try Self.backend(address, name.port, name)
    }
    private static let kubeletPort = 10250

    private func rotated(_ list: [JSON]) -> [JSON] {
        guard list.count > 1 else { return list }
        let start = Int(surroundings.random() % UInt64(list.count))
        return Array(list[start...] + list[..<start])
    }

    private static func backend(_ address: String, _ port: String, _ name: ProxiedName) throws -> Backend {
        guard let place = IPAddress(address), ProxiedAddresses.allow(place) else {
            throw StatusError.badRequest("address not allowed")
        }
        if port.isEmpty { return Backend(host: address, port: name.isSecure ? 443 : 80, isSecure: name.isSecure) }
        guard let number = UInt16(port), number > 0 else {
            throw unavailable("error trying to reach service: address \(port): invalid port")
        }
        return Backend(host: address, port: Int(number), isSecure: name.isSecure)
    }

    private static func unavailable(_ why: String) -> StatusError {
        StatusError(code: 503, reason: .serviceUnavailable, message: why)
    }
}

/// Where this server goes on others' behalf: never to the machine itself or its link, where services listen that trust
/// whoever is near.
enum ProxiedAddresses {
    static func allow(_ address: IPAddress) -> Bool {
        if address.isUnspecified { return false }
        let bytes = address.bytes
        if address.isIPv6 {
            let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            // An IPv4 address in IPv6's clothes is judged as what it is.
            if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
                return IPAddress(bytes: bytes.suffix(4)).map(allow) ?? false
            }
            return !isLoopback && bytes[0] != 0xFF && !(bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80)
        }
        switch bytes[0] {
        case 127: return ClusterNetwork.isLoopback(address)
        case 169: return bytes[1] != 254
        case 224...: return false
        default: return true
        }
    }
}
