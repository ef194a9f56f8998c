import APIMachinery
import APIServer
import ArgumentParser
import Foundation
import OutboundHTTP

extension UpOptions {
    /// Flags that are named as kube-apiserver's.
    struct Access: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Whether who shows no credentials is the user system:anonymous, or refused. (default: true)",
                valueName: "bool"))
        var anonymousAuth: String?
        @Option(
            help: ArgumentHelp("Bearer tokens: lines of token,user,uid,\"group,…\" in CSV.", valueName: "file"))
        var tokenAuthFile: String?
        @Option(
            help: ArgumentHelp(
                "Admission plugins that are off otherwise, separated by commas: "
                    + Configuration.optionalAdmissionPlugins.sorted().joined(separator: ", ") + ".", valueName: "names")
        )
        var enableAdmissionPlugins: String?
        @Option(
            help: ArgumentHelp(
                "Common names of certificates whose bearers say by X-Remote-User and the like who asks. (default: none)",
                valueName: "names"))
        var requestheaderAllowedNames: String?
        @Option(help: ArgumentHelp("An OpenID Connect issuer whose ID tokens are believed.", valueName: "url"))
        var oidcIssuerUrl: String?
        @Option(help: ArgumentHelp("For whom these tokens must be.", valueName: "id"))
        var oidcClientId: String?
        @Option(help: ArgumentHelp("Which claim is the user's name. (default: sub)", valueName: "claim"))
        var oidcUsernameClaim: String?
        @Option(
            help: ArgumentHelp(
                "What is put before it, - is nothing. (default: the issuer and #, nothing before an e-mail address)",
                valueName: "text"))
        var oidcUsernamePrefix: String?
        @Option(help: ArgumentHelp("Which claim has the user's groups. (default: none)", valueName: "claim"))
        var oidcGroupsClaim: String?
        @Option(help: ArgumentHelp("What is put before each group.", valueName: "text"))
        var oidcGroupsPrefix: String?
        @Option(
            help: ArgumentHelp("Claims that must be there: name=value, separated by commas.", valueName: "claims"))
        var oidcRequiredClaim: String?
        @Option(help: ArgumentHelp("How tokens may be signed. (default: RS256)", valueName: "algorithms"))
        var oidcSigningAlgs: String?
        @Option(
            help: ArgumentHelp(
                "Who signs the issuer's certificate (PEM). (default: whom this machine trusts)", valueName: "file"))
        var oidcCaFile: String?
    }
}

/// Who is let in beside the administrator, nodes and service accounts, and what else admission does.
struct AccessSettings: Sendable {
    var letsAnonymousIn = true
    var tokens: StaticTokens?
    var oidc: OIDCSettings?
    var proxyNames: Set<String> = []
    var admissionPlugins: Set<String> = []

    init(_ options: UpOptions.Access, _ file: SettingsFile) throws {
        switch try options.anonymousAuth ?? file.string("anonymous-auth") ?? "true" {
        case "true": break
        case "false": letsAnonymousIn = false
        case let other: throw ValidationError("--anonymous-auth must be true or false, not \(other)")
        }
        if let path = try options.tokenAuthFile ?? file.string("token-auth-file") {
            tokens = try Self.said("token-auth-file") { try StaticTokens(csv: Self.text(path), path: path) }
        }
        admissionPlugins = Set(
            Self.list(try options.enableAdmissionPlugins ?? file.string("enable-admission-plugins")))
        for name in admissionPlugins.subtracting(Configuration.optionalAdmissionPlugins).sorted() {
            throw ValidationError(
                "--enable-admission-plugins has \(name); those that are off otherwise are "
                    + Configuration.optionalAdmissionPlugins.sorted().joined(separator: ", "))
        }
        oidc = try Self.oidc(options, file)
        proxyNames = Set(
            Self.list(try options.requestheaderAllowedNames ?? file.string("requestheader-allowed-names")))
    }

    private static func oidc(_ options: UpOptions.Access, _ file: SettingsFile) throws -> OIDCSettings? {
        let clientID = try options.oidcClientId ?? file.string("oidc-client-id")
        let claim = try options.oidcUsernameClaim ?? file.string("oidc-username-claim")
        let prefix = try options.oidcUsernamePrefix ?? file.string("oidc-username-prefix")
        let groups = try options.oidcGroupsClaim ?? file.string("oidc-groups-claim")
        let groupsPrefix = try options.oidcGroupsPrefix ?? file.string("oidc-groups-prefix")
        let required = list(try options.oidcRequiredClaim ?? file.string("oidc-required-claim"))
        let algorithms = list(try options.oidcSigningAlgs ?? file.string("oidc-signing-algs"))
        let authorityFile = try options.oidcCaFile ?? file.string("oidc-ca-file")
        guard let issuer = try options.oidcIssuerUrl ?? file.string("oidc-issuer-url") else {
            let others = [clientID, claim, prefix, groups, groupsPrefix, authorityFile].compactMap { $0 }
            if others.isEmpty, required.isEmpty, algorithms.isEmpty { return nil }
            throw ValidationError("--oidc-client-id and the like go with --oidc-issuer-url")
        }
        var settings = try said("oidc-issuer-url") { try OIDCSettings(issuer: issuer, clientID: clientID ?? "") }
        if let claim { settings.usernameClaim = claim }
        settings.usernamePrefix = prefix
        settings.groupsClaim = groups ?? ""
        settings.groupsPrefix = groupsPrefix ?? ""
        for text in required {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("--oidc-required-claim must be name=value, not \(text)")
            }
            settings.requiredClaims[parts[0]] = parts[1]
        }
        if !algorithms.isEmpty { try said("oidc-signing-algs") { try settings.setAlgorithms(algorithms) } }
        if let authorityFile { settings.authorities = Array(try text(authorityFile).utf8) }
        return settings
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("the file \(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
    private static func said<Value>(_ flag: String, _ make: () throws -> Value) throws -> Value {
        do {
            return try make()
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError("--\(flag): \(error)")
        }
    }

    /// Those who know the credentials that these settings tell of, to be asked before whoever takes certificates.
    var authenticators: [any Authenticator] {
        var all: [any Authenticator] = proxyNames.isEmpty ? [] : [FrontProxy(allowedNames: proxyNames)]
        if let tokens { all.append(tokens) }
        if let oidc {
            let client = OutboundClient(maximumTransfers: 4)
            all.append(OIDCAuthenticator(oidc) { try await Self.fetch($0, oidc, client) })
        }
        return all
    }

    /// The most bytes that a document of the issuer's may have.
    private static let documentBytes = 1 << 20

    private static func fetch(_ url: String, _ settings: OIDCSettings, _ client: OutboundClient) async throws -> JSON {
        var request = OutboundRequest(url)
        request.maximumBodyBytes = documentBytes
        request.tls.authorities = settings.authorities
        let answer = try await client.send(request)
        let body = try await answer.body.collect()
        guard answer.status == 200 else { throw UnexpectedAnswer(description: "\(url) answered \(answer.status)") }
        return try JSON(parsing: body)
    }
    private struct UnexpectedAnswer: Error, CustomStringConvertible { let description: String }
}
