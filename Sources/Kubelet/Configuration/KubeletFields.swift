import APIMachinery
import Basics

/// The fields of a KubeletConfiguration of Kubernetes 1.36: their types, and what becomes of each here.
enum KubeletFields {
    enum Effect: Equatable {
        case honoured
        /// It is so whatever the file says.
        case always(String)
        case none
    }
    /// As Go calls them.
    enum FieldType: String {
        case bool, int32, int64, float64, string
        case strings = "[]string"
        case numbers = "[]int32"
        case duration = "v1.Duration"
        case texts = "map[string]string"
        case switches = "map[string]bool"
        case lists = "map[string][]string"
        /// Of several shapes that are not looked into.
        case any

        /// What there is instead, as Go calls it; nil when it fits.
        func mismatch(_ value: JSON) -> String? {
            func each(_ fits: Bool, _ values: [JSON], _ type: FieldType) -> String? {
                fits ? values.lazy.compactMap(type.mismatch).first : KubeletFields.word(value)
            }
            switch self {
            case .any: return nil
            case .bool: return value.bool == nil ? KubeletFields.word(value) : nil
            case .int32, .int64: return value.int == nil ? KubeletFields.word(value) : nil
            case .float64: return value.number == nil ? KubeletFields.word(value) : nil
            case .string: return value.string == nil ? KubeletFields.word(value) : nil
            case .duration:
                guard let text = value.string else { return KubeletFields.word(value) }
                return Duration(goText: text) == nil ? "time: invalid duration \"\(text)\"" : nil
            case .strings: return each(value.isArray, value.elements, .string)
            case .numbers: return each(value.isArray, value.elements, .int32)
            case .texts: return each(value.isObject, value.members.map(\.value), .string)
            case .switches: return each(value.isObject, value.members.map(\.value), .bool)
            case .lists: return each(value.isObject, value.members.map(\.value), .strings)
            }
        }
    }
    struct Field {
        var type: FieldType
        var effect: Effect
    }

    /// A JSON value's kind in the words of Go's decoder.
    static func word(_ value: JSON) -> String {
        if value.isObject { return "object" }
        if value.isArray { return "array" }
        if value.string != nil { return "string" }
        return value.bool != nil ? "bool" : "number"
    }

    /// By path.
    static let all: [String: Field] = notation.split(separator: "\n").reduce(into: [:]) { fields, line in
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count > 1, let type = FieldType(rawValue: words[1]) else { return }
        let mark = words.count > 2 ? words[2] : ""
        fields[words[0]] = Field(
            type: type, effect: mark == "+" ? .honoured : mark.isEmpty ? .none : .always(String(mark.dropFirst())))
    }
    /// Paths that have fields below them.
    static let groups: Set<String> = all.keys.reduce(into: []) { groups, path in
        var parts = path.split(separator: ".").dropLast()
        while !parts.isEmpty {
            groups.insert(parts.joined(separator: "."))
            parts = parts.dropLast()
        }
    }

