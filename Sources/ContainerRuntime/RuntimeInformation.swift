/// What a runtime is called and what it can do (CRI's Version and Status, and what CRI takes for granted).
public struct RuntimeInformation: Sendable, Equatable {
    /// What a runtime may be able to do beyond running containers and telling how they end.
    public enum Ability: String, Sendable, CaseIterable {
        /// Runs further commands in a container.
        case exec
        /// Gives clients a container's own streams.
        case attach
        case portForward
        /// Writes what containers say to files in CRI's format.
        case logs
        /// Gets images that the node does not have, from registries.
        case imagePull
        /// Gives containers a file system of their own, so that volumes are at their mount paths.
        case fileSystems
        /// Gives pods process, host name and IPC namespaces of their own.
        case namespaces
        /// Gives pods an address that is theirs alone, with all of its ports.
        case networkNamespaces
        /// Tells what containers use.
        case stats
        /// Holds containers to their resource limits.
        case limits
        /// Makes what is mounted in a read-only volume read-only too.
        case recursiveReadOnly
        /// Can keep a container from the groups that its image has for its user.
        case supplementalGroupsPolicy
    }
    /// Such as `process`; container ids in a pod's status begin with it.
    public var name: String
    public var version: String
    public var abilities: Set<Ability>
    /// As it tells them; empty where it tells none.
    public var handlers: [Handler] = []

    public init(name: String, version: String, abilities: Set<Ability>) {
        self.name = name
        self.version = version
        self.abilities = abilities
    }

    public func can(_ ability: Ability) -> Bool { abilities.contains(ability) }
    /// As in a node's `containerRuntimeVersion`.
    public var text: String { "\(name)://\(version)" }
}
