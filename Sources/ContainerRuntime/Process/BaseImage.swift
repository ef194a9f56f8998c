import Glibc

/// What the roots of a node's containers begin with, in place of an image's layers: the directories that every system has,
/// empty, and of `/etc` copies of what programs need. It is a lower layer, so containers never change it.
///
/// Of the host's own files a container sees `trees` (as lower layers), and what an entry of the catalog or a volume names.
struct BaseImage {
    /// Directories of the host that hold programs and their libraries.
    static let trees = ["usr", "opt", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]

    /// Below `/etc`: certificates, alternatives, name service, time zone, loader, MariaDB, and what the system is called.
    static let etcetera = [
        "ssl/certs", "ssl/cert.pem", "ssl/openssl.cnf", "ca-certificates", "ca-certificates.conf", "pki/tls/certs",
        "pki/tls/cert.pem", "pki/ca-trust", "crypto-policies", "alternatives", "nsswitch.conf", "host.conf", "gai.conf",
        "services", "protocols", "networks", "rpc", "ethertypes", "localtime", "timezone", "ld.so.cache", "ld.so.conf",
        "ld.so.conf.d", "mysql", "my.cnf", "my.cnf.d", "os-release", "debian_version", "mime.types",
    ]
    /// A list that holds more is not copied further.
    static let maximumFiles = 20_000
    static let maximumFileBytes = 16 << 20

    private static let directories: [(path: String, mode: mode_t)] = [
        ("dev", 0o755), ("etc", 0o755), ("home", 0o755), ("media", 0o755), ("mnt", 0o755), ("proc", 0o555),
        ("root", 0o700), ("run", 0o755), ("run/lock", 0o1777), ("srv", 0o755), ("sys", 0o555), ("tmp", 0o1777),
        ("var", 0o755), ("var/cache", 0o755), ("var/lib", 0o755), ("var/log", 0o755), ("var/opt", 0o755),
        ("var/spool", 0o755), ("var/tmp", 0o1777),
    ]
    private static let links = [("var/run", "/run"), ("var/lock", "/run/lock"), ("etc/mtab", "/proc/self/mounts")]

    let directory: String

    /// Makes it from the host's files. Without `etcetera` there is enough to try whether containers can have roots.
    static func make(_ directory: String, etcetera: [String] = etcetera) throws(ContainerError) -> BaseImage {
        try SystemCall.makeDirectories(directory)
        for entry in directories {
            try SystemCall.makeDirectories(directory + "/" + entry.path)
            chmod(directory + "/" + entry.path, entry.mode)
        }
        for (path, target) in links { symlink(target, directory + "/" + path) }
        for name in trees {
            if let target = SystemCall.link("/" + name) {
                symlink(target, directory + "/" + name)
            } else if SystemCall.isDirectory("/" + name) {
                try SystemCall.makeDirectories(directory + "/" + name)
            }
        }
        let image = BaseImage(directory: directory)
        var left = maximumFiles
        for name in etcetera { try image.copy("/etc/" + name, &left) }
        for (name, text) in [
            ("passwd", Accounts.standard.passwd), ("group", Accounts.standard.group), ("hostname", ""), ("hosts", ""),
            ("resolv.conf", ""),
        ] { try SystemCall.replace(directory + "/etc/" + name, with: Array(text.utf8), mode: 0o644) }
        return image
    }

    /// The trees that are directories here, such as `usr`; the others are links into them.
    var layeredTrees: [String] {
        Self.trees.filter { SystemCall.link(directory + "/" + $0) == nil && SystemCall.isDirectory("/" + $0) }
    }

    /// Whether a path of the host shows in containers anyway.
    static func shows(_ path: String) -> Bool {
        trees.contains { path == "/" + $0 || path.hasPrefix("/\($0)/") }
    }

