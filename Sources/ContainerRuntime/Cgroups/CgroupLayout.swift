/// Where the kernel's control groups are mounted (cgroups(7)): a tree for each controller (version 1, also where an empty
/// version 2 is mounted beside it), or one for all (version 2).
public enum CgroupLayout: Sendable, Equatable {
    /// Mount points by controller.
    case version1([String: String])
    /// The mount point.
    case version2(String)

    /// The controllers that limits need.
    static let controllers = ["cpu", "cpuacct", "memory", "pids"]

    /// From /proc/self/mountinfo (proc_pid_mountinfo(5)); nil when cpu and memory cannot be limited.
    public init?(mountInfo: String) {
        var version1: [String: String] = [:]
        var version2: String?
        for line in mountInfo.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, dash > 4 else { continue }
            let place = String(fields[4])
            switch fields[dash + 1] {
            case "cgroup":
                let options = fields[dash + 3].split(separator: ",").map(String.init)
                for name in options where Self.controllers.contains(name) {
                    // Of several the shortest, which is the machine's and no container's.
                    if version1[name].map({ place.utf8.count < $0.utf8.count }) ?? true { version1[name] = place }
                }
            case "cgroup2":
                if version2.map({ place.utf8.count < $0.utf8.count }) ?? true { version2 = place }
            default: break
            }
        }
        if version1["cpu"] != nil, version1["memory"] != nil {
            self = .version1(version1)
        } else if let version2 {
            self = .version2(version2)
        } else {
            return nil
        }
    }

    /// Where control groups of any kind are mounted.
    static func places(mountInfo: String) -> [String] {
        mountInfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 1, dash > 4,
                ["cgroup", "cgroup2"].contains(fields[dash + 1])
            else { return nil }
            return String(fields[4])
        }
    }

    /// The directories of a cgroup by controller; in version 2 the only one has no name. `path` begins with a slash.
    func directories(_ path: String) -> [String: String] {
        switch self {
        case .version1(let places): places.mapValues { $0 + path }
        case .version2(let place): ["": place + path]
        }
    }
    /// The directory in which a controller's files are; nil where the machine has no such controller.
    func directory(_ path: String, of controller: String) -> String? {
        switch self {
        case .version1(let places): places[controller].map { $0 + path }
        case .version2(let place): place + path
        }
    }
}
