import APIMachinery
import ControlLoops
import KubeAPI
import Listening
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Leads traffic for host ports (`ports[].hostPort`) to their pods, for nodes whose pods have networks of their own.
/// It ends with the process, and the next one finds the pods again: nothing is left in the kernel.
public struct HostPortProxy: Sendable {
    public static let reads: [GroupResource] = [Pod.resource]

    private let world: World
    private let addresses: [String: [String]]
    private let listeners: ListenerSet

    /// `addresses` are, by node, where a host port is opened that names no address. Where pods of two nodes want the same
    /// place, the first by key has it.
    public init(
        world: World, addresses: [String: [String]], logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.world = world
        self.addresses = addresses
        listeners = ListenerSet(group: group, logger: logger)
    }

    /// Serves until the task is cancelled; then closes all listeners.
    public func run() async {
        let changed = Mutex<Set<ObjectKey>>([])
        let (wakeups, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let pods = world.cache(Pod.resource)
        let observer = pods.observe { change in
            let hasPorts = [change.old, change.new].contains { $0.map { Self.wantsHostPorts(Pod($0)) } ?? false }
            guard hasPorts else { return }
            changed.withLock { _ = $0.insert(change.key) }
            continuation.yield()
        }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await listeners.retry() }
            var plan = ProxyPlan()
            for await _ in wakeups {
                let keys = changed.withLock { keys in
                    defer { keys = [] }
                    return keys
                }
                for key in keys {
                    let wanted = world.get(Pod.self, key).map { listeners(of: $0) } ?? [:]
                    await listeners.carryOut(plan.serviceChanged(key, to: wanted))
                }
            }
            tasks.cancelAll()
        }
        pods.stopObserving(observer)
        await listeners.closeAll()
    }

    private static func ports(_ pod: Pod) -> [ContainerPort] {
        (pod.spec.initContainers + pod.spec.containers).flatMap(\.ports).filter { ($0.hostPort ?? 0) > 0 }
    }
    /// In the host's network the pod has them itself.
    static func wantsHostPorts(_ pod: Pod) -> Bool { pod.spec.hostNetwork != true && !ports(pod).isEmpty }

    /// Nothing for a pod of another node, one that has no address yet, and one that has ended.
    func listeners(of pod: Pod) -> [Listener: TrafficRule] {
        guard let own = addresses[pod.spec.nodeName ?? ""], let address = pod.status.podIP, !address.isEmpty,
            !pod.isTerminal, Self.wantsHostPorts(pod)
        else { return [:] }
        var wanted: [Listener: TrafficRule] = [:]
        for port in Self.ports(pod) {
            guard let number = port.hostPort, let target = port.containerPort,
                let transport = Listener.Transport(rawValue: port.protocol ?? "TCP")
            else { continue }
            let isAnywhere = port.hostIP.map { $0.isEmpty || IPAddress($0)?.isUnspecified == true } ?? true
            for place in isAnywhere ? own : [port.hostIP ?? ""] {
                wanted[Listener(transport, place, number)] = TrafficRule(
                    service: pod.key, portName: port.name ?? "", backends: [Backend(address, target)])
            }
        }
        return wanted
    }
}
