import KubeAPI

/// The variables by which a container finds Services (`MYSQL_SERVICE_HOST` and Docker's link variables).
struct ServiceLinks {
    /// In the services' order of names.
    static func variables(_ services: [Service]) -> [(name: String, value: String)] {
        var output: [(name: String, value: String)] = []
        for service in services.sorted(by: { $0.name < $1.name }) {
            guard let ip = service.spec.clusterIP, !ip.isEmpty, ip != "None", let first = service.spec.ports.first
            else {
                continue
            }
            let host = ip.contains(":") ? "[\(ip)]" : ip
            let prefix = variableName(service.name)
            output.append((prefix + "_SERVICE_HOST", ip))
            output.append((prefix + "_SERVICE_PORT", String(first.port ?? 0)))
            for port in service.spec.ports {
                guard let name = port.name, !name.isEmpty else { continue }
                output.append((prefix + "_SERVICE_PORT_" + variableName(name), String(port.port ?? 0)))
            }
            for (index, port) in service.spec.ports.enumerated() {
                let transport = port.`protocol` ?? "TCP"
                let number = String(port.port ?? 0)
                let url = "\(transport.lowercased())://\(host):\(number)"
                if index == 0 { output.append((prefix + "_PORT", url)) }
                let portPrefix = "\(prefix)_PORT_\(number)_\(transport.uppercased())"
                output.append((portPrefix, url))
                output.append((portPrefix + "_PROTO", transport.lowercased()))
                output.append((portPrefix + "_PORT", number))
                output.append((portPrefix + "_ADDR", ip))
            }
        }
        return output
    }
    static func variableName(_ text: String) -> String { text.uppercased().replacing("-", with: "_") }
}
