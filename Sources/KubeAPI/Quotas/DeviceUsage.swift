import APIMachinery

/// How many devices of each class a ResourceClaim may get at most.
enum DeviceUsage {
    static let resource = GroupResource(group: "resource.k8s.io", resource: "resourceclaims")
    /// `gpu.deviceclass.resource.k8s.io/devices`
    static let suffix = ".deviceclass.resource.k8s.io/devices"
    /// Who asks for all devices gets no more (resource/v1 AllocationResultsMaxSize).
    private static let most = 32

    static func of(claim: JSON) -> ResourceAmounts {
        var usage = ResourceAmounts()
        for request in claim["spec", "devices", "requests"]?.elements ?? [] {
            var worst = ResourceAmounts()
            // Of several that would do, one is chosen.
            let choices = (request["firstAvailable"]?.elements ?? []) + [request["exactly"]].compactMap { $0 }
            for choice in choices {
                let count =
                    switch choice["allocationMode"]?.string ?? "ExactCount" {
                    case "ExactCount": choice["count"]?.int ?? 1
                    case "All": most
                    default: 0
                    }
                let name = "\(choice["deviceClassName"]?.string ?? "")\(suffix)"
                worst.raise(to: ResourceAmounts([name: Quantity(count)]))
            }
            usage += worst
        }
        return usage
    }
}
