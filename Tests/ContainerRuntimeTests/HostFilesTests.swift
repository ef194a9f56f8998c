import ContainerRuntime
import Foundation
import Glibc
import Testing

/// What a container sees of the host: programs, and nothing private.
@Suite(.enabled(if: geteuid() == 0)) struct HostFilesTests {
    /// Directories that are the container's own, with what is in them at the beginning.
    private static let own: Set<String> = [
        "/dev", "/etc", "/home", "/media", "/mnt", "/proc", "/root", "/run", "/run/lock", "/srv", "/sys", "/tmp",
        "/var",
        "/var/cache", "/var/lib", "/var/log", "/var/opt", "/var/spool", "/var/tmp", "/var/run", "/var/lock",
    ]
    private static let programs: Set<String> = [
        "/usr", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    ]
    /// Of `/etc`: certificates, alternatives, name service, time zone, loader, MariaDB, and the container's own.
    private static let etcetera = [
        "ssl", "ca-certificates", "ca-certificates.conf", "pki", "crypto-policies", "alternatives", "nsswitch.conf",
        "host.conf", "gai.conf", "services", "protocols", "networks", "rpc", "ethertypes", "localtime", "timezone",
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "mysql", "my.cnf", "my.cnf.d", "os-release", "debian_version",
        "mime.types", "mtab", "passwd", "group", "hosts", "hostname", "resolv.conf",
    ]

    @Test func aContainerSeesProgramsAndNothingPrivate() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let secrets = ["/tmp", "/var/tmp"].map { $0 + "/secret-" + UUID().uuidString }
        for path in secrets { try "secret".write(toFile: path, atomically: true, encoding: .utf8) }
        defer { for path in secrets { unlink(path) } }
        let id = try await fixture.container(
            runtime, sandbox,
            script: """
                find / -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /usr -prune -o -path /opt -prune -o -print
                """)
        #expect(try await runtime.ended(id).exitCode == 0)
        let paths = fixture.texts()
        #expect(paths.contains("/etc/passwd"))
        for path in paths where path != "/" && !Self.own.contains(path) && !Self.programs.contains(path) {
            let isListed = Self.etcetera.contains { path == "/etc/\($0)" || path.hasPrefix("/etc/\($0)/") }
            let isOfPrograms = Self.programs.contains { path.hasPrefix($0 + "/") }
            #expect(isListed || isOfPrograms, "\(path)")
            // Keys and passwords of the host's own programs are not everybody's.
            if isListed, !path.hasPrefix("/etc/mysql"), let mode = Self.mode(path) {
                #expect(mode & 0o004 != 0, "\(path)")
            }
        }
        #expect(!paths.contains("/etc/ssl/private") && !paths.contains("/etc/mysql/debian.cnf"))
        await fixture.clean(runtime)
    }
    private static func mode(_ path: String) -> mode_t? {
        var information = stat()
        return lstat(path, &information) == 0 ? information.st_mode : nil
    }

    /// Root of a container reaches the host's files neither by a disk's node nor by the kernel's settings.
    @Test func rootOfAContainerDoesNotReachTheHost() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
        try FileManager.default.createDirectory(
            atPath: fixture.directory + "/volume", withIntermediateDirectories: true)
        let id = try await fixture.container(
            runtime, sandbox,
            script: """
                for place in /node /tmp/node /dev/node /usr/node /data/node; do
                    mknod $place c 1 5 && { head -c 1 $place | wc -c; }
                done
                (echo core > /proc/sys/kernel/core_pattern) || echo refused
                (echo 0 > /proc/sysrq-trigger) || echo refused
                (echo x > /etc/new && echo x > /usr/new && cat /etc/new /usr/new)
                """
        ) { configuration in
            configuration.mounts = [
                .init(name: "data", hostPath: fixture.directory + "/volume", containerPath: "/data")
            ]
        }
        #expect(try await runtime.ended(id).exitCode == 0)
        let words = fixture.log().split(separator: "\n").filter { $0.contains(" stdout ") }.compactMap {
            $0.split(separator: " ").last.map(String.init)
        }
        #expect(words == ["0", "0", "0", "0", "0", "refused", "refused", "x", "x"])
        #expect(try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8) == pattern)
        #expect(access("/usr/new", F_OK) != 0 && access("/etc/new", F_OK) != 0)
        await fixture.clean(runtime)
    }

    @Test func accountsAreTheContainersOwn() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(
            runtime, sandbox, script: "id -un; id -gn; echo $HOME; getent passwd 0 | cut -d: -f1; wc -l < /etc/shadow"
        ) {
            $0.security.user = 4_321
            $0.security.group = 4_322
        }
        _ = try await runtime.ended(id)
        #expect(
            fixture.texts().filter { !$0.contains("shadow") } == ["container", "container", "/", "root"])
        await fixture.clean(runtime)
    }

    @Test func capabilitiesAreAddedAndDropped() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let rows: [(added: [String], dropped: [String], bits: String)] = [
            ([], [], "00000000a80425fb"), ([], ["ALL"], "0000000000000000"),
            (["NET_ADMIN"], ["ALL"], "0000000000001000"), (["SYS_TIME"], ["chown", "CAP_KILL"], "00000000aa0425da"),
        ]
        for (index, row) in rows.enumerated() {
            let name = "main-\(index)"
            let id = try await fixture.container(
                runtime, sandbox, script: "grep -E 'CapBnd|CapEff' /proc/self/status", name: name
            ) {
                $0.security.addedCapabilities = row.added
                $0.security.droppedCapabilities = row.dropped
            }
            #expect(try await runtime.ended(id).exitCode == 0)
            #expect(fixture.texts(name) == ["CapEff:\t\(row.bits)", "CapBnd:\t\(row.bits)"])
        }
        await fixture.clean(runtime)
    }

    @Test func settingsOfTheKernelAreTheContainersOwn() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        var configuration = SandboxConfiguration(name: "pod", namespace: "default", uid: UUID().uuidString)
        configuration.logDirectory = fixture.directory + "/logs"
        configuration.sysctls = ["kernel.shm_rmid_forced": "1"]
        let sandbox = try await runtime.runPodSandbox(configuration)
        let path = "/proc/sys/kernel/shm_rmid_forced"
        let before = try String(contentsOfFile: path, encoding: .utf8)
        let id = try await fixture.container(runtime, sandbox, script: "cat \(path)")
        #expect(try await runtime.ended(id).exitCode == 0)
        #expect(fixture.texts() == ["1"])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
        await fixture.clean(runtime)
    }

    /// A program that the catalog names by its path is there, and its neighbours are not.
    @Test func whatTheCatalogNamesIsThere() async throws {
        var fixture = RuntimeFixture()
        let place = fixture.directory + "-programs"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        for name in ["hello", "neighbour"] {
            try "#!/bin/sh\necho hello; ls \(place)\n".write(
                toFile: place + "/" + name, atomically: true, encoding: .utf8)
            chmod(place + "/" + name, 0o755)
        }
        fixture.catalog += "\n- images: [\"hello:*\"]\n  entrypoint: [\"\(place)/hello\"]"
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        var configuration = ContainerConfiguration(name: "main", image: "hello")
        configuration.logPath = "main/0.log"
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        try await runtime.startContainer(id)
        #expect(try await runtime.ended(id).exitCode == 0)
        #expect(fixture.texts() == ["hello", "hello"])
        await fixture.clean(runtime)
    }
}
