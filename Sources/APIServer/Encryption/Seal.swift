import Basics
import Crypto
import Foundation
import _CryptoExtras

/// A way to keep values from who reads the store, in the forms of Kubernetes (apiserver.config.k8s.io/v1): a value begins
/// with the seal's name, `k8s:enc:PROVIDER:v1:KEY:`; without one it is as it was written.
struct Seal: Sendable {
    enum Provider: String, Sendable, CaseIterable { case aesgcm, aescbc, secretbox, identity }

    let provider: Provider
    let keyName: String
    private let key: [UInt8]

    /// The lengths that a key may have, in bytes.
    static func keyLengths(_ provider: Provider) -> [Int] {
        switch provider {
        case .aesgcm, .aescbc: [16, 24, 32]
        case .secretbox: [Secretbox.keyBytes]
        case .identity: []
        }
    }
    static let none = Seal(.identity, keyName: "", key: [])
    static let anyPrefix = Array("k8s:enc:".utf8)

    init(_ provider: Provider, keyName: String, key: [UInt8]) {
        self.provider = provider
        self.keyName = keyName
        self.key = key
    }

    /// What its values begin with; empty for `identity`.
    var prefix: [UInt8] { provider == .identity ? [] : Array("k8s:enc:\(provider.rawValue):v1:\(keyName):".utf8) }

    /// Whether a value was sealed so.
    func fits(_ value: [UInt8]) -> Bool {
        provider == .identity ? !value.starts(with: Self.anyPrefix) : value.starts(with: prefix)
    }

    /// The value for the store. With `aesgcm` it cannot be moved to another key.
    func seal(_ plain: [UInt8], at storeKey: [UInt8]) throws -> [UInt8] {
        switch provider {
        case .identity: return plain
        case .aesgcm:
            let box = try AES.GCM.seal(plain, using: SymmetricKey(data: key), authenticating: storeKey)
            return prefix + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        case .aescbc:
            let vector = Self.random(16)
            let sealed = try AES._CBC.encrypt(
                plain, using: SymmetricKey(data: key), iv: try AES._CBC.IV(ivBytes: vector))
            return prefix + vector + Array(sealed)
        case .secretbox:
            let nonce = Self.random(Secretbox.nonceBytes)
            return prefix + nonce + Secretbox.seal(plain, key: key, nonce: nonce)
        }
    }

    /// The value as it was; nil when it was changed, or sealed with another key of this name.
    func open(_ value: [UInt8], at storeKey: [UInt8]) -> [UInt8]? {
        let sealed = Array(value.dropFirst(prefix.count))
        switch provider {
        case .identity: return value
        case .aesgcm:
            guard sealed.count >= 28, let nonce = try? AES.GCM.Nonce(data: sealed[..<12]),
                let box = try? AES.GCM.SealedBox(
                    nonce: nonce, ciphertext: sealed[12..<sealed.count - 16], tag: sealed[(sealed.count - 16)...])
            else { return nil }
            return (try? AES.GCM.open(box, using: SymmetricKey(data: key), authenticating: storeKey)).map(Array.init)
        case .aescbc:
            guard sealed.count >= 32, let vector = try? AES._CBC.IV(ivBytes: sealed[..<16]) else { return nil }
            return (try? AES._CBC.decrypt(sealed[16...], using: SymmetricKey(data: key), iv: vector)).map(Array.init)
        case .secretbox:
            guard sealed.count >= Secretbox.nonceBytes else { return nil }
            let nonce = Array(sealed[..<Secretbox.nonceBytes])
            return Secretbox.open(Array(sealed[Secretbox.nonceBytes...]), key: key, nonce: nonce)
        }
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    }
}
