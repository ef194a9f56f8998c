import APIMachinery

/// Addresses that traffic may be sent to.
enum AddressRules {
    static func checkEndpoint(_ checker: inout FieldChecker, _ field: String, _ text: String) {
        guard let address = IPAddress(text) else {
            checker.invalid(field, JSON(text), "must be a valid IP address")
            return
        }
        func isIn(_ network: String) -> Bool { CIDR(network)?.contains(address) ?? false }
        if address.value == 0 { checker.invalid(field, JSON(text), "may not be unspecified (\(text))") }
        // Kubernetes refuses the whole range; here pods and Services of the `process` runtime have a part of it.
        if isIn("127.0.0.0/8") || isIn("::1/128"), !ClusterNetwork.isLoopback(address) {
            checker.invalid(field, JSON(text), "may not be in the loopback range (127.0.0.0/8, ::1/128)")
        }
        if isIn("169.254.0.0/16") || isIn("fe80::/10") {
            checker.invalid(field, JSON(text), "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
        }
        if isIn("224.0.0.0/24") || isIn("ff02::/16") {
            checker.invalid(
                field, JSON(text), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
        }
    }

    /// The addresses that a load balancer was given.
    static func checkLoadBalancer(_ checker: inout FieldChecker, _ balancer: JSON, needsMode: Bool) {
        checker.each("ingress", of: balancer) { checker, ingress in
            checker.check("ip", of: ingress, Validation.isIP)
            if needsMode {
                if ingress["ipMode"] == nil {
                    if !ingress.lacks("ip") { checker.required("ipMode", "must be specified when `ip` is set") }
                } else if ingress.lacks("ip") {
                    checker.forbidden("ipMode", "may not be specified when `ip` is not set")
                } else {
                    checker.oneOf("ipMode", of: ingress, ["Proxy", "VIP"])
                }
            }
            checker.check("hostname", of: ingress, Validation.isDNS1123Subdomain)
            if let name = ingress["hostname"]?.string, IPAddress(name) != nil {
                checker.invalid("hostname", JSON(name), "must be a DNS name, not an IP address")
            }
        }
    }
}
