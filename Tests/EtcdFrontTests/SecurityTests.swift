import EtcdFront
import EtcdStore
import Foundation
import TestKit
import Testing

/// Mutual TLS, with certificates that `openssl` makes.
@Suite struct SecurityTests {
    private static func certificates(in directory: String) async throws {
        let script = """
            cd "$1"
            new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout $1.key "${@:2}"; }
            for authority in ca other; do
                new $authority -x509 -subj /CN=$authority -out $authority.crt -addext basicConstraints=critical,CA:TRUE
            done
            leaf() {
                new $1 -subj /CN=$1 -out $1.csr
                printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=%s\n' $3 >$1.ext
                openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt
            }
            leaf server ca serverAuth
            leaf client ca clientAuth
            leaf stranger other clientAuth
            """
        let (output, status) = try await Tool(
            executable: "/bin/bash", arguments: ["-euc", script, "certificates", directory]
        ).run()
        #expect(status == 0, "\(output)")
    }

    @Test(.timeLimit(.minutes(1))) func onlyClientsOfTheAuthorityMayCome() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        try await Self.certificates(in: path)
        let security = EtcdSecurity.mutualTLS(
            certificatePath: path + "/server.crt", keyPath: path + "/server.key",
            clientAuthorityPath: path + "/ca.crt")
        try await ServedDirectory.run(security: security) { served in
            func put(_ arguments: [String]) async throws -> (output: String, status: Int32) {
                try await Tool(
                    executable: "/usr/bin/etcdctl",
                    arguments: ["--command-timeout=5s", "--dial-timeout=5s"] + arguments + ["put", "key", "value"]
                ).run()
            }
            let address = "--endpoints=https://\(served.endpoint)"
            func keys(_ name: String) -> [String] { ["--cert=\(path)/\(name).crt", "--key=\(path)/\(name).key"] }
            let known = try await put([address, "--cacert=\(path)/ca.crt"] + keys("client"))
            #expect(known.status == 0, "\(known.output)")
            #expect(known.output == "OK\n")
            #expect(try await put([address, "--cacert=\(path)/ca.crt"] + keys("stranger")).status != 0)
            #expect(try await put([address, "--cacert=\(path)/ca.crt"]).status != 0)
            #expect(try await put(["--endpoints=http://\(served.endpoint)"]).status != 0)
            #expect(try await served.store.status().revision == 2)
        }
    }
}
