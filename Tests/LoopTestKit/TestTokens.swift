import APIServer

extension Configuration {
    /// Of a server that gives tokens to service accounts, signed with a key that protects nothing.
    public static func givingTokens() throws -> Configuration {
        Configuration(serviceAccountTokens: try ServiceAccountTokens(privateKeyPEM: testKey))
    }
    private static let testKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLcCrTQrD/GAKWP6I
        wRJMNr/dhycvsUis4tpX3as+RyShRANCAAQ/H1Im49ApO7Ps4OGbwzQh+hr/rMaz
        bISUvImSZ8faMCOezpzEtOugU0EIshs+8+VTJX3p550RUnVbhzxkptGI
        -----END PRIVATE KEY-----
        """
}
