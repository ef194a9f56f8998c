/// # ContainerRuntime
///
/// Runs containers for the kubelet: the protocol `RuntimeService` with the verbs of CRI v1, its value types, and the
/// implementations behind it:
/// - `CRIRuntime`: real containers from images, by a containerd; `ContainerdProcess` is one of our own. `Assembly/` makes
///   images of what the machine has.
/// - `ProcessRuntime`: plain child processes with an image catalog instead of images. As root on Linux a container
///   has its own root (the host's files under a private writable layer), mounts, processes, host name and IPC; else it
///   shares the host's and finds its volumes through `VOLUME_<NAME>`, its resolver through `RESOLV_CONF`. One `ContainerSupervisor` process per container
///   holds its pipes, writes its log and knows its exit code, so containers outlive a killed parent; `ContainerRemains` ends
///   those that nobody is to adopt.
///
/// Pods have loopback addresses, or networks of their own (`PodNetwork`, on the bridges of `HostNetwork`).
///
/// A runtime says what it is called and what it can do (`RuntimeInformation`); who drives one asks for abilities, never
/// for names. A second one, simulated, is in the kubelet's tests.
///
/// Absent on purpose: Kubernetes objects, restart policy and back-off (the kubelet's), registries (the runtime's own).
public protocol RuntimeService: Sendable {
    /// What it is and can do; the same as long as it runs.
    var information: RuntimeInformation { get }

    func runPodSandbox(_ configuration: SandboxConfiguration) async throws -> Sandbox
    /// Stops its containers at once and gives its address back. Harmless on a stopped one.
    func stopPodSandbox(_ id: String) async throws
    /// Also removes its containers. Harmless on a missing one.
    func removePodSandbox(_ id: String) async throws
    func listPodSandbox() async throws -> [Sandbox]

    /// Returns the container's id; nothing runs yet.
    func createContainer(_ configuration: ContainerConfiguration, in sandbox: String) async throws -> String
    /// Returns when the program runs; throws `ContainerError.cannotStart` when it cannot be executed.
    func startContainer(_ id: String) async throws
    /// The stop signal, then after `timeoutSeconds` a kill of the whole tree; returns when it has ended.
    func stopContainer(_ id: String, timeoutSeconds: Int) async throws
    /// Kills it if it runs. Harmless on a missing one.
    func removeContainer(_ id: String) async throws
    func listContainers() async throws -> [RuntimeContainer]
    func containerStatus(_ id: String) async throws -> RuntimeContainer
    /// Gives a running container other limits. Throws what the kernel says when it refuses; harmless where limits are none of
    /// the runtime's abilities.
    func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws

    /// Runs a command to its end or the time-out (`ContainerError.timedOut`), at most 1 MiB of each output kept.
    func execSync(_ id: String, command: [String], timeoutSeconds: Int) async throws -> ExecResult
    func exec(_ id: String, _ request: ExecRequest) async throws -> any ContainerSession
    /// The container's own streams from now on.
    func attach(_ id: String) async throws -> any ContainerSession
    /// A connection to a port of the sandbox.
    func portForward(_ sandbox: String, port: Int) async throws -> any ContainerConnection

    /// Returns the image's reference; throws `ContainerError.imageNotFound`.
    func pullImage(_ image: String) async throws -> String
    /// With the first of these that its registry lets in.
    func pullImage(_ image: String, credentials: [RegistryCredential]) async throws -> String
    func listImages() async throws -> [RuntimeImage]
    /// nil when the image is not on this node.
    func imageStatus(_ image: String) async throws -> RuntimeImage?
    /// By any of its names or its reference; all of its names go with it.
    func removeImage(_ image: String) async throws
    /// nil where images take no room.
    func imageFileSystem() async throws -> ImageFileSystem?

    func stats() async throws -> [ContainerStats]
    /// What a container has written beside its volumes and its log. It is counted when asked for, which takes a while.
    func writableBytes(_ id: String) async throws -> Int
    /// What happens from now on; a listener that falls 1,000 behind misses the oldest and must list again.
    func events() -> AsyncStream<ContainerEvent>
}

/// For runtimes whose images are no files, and that limit nothing.
extension RuntimeService {
    public func pullImage(_ image: String, credentials: [RegistryCredential]) async throws -> String {
        try await pullImage(image)
    }
    public func removeImage(_ image: String) async throws {}
    public func imageFileSystem() async throws -> ImageFileSystem? { nil }
    public func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws {}
    public func writableBytes(_ id: String) async throws -> Int { 0 }
}
