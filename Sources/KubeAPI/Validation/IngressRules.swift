import APIMachinery

/// What may stand in an Ingress's spec.
enum IngressRules {
    static func check(_ checker: inout FieldChecker, _ spec: JSON) {
        if spec["rules"]?.count ?? 0 == 0, spec["defaultBackend"] == nil {
            checker.invalid("", spec["rules"], "either `defaultBackend` or `rules` must be specified")
        }
        checker.inside("defaultBackend", spec["defaultBackend"]) { checkBackend(&$0, $1) }
        checker.each("rules", of: spec) { checker, rule in
            if let host = rule["host"]?.string, !host.isEmpty {
                if IPAddress(host) != nil {
                    checker.invalid("host", JSON(host), "must be a DNS name, not an IP address")
                }
                checker.check("host", host, isHost)
            }
            checker.inside("http", rule["http"]) { checker, http in
                if http["paths"]?.count ?? 0 == 0 { checker.required("paths") }
                checker.each("paths", of: http) { checkPath(&$0, $1) }
            }
        }
        checker.each("tls", of: spec) { checker, tls in
            checker.each("hosts", of: tls) { $0.check("", $1.string ?? "", isHost) }
            checker.check("secretName", of: tls, Validation.isDNS1123Subdomain)
        }
        checker.check("ingressClassName", of: spec, Validation.isDNS1123Subdomain)
    }

    private static func isHost(_ host: String) -> [String] {
        host.contains("*") ? Validation.isWildcardDNS1123Subdomain(host) : Validation.isDNS1123Subdomain(host)
    }

    private static let forbiddenSequences = ["//", "/./", "/../", "%2f", "%2F"]
    private static let forbiddenSuffixes = ["/..", "/."]

    private static func checkPath(_ checker: inout FieldChecker, _ path: JSON) {
        let text = path["path"]?.string ?? ""
        guard let type = path["pathType"]?.string else {
            return checker.required("pathType", "pathType must be specified")
        }
        switch type {
        case "Exact", "Prefix":
            if !text.hasPrefix("/") { checker.invalid("path", JSON(text), "must be an absolute path") }
            for sequence in forbiddenSequences where text.contains(sequence) {
                checker.invalid("path", JSON(text), "must not contain '\(sequence)'")
            }
            for suffix in forbiddenSuffixes where text.hasSuffix(suffix) {
                checker.invalid("path", JSON(text), "cannot end with '\(suffix)'")
            }
        case "ImplementationSpecific":
            if !text.isEmpty, !text.hasPrefix("/") {
                checker.invalid("path", JSON(text), "must be an absolute path")
            }
        default:
            checker.notSupported("pathType", JSON(type), ["Exact", "ImplementationSpecific", "Prefix"])
        }
        checker.inside("backend", path["backend"] ?? .object) { checkBackend(&$0, $1) }
    }

    private static func checkBackend(_ checker: inout FieldChecker, _ backend: JSON) {
        switch (backend["resource"], backend["service"]) {
        case (.some, .some): checker.invalid("", "", "cannot set both resource and service backends")
        case (let resource?, nil): checker.inside("resource", resource) { checkReference(&$0, $1) }
        case (nil, let service?): checkService(&checker, service)
        case (nil, nil): checker.invalid("", "", "resource or service backend is required")
        }
    }

    private static func checkService(_ checker: inout FieldChecker, _ service: JSON) {
        checker.inside("service") { $0.requireText("name", of: service, Validation.isDNS1123Label) }
        let name = service["port", "name"]?.string ?? ""
        let number = service["port", "number"]?.int ?? 0
        switch (name.isEmpty, number == 0) {
        case (false, false): checker.invalid("", "", "cannot set both port name & port number")
        case (false, true): checker.check("service.port.name", name, Validation.isPortName)
        case (true, false): checker.portNumber("service.port.number", JSON(number))
        case (true, true): checker.required("", "port name or number is required")
        }
    }

    /// A reference to an object of any kind: group, kind, name.
    static func checkReference(_ checker: inout FieldChecker, _ reference: JSON) {
        checker.check("apiGroup", of: reference, Validation.isDNS1123Subdomain)
        checker.requireText("kind", of: reference, ObjectMetaRules.pathSegment)
        checker.requireText("name", of: reference, ObjectMetaRules.pathSegment)
    }
}
