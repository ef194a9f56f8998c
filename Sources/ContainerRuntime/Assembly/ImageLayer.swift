import Glibc

/// The files of one layer of an image, by their paths (without a slash in front): a value until it is written.
struct ImageLayer: Sendable, Equatable {
    enum Entry: Sendable, Equatable {
        case directory(mode: UInt32)
        case link(target: String)
        /// Read when the layer is written; `size` bytes of it.
        case file(source: String, mode: UInt32, size: Int)
        case content([UInt8], mode: UInt32)
    }
    private(set) var entries: [String: Entry] = [:]

    /// More is refused: a tree that is named by mistake.
    static let maximumEntries = 200_000

    mutating func add(_ path: String, _ entry: Entry) {
        let path = Self.relative(path)
        guard !path.isEmpty else { return }
        if let slash = path.lastIndex(of: "/"), entries[String(path[..<slash])] == nil {
            add(String(path[..<slash]), .directory(mode: 0o755))
        }
        entries[path] = entry
    }
    func holds(_ path: String) -> Bool { entry(path) != nil }
    private func entry(_ path: String) -> Entry? { entries[Self.relative(path)] }

    /// A file of the machine, or a tree, at its own path; links with what they lead to. What is neither is left out.
    mutating func addFromMachine(_ path: String) throws(ContainerError) {
        // Its folder may be a link itself, as /bin is.
        let (folder, name) = Self.parts(path)
        guard let real = Self.realPath(folder) else { return }
        let path = (real == "/" ? "" : real) + "/" + name
        var information = stat()
        if holds(path) {
            // A link that is there already may lead to what is not.
            guard case .link = entry(path), let aim = Self.realPath(path), !holds(aim) else { return }
            return try addFromMachine(aim)
        }
        guard lstat(path, &information) == 0 else { return }
        guard entries.count < Self.maximumEntries else {
            throw .refused("an image layer holds at most \(Self.maximumEntries) files")
        }
        let mode = UInt32(information.st_mode & 0o7777)
        switch information.st_mode & S_IFMT {
        case S_IFLNK:
            guard let target = SystemCall.link(path) else { return }
            add(path, .link(target: target))
            try addFromMachine(target.hasPrefix("/") ? target : "\(real)/\(target)")
        case S_IFDIR:
            add(path, .directory(mode: mode))
            for name in SystemCall.names(in: path) { try addFromMachine("\(path)/\(name)") }
        case S_IFREG: add(path, .file(source: path, mode: mode, size: Int(information.st_size)))
        default: break
        }
    }

    /// A tree elsewhere, as if it were the root; links as they are.
    mutating func addTree(_ directory: String, below path: String = "") {
        for name in SystemCall.names(in: directory) {
            let source = "\(directory)/\(name)"
            let place = path.isEmpty ? name : "\(path)/\(name)"
            var information = stat()
            guard lstat(source, &information) == 0 else { continue }
            let mode = UInt32(information.st_mode & 0o7777)
            switch information.st_mode & S_IFMT {
            case S_IFLNK: if let target = SystemCall.link(source) { add(place, .link(target: target)) }
            case S_IFDIR:
                add(place, .directory(mode: mode))
                addTree(source, below: place)
            case S_IFREG: add(place, .file(source: source, mode: mode, size: Int(information.st_size)))
            default: break
            }
        }
    }

    /// Without what another layer has already.
    func without(_ other: ImageLayer) -> ImageLayer {
        var layer = self
        layer.entries = entries.filter { other.entries[$0.key] != $0.value }
        return layer
    }

    private static func relative(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
    private static func parts(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
    static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
