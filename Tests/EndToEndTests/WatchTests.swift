import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Watchers that take nothing cost a bounded amount of memory, are cut off, and harm nobody else.
    @Suite(.serialized) struct WatchTests {
        /// Writes an object of 100 KB again and again, 120 MB in all: first alone, then with fifty watchers who never
        /// read and one who does. Prints figures as JSON.
        static let script = """
            import http.client, json, socket, sys, threading, time
            port, token, server, stuckCount, writes, size = int(sys.argv[1]), sys.argv[2], sys.argv[3], 50, 1200, 100_000
            path, headers = '/api/v1/namespaces/default/configmaps', {'Authorization': 'Bearer ' + token, 'Content-Type': 'application/merge-patch+json'}
            def resident():
                with open(f'/proc/{server}/status') as file: return next(int(line.split()[1]) for line in file if line.startswith('VmRSS')) // 1024
            def write():
                connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60); times, highest = [], 0
                for index in range(writes):
                    body = json.dumps({'data': {'index': str(index), 'filling': chr(97 + index % 26) * size}})
                    began = time.perf_counter()
                    connection.request('PATCH', path + '/big', body, headers)
                    answer = connection.getresponse(); answer.read(); assert answer.status == 200, answer.status
                    times.append(time.perf_counter() - began)
                    if index % 20 == 0: highest = max(highest, resident())
                return {'median': sorted(times)[writes // 2] * 1000, 'longest': max(times) * 1000, 'highest': highest}
            def watching(buffer):
                connection = socket.socket(); connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
                connection.connect(('127.0.0.1', port))
                connection.sendall(f'GET {path}?watch=1&resourceVersion={start} HTTP/1.1\\r\\nHost: localhost\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n'.encode())
                return connection
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
            connection.request('POST', path, json.dumps({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'big'}}), {**headers, 'Content-Type': 'application/json'})
            answer = connection.getresponse(); answer.read(); assert answer.status == 201, answer.status
            before, alone = resident(), write()
            connection.request('GET', path + '/big', headers=headers)
            start = json.loads(connection.getresponse().read())['metadata']['resourceVersion']
            between = resident()
            stuck, seen = [watching(4096) for _ in range(stuckCount)], []
            def read():
                reader = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
                reader.request('GET', f'{path}?watch=1&resourceVersion={start}', headers=headers)
                answer = reader.getresponse()
                while len(seen) < writes: seen.append(int(json.loads(answer.readline())['object']['data']['index']))
            good = threading.Thread(target=read); good.start()
            beside = write(); stuckSince = time.time()
            good.join(30)
            # The server waits a minute for a client that takes nothing.
            time.sleep(max(0, 75 - (time.time() - stuckSince)))
            received, ended = [], 0
            for one in stuck:
                one.settimeout(5); count = 0
                try:
                    while data := one.recv(1 << 20): count += len(data)
                    ended += 1
                except TimeoutError: pass
                except ConnectionError: ended += 1
                received.append(count)
            print(json.dumps({'before': before, 'between': between, 'alone': alone, 'beside': beside, 'megabytes': writes * size // 1000000,
                'stuck': stuckCount, 'ended': ended, 'mostReceived': max(received), 'seenAll': seen == list(range(writes))}))
            """

        @Test func stuckWatchersCostBoundedMemoryAndAreCutOff() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let script = "\(cluster.directory)/watchers.py"
            try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
            let id = try #require(cluster.process?.processIdentifier)
            let printed = try Program.run(
                "python3", [script, "\(cluster.port)", cluster.token, "\(id)"], timeoutSeconds: 400)
            try #require(printed.exitCode == 0, "\(printed.errors)")
            print(printed.text)
            let result = try JSON(parsing: printed.output)
            let number = { (path: String...) in path.reduce(result) { $0[$1] ?? .null }.double ?? -1 }
            #expect(number("megabytes") > 100)
            #expect(result["seenAll"]?.bool == true, "the watcher beside missed something")
            #expect(number("ended") == number("stuck"), "some stuck watchers were not cut off")
            #expect(number("mostReceived") < 4_000_000)
            // The same writes have let the store's history grow in both parts; what is more is the watchers' (and the
            // log's lines, 64 MB, which are rendered for the first time): not a tenth of what they were sent.
            let alone = number("alone", "highest") - number("before")
            let beside = number("beside", "highest") - number("between")
            #expect(
                beside < max(alone, 0) + number("stuck") * number("megabytes") / 10,
                "alone \(alone) MB, with stuck watchers \(beside) MB"
            )
        }
    }
}