    /// A file, link or directory of the host at its own path; what not everybody may read is left out.
    private func copy(_ path: String, _ left: inout Int) throws(ContainerError) {
        var information = stat()
        guard left > 0, lstat(path, &information) == 0 else { return }
        left -= 1
        let target = directory + path
        if let slash = target.lastIndex(of: "/") { try SystemCall.makeDirectories(String(target[..<slash])) }
        switch information.st_mode & S_IFMT {
        case S_IFLNK:
            guard let destination = SystemCall.link(path) else { return }
            // One that leads to where containers see nothing is followed here.
            guard destination.hasPrefix("/"), !Self.shows(destination), !destination.hasPrefix("/etc/") else {
                symlink(destination, target)
                return
            }
            var aim = stat()
            if stat(path, &aim) == 0, aim.st_mode & S_IFMT == S_IFREG, aim.st_mode & 0o004 != 0 {
                try copyFile(path, target, aim)
            }
        case S_IFDIR where information.st_mode & 0o005 == 0o005:
            try SystemCall.makeDirectories(target)
            for name in SystemCall.names(in: path) { try copy(path + "/" + name, &left) }
        case S_IFREG where information.st_mode & 0o004 != 0: try copyFile(path, target, information)
        default: break
        }
    }
    private func copyFile(_ path: String, _ target: String, _ information: stat) throws(ContainerError) {
        guard information.st_size <= Self.maximumFileBytes, let bytes = SystemCall.contents(of: path) else { return }
        try SystemCall.replace(target, with: bytes, mode: information.st_mode & 0o755)
    }
}

extension ProcessRuntime {
    /// The shared libraries of this process that containers do not see anyway.
    public static func ownLibraries() -> [String] {
        let maps = SystemCall.contents(of: "/proc/self/maps").map { String(decoding: $0, as: UTF8.self) } ?? ""
        var paths: Set<String> = []
        for line in maps.split(separator: "\n") {
            guard let slash = line.firstIndex(of: "/") else { continue }
            let path = String(line[slash...])
            let name = path.split(separator: "/").last ?? ""
            if name.hasSuffix(".so") || name.contains(".so."), !BaseImage.shows(path), !path.hasSuffix(" (deleted)") {
                paths.insert(path)
            }
        }
        return paths.sorted()
    }
}

/// A container's own `/etc/passwd` and `/etc/group`.
struct Accounts: Equatable {
    var passwd: String
    var group: String

    /// What Debian's base-passwd gives every system, with the host's numbers of the database's user.
    static let standard: Accounts = {
        var accounts = Accounts(
            passwd: """
                root:x:0:0:root:/root:/bin/sh
                daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
                bin:x:2:2:bin:/bin:/usr/sbin/nologin
                sys:x:3:3:sys:/dev:/usr/sbin/nologin
                mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
                www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """,
            group: """
                root:x:0:
                daemon:x:1:
                bin:x:2:
                sys:x:3:
                adm:x:4:
                tty:x:5:
                mail:x:8:
                www-data:x:33:
                shadow:x:42:
                staff:x:50:
                users:x:100:
                nogroup:x:65534:

                """)
        // Programs of the machine that change to their own user look it up by name.
        if let (user, group) = hostAccount("mysql") {
            accounts.passwd += "mysql:x:\(user):\(group):MySQL Server:/nonexistent:/bin/false\n"
            accounts.group += "mysql:x:\(group):\n"
        }
        return accounts
    }()

    private static func hostAccount(_ name: String) -> (user: Int, group: Int)? {
        let text = SystemCall.contents(of: "/etc/passwd").map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 3, fields[0] == name, let user = Int(fields[2]), let group = Int(fields[3]) {
                return (user, group)
            }
        }
        return nil
    }

    /// With a line for a user and a group that have none.
    func with(user: Int, group: Int) -> Accounts {
        var accounts = self
        if !Self.holds(passwd, user) {
            accounts.passwd += "container:x:\(user):\(group):container:/:/bin/sh\n"
        }
        if !Self.holds(self.group, group) { accounts.group += "container:x:\(group):\n" }
        return accounts
    }
    private static func holds(_ text: String, _ number: Int) -> Bool {
        text.split(separator: "\n").contains { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            return fields.count > 2 && Int(fields[2]) == number
        }
    }
}
