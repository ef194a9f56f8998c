import Glibc

/// What directories hold of their disk.
public enum DiskUsage {
    /// In bytes, of a tree, without following links or leaving its file system; 0 when it is not there.
    public static func bytes(_ path: String) -> Int {
        var information = stat()
        guard lstat(path, &information) == 0 else { return 0 }
        return bytes(path, information, device: information.st_dev)
    }
    /// The same with how many files and directories there are.
    public static func count(_ path: String) -> (bytes: Int, files: Int) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return (0, 0) }
        return (bytes(path, information, device: information.st_dev), files(path, device: information.st_dev))
    }
    private static func files(_ path: String, device: dev_t) -> Int {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_dev == device else { return 0 }
        guard information.st_mode & S_IFMT == S_IFDIR else { return 1 }
        return SystemCall.names(in: path).reduce(1) { $0 + files(path + "/" + $1, device: device) }
    }
    private static func bytes(_ path: String, _ information: stat, device: dev_t) -> Int {
        guard information.st_dev == device else { return 0 }
        let own = Int(information.st_blocks) * 512
        guard information.st_mode & S_IFMT == S_IFDIR else { return own }
        return SystemCall.names(in: path).reduce(own) { sum, name in
            var inner = stat()
            return lstat(path + "/" + name, &inner) == 0 ? sum + bytes(path + "/" + name, inner, device: device) : sum
        }
    }
}
