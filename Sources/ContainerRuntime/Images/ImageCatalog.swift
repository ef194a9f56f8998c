import FoundationEssentials
import Yams

/// What the process runtime runs for an image: the first entry whose pattern matches decides. The host's programs are
/// every image's programs.
public struct ImageCatalog: Sendable {
    /// Larger catalogs are refused.
    static let maximumEntries = 1_000

    public struct Entry: Sendable, Codable, Equatable {
        /// Glob patterns over the full name; `mysql:*` stands for `docker.io/library/mysql:*`.
        public var images: [String]
        /// The program with its first arguments (an image's ENTRYPOINT).
        public var entrypoint: [String]?
        /// Further arguments, replaced by a container's `args` (an image's CMD).
        public var command: [String]?
        public var environment: [String: String]?
        public var workingDirectory: String?
        /// Paths that are empty directories of the container's own unless a volume is mounted there (an image's VOLUME).
        public var volumes: [String]?
        /// Paths of the host that show read-only at their own places, beside the program itself.
        public var paths: [String]?
        /// Further programs of the machine, by name or path, that an image which is made of the entry has with their
        /// libraries; and files and trees, where a star in the last part stands for anything.
        public var programs: [String]?
        public var files: [String]?
        /// Such as "SIGQUIT".
        public var stopSignal: String?
        public var user: Int?

        /// What containers see of the host beside what all of them see (`BaseImage`): a program that is named by its path.
        var shownPaths: [String] {
            let programs = [entrypoint?.first, command?.first].compactMap(\.self).filter { $0.hasPrefix("/") }
            return ((paths ?? []) + programs).filter { !BaseImage.shows($0) }
        }
    }
    public var entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }

    /// Reads a list of entries; `variables` such as `SKIFF_BIN` replace `${NAME}` in the text first.
    public init(yaml: String, variables: [String: String] = [:]) throws {
        var text = yaml
        for (name, value) in variables { text = text.replacing("${\(name)}", with: value) }
        entries = try YAMLDecoder().decode([Entry].self, from: text)
        guard entries.count <= Self.maximumEntries else {
            throw ContainerError.refused("an image catalog holds at most \(Self.maximumEntries) entries")
        }
    }

    public func entry(_ image: String) -> Entry? {
        let full = ImageReference.expanded(image)
        return entries.first { entry in
            entry.images.contains { GlobPattern(ImageReference.expanded($0)).matches(full) }
        }
    }
}
