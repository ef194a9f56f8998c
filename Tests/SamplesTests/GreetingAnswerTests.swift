import HTTPMessages
import Testing

@testable import Samples

@Suite struct GreetingAnswerTests {
    let greeting = Greeting(address: "127.100.0.2:8080", name: "tea-1")

    private func lines(_ request: Request) async -> [Substring] {
        guard case .bytes(let bytes) = await greeting.answer(to: request).body else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    @Test func theTargetIsToldAsItWasSent() async {
        let lines = await lines(Request(method: "GET", path: "/tea%20pot", query: "a=1&b"))
        #expect(lines.contains("URI: /tea%20pot?a=1&b"))
        #expect(lines.contains("Server name: tea-1"))
    }

    @Test func aProxysRequestIdIsKeptAndAnotherIsReplaced() async {
        let id = "0123456789abcdef0123456789ABCDEF"
        #expect(
            await lines(Request(method: "GET", path: "/", headers: [("x-request-id", id)])).contains(
                "Request ID: \(id)"))
        let own = await lines(Request(method: "GET", path: "/", headers: [("x-request-id", "mine")])).last ?? ""
        #expect(own.hasPrefix("Request ID: ") && own.count == 44)
    }

    @Test func othersMethodsAreRefusedAndANeighbourTakesTime() async {
        #expect(await greeting.answer(to: Request(method: "POST", path: "/")).status == 405)
        #expect(greeting.asksNeighbour(Request(method: "GET", path: "/", query: "with=coffee")))
        #expect(!greeting.asksNeighbour(Request(method: "GET", path: "/", query: "without=coffee")))
    }
}
