import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The Python `kubernetes` client's exec and port-forward, which are plain WebSockets.
    @Suite(.serialized) struct PythonStreamTests {
        static let script = """
            import os, sys, time
            from kubernetes import client, config
            from kubernetes.stream import portforward, stream
            config.load_kube_config(sys.argv[1])
            core = client.CoreV1Api()
            pod = core.list_namespaced_pod('default', label_selector='app=echo').items[0].metadata.name

            run = stream(core.connect_get_namespaced_pod_exec, pod, 'default', command=['sh', '-c', 'read a; echo "heard $a"; echo oops >&2; exit 6'],
                stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False)
            run.write_stdin('hello\\n')
            run.run_forever(timeout=30)
            assert run.read_stdout() == 'heard hello\\n' and run.read_stderr() == 'oops\\n', 'streams'
            assert run.returncode == 6, run.returncode

            forward = portforward(core.connect_get_namespaced_pod_portforward, pod, 'default', ports='8077,8078,9')
            for port in (8077, 8078):
                socket = forward.socket(port); socket.settimeout(30)
                data, got = os.urandom(1000000), b''
                for start in range(0, len(data), 50000):
                    socket.sendall(data[start:start + 50000])
                    while len(got) < start + 50000: got += socket.recv(65536)
                assert got == data, port
            for wait in range(100):
                if forward.error(9): break
                time.sleep(0.1)
            assert 'error forwarding port 9 to pod' in forward.error(9) and 'connection refused' in forward.error(9), forward.error(9)
            assert forward.error(8077) is None, forward.error(8077)
            print('all well')
            """

        @Test func execsAndForwards() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: PortForwardTests.echo)
            try cluster.kubectlDone("rollout", "status", "deployment/echo", "--timeout=60s")
            let python = try PythonEnvironment.interpreter()
            let script = "\(cluster.directory)/streams.py"
            try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
            let result = try Program.run(python, [script, "\(cluster.directory)/admin.conf"])
            #expect(result.text == "all well", "\(result.errors)")
        }
    }
}
