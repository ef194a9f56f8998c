import Basics

/// Claims on devices. None are served; what is said of a pod without claims is Kubernetes' own.
struct DynamicResources: PostFilterPlugin {
    static let name = "DynamicResources"

    func postFilter(
        _ pod: PendingPod, _ view: CycleView, _ filters: PreparedFilters, _ diagnosis: Diagnosis,
        _ random: inout SplitMix64
    ) -> PostFilterStep { .nothing("no new claims to deallocate", forgets: false) }
}
