import APIMachinery

/// Probes and lifecycle hooks of a container.
enum ProbeRules {
    static func check(_ checker: inout FieldChecker, _ container: JSON, _ spec: JSON) {
        let grace = spec["terminationGracePeriodSeconds"]?.int
        checker.inside("lifecycle", container["lifecycle"]) { checker, lifecycle in
            for hook in ["postStart", "preStop"] {
                checker.inside(hook, lifecycle[hook]) { checkHandler(&$0, $1, graceSeconds: grace) }
            }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            checker.inside(name, container[name]) { checker, probe in
                checkProbe(&checker, probe)
                if name == "readinessProbe" {
                    if let seconds = probe["terminationGracePeriodSeconds"] {
                        checker.invalid(
                            "terminationGracePeriodSeconds", seconds, "must not be set for readinessProbes")
                    }
                } else if probe["successThreshold"]?.int != 1 {
                    checker.invalid("successThreshold", probe["successThreshold"] ?? 0, "must be 1")
                }
            }
        }
    }

    private static func checkProbe(_ checker: inout FieldChecker, _ probe: JSON) {
        checkHandler(&checker, probe, graceSeconds: nil)
        for field in [
            "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
        ] {
            checker.nonNegative(field, of: probe)
        }
        if let seconds = probe["terminationGracePeriodSeconds"], seconds.int ?? 0 <= 0 {
            checker.invalid("terminationGracePeriodSeconds", seconds, "must be greater than 0")
        }
    }

    private static func checkHandler(_ checker: inout FieldChecker, _ handler: JSON, graceSeconds: Int?) {
        var isFirst = true
        for name in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
            guard let action = handler[name] else { continue }
            if !isFirst {
                checker.forbidden(name, "may not specify more than 1 handler type")
                continue
            }
            isFirst = false
            checker.inside(name, action) { checkAction(&$0, name, $1, graceSeconds) }
        }
        if isFirst { checker.required("", "must specify a handler type") }
    }

    private static func checkAction(
        _ checker: inout FieldChecker, _ name: String, _ action: JSON, _ graceSeconds: Int?
    ) {
        switch name {
        case "exec": if action["command"]?.count ?? 0 == 0 { checker.required("command") }
        case "httpGet":
            checker.requireText("path", of: action)
            checker.port("port", action["port"])
            checker.oneOf("scheme", of: action, ["HTTP", "HTTPS"])
            for header in action["httpHeaders"]?.elements ?? [] {
                checker.check("httpHeaders", header["name"]?.string ?? "", Validation.isHTTPHeaderName)
            }
        case "tcpSocket": checker.port("port", action["port"])
        case "grpc": checker.portNumber("port", action["port"])
        default:
            let seconds = action["seconds"]?.int ?? 0
            if let graceSeconds, seconds < 0 || seconds > graceSeconds {
                checker.invalid(
                    "", JSON(seconds),
                    "must be non-negative and less than terminationGracePeriodSeconds (\(graceSeconds))")
            }
        }
    }
}
