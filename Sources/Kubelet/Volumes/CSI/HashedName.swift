import Basics
import Crypto

/// Names made of longer ones.
enum HashedName {
    /// In hexadecimal.
    static func sha256(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { $0.digits(2, radix: 16) }.joined()
    }
}
