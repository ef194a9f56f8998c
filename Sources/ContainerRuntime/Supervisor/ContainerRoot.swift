import CProcess
import Glibc

/// Makes a container's own root: overlays whose lower layers are the base image and the host's trees of programs, and whose
/// upper layers are in the container's directory, with a small /dev, a read-only /sys and the container's volumes. Nothing
/// is ever written to the host's own files: missing mount points are made in the upper layer.
struct ContainerRoot {
    let record: ContainerRecord
    /// The container's directory, absolute.
    let directory: String
    private var root: String { directory + "/" + ContainerFile.root }

    private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]
    /// Other file systems within the host's trees are shown read-only if they hold files of their own.
    private static let shownTypes: Set<String> = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "overlay", "squashfs", "erofs", "virtiofs", "9p", "nfs",
        "nfs4", "fuse.virtiofs",
    ]
    private static let maximumShownMounts = 64

    /// Leaves the caller in the new root with new namespaces for its children.
    func enter() throws(ContainerError) {
        var namespaces = CPROCESS_MOUNTS.rawValue | CPROCESS_HOSTNAME.rawValue | CPROCESS_IPC.rawValue
        if record.isolation == .full { namespaces |= CPROCESS_PROCESSES.rawValue }
        try Self.succeed("unshare", cprocess_unshare(Int32(namespaces)))
        try setSysctls()
        // While these are still what the host has.
        let trees = try followedTrees()
        defer { for tree in trees.values { close(tree) } }
        try Self.mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE))
        let others = Self.otherMounts(SystemCall.contents(of: "/proc/self/mountinfo") ?? [])
        try makeOverlay()
        for path in others.prefix(Self.maximumShownMounts)
        where BaseImage.shows(path) && !record.hiddenPaths.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) {
            // One that cannot be shown is just not there.
            try? bind(path, at: root + path, readOnly: true, recursive: false)
        }
        for path in record.shownPaths ?? [] where access(path, F_OK) == 0 {
            try mountVolume(path, at: path, readOnly: true)
        }
        try makeDevices()
        try showSystem()
        if record.isolation == .hostProcesses {
            try bind("/proc", at: root + "/proc", readOnly: false, recursive: true)
        }
        for path in record.hiddenPaths where access(root + path, F_OK) == 0 {
            try Self.mount("tmpfs", root + path, "tmpfs", UInt(MS_RDONLY | MS_NOSUID | MS_NODEV), "size=4k,mode=000")
        }
        try mountVolumes(trees)
        try showDevices()
        for name in ["hosts", "resolv.conf", "hostname"] {
            let source = record.identityDirectory + "/" + name
            // What the pod mounts there itself is its own business.
            guard access(source, R_OK) == 0, !record.mounts.contains(where: { $0.containerPath == "/etc/" + name })
            else {
                continue
            }
            try mountVolume(source, at: "/etc/" + name, readOnly: false)
        }
        if record.configuration.security.hasReadOnlyRoot {
            for path in [""] + image.layeredTrees.map({ "/" + $0 }) {
                try Self.mount(nil, root + path, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY) | deviceFlag)
            }
        }
        try Self.succeed("pivot_root", cprocess_enter_root(root))
        _ = record.hostname.withCString { sethostname($0, strlen($0)) }
    }

    private var image: BaseImage { BaseImage(directory: record.base ?? "/") }
    /// A container could make a node of the host's disk, and read it whole; there is no cgroup that keeps it from that.
    private var deviceFlag: UInt { record.configuration.security.isPrivileged ? 0 : UInt(MS_NODEV) }

    /// In the namespaces that we have by now.
    private func setSysctls() throws(ContainerError) {
        for (name, value) in record.sysctls ?? [:] {
            let path = KernelParameter.path(name)
            let file = try SystemCall.check("open \(path)") { open(path, O_WRONLY | O_CLOEXEC) }
            defer { close(file) }
            if try SystemCall.write(file, Array(value.utf8)[...]) != value.utf8.count {
                throw .refused("cannot set \(name)")
            }
        }
    }

    private func makeOverlay() throws(ContainerError) {
        try SystemCall.makeDirectories(root)
        do {
            try overlays(writable: directory)
        } catch {
            // The data directory's file system cannot be an upper layer (it may be an overlay itself): memory can.
            let scratch = directory + "/" + ContainerFile.scratch
            try SystemCall.makeDirectories(scratch)
            try Self.mount("tmpfs", scratch, "tmpfs", 0, "size=1g,mode=755")
            try overlays(writable: scratch)
        }
    }
    private func overlays(writable: String) throws(ContainerError) {
        try writeAccounts(writable + "/" + ContainerFile.upper)
        try overlay(image.directory, at: root, writable, "")
        for name in image.layeredTrees { try overlay("/" + name, at: root + "/" + name, writable, "-" + name) }
    }
    private func writeAccounts(_ upper: String) throws(ContainerError) {
        try SystemCall.makeDirectories(upper + "/etc")
        let security = record.configuration.security
        let accounts = Accounts.standard.with(user: security.user ?? 0, group: security.group ?? 0)
        guard accounts != .standard else { return }
        try SystemCall.replace(upper + "/etc/passwd", with: Array(accounts.passwd.utf8), mode: 0o644)
        try SystemCall.replace(upper + "/etc/group", with: Array(accounts.group.utf8), mode: 0o644)
    }
    private func overlay(
        _ lower: String, at target: String, _ writable: String, _ suffix: String
    ) throws(ContainerError) {
        let upper = "\(writable)/\(ContainerFile.upper)\(suffix)"
        let work = "\(writable)/\(ContainerFile.work)\(suffix)"
        for path in [upper, work] { try SystemCall.makeDirectories(path) }
        try Self.mount(
            "overlay", target, "overlay", deviceFlag,
            "lowerdir=\(Self.escaped(lower)),upperdir=\(Self.escaped(upper)),workdir=\(Self.escaped(work))")
    }
    private static func escaped(_ path: String) -> String {
        var escaped = ""
        for character in path {
            if character == "\\" || character == "," || character == ":" { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// /sys tells of the network of whoever mounts it.
    private func showSystem() throws(ContainerError) {
        try mountSystem()
        try showCgroup()
    }
    private func mountSystem() throws(ContainerError) {
        if record.networkNamespace != nil {
            let flags = UInt(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
            if (try? Self.mount("sysfs", root + "/sys", "sysfs", flags)) != nil { return }
        }
        try bind("/sys", at: root + "/sys", readOnly: true, recursive: false)
    }

    /// Of the machine's control groups a container sees its own, as if it were the root of all, and cannot change it.
    private func showCgroup() throws(ContainerError) {
        let target = root + "/sys/fs/cgroup"
        guard let directories = record.cgroup?.directories, SystemCall.isDirectory(target) else { return }
        let isReadOnly = !record.configuration.security.isPrivileged
        if let directory = directories[""] {
            return try bind(directory, at: target, readOnly: isReadOnly, recursive: false)
        }
        try Self.mount("tmpfs", target, "tmpfs", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "size=64k,mode=755")
        for (controller, directory) in directories.sorted(by: { $0.key < $1.key }) {
            try SystemCall.makeDirectories("\(target)/\(controller)")
            try bind(directory, at: "\(target)/\(controller)", readOnly: isReadOnly, recursive: false)
        }
        try Self.mount(nil, target, nil, UInt(MS_REMOUNT | MS_BIND | MS_RDONLY))
    }

    private func makeDevices() throws(ContainerError) {
        let target = root + "/dev"
        try Self.mount("tmpfs", target, "tmpfs", UInt(MS_NOSUID) | deviceFlag, "size=64k,mode=755")
        if record.configuration.security.isPrivileged {
            try bind("/dev", at: target, readOnly: false, recursive: true)
            return
        }
        for name in Self.devices where access("/dev/" + name, F_OK) == 0 {
            try touch(target + "/" + name)
            try bind("/dev/" + name, at: target + "/" + name, readOnly: false, recursive: false)
        }
        for name in ["pts", "shm"] { mkdir(target + "/" + name, 0o755) }
        try Self.mount(
            "devpts", target + "/pts", "devpts", UInt(MS_NOSUID | MS_NOEXEC), "newinstance,ptmxmode=0666,mode=0620")
        try Self.mount(
            "tmpfs", target + "/shm", "tmpfs", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "size=64m,mode=1777")
        for (name, destination) in [
            ("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ] { symlink(destination, target + "/" + name) }
    }

    /// Volumes in which one side sees what the other mounts later, by their paths in the container.
    private func followedTrees() throws(ContainerError) -> [String: Int32] {
        var trees: [String: Int32] = [:]
        for mount in record.mounts where mount.propagation != nil {
            let tree = try SystemCall.check("open_tree \(mount.hostPath)") { cprocess_clone_tree(mount.hostPath) }
            trees[mount.containerPath] = tree
        }
        return trees
    }
    private func mountVolumes(_ trees: [String: Int32]) throws(ContainerError) {
        for mount in record.mounts.sorted(by: { $0.containerPath.utf8.count < $1.containerPath.utf8.count }) {
            if let tree = trees[mount.containerPath] {
                try attach(tree, mount)
            } else {
                try mountVolume(mount.hostPath, at: mount.containerPath, readOnly: mount.isReadOnly)
            }
            guard mount.isRecursivelyReadOnly == true else { continue }
            let target = try resolve(mount.containerPath)
            try Self.succeed("mount_setattr \(target)", cprocess_make_tree_read_only(target))
        }
    }
    private func attach(_ tree: Int32, _ mount: ContainerConfiguration.Mount) throws(ContainerError) {
        let target = try resolve(mount.containerPath)
        try SystemCall.makeDirectories(target)
        try Self.succeed("move_mount \(target)", cprocess_attach_tree(tree, target))
        if mount.propagation == .hostToContainer { try Self.mount(nil, target, nil, UInt(MS_SLAVE | MS_REC)) }
        if mount.isReadOnly { try Self.mount(nil, target, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY)) }
    }
    /// A device is reached where it is, whatever may be made in the container's own directories.
    private func showDevices() throws(ContainerError) {
        for device in record.configuration.devices ?? [] {
            let target = try resolve(device.containerPath)
            if let slash = target.lastIndex(of: "/") { try SystemCall.makeDirectories(String(target[..<slash])) }
            try touch(target)
            try bind(device.hostPath, at: target, readOnly: !device.permissions.contains("w"), recursive: false)
        }
    }

    private func mountVolume(_ source: String, at path: String, readOnly: Bool) throws(ContainerError) {
        var information = stat()
        guard stat(source, &information) == 0 else {
            throw .refused("failed to generate container spec: stat \(source): \(SystemCall.describe(errno))")
        }
        let target = try resolve(path)
        if information.st_mode & S_IFMT == S_IFDIR {
            try SystemCall.makeDirectories(target)
        } else {
            if let slash = target.lastIndex(of: "/") { try SystemCall.makeDirectories(String(target[..<slash])) }
            try touch(target)
        }
        try bind(source, at: target, readOnly: readOnly, recursive: true, deviceFlag)
    }

    /// The host's path of a container's path, with links followed as the container will see them.
    private func resolve(_ path: String) throws(ContainerError) -> String {
        var pending: [Substring] = path.split(separator: "/").reversed()
        var walked: [String] = []
        var links = 0
        while let component = pending.popLast() {
            if component == "." { continue }
            if component == ".." {
                _ = walked.popLast()
                continue
            }
            let candidate = root + "/" + (walked + [String(component)]).joined(separator: "/")
            guard let destination = SystemCall.link(candidate) else {
                walked.append(String(component))
                continue
            }
            links += 1
            guard links <= 40 else { throw .system(call: "resolve \(path)", number: ELOOP) }
            if destination.hasPrefix("/") { walked = [] }
            for part in destination.split(separator: "/").reversed() { pending.append(part) }
        }
        return root + "/" + walked.joined(separator: "/")
    }

    private func touch(_ path: String) throws(ContainerError) {
        close(try SystemCall.check("create \(path)") { open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644) })
    }
    private func bind(
        _ source: String, at target: String, readOnly: Bool, recursive: Bool, _ further: UInt = 0
    ) throws(ContainerError) {
        let flags = UInt(MS_BIND) | (recursive ? UInt(MS_REC) : 0)
        try Self.mount(source, target, nil, flags)
        let added = further | (readOnly ? UInt(MS_RDONLY) : 0)
        if added != 0 { try Self.mount(nil, target, nil, UInt(MS_BIND | MS_REMOUNT) | added) }
    }

    /// The mount points of /proc/self/mountinfo that hold files of their own, but for the root.
    static func otherMounts(_ mountInfo: [UInt8]) -> [String] {
        String(decoding: mountInfo, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            let halves = line.split(separator: " ")
            guard let dash = halves.firstIndex(of: "-"), halves.count > dash + 1, halves.count > 4,
                shownTypes.contains(String(halves[dash + 1]))
            else { return nil }
            let path = String(halves[4])
            // Octal escapes stand for white space; such mount points are left out.
            return path == "/" || path.contains("\\") ? nil : path
        }
    }

    private static func succeed(_ call: String, _ number: Int32) throws(ContainerError) {
        if number != 0 { throw .system(call: call, number: number) }
    }
    private static func mount(
        _ source: String?, _ target: String, _ type: String?, _ flags: UInt, _ options: String? = nil
    ) throws(ContainerError) {
        if CProcess.mount(source, target, type, flags, options) != 0 {
            throw .system(call: "mount \(target)", number: errno)
        }
    }
}
