import Basics
import Foundation
import Testing

@testable import ContainerRuntime

@Suite struct ValueTests {
    @Test func logLinesAreCutAndTagged() {
        let time = Instant(nanoseconds: 1_767_225_600_000_000_042)
        let stamp = "2026-01-01T00:00:00.000000042Z"
        var lines = LogLines(stream: "stdout")
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(text(lines.append(Array("one\ntw".utf8)[...], at: time)) == "\(stamp) stdout F one\n")
        #expect(text(lines.append(Array("o\n\n".utf8)[...], at: time)) == "\(stamp) stdout F two\n\(stamp) stdout F \n")
        let long = [UInt8](repeating: 65, count: LogLines.maximumLine + 3)
        let cut = lines.append((long + [10])[...], at: time)
        #expect(text(cut).hasPrefix("\(stamp) stdout P AAA"))
        #expect(text(cut).hasSuffix("\(stamp) stdout F AAA\n"))
        // Exactly the longest line is one line.
        #expect(text(lines.append((long.dropLast(3) + [10])[...], at: time)).hasPrefix("\(stamp) stdout F AAA"))
        _ = lines.append(Array("rest".utf8)[...], at: time)
        #expect(text(lines.finish(at: time)) == "\(stamp) stdout P rest\n")
        #expect(lines.finish(at: time).isEmpty)
    }

    @Test func logFilesRotate() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/rotate-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try LogFile(path: directory + "/0.log", maximumBytes: 100)
        for number in 0..<100 { log.write(Array("line \(number) \(String(repeating: "x", count: 40))\n".utf8)) }
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files.count == LogFile.maximumFiles)
        #expect(files.contains("0.log"))
    }

    @Test func messagesSurviveTheWire() throws {
        let messages: [SupervisorMessage] = [
            .exec([1, 2]), .attach, .signal(15), .input([]), .inputEnded, .resize(rows: 24, columns: 80),
            .output([UInt8](repeating: 3, count: 70_000)), .errorOutput([4]), .exited(code: -1),
            .failed(code: 127, why: "no"),
        ]
        let bytes = messages.flatMap(\.bytes)
        for piece in [1, 7, 4096] {
            var decoder = SupervisorMessage.Decoder()
            var decoded: [SupervisorMessage] = []
            for start in stride(from: 0, to: bytes.count, by: piece) {
                decoder.append(bytes[start..<min(start + piece, bytes.count)])
                while let message = try decoder.next() { decoded.append(message) }
            }
            #expect(decoded == messages)
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var decoder = SupervisorMessage.Decoder()
            decoder.append((0..<30).map { _ in UInt8.random(in: 0...20, using: &generator) })
            do { while try decoder.next() != nil {} } catch {}
        }
    }

    @Test(arguments: [
        ("nginx", "docker.io/library/nginx:latest", true), ("a/b:v1", "docker.io/a/b:v1", true),
        ("localhost:5000/x", "localhost:5000/x:latest", true), ("gcr.io/a/b@sha256:00", "gcr.io/a/b@sha256:00", true),
        ("Upper", "docker.io/library/Upper:latest", false), ("a//b", "docker.io/a//b:latest", false), ("", "", false),
    ]) func imageNamesHaveAFullForm(_ image: String, _ full: String, _ isValid: Bool) {
        if !image.isEmpty { #expect(ImageReference.expanded(image) == full) }
        #expect(ImageReference.isValid(image) == isValid)
    }

    @Test func theCatalogThatShipsKnowsItsImages() throws {
        let catalog = try ImageCatalog(yaml: ImageCatalog.standard, variables: ["BIN": "/opt/skiff"])
        #expect(catalog.entry("nginxdemos/nginx-hello:plain-text")?.entrypoint == ["/opt/skiff/cafe", "nginx-hello"])
        #expect(catalog.entry("flask-api")?.entrypoint == ["/opt/skiff/cafe", "users"])
        #expect(catalog.entry("docker.io/library/mysql:8.4")?.volumes == ["/var/lib/mysql"])
        #expect(catalog.entry("busybox:1.36")?.command == ["/bin/sh"])
        #expect(catalog.entry("no-such-image") == nil)
        #expect(GlobPattern("a*b?d").matches("axxbcd"))
        #expect(!GlobPattern("a*b?d").matches("axxbd"))
    }

    @Test func addressesGoAround() {
        var pool = AddressPool(node: 3)
        #expect(pool.take() == "127.100.3.2")
        #expect(pool.take() == "127.100.3.3")
        pool.giveBack("127.100.3.2")
        #expect(pool.take() == "127.100.3.4")
        for _ in 0..<251 { _ = pool.take() }
        #expect(pool.take() == nil)
        pool.giveBack("127.100.3.9")
        #expect(pool.take() == "127.100.3.9")
    }

    @Test func otherFileSystemsAreFound() {
        let text = """
            22 1 254:0 / / rw - ext4 /dev/vda rw
            23 22 0:20 / /proc rw - proc proc rw
            24 22 8:1 / /home rw shared:1 - ext4 /dev/sda1 rw
            25 22 8:2 / /with\\040space rw - xfs /dev/sdb rw
            """
        #expect(ContainerRoot.otherMounts(Array(text.utf8)) == ["/home"])
    }
}
