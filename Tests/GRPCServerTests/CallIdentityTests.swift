import Foundation
import Logging
import TestKit
import Testing

@testable import GRPCServer

/// Certificates that somebody renews in their files.
@Suite struct CallIdentityTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func aNewPairInTheFilesIsShownOnceItIsWhole() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/identity-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func path(_ name: String) -> String { "\(folder)/\(name)" }
        func make(_ name: String) throws {
            let made = try Program.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).crt"),
                ])
            try #require(made.exitCode == 0, "\(made.errors)")
        }
        func put(_ source: String, at name: String) throws {
            try Data(contentsOf: URL(filePath: path(source))).write(to: URL(filePath: path(name)))
        }
        try make("old")
        try make("new")
        try put("old.crt", at: "served.crt")
        try put("old.key", at: "served.key")
        let identity = try #require(
            try CallIdentity(
                .mutualTLS(
                    certificatePath: path("served.crt"), keyPath: path("served.key"),
                    clientAuthorityPath: path("old.crt"))))
        let first = identity.current
        identity.look(logger)
        #expect(identity.current === first)
        // Half of it is no pair.
        try put("new.key", at: "served.key")
        identity.look(logger)
        #expect(identity.current === first)
        try FileManager.default.removeItem(atPath: path("served.crt"))
        identity.look(logger)
        #expect(identity.current === first)
        try put("new.crt", at: "served.crt")
        identity.look(logger)
        #expect(identity.current !== first)
        #expect(try CallIdentity(.insecure) == nil)
    }
}
