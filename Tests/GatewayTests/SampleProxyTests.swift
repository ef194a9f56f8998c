import APIServer
import TestKit
import Testing

@testable import Gateway

@Suite struct SampleProxyTests {
    @Test func teaAndCoffeeGoThroughTheIngress() async throws {
        // The ingress is another gateway here: a real server that tells what it was asked.
        let asked = Box<[String]>([])
        try await TestGateway.run(
            { $0.allowedHosts = ["*"] },
            site: { configuration in
                Site(
                    configuration, api: { _ in Answer(status: 500) }, parts: .init(),
                    routes: ["/tea", "/coffee"].map { path in
                        Route("GET", path) { _, call in
                            let request = call.request
                            asked.value.append(
                                "\(request.path)?\(request.query) \(request.header("host") ?? "") "
                                    + "\(request.header("authorization") ?? "-") \(request.header("x-forwarded-for") ?? "-")"
                            )
                            let stream = HandmadeStream()
                            stream.send("Server name: pod\n")
                            stream.send("URI: \(request.path)\n")
                            stream.finish()
                            return Answer(
                                status: path == "/tea" ? 200 : 404, headers: [("content-type", "text/plain")],
                                body: .stream(stream))
                        }
                    }, logger: .init(label: "test"))
            }
        ) { ingress in
            let port = ingress.plainPort
            try await TestGateway.run({ $0.ingress = .init(host: "127.0.0.1", port: port) }, api: ListenerTests.mirror)
            { gateway async throws in
                let tea = try await Shell.curl(
                    "-w", "|%{http_code}", "-H", "authorization: Bearer secret", "\(gateway.plain)/tea?with=coffee")
                #expect(tea.output == "Server name: pod\nURI: /tea\n|200")
                let coffee = try await Shell.curl("-w", "|%{http_code}", "\(gateway.plain)/coffee")
                #expect(coffee.output.hasSuffix("|404"))
            }
        }
        // The caller's credentials stay here.
        #expect(
            asked.value == ["/tea?with=coffee cafe.example.com - 127.0.0.1", "/coffee? cafe.example.com - 127.0.0.1"])
    }

    @Test func anIngressThatIsAwayIsA502AndNoneA503() async throws {
        try await TestGateway.run({ $0.ingress = .init(host: "127.0.0.1", port: 1) }, api: ListenerTests.mirror) {
            gateway async throws in
            #expect(try await Shell.curl("-w", "|%{http_code}", "\(gateway.plain)/tea").output.hasSuffix("|502"))
        }
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            #expect(try await Shell.curl("-w", "|%{http_code}", "\(gateway.plain)/coffee").output.hasSuffix("|503"))
        }
    }
}