    /// Path, type, and `+` for what is honoured or `=` with what is so anyway.
    private static let notation = """
        enableServer bool =true
        staticPodPath string =
        podLogsDir string
        syncFrequency v1.Duration
        fileCheckFrequency v1.Duration
        httpCheckFrequency v1.Duration
        staticPodURL string =
        staticPodURLHeader map[string][]string
        address string
        port int32 =10250
        readOnlyPort int32 =0
        tlsCertFile string =
        tlsPrivateKeyFile string =
        tlsCipherSuites []string
        tlsCurvePreferences []int32
        tlsMinVersion string =VersionTLS12
        rotateCertificates bool +
        serverTLSBootstrap bool +
        authentication.x509.clientCAFile string +
        authentication.webhook.enabled bool =true
        authentication.webhook.cacheTTL v1.Duration =2m0s
        authentication.anonymous.enabled bool =false
        authorization.mode string =Webhook
        authorization.webhook.cacheAuthorizedTTL v1.Duration =5m0s
        authorization.webhook.cacheUnauthorizedTTL v1.Duration =30s
        registryPullQPS int32
        registryBurst int32
        imagePullCredentialsVerificationPolicy string
        preloadedImagesVerificationAllowlist []string
        eventRecordQPS int32
        eventBurst int32
        enableDebuggingHandlers bool =true
        enableContentionProfiling bool =false
        healthzPort int32 =0
        healthzBindAddress string
        oomScoreAdj int32
        clusterDomain string +
        clusterDNS []string +
        streamingConnectionIdleTimeout v1.Duration +
        nodeStatusUpdateFrequency v1.Duration
        nodeStatusReportFrequency v1.Duration =5m0s
        nodeLeaseDurationSeconds int32 +
        imageMinimumGCAge v1.Duration
        imageMaximumGCAge v1.Duration
        imageGCHighThresholdPercent int32
        imageGCLowThresholdPercent int32
        volumeStatsAggPeriod v1.Duration
        kubeletCgroups string =
        systemCgroups string =
        cgroupRoot string +
        cgroupsPerQOS bool =true
        cgroupDriver string =cgroupfs
        cpuManagerPolicy string =none
        singleProcessOOMKill bool
        cpuManagerPolicyOptions map[string]string
        cpuManagerReconcilePeriod v1.Duration
        memoryManagerPolicy string =None
        topologyManagerPolicy string =none
        topologyManagerScope string =container
        topologyManagerPolicyOptions map[string]string
        qosReserved map[string]string
        runtimeRequestTimeout v1.Duration
        hairpinMode string =promiscuous-bridge
        maxPods int32 +
        podCIDR string
        podPidsLimit int64 +
        resolvConf string =/etc/resolv.conf
        runOnce bool =false
        cpuCFSQuota bool =true
        cpuCFSQuotaPeriod v1.Duration =100ms
        nodeStatusMaxImages int32 =50
        maxOpenFiles int64
        contentType string
        kubeAPIQPS int32
        kubeAPIBurst int32
        serializeImagePulls bool =false
        maxParallelImagePulls int32 =5
        evictionHard map[string]string +
        evictionSoft map[string]string +
        evictionSoftGracePeriod map[string]string +
        evictionPressureTransitionPeriod v1.Duration +
        evictionMaxPodGracePeriod int32 +
        evictionMinimumReclaim map[string]string
        mergeDefaultEvictionSettings bool =false
        podsPerCore int32 =0
        enableControllerAttachDetach bool =true
        protectKernelDefaults bool =false
        makeIPTablesUtilChains bool
        iptablesMasqueradeBit int32
        iptablesDropBit int32
        featureGates map[string]bool
        failSwapOn bool =false
        memorySwap.swapBehavior string =NoSwap
        containerLogMaxSize string +
        containerLogMaxFiles int32 +
        containerLogMaxWorkers int32
        containerLogMonitorInterval v1.Duration
        configMapAndSecretChangeDetectionStrategy string =Watch
        systemReserved map[string]string +
        kubeReserved map[string]string +
        reservedSystemCPUs string =
        showHiddenMetricsForVersion string =
        systemReservedCgroup string =
        kubeReservedCgroup string =
        enforceNodeAllocatable []string =["pods"]
        allowedUnsafeSysctls []string +
        volumePluginDir string
        providerID string =
        kernelMemcgNotification bool =false
        logging any
        enableSystemLogHandler bool =true
        enableSystemLogQuery bool =false
        shutdownGracePeriod v1.Duration =0s
        shutdownGracePeriodCriticalPods v1.Duration =0s
        shutdownGracePeriodByPodPriority any
        crashLoopBackOff.maxContainerRestartPeriod v1.Duration =5m0s
        reservedMemory any
        enableProfilingHandler bool =false
        enableDebugFlagsHandler bool =false
        seccompDefault bool =false
        memoryThrottlingFactor float64
        memoryReservationPolicy string
        registerWithTaints any
        registerNode bool =true
        tracing any
        localStorageCapacityIsolation bool =true
        containerRuntimeEndpoint string +
        imageServiceEndpoint string
        failCgroupV1 bool =false
        userNamespaces.idsPerPod int64
        """
}
