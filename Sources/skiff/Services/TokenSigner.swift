import APIServer
import ControllerManager

/// Signs tokens for secrets with the key by which the server knows them again.
struct TokenSigner: SecretTokenSigner {
    let tokens: ServiceAccountTokens

    func token(namespace: String, account: String, uid: String, secret: String) throws -> String {
        try tokens.secretToken(namespace: namespace, account: account, uid: uid, secret: secret)
    }
}
