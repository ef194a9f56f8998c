import APIMachinery
import Foundation
import TestKit
import Testing

@testable import ContainerRuntime

/// Images as files, and what goes over CRI's wire.
@Suite struct ImageAssemblyTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/assembly-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    @Test func tarFilesAreWhatTarReads() async throws {
        try await withDirectory { directory in
            let long = String(repeating: "directory/", count: 15) + "file"
            var layer = ImageLayer()
            layer.add("bin/program", .content(Array("text".utf8), mode: 0o4755))
            layer.add("/" + long, .content([], mode: 0o644))
            layer.add("bin/link", .link(target: "/" + long))
            let first = try layer.write(directory + "/first.tar")
            #expect(try layer.write(directory + "/second.tar").digest == first.digest)
            let digest = try Program.run("/usr/bin/sha256sum", [directory + "/first.tar"]).output
            #expect(digest.hasPrefix(first.digest))
            let listing = try Program.run("/bin/tar", ["tvf", directory + "/first.tar"]).output
            #expect(listing.contains("-rwsr-xr-x 0/0"))
            #expect(listing.contains(" \(long)\n") && listing.contains(" bin/link -> /\(long)\n"))
            #expect(listing.split(separator: "\n").count == 4 + 15)
        }
    }

    @Test func aLinkBringsWhatItLeadsTo() async throws {
        try await withDirectory { directory in
            try "text".write(toFile: directory + "/file", atomically: true, encoding: .utf8)
            for (name, target) in [("first", "second"), ("second", directory + "/file"), ("ring", "ring")] {
                try FileManager.default.createSymbolicLink(atPath: "\(directory)/\(name)", withDestinationPath: target)
            }
            var layer = ImageLayer()
            // As a base has it, that was copied without what its links lead to.
            layer.add(directory + "/second", .link(target: directory + "/file"))
            try layer.addFromMachine(directory + "/first")
            try layer.addFromMachine(directory + "/ring")
            for name in ["first", "second", "file", "ring"] { #expect(layer.holds("\(directory)/\(name)"), "\(name)") }
            #expect(!layer.holds(directory + "/absent"))
        }
    }

    @Test func aLongHeaderCountsItself() {
        #expect(TarWriter.record("path", "x") == "9 path=x\n" || TarWriter.record("path", "x") == "10 path=x\n")
        for count in 80...120 {
            let record = TarWriter.record("path", String(repeating: "a", count: count))
            #expect(record.utf8.count == Int(record.prefix { $0 != " " }))
        }
    }

    @Test func librariesAreThoseThatTheLoaderNames() {
        let told = """
            \tlinux-vdso.so.1 (0x00007ffd)
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f11)
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f12)
            \tlibmissing.so => not found
            \tstatically linked
            """
        #expect(
            ImageAssembly.libraries(told: told) == ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"])
    }

    #if arch(x86_64)
        @Test func theFirstProcessOfASandboxWaits() async throws {
            try await withDirectory { directory in
                let path = directory + "/pause"
                #expect(
                    FileManager.default.createFile(
                        atPath: path, contents: Data(PauseProgram.bytes), attributes: [.posixPermissions: 0o755]))
                let process = Process()
                process.executableURL = URL(filePath: path)
                try process.run()
                var wait = ""
                while wait != "__do_sys_pause" && process.isRunning {
                    wait =
                        (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/wchan", encoding: .utf8)) ?? ""
                }
                let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }
                let ignored = line.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
                #expect(ignored & 1 << UInt64(SIGCHLD - 1) != 0, "children are reaped")
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
            }
        }
    #endif

    @Test func messagesAreReadAsTheyWereWritten() throws {
        let message = ProtobufMessage {
            $0.text(1, "text")
            $0.number(2, 300)
            $0.number(3, -1)
            $0.flag(4, false)
            $0.map(5, ["a": "1", "b": ""])
            $0.optional(6, 0)
            $0.optional(7, nil)
            $0.texts(8, ["x", "", "y"])
        }
        #expect(message.bytes.prefix(9) == [0x0A, 4, 0x74, 0x65, 0x78, 0x74, 0x10, 0xAC, 0x02])
        let fields = try ProtobufFields(message.bytes[...])
        #expect(fields.text(1) == "text" && fields.number(2) == 300 && fields.number(3) == -1 && !fields.flag(4))
        #expect(try fields.map(5) == ["a": "1", "b": ""])
        #expect(try fields.optional(6) == 0 && fields.optional(7) == nil)
        #expect(fields.texts(8) == ["x", "", "y"])
        for count in 1..<message.bytes.count {
            // What is cut off is refused or ends between two fields.
            _ = try? ProtobufFields(message.bytes.prefix(count))
        }
        #expect(throws: ProtobufFields.Malformed.self) { _ = try ProtobufFields([0x0A, 0xFF]) }
        #expect(throws: ProtobufFields.Malformed.self) { _ = try ProtobufFields([0x0B, 0]) }
        #expect(throws: ProtobufFields.Malformed.self) {
            _ = try ProtobufFields([UInt8](repeating: 0xFF, count: 30)[...])
        }
    }

    @Test func theLastMountThatHoldsAPathCounts() {
        let table = "overlay / overlay rw 0 0\n/dev/sda /var ext4 rw 0 0\ntmpfs /var/lib/x tmpfs rw 0 0\n"
        #expect(ContainerdConfiguration.fileSystem(of: "/var/lib/skiff", in: table) == "ext4")
        #expect(ContainerdConfiguration.fileSystem(of: "/var/lib/xy", in: table) == "ext4")
        #expect(ContainerdConfiguration.fileSystem(of: "/home", in: table) == "overlay")
    }

    @Test func aRepositoryIsANameWithoutTagAndDigest() {
        #expect(ImageReference.repository("nginx:1") == "docker.io/library/nginx")
        #expect(ImageReference.repository("127.0.0.1:5000/team/app") == "127.0.0.1:5000/team/app")
        #expect(ImageReference.repository("127.0.0.1:5000/app:2@sha256:ab") == "127.0.0.1:5000/app")
    }

    @Test func theHolderOfANameIsTold() {
        let id = String(repeating: "a1b2", count: 16)
        let error = GRPCStatus(
            code: 2,
            message:
                "failed to reserve container name \"main_pod_default_u_0\": name \"main_pod_default_u_0\" is reserved for \"\(id)\""
        )
        #expect(CRIRuntime.holder(of: error) == id)
        #expect(CRIRuntime.holder(of: GRPCStatus(code: 5, message: "image \"\(id)\" not found")) == nil)
        #expect("\(GRPCStatus(code: 5, message: "no"))" == "rpc error: code = NotFound desc = no")
    }
}
