/// # SimulatedNodes
///
/// Plays thousands of nodes in one process: their pods run nothing, but pass through every state that a kubelet tells, by
/// stages written as data.
///
/// - `Stages/`: `SimulationStages`, what is played: delays, failures, flaps, ends, nodes that fall silent; read from YAML.
/// - `Play/`: `Fleet`, all nodes and their pods as one value: what happens → orders. `PlayedPod` is the kubelet's own
///   `PodCore` with a `PodPlay` in the runtime's place, so statuses are the kubelet's; `PlayedNode`; `TimerQueue`.
/// - `NodeSimulator` carries the orders out; `NodeWriter` is how a node writes itself and its Lease.
///
/// **Invariant:** a status is what the kubelet would write, because the kubelet's own value makes it.
/// **Invariant:** a node that is silent writes nothing at all; what should have happened happens on its return.
/// **Invariant:** the same seed and the same uid give the same course of a pod.
///
/// Absent on purpose: containers, volumes, logs, commands, traffic, and events of pods that start as they should.
enum SimulationLimits {
    /// Writes that are under way at once.
    static let callers = 48
    /// Changed pods that are looked at before what is due by the clock has its turn.
    static let pods = 512
    /// A time that something is due is put off to a multiple of this, so that many things are done in one turn.
    static let tickMilliseconds: Int64 = 20
    /// Bytes of a file of stages.
    static let fileBytes = 1 << 20
    /// What a node has addresses for: those of its network without the network's, the node's and the last.
    static let podsPerNode = 253
}
