import APIMachinery
import Basics
import EtcdStore
import KeyValueCore
import TestKit
import Testing

@testable import APIServer

/// Resources that are sealed in the store.
@Suite struct EncryptionTests {
    static let secrets = "/api/v1/namespaces/default/secrets"

    static func configuration(_ providers: String, resources: String = "secrets") throws -> EncryptionConfiguration {
        try EncryptionConfiguration(
            try YAML.document(
                Array(
                    """
                    apiVersion: apiserver.config.k8s.io/v1
                    kind: EncryptionConfiguration
                    resources: [{resources: ["\(resources)"], providers: [\(providers)]}]
                    """.utf8)
            ).value)
    }
    static func keys(_ provider: String, _ names: String...) -> String {
        let keys = names.map {
            "{name: \($0), secret: \(Base64.encode(Array("\($0)-----------------------------------".utf8.prefix(32))))}"
        }
        return "{\(provider): {keys: [\(keys.joined(separator: ", "))]}}"
    }

    static func run(
        _ directory: TemporaryDirectory, _ configuration: EncryptionConfiguration?,
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        try await Harness.run(Configuration(encryption: configuration), directory: directory, body)
    }
    /// Compare it as UTF-8: what is sealed may begin with a combining mark, which is one character with what is before it.
    static func stored(_ cluster: Harness, _ name: String) async throws -> String {
        let found = try await cluster.store.range(RangeRequest(.key(Array("/registry/secrets/default/\(name)".utf8))))
        return String(decoding: try #require(found.keyValues.first).value, as: UTF8.self)
    }
    static func secret(_ name: String) -> JSON {
        ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": JSON(name)], "data": ["password": "c2VzYW1l"]]
    }

    @Test(arguments: ["aesgcm", "aescbc", "secretbox"])
    func whatIsWrittenIsSealedAndReadBack(_ provider: String) async throws {
        let directory = TemporaryDirectory()
        let configuration = try Self.configuration(Self.keys(provider, "one"))
        try await Self.run(directory, configuration) { cluster in
            let watch = try await cluster.watch("\(Self.secrets)?watch=true")
            #expect(try await cluster.call("POST", Self.secrets, Self.secret("a")).status == 201)
            #expect(try await Self.stored(cluster, "a").utf8.starts(with: "k8s:enc:\(provider):v1:one:".utf8))
            #expect(try await !Self.stored(cluster, "a").contains("c2VzYW1l"))
            #expect(try await watch.next()?["object", "data", "password"]?.string == "c2VzYW1l")
            watch.stream.cancel()
            // Others are left as they are.
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let key = Array("/registry/configmaps/default/a".utf8)
            let plain = try await cluster.store.range(RangeRequest(.key(key))).keyValues.first?.value ?? []
            #expect(plain.first == UInt8(ascii: "{"))
        }
        // After a start, from the disk.
        try await Self.run(directory, configuration) { cluster in
            let read = try await cluster.call("GET", "\(Self.secrets)/a")
            #expect(read.json["data", "password"]?.string == "c2VzYW1l")
            let patched = try await cluster.call(
                "PATCH", "\(Self.secrets)/a", ["data": ["more": "eA=="]],
                headers: [(name: "content-type", value: "application/merge-patch+json")])
            #expect(patched.status == 200)
            #expect(try await cluster.call("DELETE", "\(Self.secrets)/a").status == 200)
        }
    }

    /// kubectl get secrets -o json | kubectl replace -f -
    @Test func keysRotateByWritingAgain() async throws {
        let directory = TemporaryDirectory()
        try await Self.run(directory, nil) { cluster in
            _ = try await cluster.call("POST", Self.secrets, Self.secret("a"))
        }
        let steps = [
            ("{identity: {}}", "{"), (Self.keys("aesgcm", "one") + ", {identity: {}}", "k8s:enc:aesgcm:v1:one:"),
            (Self.keys("aesgcm", "two", "one"), "k8s:enc:aesgcm:v1:two:"),
            (Self.keys("secretbox", "three") + ", " + Self.keys("aesgcm", "two"), "k8s:enc:secretbox:v1:three:"),
            ("{identity: {}}, " + Self.keys("secretbox", "three"), "{"),
        ]
        for (providers, prefix) in steps {
            try await Self.run(directory, try Self.configuration(providers)) { cluster in
                let read = try await cluster.call("GET", "\(Self.secrets)/a")
                #expect(read.json["data", "password"]?.string == "c2VzYW1l", "\(providers): \(read.text)")
                #expect(try await cluster.call("PUT", "\(Self.secrets)/a", read.json).status == 200)
                #expect(try await Self.stored(cluster, "a").utf8.starts(with: prefix.utf8))
                // What is as it would be written now is left alone.
                let again = try await cluster.call("GET", "\(Self.secrets)/a").json
                let kept = try await cluster.call("PUT", "\(Self.secrets)/a", again)
                #expect(kept.json["metadata", "resourceVersion"] == again["metadata", "resourceVersion"])
            }
        }
    }

    /// A value of one key cannot take another's place, and a wrong key is told as such.
    @Test func whatWasChangedIsRefused() throws {
        let key = Array("/registry/secrets/default/a".utf8)
        let seal = Seal(.aesgcm, keyName: "one", key: [UInt8](repeating: 1, count: 32))
        let sealed = try seal.seal(Array("text".utf8), at: key)
        #expect(seal.open(sealed, at: key) == Array("text".utf8))
        #expect(seal.open(sealed, at: Array("/registry/secrets/default/b".utf8)) == nil)
        for provider in [Seal.Provider.aesgcm, .aescbc, .secretbox] {
            let seal = Seal(provider, keyName: "one", key: [UInt8](repeating: 1, count: 32))
            let other = Seal(provider, keyName: "one", key: [UInt8](repeating: 2, count: 32))
            let sealed = try seal.seal(Array("a longer text than a block".utf8), at: key)
            #expect(other.open(sealed, at: key) != Array("a longer text than a block".utf8))
            #expect(seal.open(Array(sealed.dropLast(20)), at: key) != Array("a longer text than a block".utf8))
            #expect(seal.open(seal.prefix, at: key) == nil)
        }
    }

    @Test(arguments: [
        (
            "{aesgcm: {keys: [{name: a, secret: AAAA}]}}",
            "resources[0].providers[0].aesgcm.keys[0].secret: secret is not of the expected length, got 3, expected one of [16 24 32]"
        ),
        ("{aescbc: {keys: []}}", "resources[0].providers[0].aescbc.keys: Required value"),
        (
            "{secretbox: {keys: [{name: 'a:b', secret: AAAA}]}}",
            "resources[0].providers[0].secretbox.keys[0].name: Invalid value: \"a:b\": must not contain ':'"
        ),
        ("{other: {}}", "resources[0].providers[0]: must have exactly one of aesgcm, aescbc, secretbox, identity"),
    ])
    func badConfigurationsAreToldWithTheirPlace(_ providers: String, _ text: String) throws {
        let error = #expect(throws: EncryptionConfiguration.ConfigurationError.self) {
            try Self.configuration(providers)
        }
        #expect(error?.description == text)
    }

