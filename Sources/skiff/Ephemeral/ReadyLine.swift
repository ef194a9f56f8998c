import APIMachinery
import Foundation
import Kubeadm
import Listening

/// The one line that an ephemeral cluster prints to standard output: all that a program must know to use it.
enum ReadyLine {
    static func text(_ settings: UpSettings, _ directory: DataDirectory, token: String) -> String {
        let node = ListenPlace.host(settings.nodeAddress.description)
        let plain = ListenPlace.host(settings.httpBindAddress.description)
        let line: JSON = [
            "kubeconfig": JSON(directory.file("admin.conf")),
            "http": JSON("http://\(plain):\(settings.port)"),
            "https": JSON("https://\(node):\(settings.securePort)"),
            "ingressHTTP": JSON("http://\(node):\(settings.ingressHTTPPort)"),
            "ingressHTTPS": JSON("https://\(node):\(settings.ingressHTTPSPort)"),
            "token": JSON(token), "ca": JSON(directory.file("pki/ca.crt")), "dataDirectory": JSON(directory.path),
            "pid": JSON(Int(getpid())),
        ]
        return line.text + "\n"
    }
}
