import ContainerRuntime
import KubeAPI
import Logging

/// A node's cgroups down to its pods': those of containers are the runtime's.
actor NodeCgroups {
    nonisolated let tree: CgroupTree
    nonisolated let names: CgroupNames
    nonisolated let policy: ResourcePolicy
    private let logger: Logger
    /// What burstable pods ask for, in thousandths of a processor, by uid.
    private var burstable: [String: Int] = [:]

    init(_ tree: CgroupTree, _ names: CgroupNames, _ policy: ResourcePolicy, logger: Logger) {
        self.tree = tree
        self.names = names
        self.policy = policy
        self.logger = logger
    }

    /// Makes those of the node, with what pods may have together, and removes those of pods that are no more.
    func prepare(_ allocatable: LinuxResources, keeping uids: Set<String>) throws {
        for quality in names.all { try tree.make(names.of(quality)) }
        try tree.set(names.pods, allocatable)
        try tree.set(names.of(.bestEffort), ResourcePolicy.bestEffort)
        for quality in names.all {
            for name in tree.children(names.of(quality))
            where name.hasPrefix(CgroupNames.prefix) && !uids.contains(String(name.dropFirst(CgroupNames.prefix.count)))
            {
                logger.info("Removing the cgroup of a pod that is gone", metadata: ["cgroup": "\(name)"])
                tree.remove("\(names.of(quality))/\(name)")
            }
        }
        try shareOut()
    }

    /// Makes the pod's, or sets it anew; returns its name. The pod is as the node agreed to it.
    func make(_ pod: Pod) throws -> String {
        let path = names.of(pod)
        try tree.make(path)
        note(pod)
        try tree.set(path, policy.pod(pod))
        return path
    }
    /// The pod asks for another part of the processors.
    func note(_ pod: Pod) {
        guard QoSClass(pod) == .burstable else { return }
        let asked = ResourcePolicy.amounts(pod.json["spec"] ?? .object).requests["cpu"]?.milliValue ?? 0
        guard burstable.updateValue(asked, forKey: pod.uid) != asked else { return }
        do { try shareOut() } catch {
            logger.warning("Cannot set the burstable pods' part", metadata: ["error": "\(error)"])
        }
    }
    /// Ends what may still run in it.
    func remove(_ pod: Pod) {
        let path = names.of(pod)
        if !tree.remove(path) { logger.warning("Something of a pod's cgroup is left", metadata: ["cgroup": "\(path)"]) }
        if burstable.removeValue(forKey: pod.uid) != nil { try? shareOut() }
    }

    private func shareOut() throws {
        try tree.set(names.of(.burstable), ResourcePolicy.burstable(milliCPU: burstable.values.reduce(0, +)))
    }
}
