import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Clients that do not wait for the answer to an upgrade: their first bytes come in one piece with the request.
    @Suite(.serialized) struct EarlyBytesTests {
        /// Speaks WebSocket by hand: what `cat` and a pod's port give back must be what was sent.
        private static let client = """
            import base64, os, socket, struct, sys
            port, token, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
            payload = bytes(97 + index % 26 for index in range(count))

            def frame(data):
                length = len(data)
                if length < 126: size = bytes([0x80 | length])
                elif length < 65536: size = bytes([0x80 | 126]) + struct.pack('>H', length)
                else: size = bytes([0x80 | 127]) + struct.pack('>Q', length)
                return b'\\x82' + size + b'\\0\\0\\0\\0' + data

            def messages(path, protocol, first):
                connection = socket.create_connection(('127.0.0.1', port), timeout=30)
                key = base64.b64encode(os.urandom(16)).decode()
                head = (f'GET /api/v1/namespaces/default/pods/box/{path} HTTP/1.1\\r\\nHost: localhost\\r\\nAuthorization: Bearer {token}\\r\\n'
                    + f'Connection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: {key}\\r\\n'
                    + f'Sec-WebSocket-Protocol: {protocol}\\r\\n\\r\\n')
                connection.sendall(head.encode() + first)
                stream = connection.makefile('rb')
                status = stream.readline()
                if b' 101 ' not in status: raise SystemExit(status)
                while stream.readline() != b'\\r\\n': pass
                while True:
                    opcode, length = stream.read(2)
                    if length == 126: length = struct.unpack('>H', stream.read(2))[0]
                    if length == 127: length = struct.unpack('>Q', stream.read(8))[0]
                    data = stream.read(length)
                    if opcode & 15 == 8: return
                    # A ping, which a client need not answer at once.
                    if opcode & 15 == 9: continue
                    yield data[0], data[1:]

            said = b''
            for channel, data in messages('exec?stdin=true&stdout=true&command=cat', 'v5.channel.k8s.io',
                    frame(b'\\0' + payload) + frame(b'\\xff\\0')):
                if channel == 1: said += data
            if said != payload: raise SystemExit(f'exec gave {len(said)} bytes')

            said = b''
            for channel, data in messages('portforward?ports=8079', 'v4.channel.k8s.io', frame(b'\\0' + payload)):
                if channel == 0: said += data
                elif len(data) > 2: raise SystemExit(data)
                if len(said) == 2 + count: break
            if said[2:] != payload: raise SystemExit(f'port-forward gave {len(said) - 2} bytes')
            print('whole')
            """
        private static let echo = """
            import os, socket, threading
            def serve(c):
                while True:
                    b = c.recv(65536)
                    if not b: break
                    c.sendall(b)
            s = socket.create_server((os.environ["POD_IP"], 8079), backlog=16)
            print("ready", flush=True)
            while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
            """

        @Test func bytesWithAnUpgradeReachThePod() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone(
                "run", "box", "--image=busybox",
                #"--overrides={"apiVersion":"v1","spec":{"terminationGracePeriodSeconds":1}}"#, "--command", "--",
                "python3",
                "-c", Self.echo)
            try wait("the pod to listen") { try cluster.kubectl("logs", "box").text == "ready" }
            let script = "\(cluster.directory)/early.py"
            try Self.client.write(toFile: script, atomically: true, encoding: .utf8)
            for count in [1, 125, 65_536] {
                let printed = try Program.run("python3", [script, "\(cluster.port)", cluster.token, "\(count)"])
                #expect(printed.text == "whole", "\(count) bytes: \(printed.errors)")
            }
        }
    }
}
