import TestKit
import HTTPMessages
import APIMachinery
import APIServer
import Foundation
import StreamTestKit
import Testing

@testable import Gateway

/// Watches and logs over WebSockets, by a client with a socket of its own.
@Suite struct WebSocketAnswerTests {
    /// Reads the messages of one WebSocket.
    private final class Reader {
        struct Message: Equatable {
            var opcode: UInt8
            var text: String
        }
        private let client: RawClient
        private var pending: [UInt8] = []
        init(_ client: RawClient) { self.client = client }

        /// The answer's head; what comes after it stays for `next`.
        func head() async -> String {
            let end = Array("\r\n\r\n".utf8)
            while true {
                if let range = pending.firstRange(of: end) {
                    defer { pending.removeFirst(range.upperBound) }
                    return String(decoding: pending[..<range.upperBound], as: UTF8.self)
                }
                let bytes = await client.readBytes()
                if bytes.isEmpty { return String(decoding: pending, as: UTF8.self) }
                pending += bytes
            }
        }
        /// nil at the connection's end.
        func next() async -> Message? {
            while true {
                if let (payload, length) = SPDYPeer.message(pending) {
                    let opcode = pending[0] & 15
                    #expect(pending[0] & 0x80 != 0)
                    pending.removeFirst(length)
                    return Message(opcode: opcode, text: String(decoding: payload, as: UTF8.self))
                }
                let bytes = await client.readBytes()
                if bytes.isEmpty { return nil }
                pending += bytes
            }
        }
        func all() async -> [Message] {
            var messages: [Message] = []
            while let message = await next() { messages.append(message) }
            return messages
        }
    }

    private func request(_ path: String, subprotocols: String? = nil, _ further: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (subprotocols.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + further + "\r\n"
    }

    @Test(arguments: [nil, "binary.k8s.io", "base64.binary.k8s.io"])
    func aWatchIsOneTextMessagePerEvent(subprotocol: String?) async throws {
        try await TestCluster.run { cluster in
            let client = try RawClient(port: cluster.gateway.plainPort)
            let token = "Authorization: Bearer \(TestCluster.token)\r\n"
            client.send(
                request(
                    "/api/v1/namespaces/default/configmaps?watch=1&fieldSelector=metadata.name%3Done",
                    subprotocols: subprotocol, token))
            let reader = Reader(client)
            let head = await reader.head()
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            #expect(head.contains("sec-websocket-protocol") == (subprotocol != nil))
            if let subprotocol { #expect(head.contains("sec-websocket-protocol: \(subprotocol)\r\n")) }
            let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"key":"välue"}}"#
            _ = try await cluster.call(
                "-H", "content-type: application/json", "-d", body, path: "/api/v1/namespaces/default/configmaps")
            _ = try await cluster.call("-X", "DELETE", path: "/api/v1/namespaces/default/configmaps/one")
            for type in ["ADDED", "DELETED"] {
                let message = try #require(await reader.next())
                #expect(message.opcode == 1)
                #expect(message.text.hasSuffix("}\n"))
                let event = try JSON(parsing: Array(message.text.utf8))
                #expect(event["type"]?.string == type)
                #expect(event["object", "data", "key"]?.string == "välue")
            }
            // A ping is answered, a close too.
            client.send(SPDYPeer.masked([7], opcode: 9))
            #expect(await reader.next() == .init(opcode: 10, text: "\u{7}"))
            client.send(SPDYPeer.masked([3, 232], opcode: 8))
            #expect(await reader.next()?.opcode == 8)
            #expect(await reader.next() == nil)
        }
    }

    @Test func aWatchThatIsOverIsClosedAndARefusedOneIsNotUpgraded() async throws {
        try await TestCluster.run { cluster in
            let token = "Authorization: Bearer \(TestCluster.token)\r\n"
            let client = try RawClient(port: cluster.gateway.plainPort)
            client.send(request("/api/v1/namespaces?watch=true&timeoutSeconds=1", token))
            let reader = Reader(client)
            #expect(await reader.head().hasPrefix("HTTP/1.1 101 "))
            #expect(await reader.all().last?.opcode == 8)
            for (path, further, status) in [
                ("/api/v1/namespaces?watch=1", "", "403"), ("/api/v1/nothing?watch=1", token, "404"),
                ("/api/v1/namespaces?watch=1&resourceVersion=x", token, "4"), ("/api/v1/namespaces", token, "200"),
            ] {
                let client = try RawClient(port: cluster.gateway.plainPort)
                client.send(request(path, further))
                #expect(await client.readAll().hasPrefix("HTTP/1.1 \(status)"), "\(path)")
            }
        }
    }
    private func request(_ path: String, _ further: String) -> String {
        request(path, subprotocols: nil, further)
    }

    @Test func aLogIsBinaryOrBase64() async throws {
        let path = "/api/v1/namespaces/default/pods/web/log?follow=true"
        for (subprotocols, chosen, opcode, texts) in [
            (nil, nil, UInt8(2), ["", "one\ntw", "o\n"]),
            ("binary.k8s.io", "binary.k8s.io", 2, ["", "one\ntw", "o\n"]),
            ("other, base64.binary.k8s.io, binary.k8s.io", "base64.binary.k8s.io", 1, ["", "b25lCnR3", "bwo="]),
        ] as [(String?, String?, UInt8, [String])] {
            let stream = HandmadeStream()
            let asked = Box("")
            try await TestGateway.run(api: { request in
                asked.value = "\(request.path)?\(request.query) \(request.header("upgrade") ?? "-")"
                return Answer(status: 200, headers: [("content-type", "text/plain")], body: .stream(stream))
            }) { gateway async throws in
                let client = try RawClient(port: gateway.plainPort)
                client.send(request(path, subprotocols: subprotocols))
                let reader = Reader(client)
                let head = await reader.head()
                #expect(head.hasPrefix("HTTP/1.1 101 "))
                if let chosen { #expect(head.contains("sec-websocket-protocol: \(chosen)\r\n")) }
                #expect(asked.value == "\(path) -")
                #expect(await reader.next() == .init(opcode: opcode, text: texts[0]))
                stream.send("one\ntw")
                #expect(await reader.next() == .init(opcode: opcode, text: texts[1]))
                stream.send("o\n")
                #expect(await reader.next() == .init(opcode: opcode, text: texts[2]))
                stream.finish()
                #expect(await reader.next()?.opcode == 8)
                #expect(await reader.next() == nil)
            }
        }
    }

    @Test func aClientThatGoesEndsTheLogAndUnknownSubprotocolsAreRefused() async throws {
        let stream = HandmadeStream()
        let path = "/api/v1/namespaces/default/pods/web/log"
        try await TestGateway.run(api: { _ in Answer(status: 200, body: .stream(stream)) }) { gateway async throws in
            let refused = try RawClient(port: gateway.plainPort)
            refused.send(request(path, subprotocols: "channel.k8s.io"))
            #expect(await refused.readAll().hasPrefix("HTTP/1.1 403 "))
            let old = try RawClient(port: gateway.plainPort)
            old.send(
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: x\r\n\r\n")
            #expect(await old.readAll().hasPrefix("HTTP/1.1 400 "))
            var client: RawClient? = try RawClient(port: gateway.plainPort)
            client?.send(request(path))
            #expect(await client?.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 ") == true)
            client = nil
            await stream.wasCancelled()
        }
    }
}
