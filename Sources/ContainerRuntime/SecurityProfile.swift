/// Which rules of the kernel hold a program: of system calls (seccomp), or of paths and rights (AppArmor). CRI's SecurityProfile.
public enum SecurityProfile: Sendable, Equatable, Codable {
    /// What the runtime gives those that ask for none.
    case runtimeDefault
    case unconfined
    /// seccomp: an absolute path of a file of the node; AppArmor: the name of a profile that its kernel has loaded.
    case localhost(String)
}

extension RuntimeInformation {
    /// A way to run pods, which a RuntimeClass names (CRI's RuntimeHandler).
    public struct Handler: Sendable, Equatable {
        /// Empty is the default.
        public var name: String
        /// Whether a mount can be read-only with all that is mounted below it.
        public var canMountReadOnlyRecursively: Bool
        /// Whether pods can have user ids of their own.
        public var hasUserNamespaces: Bool
        public init(name: String, canMountReadOnlyRecursively: Bool = false, hasUserNamespaces: Bool = false) {
            self.name = name
            self.canMountReadOnlyRecursively = canMountReadOnlyRecursively
            self.hasUserNamespaces = hasUserNamespaces
        }
    }
}
