import APIMachinery
import Foundation
import Testing

extension EndToEndTests {
    /// No request is lost while pods come and go.
    @Suite(.serialized) struct TrafficTests {
        /// 200 requests a second through the ingress until its standard input closes; prints counts as JSON.
        static let load = """
            import http.client, json, sys, threading, time
            port = int(sys.argv[1]); stop = threading.Event(); lock = threading.Lock()
            count = {'ok': 0, 'bad': 0}; kinds = {}
            def work(worker):
                connection = None; due = time.time() + worker * 0.005
                while not stop.is_set():
                    due += 0.05
                    pause = due - time.time()
                    if pause > 0: time.sleep(pause)
                    try:
                        if connection is None: connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
                        connection.request('GET', '/tea', headers={'Host': 'cafe.example.com'})
                        answer = connection.getresponse(); answer.read(); result = 'ok' if answer.status == 200 else f'status {answer.status}'
                    except Exception as error:
                        result = repr(error); connection = None
                    with lock:
                        count['ok' if result == 'ok' else 'bad'] += 1
                        if result != 'ok': kinds[result] = kinds.get(result, 0) + 1
            threads = [threading.Thread(target=work, args=(w,)) for w in range(10)]
            [t.start() for t in threads]
            sys.stdin.read(); stop.set(); [t.join() for t in threads]
            print(json.dumps({**count, 'kinds': kinds}))
            """

        @Test func deletingAPodAndRollingUpdateLoseNoRequest() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            try cluster.kubectlDone("rollout", "status", "deployment/tea", "--timeout=60s")
            try wait("tea to answer") { try cluster.replicasAnswering("/tea", calls: 10).count == 3 }

            let script = "\(cluster.directory)/load.py"
            try Self.load.write(toFile: script, atomically: true, encoding: .utf8)
            let load = Process()
            let input = Pipe()
            let output = Pipe()
            load.executableURL = URL(filePath: "/usr/bin/env")
            load.arguments = ["python3", script, "\(cluster.ingressPort)"]
            load.standardInput = input
            load.standardOutput = output
            try load.run()

            let pod = try cluster.kubectlDone(
                "get", "pods", "-l", "app=tea", "-o", "jsonpath={.items[0].metadata.name}")
            try cluster.kubectlDone("delete", "pod", pod, "--timeout=90s")
            try cluster.kubectlDone("rollout", "restart", "deployment/tea")
            try cluster.kubectlDone("rollout", "status", "deployment/tea", "--timeout=120s")

            try input.fileHandleForWriting.close()
            let printed = try #require(try output.fileHandleForReading.readToEnd())
            load.waitUntilExit()
            let result = try JSON(parsing: Array(printed))
            #expect(result["bad"]?.int == 0, "\(result.text)")
            #expect((result["ok"]?.int ?? 0) > 200, "\(result.text)")
        }
    }
}