    @Test func resourcesAreNamedAsInKubernetes() throws {
        func sealed(_ name: String, _ resource: GroupResource) throws -> Bool {
            try !Self.configuration("{identity: {}}", resources: name).seals(for: resource).isEmpty
        }
        let deployments = GroupResource(group: "apps", resource: "deployments")
        #expect(try sealed("deployments.apps", deployments))
        #expect(try sealed("*.apps", deployments))
        #expect(try sealed("*.*", deployments))
        #expect(try !sealed("*.", deployments))
        #expect(try sealed("*.", GroupResource(resource: "secrets")))
    }

    /// The example of NaCl's own tests (tests/secretbox.c).
    @Test func secretboxIsNaCls() throws {
        func bytes(_ hex: String) -> [UInt8] {
            stride(from: 0, to: hex.count, by: 2).map { index in
                let start = hex.index(hex.startIndex, offsetBy: index)
                return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16) ?? 0
            }
        }
        let key = bytes("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
        let nonce = bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
        let message = bytes(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f4"
                + "1db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c609"
                + "02e52f0a089bc76897040e082f937763848645e0705")
        let box = bytes(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b"
                + "4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc"
                + "0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5")
        #expect(Secretbox.seal(message, key: key, nonce: nonce) == box)
        #expect(Secretbox.open(box, key: key, nonce: nonce) == message)
        var changed = box
        changed[20] ^= 1
        #expect(Secretbox.open(changed, key: key, nonce: nonce) == nil)
    }
}
