import ArgumentParser
import Foundation
import Kubeadm

/// `skiff kubeconfig`: prints the administrator's kubeconfig of a cluster that has been started.
struct KubeconfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubeconfig",
        abstract: "Prints the administrator's kubeconfig of a cluster that has been started.",
        discussion: """
            With --node it is a node's own, which skiff node runs with; it holds a new key, so keep it as a secret:

              skiff kubeconfig --node worker-1 > worker-1.conf
            """)

    @Option(
        help: ArgumentHelp(
            "The cluster's directory. (default: /var/lib/skiff for root, else ~/.local/state/skiff)", valueName: "dir"))
    var dataDir: String?
    @Option(
        help: ArgumentHelp(
            "Where kubectl reaches the cluster, if not where it listens: https://HOST:PORT; also from SKIFF_SERVER.",
            valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("A node of this name instead: the user system:node:NAME.", valueName: "name"))
    var node: String?
    @Option(help: ArgumentHelp("A bootstrap token's bearer instead, for skiff node.", valueName: "token"))
    var token: String?

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let directory = dataDir ?? DataDirectory.defaultPath(isRoot: geteuid() == 0, environment: environment)
        let wanted = server ?? environment["SKIFF_SERVER"].flatMap { $0.isEmpty ? nil : $0 }
        if let node {
            print(
                try NodeKubeconfig(node: node, directory: directory, server: wanted, now: Date()).text, terminator: "")
            return
        }
        if let token {
            print(
                try BootstrapKubeconfig(token: token, directory: directory, server: wanted, now: Date()).text,
                terminator: "")
            return
        }
        let config = try AdminKubeconfig(directory: directory, server: wanted, now: Date())
        if let name = config.unnamed {
            let warning =
                "Warning: the server's certificate is not for \(name); skiff up --apiserver-cert-extra-sans \(name) adds it\n"
            try? FileHandle.standardError.write(contentsOf: Data(warning.utf8))
        }
        print(config.text, terminator: "")
    }
}
