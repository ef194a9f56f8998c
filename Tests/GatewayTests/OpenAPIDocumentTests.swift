import APIMachinery
import Foundation
import TestKit
import Testing

@testable import Gateway

/// `openapi.yaml` is the file, the built-in text and the router at once. `UPDATE=1` writes the built-in text anew.
@Suite struct OpenAPIDocumentTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static func file() throws -> String {
        try String(contentsOf: root.appending(path: "openapi.yaml"), encoding: .utf8)
    }

    @Test func theBuiltInTextIsTheFile() throws {
        let text = try Self.file()
        guard ProcessInfo.processInfo.environment["UPDATE"] == "1" else {
            #expect(OpenAPIDocument.yaml == text)
            return
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : "        \($0)"
        }
        let source =
            "// Made from openapi.yaml by `UPDATE=1 swift test --filter OpenAPIDocumentTests`; do not edit.\n\n"
            + "enum OpenAPIDocument {\n    static let yaml = #\"\"\"\n" + lines.joined(separator: "\n")
            + "\n        \"\"\"#\n}\n"
        try source.write(
            to: Self.root.appending(path: "Sources/Gateway/Generated/OpenAPIDocument.swift"), atomically: true,
            encoding: .utf8)
    }

    @Test func everyRouteIsDescribedAndEveryDescriptionIsARoute() throws {
        let document = try YAML.document(Array(try Self.file().utf8)).value
        var described: [String: Bool] = [:]
        for path in document["paths"]?.members ?? [] {
            for method in path.value.members where method.name != "parameters" {
                described["\(method.name.uppercased()) \(path.name)"] = method.value["security"]?.isEmpty != true
            }
        }
        var served: [String: Bool] = [:]
        for route in WebRoutes.all { served["\(route.method) \(route.path.text)"] = route.access != .open }
        for page in APIPaths.pages { served["GET \(page.path)"] = page.needsCredentials }
        #expect(described == served)
    }

    @Test func parametersOfPathsAreDescribed() throws {
        let document = try YAML.document(Array(try Self.file().utf8)).value
        for path in document["paths"]?.members ?? [] where path.name.contains("{") {
            #expect(path.value["parameters"]?.count == path.name.split(separator: "{").count - 1)
        }
    }

    @Test func aPublicValidatorAcceptsIt() async throws {
        let python = try await Self.validator()
        guard let python else {
            print("skipped: openapi-spec-validator cannot be installed here")
            return
        }
        let result = try await Shell.run(
            python, ["-m", "openapi_spec_validator", "--schema", "3.1", Self.root.appending(path: "openapi.yaml").path])
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        // The validator does see mistakes.
        let directory = TemporaryDirectory()
        let broken = try directory.write(
            "broken.yaml", try Self.file().replacing("operationId: listUsers", with: "operationId: [1]"))
        #expect(try await Shell.run(python, ["-m", "openapi_spec_validator", "--schema", "3.1", broken]).exitCode != 0)
    }

    /// A Python with openapi-spec-validator in an environment that is made once; nil if that cannot be.
    private static func validator() async throws -> String? {
        let cache = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-openapi-validator").path
        let python = "\(cache)/bin/python"
        if try await Shell.run(python, ["-c", "import openapi_spec_validator"]).exitCode == 0 { return python }
        guard try await Shell.run("python3", ["-m", "venv", cache]).exitCode == 0,
            try await Shell.run(python, ["-m", "pip", "install", "-q", "openapi-spec-validator==0.7.1"]).exitCode == 0
        else { return nil }
        return python
    }

    /// RFC 9110 §15.5.6, also where the cluster API answers.
    @Test func aMethodThatIsNotDescribedIsToldWhichAre() async throws {
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            for page in APIPaths.pages {
                for method in ["TRACE", "POST", "DELETE"] {
                    let answer = try await Shell.curl("-i", "-X", method, "\(gateway.plain)\(page.path)").output
                    #expect(answer.hasPrefix("HTTP/1.1 405 "), "\(method) \(page.path)")
                    #expect(answer.contains("\r\nallow: GET, HEAD\r\n") && answer.contains(#""kind":"Status""#))
                }
                #expect(try await Shell.curl("\(gateway.plain)\(page.path)").output.hasPrefix("GET|\(page.path)|"))
            }
            // What is below a page is the cluster API's to judge.
            #expect(try await Shell.curl("-X", "POST", "\(gateway.plain)/livez/ping").output.hasPrefix("POST|"))
        }
    }

    @Test func thePageNeedsNothingFromElsewhere() async throws {
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            let page = try await Shell.curl("-i", "\(gateway.plain)/docs").output
            #expect(page.contains("content-type: text/html"))
            #expect(page.contains("content-security-policy: default-src 'none'"))
            #expect(!page.contains("__DESCRIPTION__"))
            #expect(page.contains("\"/user/{id}\""))
            #expect(page.range(of: "(src|href)=\"?https?:", options: .regularExpression) == nil)
            #expect(try await Shell.curl("\(gateway.plain)/openapi.yaml").output == (try Self.file()))
        }
    }
}
