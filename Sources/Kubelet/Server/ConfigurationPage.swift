import APIMachinery
import Basics

extension KubeletServer {
    /// What is so, in the words of kubelet.config.k8s.io/v1beta1; what a file asks for without effect is in it, too.
    var configurationPage: JSON {
        let configuration = context.configuration
        func text(_ duration: Duration) -> JSON { JSON(duration.goText) }
        var config = configuration.told
        for name in ["apiVersion", "kind"] { config[name] = nil }
        config["authentication", "x509"] = config["authentication", "x509"] ?? .object
        config["authentication", "webhook"] = ["enabled": true, "cacheTTL": "2m0s"]
        config["authentication", "anonymous"] = ["enabled": false]
        config["authorization"] = [
            "mode": "Webhook", "webhook": ["cacheAuthorizedTTL": "5m0s", "cacheUnauthorizedTTL": "30s"],
        ]
        let servers: JSON = configuration.clusterDNS.isEmpty ? [] : [JSON(configuration.clusterDNS)]
        for (name, value) in [
            ("enableServer", true), ("port", JSON(Self.port)), ("maxPods", JSON(configuration.maximumPods)),
            ("podCIDR", JSON(configuration.podCIDR)), ("clusterDomain", JSON(configuration.clusterDomain)),
            ("clusterDNS", servers), ("nodeLeaseDurationSeconds", JSON(configuration.leaseDurationSeconds)),
            ("nodeStatusReportFrequency", text(NodeRegistrar.statusInterval)),
            ("streamingConnectionIdleTimeout", text(configuration.streamingConnectionIdleTimeout)),
            ("allowedUnsafeSysctls", JSON(configuration.allowedUnsafeSysctls.map { JSON($0) })),
            ("podPidsLimit", JSON(configuration.podMaxPids ?? -1)), ("cgroupRoot", JSON(configuration.cgroupRoot)),
            ("evictionPressureTransitionPeriod", text(configuration.evictionPressureTransitionPeriod)),
            ("evictionMaxPodGracePeriod", JSON(configuration.evictionMaxPodGracePeriodSeconds)),
            ("enableDebuggingHandlers", true), ("enableSystemLogHandler", true), ("enableSystemLogQuery", false),
            ("failSwapOn", false), ("memorySwap", .object), ("registerNode", true), ("cgroupDriver", "cgroupfs"),
        ] as [(String, JSON)] { config[name] = value }
        return ["kubeletconfig": config]
    }
}
