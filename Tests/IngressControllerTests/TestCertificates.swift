/// Certificates made for these tests; their keys are public.
enum TestCertificates {
    static let cafe = """
        -----BEGIN CERTIFICATE-----
        MIIBqDCCAU6gAwIBAgIUJk9/3s1XErTc3WZyWfaa5CNau/0wCgYIKoZIzj0EAwIw
        GzEZMBcGA1UEAwwQY2FmZS5leGFtcGxlLmNvbTAeFw0yNjExMjMxOTA4NDBaFw00
        NjExMTgxOTA4NDBaMBsxGTAXBgNVBAMMEGNhZmUuZXhhbXBsZS5jb20wWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAARFPTXkNaqrC3E2zRFkkAqdmrRe2PK4TD8uW1eF
        L/7szlnlydOyoe1WZEFZ23ukogMx90C/R2FOTJFtj+mD8Sbko3AwbjAdBgNVHQ4E
        FgQUIXr+8+YWqgzCWsQRJHUe7Wc8bY0wHwYDVR0jBBgwFoAUIXr+8+YWqgzCWsQR
        JHUe7Wc8bY0wDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDASghBjYWZlLmV4YW1w
        bGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIChBBG0PBz//I6csx3rDbAH65Wvr6/rA
        zYLNLV4MJ8VoAiEAx7VfarkwQwcA8r6v6Ms4rsCr76oJVE7LKR4+OSBqVBg=
        -----END CERTIFICATE-----

        """
    static let cafeKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgaZpD/GYthNV0Ln2X
        UkzwG9DFHDSCe+bMpQwbUa1T5JihRANCAARFPTXkNaqrC3E2zRFkkAqdmrRe2PK4
        TD8uW1eFL/7szlnlydOyoe1WZEFZ23ukogMx90C/R2FOTJFtj+mD8Sbk
        -----END PRIVATE KEY-----

        """
    static let standard = """
        -----BEGIN CERTIFICATE-----
        MIIBsTCCAVegAwIBAgIUM0Dt+DXajx5+aApyaT8YvAzMuUswCgYIKoZIzj0EAwIw
        HjEcMBoGA1UEAwwTZGVmYXVsdC5leGFtcGxlLmNvbTAeFw0yNjExMjMxOTA4NDBa
        Fw00NjExMTgxOTA4NDBaMB4xHDAaBgNVBAMME2RlZmF1bHQuZXhhbXBsZS5jb20w
        WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR9sAZOn0Qqgb1dPEgVfk/ebJ5iU82v
        nG7wN4JlOFpmEFWUsqpCDm+eAEVaGdqAEgJ3Bvh72NREGcnSZUYHFbhUo3MwcTAd
        BgNVHQ4EFgQU6atW5W2JVHpNYsJ1W7pZKyfADpgwHwYDVR0jBBgwFoAU6atW5W2J
        VHpNYsJ1W7pZKyfADpgwDwYDVR0TAQH/BAUwAwEB/zAeBgNVHREEFzAVghNkZWZh
        dWx0LmV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIHa1fFmqXhbtfR0n/UoM
        SQuEVEOOXVRdJvF014O54mz9AiEA3cIVF2vCfSVX/TnpjlxIt0Y1q/eDszxh2vYC
        0+6oTsQ=
        -----END CERTIFICATE-----

        """
    static let standardKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzrRgXykWLBnaux5n
        66N4OsF+Rh85BU4KlYthOk1pUOWhRANCAAR9sAZOn0Qqgb1dPEgVfk/ebJ5iU82v
        nG7wN4JlOFpmEFWUsqpCDm+eAEVaGdqAEgJ3Bvh72NREGcnSZUYHFbhU
        -----END PRIVATE KEY-----

        """
}
