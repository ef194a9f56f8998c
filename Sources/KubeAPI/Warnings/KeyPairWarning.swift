import APIMachinery
import Basics
import X509

/// Whether the key of a TLS Secret is that of its certificate, in the words of Go's `tls.X509KeyPair`.
enum KeyPairWarning {
    static func ofSecret(_ secret: JSON) -> [String] {
        guard secret["type"]?.string == "kubernetes.io/tls" else { return [] }
        return sentence(text(secret, "tls.crt"), text(secret, "tls.key")).map { ["tls: \($0)"] } ?? []
    }

    private static func text(_ secret: JSON, _ name: String) -> String {
        String(decoding: secret["data"]?[name]?.string.flatMap { Base64.decode($0) } ?? [], as: UTF8.self)
    }

    private static func sentence(_ certificates: String, _ keys: String) -> String? {
        let blocks = blocks(certificates)
        guard let first = blocks.first(where: { $0.label == "CERTIFICATE" }) else {
            let labels = blocks.map(\.label)
            if labels.isEmpty { return "failed to find any PEM data in certificate input" }
            if labels.count == 1, labels[0].hasSuffix("PRIVATE KEY") {
                return
                    "failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs "
                    + "may have been switched"
            }
            return "failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the "
                + "following types: \(WarningCollector.list(labels))"
        }
        let keyBlocks = self.blocks(keys)
        guard let key = keyBlocks.first(where: { $0.label == "PRIVATE KEY" || $0.label.hasSuffix(" PRIVATE KEY") })
        else {
            let labels = keyBlocks.map(\.label)
            if labels.isEmpty { return "failed to find any PEM data in key input" }
            if labels == ["CERTIFICATE"] {
                return "found a certificate rather than a key in the PEM for the private key"
            }
            return
                "failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks "
                + "of the following types: \(WarningCollector.list(labels))"
        }
        guard let certificate = try? Certificate(pemEncoded: first.text) else {
            return "failed to parse certificate"
        }
        guard let privateKey = try? Certificate.PrivateKey(pemEncoded: key.text) else {
            return "failed to parse private key"
        }
        return privateKey.publicKey == certificate.publicKey ? nil : "private key does not match public key"
    }

    /// The blocks of a PEM text, with their labels; what is between them is passed over (RFC 7468).
    private static func blocks(_ text: String) -> [(label: String, text: String)] {
        let (begin, end, dashes) = ("-----BEGIN ", "-----END ", "-----")
        var blocks: [(String, String)] = []
        var label: String?
        var lines: [Substring] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(begin), line.hasSuffix(dashes), line.count > begin.count + dashes.count {
                label = String(line.dropFirst(begin.count).dropLast(dashes.count))
                lines = []
            }
            lines.append(line)
            if let open = label, line == "\(end)\(open)\(dashes)" {
                blocks.append((open, lines.joined(separator: "\n")))
                label = nil
            }
        }
        return blocks
    }
}
